package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"slices"
	"syscall"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/internal/synth"
	"github.com/kahao/kahao/issuer"
)

var synthCommand = &command{
	name:  "synth",
	brief: "draws labelled pictures of cards",
	help: `
Draws pictures of bank cards that nobody owns, with exact truth: numbers,
digits, lines, dates and corners. The same seed draws the same pictures.

With --out it writes -n pictures and labels.jsonl, which "kahao eval" reads,
into a folder. With --stream it writes drawings to standard output for ever
(or -n of them), as training reads them through a pipe: uint32 length, JSON,
uint32 length, RGB pixels, little-endian.`,
	define: func(fs *flag.FlagSet) action {
		o := &synthOptions{}
		fs.IntVar(&o.n, "n", 0, "`pictures` to draw (default: 10 into a folder, a stream for ever)")
		fs.Uint64Var(&o.draw.Seed, "seed", 1, "`seed` of the drawings")
		fs.StringVar(&o.out, "out", "", "write pictures and labels.jsonl into `dir`")
		fs.StringVar(&o.stream, "stream", "", "write a stream of `what`: lines, cards or scenes")
		fs.IntVar(&o.draw.Size, "size", 0, "longer side of the pictures, in `pixels` (default 800)")
		fs.Float64Var(&o.difficulty, "difficulty", 1, "how bad pictures may get, `0..1`")
		fs.StringVar(&o.draw.Fonts, "fonts", "", "draw with the fonts in `dir` besides the embedded ones")
		fs.BoolVar(&o.draw.HeldOut, "held", false, "draw with the fonts of --fonts that training leaves out, alone")
		o.jobs = fs.Int("jobs", 0, "draw a stream with `n` threads (default: as many as there are CPUs)")
		return o.run
	},
}

type synthOptions struct {
	n           int
	out, stream string
	difficulty  float64
	jobs        *int
	draw        synth.Options
}

func (o *synthOptions) run(c *call) error {
	switch {
	case len(c.args) > 0:
		return misuse("synth takes flags alone")
	case (o.out == "") == (o.stream == ""):
		return misuse("either --out DIR or --stream WHAT")
	case o.n < 0:
		return misuse("-n must not be negative")
	case o.difficulty < 0 || o.difficulty > 1:
		return misuse("--difficulty must be from 0 to 1")
	case o.draw.Size != 0 && (o.draw.Size < 64 || o.draw.Size > 8000):
		return misuse("--size must be from 64 to 8000")
	case o.stream != "" && !slices.Contains([]string{synth.Lines, synth.Cards, synth.Scenes}, o.stream):
		return misuse("--stream must be lines, cards or scenes")
	}
	var err error
	if o.draw.Workers, err = jobs(*o.jobs); err != nil {
		return err
	}
	o.draw.BINs = bins{}
	o.draw.Difficulty = o.difficulty
	if o.difficulty == 0 {
		o.draw.Difficulty = -1 // synth's zero value is full difficulty
	}
	d, err := synth.New(o.draw)
	if err != nil {
		return err
	}
	if o.stream != "" {
		err := d.Stream(c.ctx, untilDone{c.ctx, c.out}, o.stream, o.n)
		if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
			return nil // whoever drank has had enough
		}
		return cmp.Or(c.ctx.Err(), err)
	}
	return o.folder(c, d)
}

// folder writes pictures and their labels.
func (o *synthOptions) folder(c *call, d *synth.Generator) error {
	n := o.n
	if n == 0 {
		n = 10
	}
	bar := term.NewProgress(c.err, n)
	defer bar.Clear()
	return d.WriteDir(c.ctx, o.out, n, bar.Show)
}

// untilDone is a writer that fails once its context has ended, so that a
// stream ends with it whatever it is doing.
type untilDone struct {
	ctx context.Context
	w   io.Writer
}

// Write returns the context's error once that has ended.
func (u untilDone) Write(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.w.Write(b)
}

// bins draws numbers with prefixes and lengths of the issuers' table.
type bins struct{}

// Random returns a prefix and a length.
func (bins) Random(r *rand.Rand) (string, int) { return issuer.Random(r) }
