// Package watch follows drop directories, into which other programs put files.
//
// It polls. Notifications of the system (inotify, kqueue) tell nothing about files
// that another machine writes to a network share, which is what drop directories
// often are; they are limited in number, can be lost under load, so that a poll is
// needed anyway, and do not say when a writer is done. Polling needs one look at
// each file's size and time per round.
package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Files finds the complete files. A file is complete if its size and time are the
// same in two rounds. The zero Files knows none.
type Files struct {
	before, now map[string]state
}

type state struct {
	size int64
	time time.Time
}

// Stable reports whether a file is as it was in the round before.
func (f *Files) Stable(path string, info fs.FileInfo) bool {
	if f.now == nil {
		f.now = map[string]state{}
	}
	s := state{info.Size(), info.ModTime()}
	f.now[path] = s
	old, known := f.before[path]
	return known && old.size == s.size && old.time.Equal(s.time)
}

// Next begins a round. Files that the last one did not see are forgotten.
func (f *Files) Next() { f.before, f.now = f.now, nil }

// Every calls poll now and then after each interval, until the context ends, which
// is no error, or poll fails.
func Every(ctx context.Context, interval time.Duration, poll func(context.Context) error) error {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if err := poll(ctx); err != nil {
			if errors.Is(err, context.Canceled) && ctx.Err() != nil {
				return nil
			}
			return err
		}
		t.Reset(interval)
	}
}

// Directories returns an error if one of the paths is no directory.
func Directories(paths []string) error {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%s is no directory", path)
		}
	}
	return nil
}
