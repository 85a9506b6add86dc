package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// lock is a file that one process holds. It has that process's number in it,
// which is taken out again when it ends as it should: a number that is found
// in an unlocked file is that of a process that died.
type lock struct {
	file    *os.File
	unclean bool
}

// takeLock returns ErrLocked, with the number of the process that has it, or
// an error of the file system.
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

// release lets others have the file, and says whether all is well. Whoever is
// beside the process that has it has nothing to release.
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
