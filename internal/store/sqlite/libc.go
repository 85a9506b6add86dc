package sqlite

import (
	"fmt"
	"runtime/debug"
)

// The SQLite package is translated from C for one version of its libc and fails
// in odd ways with another. go.mod pins both; libcVersion is the version in the
// pinned SQLite's go.mod, which a test checks.
const (
	libcModule  = "modernc.org/libc"
	libcVersion = "v1.79.0"
)

// pinned returns an error if the program was built with another libc. Programs
// without build information are not checked.
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
