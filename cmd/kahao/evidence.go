package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/internal/evaluate/fit"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/synth/line"
	"github.com/kahao/kahao/internal/synth/plan"
)

// sighting is a reading of a drawing: what spoke for it, and whether it was
// right. Sightings of one fold are judged by maps fitted to the other.
type sighting struct {
	calibration.Evidence
	right bool
	fold  int
}

// evidence is what was seen.
type evidence struct{ numbers, dates, lines []sighting }

// failing is the share of numbers drawn with a wrong check digit, as the
// benchmark has it. Specimens' fail mostly, but the priors know those by sight.
const failing = 0.2

// readPictures draws and reads the pictures.
func (e *evidence) readPictures(ctx context.Context, r *pipeline.Reader, n int, o *calibrateOptions) error {
	set := plan.Set{Seed: o.seed, Cards: o.pictures * 4 / 5, Empty: o.pictures - o.pictures*4/5, Failing: failing, BINs: bins{}}
	drawer, err := plan.New(set)
	if err != nil {
		return err
	}
	all := make([]int, drawer.Len())
	for i := range all {
		all[i] = i
	}
	bar := term.NewProgress(o.err, len(all))
	defer bar.Clear()
	type result struct {
		label   evaluate.Label
		reading *pipeline.Reading
		err     error
	}
	work := func(ctx context.Context, i int) (got result) {
		e := drawnExam{drawer: drawer}
		p, _, err := e.Picture(i)
		if err != nil {
			return result{err: err}
		}
		got.label = p.label
		got.reading, got.err = r.Read(ctx, p.image)
		return got
	}
	return inOrder(ctx, n, all, work, func(i int, got result) error {
		if got.err != nil {
			return fmt.Errorf("picture %d: %w", i, got.err)
		}
		bar.Show(i + 1)
		for _, card := range got.reading.Cards {
			e.add(i%2, got.label, card)
		}
		return nil
	})
}

// add judges a card that was read. Its number is right where a card of the
// picture has it; its date where that card, or the only one, has it.
func (e *evidence) add(fold int, l evaluate.Label, card *pipeline.Card) {
	var truth *evaluate.Truth
	for i, t := range l.Cards {
		if t.Number != "" && t.Number.Match(card.PAN.Reveal()) {
			truth = &l.Cards[i]
		}
	}
	e.numbers = append(e.numbers, sighting{card.Number.Evidence, truth != nil, fold})
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
	e.dates = append(e.dates, sighting{card.Expiry.Evidence, right, fold})
}

// readLines draws and reads crops of lines. They follow from each other, so
// one goroutine draws them.
func (e *evidence) readLines(ctx context.Context, r *pipeline.Reader, n int, o *calibrateOptions) error {
	drawer, err := line.New(o.seed, line.Options{Difficulty: -1})
	if err != nil {
		return err
	}
	type crop struct {
		text  string
		image []byte
	}
	type result struct {
		reading *pipeline.Reading
		err     error
	}
	bar := term.NewProgress(o.err, o.lines)
	defer bar.Clear()
	work := func(ctx context.Context, l crop) (got result) {
		got.reading, got.err = r.ReadLine(ctx, l.image)
		return got
	}
	const batch = 200
	for done := 0; done < o.lines; done += batch {
		var crops []crop
		for range min(batch, o.lines-done) {
			s := drawer.Draw()
			b, err := plan.Encode(s.Image, true)
			if err != nil {
				return err
			}
			crops = append(crops, crop{s.Text, b})
		}
		at := done
		err := inOrder(ctx, n, crops, work, func(l crop, got result) error {
			at++
			bar.Show(at)
			if got.err != nil {
				return got.err
			}
			if strings.Contains(l.text, "/") || len(got.reading.Cards) == 0 {
				return nil // dates are read elsewhere
			}
			card := got.reading.Cards[0]
			e.lines = append(e.lines, sighting{card.Number.Evidence, card.PAN.Reveal() == l.text, at % 2})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func every(sighting) bool { return true }

// acceptable are the sightings that the library would accept if it was sure.
func acceptable(s sighting) bool { return s.Acceptable() }

// fitMap fits a map to sightings.
func fitMap(all []sighting) (m calibration.Map) {
	var samples []fit.Sample
	for _, s := range all {
		b := s.Bounded()
		samples = append(samples, fit.Sample{X: b[:], Right: s.right})
	}
	bias, weights := fit.Fit(samples)
	m.Bias = bias
	copy(m.Weights[:], weights)
	return m
}

// crossfit judges each sighting by the map that the other fold gives, and
// returns those that are asked for.
func crossfit(all []sighting, wanted func(sighting) bool) []evaluate.Sample {
	var folds [2][]sighting
	for _, s := range all {
		folds[s.fold] = append(folds[s.fold], s)
	}
	judged := make([]evaluate.Sample, 0, len(all))
	for i, fold := range folds {
		m := fitMap(folds[1-i])
		for _, s := range fold {
			if !wanted(s) {
				continue
			}
			judged = append(judged, evaluate.Sample{Confidence: m.Probability(s.Evidence), Right: s.right})
		}
	}
	return judged
}
