//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package replay

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// takeLock holds a lock file for as long as it is open: the system lets go of
// it when the process ends, however it ends.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrLocked
	}
	return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
}
