package sqlite

import (
	"fmt"
	"runtime/debug"
)

// SQLite is translated from C for one version of the libc that it comes with,
// and breaks in odd ways with another. go.mod pins both; libcVersion is what
// the pinned SQLite's own go.mod asks for, as a test checks.
const (
	libcModule  = "modernc.org/libc"
	libcVersion = "v1.79.0"
)

// pinned returns an error if the program was built with another libc. Programs
// without build information are taken at their word.
func pinned() error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, m := range info.Deps {
		if m.Path != libcModule {
			continue
		}
		if m.Replace != nil {
			m = m.Replace
		}
		if m.Version != libcVersion {
			return fmt.Errorf("sqlite: built with %s %s, needs %s", m.Path, m.Version, libcVersion)
		}
	}
	return nil
}
