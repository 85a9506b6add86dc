package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/cmd/kahao/internal/findings"
	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/cmd/kahao/internal/words"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/contents"
	"github.com/kahao/kahao/internal/pipeline"
)

type scanOptions struct {
	*env
	format, keyFile, journal string
	lang                     string
	words                    words.Language // of --lang
	all, quiet, watch        bool
	interval                 time.Duration
	jobs                     int
}

func newScanCommand(e *env) *cobra.Command {
	o := &scanOptions{env: e}
	cmd := &cobra.Command{
		Use:   "scan FILE|DIR...",
		Short: "find images with card numbers in files and archives",
		Example: `  kahao scan exports/
  kahao scan --format csv --key-file fingerprint.key mail/ >findings.csv
  kahao scan --journal scan.journal /srv/tickets
  kahao scan --watch --format json --journal scan.journal /srv/drop
  kahao scan --format sarif . >kahao.sarif`,
		Long: `
Looks at every image in files, directories, ZIP archives (office documents are
some), tar, gzip, mails and mailboxes, whatever their names, and reports those that
show card numbers, on cards or as text of screenshots, receipts, statements and
forms. Symbolic links are not followed. Places that cannot be looked
into, such as encrypted archives, are named on standard error.

A finding is a number that was accepted ("number"), or with --all also what a
person would have to look at: numbers that were not accepted, lines of digits that
may be one, and cards without a readable number. Of an accepted number it gives the
last four digits, and no other digit anywhere; its fingerprint, a keyed hash, is the
same wherever the same card was found. Without --key-file the key is drawn at
random, and fingerprints can be compared within one run only.

--journal names a file of the paths that are done, with their sizes and times. A
scan that was interrupted goes on where it was; a file that changed is looked at
again. Findings printed before are not printed again.

With --watch it goes on after that: every --interval it looks at files that are new
or changed in the directories, as soon as they are complete, which is when their size
and time are the same in two looks. SIGINT and SIGTERM end it.

The table and the summary are in the language of --lang, or of LC_ALL, LC_MESSAGES
or LANG: Chinese or English. The other formats are the same in both.

The exit code is 0 if nothing was found, and 5 if something was.`,
		Args: takes(1, unlimited),
		RunE: e.action(o.run),
	}
	fs := cmd.Flags()
	fs.StringVar(&o.format, "format", "table", "output `format`: table, json (a line a finding), csv or sarif")
	fs.BoolVar(&o.all, "all", false, "report what may be a number, too")
	fs.StringVar(&o.keyFile, "key-file", "", "`file` with the key of the fingerprints, at least 16 bytes; other users must not be able to read it")
	fs.StringVar(&o.journal, "journal", "", "skip the files that are done in this `file`, and add to it")
	fs.BoolVar(&o.watch, "watch", false, "go on: look at files as they arrive in the directories")
	fs.DurationVar(&o.interval, "interval", defaultInterval, "with --watch: `time` between two looks")
	fs.BoolVar(&o.quiet, "quiet", false, "print no progress and no summary")
	langFlag(cmd, &o.lang)
	jobsFlag(cmd, &o.jobs, "look at `n` images at once (default: one per CPU)")
	complete(cmd, "format", findings.Formats...)
	return cmd
}

func (o *scanOptions) run(ctx context.Context, args []string) (err error) {
	n, err := jobs(o.jobs)
	if err != nil {
		return err
	}
	key, err := o.key()
	if err != nil {
		return err
	}
	if o.words, err = language(o.lang); err != nil {
		return err
	}
	out, err := findings.New(o.format, o.out, o.words)
	if err != nil {
		return misuse("--format: %v", err)
	}
	if err := checkWatch(o.watch, o.interval, args); err != nil {
		return err
	}
	done, err := openJournal(o.journal, o.watch)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done.Close()) }()
	r, err := pipeline.New(pipeline.Options{Anywhere: true, Quick: !o.all})
	if err != nil {
		return err
	}
	s := &scan{scanOptions: o, reader: r, key: key, printer: out, journal: done, started: time.Now()}
	if s.skip = done.Has; o.watch {
		err = s.follow(ctx, args, n)
	} else {
		err = s.walk(ctx, args, n)
	}
	err = errors.Join(err, out.Close())
	s.summary(err)
	switch {
	case errors.Is(err, context.Canceled):
		return &reportedError{exitInterrupted}
	case err != nil:
		return err
	case s.found > 0:
		return &reportedError{exitFound}
	}
	return nil
}

