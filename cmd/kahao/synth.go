package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/internal/synth"
	"github.com/kahao/kahao/issuer"
)

type synthOptions struct {
	*env
	n           int
	out, stream string
	difficulty  float64
	jobs        int
	documents   bool
	dates       bool
	unusual     bool
	draw        synth.Options
}

func newSynthCommand(e *env) *cobra.Command {
	o := &synthOptions{env: e}
	cmd := &cobra.Command{
		Use:   "synth",
		Short: "draw labelled images of cards",
		Example: `  kahao synth -n 100 --seed 7 --out drawn
  kahao synth -n 500 --seed 7 --documents --out documents
  kahao synth -n 920 --seed 7 --dates --out dates
  kahao synth --stream lines | training/train.py`,
		Long: `
Draws images of bank cards that nobody owns, with exact ground truth: numbers,
digits, lines, dates and corners. The same seed draws the same images.

With --out it writes -n images and labels.jsonl, which "kahao eval" reads, into a
directory. With --documents the images are screenshots, receipts, statements and
forms instead; every second one has a card's number as text, and all have other long
numbers. With --dates they are cards with the date in each of 23 forms. With --unusual
they are cards that are set unusually, ten kinds in turn: UnionPay numbers of 18 and
of 19 digits, American Express in 4-4-4-3, group below group, digit below digit, a
sign beside or over the number, seven segments, cards of 90 to 150 pixels, and small
dates in one line with a label or a security code. With --stream it writes an endless
stream of drawings (or -n of them) to standard output, for training: uint32 length,
JSON, uint32 length, RGB pixels, little-endian.`,
		Args: takes(0, 0),
		RunE: e.action(o.run),
	}
	fs := cmd.Flags()
	fs.IntVarP(&o.n, "count", "n", 0, "draw `n` images (default: 10 into a directory, an endless stream)")
	fs.Uint64Var(&o.draw.Seed, "seed", 1, "`seed` of the drawings")
	fs.StringVar(&o.out, "out", "", "write images and labels.jsonl into `dir`")
	fs.StringVar(&o.stream, "stream", "", "write a stream of a `kind`: lines, months, cards, scenes or captures")
	fs.BoolVar(&o.documents, "documents", false, "draw screenshots, receipts, statements and forms; every second one has a card's number as text")
	fs.BoolVar(&o.dates, "dates", false, "draw cards with dates in every form, flat and embossed")
	fs.BoolVar(&o.unusual, "unusual", false, "draw cards that are set unusually, ten kinds in turn")
	fs.IntVar(&o.draw.Size, "size", 0, "longer side of the images, in `pixels` (default 800)")
	fs.Float64Var(&o.difficulty, "difficulty", 1, "how bad images may get, `0..1`")
	fs.StringVar(&o.draw.Fonts, "fonts", "", "draw with the fonts in `dir` in addition to the embedded ones")
	fs.BoolVar(&o.draw.HeldOut, "held", false, "draw only with those fonts of --fonts that training leaves out")
	jobsFlag(cmd, &o.jobs, "draw a stream with `n` threads (default: one per CPU)")
	complete(cmd, "stream", synth.Lines, synth.Months, synth.Cards, synth.Scenes, synth.Captures)
	_ = cmd.MarkFlagDirname("out")
	_ = cmd.MarkFlagDirname("fonts")
	return cmd
}

func (o *synthOptions) run(ctx context.Context, _ []string) error {
	switch {
	case (o.out == "") == (o.stream == ""):
		return misuse("give either --out DIR or --stream KIND")
	case o.out == "" && o.documents:
		return misuse("--documents goes with --out DIR")
	case o.out == "" && o.dates:
		return misuse("--dates goes with --out DIR")
	case o.out == "" && o.unusual:
		return misuse("--unusual goes with --out DIR")
	case o.documents && o.dates, o.documents && o.unusual, o.dates && o.unusual:
		return misuse("give only one of --documents, --dates and --unusual")
	case o.n < 0:
		return misuse("--count must not be negative")
	case o.difficulty < 0 || o.difficulty > 1:
		return misuse("--difficulty must be from 0 to 1")
	case o.draw.Size != 0 && (o.draw.Size < 64 || o.draw.Size > 8000):
		return misuse("--size must be from 64 to 8000")
	case o.stream != "" && !slices.Contains([]string{synth.Lines, synth.Months, synth.Cards, synth.Scenes, synth.Captures}, o.stream):
		return misuse("--stream must be lines, months, cards, scenes or captures")
	}
	var err error
	if o.draw.Workers, err = jobs(o.jobs); err != nil {
		return err
	}
	o.draw.BINs = bins{}
	o.draw.Difficulty = o.difficulty
	if o.difficulty == 0 {
		o.draw.Difficulty = -1 // synth's zero value is full difficulty
	}
	if o.documents {
		return o.directory(func(n int, progress func(int)) error { return synth.WriteDocuments(ctx, o.draw, o.out, n, progress) })
	}
	if o.dates {
		return o.directory(func(n int, progress func(int)) error { return synth.WriteDates(ctx, o.draw, o.out, n, progress) })
	}
	if o.unusual {
		return o.directory(func(n int, progress func(int)) error { return synth.WriteUnusual(ctx, o.draw, o.out, n, progress) })
	}
	d, err := synth.New(o.draw)
	if err != nil {
		return err
	}
	if o.stream != "" {
		err := d.Stream(ctx, untilDone{ctx, o.env.out}, o.stream, o.n)
		if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
			return nil // the reader closed the pipe
		}
		return cmp.Or(ctx.Err(), err)
	}
	return o.directory(func(n int, progress func(int)) error { return d.WriteDir(ctx, o.out, n, progress) })
}

// directory writes images and their labels.
func (o *synthOptions) directory(write func(n int, progress func(int)) error) error {
	n := o.n
	if n == 0 {
		n = 10
	}
	bar := term.NewProgress(o.err, n)
	defer bar.Clear()
	return write(n, bar.Show)
}

// untilDone is a writer that fails after the end of its context, which ends a
// stream in the middle of a drawing.
type untilDone struct {
	ctx context.Context
	w   io.Writer
}

// Write returns the context's error after its end.
func (u untilDone) Write(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.w.Write(b)
}

// bins are the prefixes and lengths of the issuers' table.
type bins struct{}

// Random returns a prefix and a length.
func (bins) Random(r *rand.Rand) (string, int) { return issuer.Random(r) }
