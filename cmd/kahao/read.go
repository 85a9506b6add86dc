package main

import (
	"bufio"
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/internal/bench"
	"github.com/kahao/kahao/internal/parallel"
)

type readOptions struct {
	*env
	json, reveal, line, stats bool
	checks                    bool
	annotate                  string
	jobs                      int
	luhn                      kahao.LuhnMode
}

func newReadCommand(e *env) *cobra.Command {
	o := &readOptions{env: e}
	cmd := &cobra.Command{
		Use:   "read FILE|DIR|-...",
		Short: "read the cards in images",
		Example: `  kahao read photo.jpg
  kahao read --json --reveal photos/
  kahao read --annotate out photo.jpg
  kahao read --line strip.png
  kahao read --checks --json photo.jpg
  curl -s https://img.example.com/card.jpg | kahao read -`,
		Long: `
Reads JPEG, PNG, BMP and WebP images, from files, from directories with all below
them, and from standard input ("-"). Prints what the cards say as text, or with
--json as one line of JSON an image, in the order of the arguments. An image
without a card is no error.

Numbers are masked as 622202******8888 unless --reveal is given; so are the
digits in the JSON, and the text in annotated images.

With --line each image is a crop of one line of print: no card is searched for,
and its digits, however many, are the number of one card.

With --checks it also says how the image was captured: whether it shows a screen,
a photocopy or a screenshot, whether the card is cut off, under glare or expired,
and its quality from 0 to 100 (blurry below 50). These are hints, no verdict.`,
		Args: takes(1, unlimited),
		RunE: e.action(o.run),
	}
	fs := cmd.Flags()
	fs.BoolVar(&o.json, "json", false, "print JSON Lines")
	fs.BoolVar(&o.reveal, "reveal", false, "print whole numbers")
	fs.BoolVar(&o.line, "line", false, "each image is a crop of one line")
	fs.BoolVar(&o.checks, "checks", false, "also check how the image was captured")
	fs.StringVar(&o.annotate, "annotate", "", "write copies with the reading drawn in, as PNG, into `dir`")
	fs.BoolVar(&o.stats, "stats", false, "afterwards print the peak memory to standard error, as peak_mib=N")
	jobsFlag(cmd, &o.jobs, "read `n` images at once (default: one per CPU)")
	luhnFlag(cmd, &o.luhn)
	_ = cmd.MarkFlagDirname("annotate")
	return cmd
}

func jobsFlag(cmd *cobra.Command, n *int, text string) { cmd.Flags().IntVar(n, "jobs", 0, text) }

func jobs(n int) (int, error) {
	switch {
	case n < 0:
		return 0, misuse("--jobs must not be negative")
	case n == 0:
		return runtime.GOMAXPROCS(0), nil
	}
	return n, nil
}

func luhnFlag(cmd *cobra.Command, m *kahao.LuhnMode) {
	cmd.Flags().TextVar(m, "luhn", kahao.LuhnPrior, "how to treat a failing check digit, `mode`: prior (weigh), strict (reject, but for UnionPay) or off (ignore)")
	completeLuhn(cmd)
}

func completeLuhn(cmd *cobra.Command) {
	complete(cmd, "luhn", kahao.LuhnPrior.String(), kahao.LuhnStrict.String(), kahao.LuhnOff.String())
}

func (o *readOptions) run(ctx context.Context, args []string) error {
	if o.checks && o.line {
		return misuse("--checks needs whole images, not --line")
	}
	n, err := jobs(o.jobs)
	if err != nil {
		return err
	}
	items, err := sources(args, o.in)
	if err != nil {
		return err
	}
	r, err := o.open(kahao.Options{Luhn: o.luhn, Extras: capture.Extras{Checks: o.checks, Today: time.Now()}})
	if err != nil {
		return err
	}
	var notes *annotator
	if o.annotate != "" {
		if notes, err = newAnnotator(o.annotate, items, o.reveal); err != nil {
			return err
		}
	}
	work := func(ctx context.Context, i int) outcome {
		image, err := items[i].load()
		if err != nil {
			return outcome{err: err}
		}
		got := timedRead(ctx, r, image, o.line)
		if notes != nil && got.err == nil {
			got.err = notes.write(ctx, items[i], image, got.reading)
		}
		return got
	}
	err = o.print(items, func(emit func(int, outcome) error) error {
		return parallel.Ordered(ctx, n, len(items), work, emit)
	})
	if o.stats {
		fmt.Fprintf(o.err, "peak_mib=%.1f\n", bench.PeakMiB())
	}
	return err
}

// timedRead reads one image and measures the time.
func timedRead(ctx context.Context, r reader, image []byte, line bool) outcome {
	started := time.Now()
	read := r.ReadAll
	if line {
		read = r.ReadLine
	}
	reading, err := read(ctx, image)
	return outcome{reading, err, time.Since(started).Seconds() * 1000}
}

// print prints the outcomes in the order in which each emits them.
func (o *readOptions) print(items []source, each func(func(int, outcome) error) error) error {
	out := bufio.NewWriter(o.out)
	defer out.Flush()
	text := newTextPrinter(out, items, o.reveal)
	bar := term.NewProgress(o.err, len(items))
	var count summary
	err := each(func(i int, got outcome) error {
		bar.Clear()
		count.add(got.err)
		if o.json {
			if err := writeJSON(out, got.record(items[i].name, o.reveal)); err != nil {
				return err
			}
		} else {
			text.show(items[i].name, got)
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
		fmt.Fprintf(o.err, "%d images: %d with a card, %d without, %d failed; %.1f a second\n",
			count.all, text.withCard, count.all-text.withCard-count.failed, count.failed,
			bar.Rate(count.all))
	}
	return count.err()
}
