package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gofrs/flock"
)

// lock keeps other processes out of a data directory. The system releases it
// when the process ends, however it ends. The process ID is in a file of its
// own, because Windows lets no one read a locked file; it is emptied by an
// orderly stop, so a process ID in it, without a lock, is that of a crash.
type lock struct {
	file    *flock.Flock // nil if another process has the lock, see OpenShared
	pidPath string
	unclean bool // the last process crashed
}

// takeLock returns ErrLocked, with the ID of the process that has the lock, or
// an error of the file system.
func takeLock(dir string) (*lock, error) {
	l := &lock{file: flock.New(filepath.Join(dir, lockName)), pidPath: filepath.Join(dir, pidName)}
	locked, err := l.file.TryLock()
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	pid, err := os.ReadFile(l.pidPath)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("sqlite: %w", errors.Join(err, l.file.Close()))
	}
	pid = bytes.TrimSpace(pid)
	if !locked {
		return nil, errors.Join(fmt.Errorf("%w: process %s, %s", ErrLocked, pid, l.file.Path()), l.file.Close())
	}
	l.unclean = len(pid) > 0
	if err := l.writePID(strconv.Itoa(os.Getpid()) + "\n"); err != nil {
		return nil, errors.Join(err, l.file.Close())
	}
	return l, nil
}

func (l *lock) writePID(text string) error {
	f, err := os.OpenFile(l.pidPath, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return nil
}

// release gives up the lock, if this process has it. clean says that the
// database needs no check at the next start.
func (l *lock) release(clean bool) error {
	if l.file == nil {
		return nil
	}
	var err error
	if clean {
		err = l.writePID("")
	}
	return errors.Join(err, l.file.Close())
}
