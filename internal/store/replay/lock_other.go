//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package replay

import (
	"fmt"
	"os"
)

// takeLock opens the lock file. Here it keeps nobody out: two processes must
// not be given one folder.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	return f, nil
}
