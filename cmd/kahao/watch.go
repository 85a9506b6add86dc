package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/kahao/kahao/cmd/kahao/internal/findings"
	"github.com/kahao/kahao/cmd/kahao/internal/input"
	"github.com/kahao/kahao/cmd/kahao/internal/watch"
	"github.com/kahao/kahao/internal/parallel"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/redaction"
)

// Times between two looks at directories that are watched.
const (
	defaultInterval = 2 * time.Second
	minInterval     = 100 * time.Millisecond
)

// checkWatch checks the options of --watch.
func checkWatch(on bool, interval time.Duration, dirs []string) error {
	if !on {
		return nil
	}
	if interval < minInterval {
		return misuse("--interval %v: want at least %v", interval, minInterval)
	}
	if err := watch.Directories(dirs); err != nil {
		return misuse("--watch: %v", err)
	}
	return nil
}

func (o *redactOptions) checkWatch(dirs []string) error {
	switch {
	case !o.watch && o.journal != "":
		return misuse("--journal goes with --watch")
	case o.watch && o.out == stdout:
		return misuse("--watch writes files: use --out DIR, --in-place or --dry-run")
	case o.watch && o.out != "" && slices.ContainsFunc(dirs, func(dir string) bool { return within(dir, o.out) }):
		return misuse("--watch: %s is in a directory that is watched", o.out)
	}
	return checkWatch(o.watch, o.interval, dirs)
}

// within reports whether a path is a directory or below it.
func within(dir, path string) bool {
	from, err1 := filepath.Abs(dir)
	to, err2 := filepath.Abs(path)
	if err1 != nil || err2 != nil {
		return false
	}
	rest, err := filepath.Rel(from, to)
	return err == nil && filepath.IsLocal(rest)
}

// openJournal opens the journal of the given name. Without a name it is kept in
// memory, if it must be, or not at all.
func openJournal(name string, needed bool) (*findings.Journal, error) {
	switch {
	case name != "":
		return findings.OpenJournal(name)
	case needed:
		return findings.NewJournal(), nil
	}
	return &findings.Journal{}, nil
}

// follow scans the directories again and again, until the context ends.
func (s *scan) follow(ctx context.Context, dirs []string, n int) error {
	var files watch.Files
	s.skip = func(path string, info fs.FileInfo) bool {
		return s.journal.Has(path, info) || !files.Stable(path, info)
	}
	return watch.Every(ctx, s.interval, func(ctx context.Context) error {
		defer files.Next()
		return s.walk(ctx, dirs, n)
	})
}

// follow covers the images of the directories as they arrive, until the context
// ends. It returns the first error of an image, so that the exit code tells it.
func (o *redactOptions) follow(ctx context.Context, r *pipeline.Reader, dirs []string, n int, covers redaction.Options) (err error) {
	journal, err := openJournal(o.journal, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	var files watch.Files
	var first error
	err = watch.Every(ctx, o.interval, func(ctx context.Context) error {
		defer files.Next()
		infos := map[string]fs.FileInfo{}
		found, err := input.FindNew(dirs, func(name string, info fs.FileInfo) bool {
			infos[name] = info
			return !journal.Has(name, info) && files.Stable(name, info)
		})
		if err != nil {
			return err
		}
		for _, other := range found.Skipped { // no images
			if err := journal.Add(other.Name, infos[other.Name]); err != nil {
				return err
			}
		}
		found.Skipped = nil
		if len(found.Sources) == 0 {
			return nil
		}
		targets, err := o.targets(dirs, found.Sources)
		if err != nil {
			return err
		}
		work := func(ctx context.Context, i int) redacted {
			return o.redact(ctx, r, found.Sources[i], targets[i], covers)
		}
		err = o.print(found, func(emit func(int, redacted) error) error {
			return parallel.Ordered(ctx, n, len(found.Sources), work, func(i int, got redacted) error {
				if err := emit(i, got); err != nil {
					return err
				}
				name := found.Sources[i].Name
				return o.record(journal, name, infos[name], got)
			})
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var reported *reportedError
		if err != nil && !errors.As(err, &reported) {
			return err // not of an image
		}
		if first == nil {
			first = err
		}
		return nil
	})
	return errors.Join(err, first)
}

// record records that an image is done: as it was, or as it is after it was
// replaced. So a result is not covered again.
func (o *redactOptions) record(journal *findings.Journal, name string, info fs.FileInfo, got redacted) error {
	if o.inPlace && got.path != "" && got.err == nil {
		var err error
		if info, err = os.Stat(got.path); err != nil {
			return err
		}
		name = got.path
	}
	return journal.Add(name, info)
}
