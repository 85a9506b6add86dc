package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// lock is a file held by one process. It contains the process ID, which an
// orderly stop removes: an ID in an unlocked file is that of a crashed process.
type lock struct {
	file    *os.File
	unclean bool
}

// takeLock returns ErrLocked, with the ID of the process that holds it, or an
// error of the file system.
func takeLock(path string) (*lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	held, err := exclusive(f)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %s: %w", path, errors.Join(err, f.Close()))
	}
	text, err := io.ReadAll(io.LimitReader(f, 64))
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", errors.Join(err, f.Close()))
	}
	text = bytes.TrimSpace(text)
	if !held {
		return nil, errors.Join(fmt.Errorf("%w: process %s, %s", ErrLocked, text, path), f.Close())
	}
	l := &lock{file: f, unclean: len(text) > 0}
	if err := l.write(strconv.Itoa(os.Getpid()) + "\n"); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

func (l *lock) write(text string) error {
	err := l.file.Truncate(0)
	if err == nil {
		_, err = l.file.WriteAt([]byte(text), 0)
	}
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return nil
}

// release unlocks the file, and marks it as cleanly closed if clean. A lock
// without a file has nothing to release.
func (l *lock) release(clean bool) error {
	if l.file == nil {
		return nil
	}
	var err error
	if clean {
		err = l.write("")
	}
	return errors.Join(err, l.file.Close())
}
