//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package sqlite

import "os"

// exclusive keeps nobody out here: two processes must not be given one folder.
func exclusive(*os.File) (bool, error) { return true, nil }
