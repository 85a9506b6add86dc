// Package dataset has labelled images, from files or drawn on demand, and reads
// them for scoring.
package dataset

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/internal/parallel"
	"github.com/kahao/kahao/internal/synth/benchmark"
)

// Dataset is a set of labelled images.
type Dataset interface {
	Len() int
	// Image returns image i. It is safe for concurrent use. Its error ends the
	// run; an image that cannot be loaded has Err instead, and is scored.
	Image(i int) (Image, error)
	// Done is called after each image, in order. Its error ends the run.
	Done(Image) error
	// Close is called once, at the end of a run.
	Close() error
}

// Image is a labelled image.
type Image struct {
	Label evaluate.Label
	Data  []byte
	Err   error // why Data could not be loaded

	drawn  []byte // the label as the drawing has it
	digest benchmark.Digest
}

// Reader is the part of kahao.Reader that a run uses.
type Reader interface {
	ReadAll(ctx context.Context, image []byte) (*kahao.Reading, error)
	ReadLine(ctx context.Context, image []byte) (*kahao.Reading, error)
}

// result is an image with what was read in it.
type result struct {
	Image
	answer evaluate.Answer
	err    error // ends the run
}

// Run reads a dataset, jobs images at once, and passes labels and answers to
// each in order, with the number of images so far. It closes the dataset.
func Run(ctx context.Context, set Dataset, r Reader, jobs int, each func(done int, l evaluate.Label, a evaluate.Answer) error) error {
	work := func(ctx context.Context, i int) result {
		image, err := set.Image(i)
		got := result{Image: image, err: err, answer: evaluate.Answer{Err: image.Err}}
		if err == nil && image.Err == nil {
			got.answer = read(ctx, r, image)
		}
		got.Data = nil
		return got
	}
	err := parallel.Ordered(ctx, jobs, set.Len(), work, func(i int, got result) error {
		if got.err != nil {
			return got.err
		}
		if err := set.Done(got.Image); err != nil {
			return err
		}
		return each(i+1, got.Label, got.answer)
	})
	return errors.Join(err, set.Close())
}

func read(ctx context.Context, r Reader, image Image) evaluate.Answer {
	read := r.ReadAll
	if image.Label.Kind == "strip" {
		read = r.ReadLine
	}
	started := time.Now()
	reading, err := read(ctx, image.Data)
	a := evaluate.Answer{Err: err, MS: time.Since(started).Seconds() * 1000}
	if err != nil {
		return a
	}
	for _, c := range reading.Cards {
		a.Cards = append(a.Cards, evaluate.Read{
			Number:     c.PAN.Reveal() + c.Masked.Reveal(), // one of them is zero
			Expiry:     evaluate.Date{Month: c.Expiry.Month, Year: c.Expiry.Year},
			HasExpiry:  c.Expiry.Text != "",
			Confidence: c.Number.Confidence,
			Accepted:   c.Verdict == kahao.VerdictAccept,
		})
	}
	slices.SortStableFunc(a.Cards, func(x, y evaluate.Read) int { return cmp.Compare(y.Confidence, x.Confidence) })
	return a
}
