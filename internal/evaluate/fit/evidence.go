package fit

import (
	"context"
	"fmt"
	"strings"

	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/internal/evaluate/dataset"
	"github.com/kahao/kahao/internal/parallel"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/synth/line"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/plan"
)

// Sample is the evidence for one reading of a drawing, and whether the reading
// was right. Samples of one fold are judged by maps fitted to the other.
type Sample struct {
	calibration.Evidence
	Right bool
	Fold  int
}

// Evidence is the samples of numbers, dates and single lines.
type Evidence struct{ Numbers, Dates, Lines []Sample }

// Options say what is drawn and read.
type Options struct {
	Images, Lines int
	Seed          uint64
	BINs          number.BINSource
	Jobs          int // images read at once
}

// failing is the share of numbers drawn with a wrong check digit, as in the
// benchmark. Most specimens' fail, but the priors recognise those.
const failing = 0.2

// ReadImages draws and reads images, a fifth of them without a number. It calls
// show with the number of images so far.
func (e *Evidence) ReadImages(ctx context.Context, r *pipeline.Reader, o Options, show func(done int)) error {
	cards := o.Images * 4 / 5
	renderer, err := plan.New(plan.Set{Seed: o.Seed, Cards: cards, Empty: o.Images - cards, Failing: failing, BINs: o.BINs})
	if err != nil {
		return err
	}
	type result struct {
		label   evaluate.Label
		reading *pipeline.Reading
		err     error
	}
	work := func(ctx context.Context, i int) (got result) {
		image, err := dataset.Draw(renderer, i)
		if err != nil {
			return result{err: err}
		}
		got.label = image.Label
		got.reading, got.err = r.Read(ctx, image.Data)
		return got
	}
	return parallel.Ordered(ctx, o.Jobs, renderer.Len(), work, func(i int, got result) error {
		if got.err != nil {
			return fmt.Errorf("image %d: %w", i, got.err)
		}
		show(i + 1)
		for _, card := range got.reading.Cards {
			e.add(i%2, got.label, card)
		}
		return nil
	})
}

// add judges a card that was read. Its number is right if a card of the image
// has it; its date if that card, or the only one, has it.
func (e *Evidence) add(fold int, l evaluate.Label, card *pipeline.Card) {
	var truth *evaluate.Truth
	for i, t := range l.Cards {
		if t.Number != "" && t.Number.Match(card.PAN.Reveal()) {
			truth = &l.Cards[i]
		}
	}
	if card.Masked.IsZero() { // confidence is of whole numbers
		e.Numbers = append(e.Numbers, Sample{card.Number.Evidence, truth != nil, fold})
	}
	if truth == nil && len(l.Cards) == 1 {
		truth = &l.Cards[0]
	}
	if card.Expiry.Text == "" {
		return
	}
	right := false
	if truth != nil {
		want, ok := evaluate.Latest(truth.Dates)
		right = ok && want == evaluate.Date{Month: card.Expiry.Month, Year: card.Expiry.Year}
	}
	e.Dates = append(e.Dates, Sample{card.Expiry.Evidence, right, fold})
}

// ReadLines draws and reads crops of lines. The drawings follow from each other,
// so one goroutine draws them, in batches.
func (e *Evidence) ReadLines(ctx context.Context, r *pipeline.Reader, o Options, show func(done int)) error {
	renderer, err := line.New(o.Seed, line.Options{Difficulty: -1})
	if err != nil {
		return err
	}
	type result struct {
		reading *pipeline.Reading
		err     error
	}
	const batch = 200
	for done := 0; done < o.Lines; done += batch {
		n := min(batch, o.Lines-done)
		texts, images := make([]string, n), make([][]byte, n)
		for i := range n {
			s := renderer.Draw()
			if images[i], err = plan.Encode(s.Image, true); err != nil {
				return err
			}
			texts[i] = s.Text
		}
		work := func(ctx context.Context, i int) (got result) {
			got.reading, got.err = r.ReadLine(ctx, images[i])
			return got
		}
		err := parallel.Ordered(ctx, o.Jobs, n, work, func(i int, got result) error {
			at := done + i + 1
			show(at)
			if got.err != nil {
				return got.err
			}
			if strings.Contains(texts[i], "/") || len(got.reading.Cards) == 0 || !got.reading.Cards[0].Masked.IsZero() {
				return nil // dates are read from images
			}
			card := got.reading.Cards[0]
			e.Lines = append(e.Lines, Sample{card.Number.Evidence, card.PAN.Reveal() == texts[i], at % 2})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