// minKey is the least length of a key of fingerprints.
const minKey = 16

func (o *scanOptions) key() ([]byte, error) {
	if o.keyFile == "" {
		key := make([]byte, sha256.Size)
		_, err := rand.Read(key)
		return key, err
	}
	key, err := config.ReadSecret(o.keyFile)
	if err != nil {
		return nil, err
	}
	if key = bytes.TrimSpace(key); len(key) < minKey {
		return nil, misuse("--key-file: %d bytes, want at least %d", len(key), minKey)
	}
	return key, nil
}

// scan is one run. Images are looked at concurrently; everything else happens in
// the order of the walk, under the mutex.
type scan struct {
	*scanOptions
	reader  *pipeline.Reader
	key     []byte
	printer findings.Printer
	journal *findings.Journal
	skip    func(path string, info fs.FileInfo) bool
	started time.Time

	mu                             sync.Mutex
	images, files, found, problems int
	shown                          time.Time // when the progress was
	failure                        error
}

// walk hands images to n workers. A file is done when all images in it are.
func (s *scan) walk(ctx context.Context, args []string, n int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	free := make(chan struct{}, n)
	var running, ofFile sync.WaitGroup
	err := contents.Walk(ctx, args, contents.Visitor{
		Skip: s.skip,
		Image: func(item contents.Item) error {
			select {
			case free <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
			ofFile.Add(1)
			running.Go(func() {
				defer func() { <-free; ofFile.Done() }()
				if err := s.look(ctx, item); err != nil {
					s.fail(err)
					cancel()
				}
			})
			return nil
		},
		Done: func(path string, info fs.FileInfo) error {
			if s.journal.Kept() { // a file is done when all of its images are
				ofFile.Wait()
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.files++
			s.progress()
			return s.journal.Add(path, info)
		},
		Problem: func(p contents.Problem) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.problem(p)
		},
	})
	running.Wait()
	if s.failure != nil {
		return s.failure
	}
	return err
}

func (s *scan) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure == nil {
		s.failure = err
	}
}

func (s *scan) problem(p contents.Problem) {
	s.problems++
	s.clear()
	fmt.Fprintf(s.env.err, "kahao scan: %s: %v\n", term.Visible(p.Path+p.Inside), p.Err)
}

// look looks at one image. Its errors end the scan; an image that cannot be
// read is a problem.
func (s *scan) look(ctx context.Context, item contents.Item) error {
	find := s.reader.NumbersInFile
	if s.all {
		find = s.reader.RegionsInFile
	}
	regions, err := find(ctx, item.Data)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		s.problem(contents.Problem{Path: item.Path, Inside: item.Inside, Err: err})
		return nil
	}
	s.images++
	for _, r := range regions {
		if f, ok := findings.Of(item.Path, item.Inside, r, s.key); ok && (f.Sure || s.all) {
			s.found++
			s.clear()
			if err := s.printer.Print(f); err != nil {
				return err
			}
		}
	}
	s.progress()
	return nil
}

// progress shows what was done, at most five times a second.
func (s *scan) progress() {
	if s.quiet || !term.Terminal(s.env.err) || time.Since(s.shown) < 200*time.Millisecond {
		return
	}
	s.shown = time.Now()
	fmt.Fprint(s.env.err, "\r\x1b[K"+s.words.Scanning(s.files, s.images, float64(s.images)/time.Since(s.started).Seconds(), s.found))
}

func (s *scan) clear() {
	if !s.shown.IsZero() {
		fmt.Fprint(s.env.err, "\r\x1b[K")
	}
}

func (s *scan) summary(err error) {
	s.clear()
	if s.quiet {
		return
	}
	fmt.Fprintln(s.env.err, s.words.Scanned(errors.Is(err, context.Canceled), s.files, s.images, s.found, s.problems))
}
