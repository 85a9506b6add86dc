//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package sqlite

import "os"

// exclusive does not lock on this system: do not give one directory to two
// processes.
func exclusive(*os.File) (bool, error) { return true, nil }
