package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"runtime"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/cmd/kahao/internal/term"
)

var readCommand = &command{
	name:  "read",
	args:  "FILE|DIR|-...",
	brief: "reads the cards in pictures",
	help: `
Reads JPEG, PNG, BMP and WebP pictures, from files, from folders with all below
them, and from standard input ("-"). Prints what the cards say: for people, or
with --json one line of JSON a picture, in the order of the arguments. A
picture without a card is no error.

Numbers are masked as 622202******8888 unless --reveal is given; so are the
digits in the JSON, and the text in annotated pictures.

With --line each picture is a crop of one line of print: nothing is located,
and its digits, of any count, come out as the number of one card.`,
	define: func(fs *flag.FlagSet) action {
		o := &readOptions{}
		fs.BoolVar(&o.json, "json", false, "print JSON Lines")
		fs.BoolVar(&o.reveal, "reveal", false, "print whole numbers")
		fs.BoolVar(&o.line, "line", false, "each picture is a crop of one line")
		fs.StringVar(&o.annotate, "annotate", "", "write copies with what was read drawn in, as PNG, into `dir`")
		fs.BoolVar(&o.stats, "stats", false, "afterwards print the most memory used to standard error, as peak_mib=N")
		o.jobs = jobsFlag(fs)
		o.luhn = luhnFlag(fs)
		return o.run
	},
}

type readOptions struct {
	json, reveal, line, stats bool
	annotate                  string
	jobs                      *int
	luhn                      *luhnMode
}

// jobsFlag declares --jobs: pictures read at once, each on one thread.
func jobsFlag(fs *flag.FlagSet) *int {
	return fs.Int("jobs", 0, "read `n` pictures at once (default: as many as there are CPUs)")
}

func jobs(n int) (int, error) {
	switch {
	case n < 0:
		return 0, misuse("--jobs must not be negative")
	case n == 0:
		return runtime.GOMAXPROCS(0), nil
	}
	return n, nil
}

// luhnMode is the value of --luhn.
type luhnMode kahao.LuhnMode

var luhnModes = map[string]kahao.LuhnMode{"prior": kahao.LuhnPrior, "strict": kahao.LuhnStrict, "off": kahao.LuhnOff}

func luhnFlag(fs *flag.FlagSet) *luhnMode {
	m := new(luhnMode)
	fs.Var(m, "luhn", "`mode` of taking a wrong check digit: prior weighs it, strict forbids it (UnionPay excepted), off ignores it")
	return m
}

// String is the mode's name.
func (m *luhnMode) String() string {
	for name, mode := range luhnModes {
		if m != nil && luhnMode(mode) == *m {
			return name
		}
	}
	return ""
}

// Set parses the mode.
func (m *luhnMode) Set(s string) error {
	mode, ok := luhnModes[s]
	if !ok {
		return fmt.Errorf("must be prior, strict or off")
	}
	*m = luhnMode(mode)
	return nil
}

func (o *readOptions) run(c *call) error {
	if len(c.args) == 0 {
		return misuse("no pictures given")
	}
	n, err := jobs(*o.jobs)
	if err != nil {
		return err
	}
	items, err := sources(c.args, c.in)
	if err != nil {
		return err
	}
	r, err := open(kahao.Options{Luhn: kahao.LuhnMode(*o.luhn)})
	if err != nil {
		return err
	}
	var notes *annotator
	if o.annotate != "" {
		if notes, err = newAnnotator(o.annotate, items, o.reveal); err != nil {
			return err
		}
	}
	work := func(ctx context.Context, s source) outcome {
		image, err := s.load()
		if err != nil {
			return outcome{err: err}
		}
		got := timedRead(ctx, r, image, o.line)
		if notes != nil && got.err == nil {
			if err := notes.write(ctx, s, image, got.reading); err != nil {
				got.err = err
			}
		}
		return got
	}
	err = o.print(c, items, func(emit func(source, outcome) error) error {
		return inOrder(c.ctx, n, items, work, emit)
	})
	if o.stats {
		fmt.Fprintf(c.err, "peak_mib=%.1f\n", peakMiB())
	}
	return err
}

// timedRead reads one picture and says how long that took.
func timedRead(ctx context.Context, r reader, image []byte, line bool) outcome {
	begun := time.Now()
	read := r.ReadAll
	if line {
		read = r.ReadLine
	}
	reading, err := read(ctx, image)
	return outcome{reading, err, time.Since(begun).Seconds() * 1000}
}

// print shows the outcomes that each produces.
func (o *readOptions) print(c *call, items []source, each func(func(source, outcome) error) error) error {
	out := bufio.NewWriter(c.out)
	defer out.Flush()
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	people := newPeople(out, items, o.reveal)
	bar := term.NewProgress(c.err, len(items))
	var count tally
	err := each(func(s source, got outcome) error {
		bar.Clear()
		count.add(got.err)
		if o.json {
			if err := lines.Encode(got.record(s.name, o.reveal)); err != nil {
				return err
			}
		} else {
			people.show(s.name, got)
		}
		if err := out.Flush(); err != nil {
			return err
		}
		bar.Show(count.all)
		return nil
	})
	bar.Clear()
	if err != nil {
		return err
	}
	if len(items) > 1 && !o.json {
		fmt.Fprintf(c.err, "%d pictures: %d with a card, %d without, %d failed; %.1f a second\n",
			count.all, people.withCard, count.all-people.withCard-count.failed, count.failed,
			bar.Rate(count.all))
	}
	return count.err()
}
