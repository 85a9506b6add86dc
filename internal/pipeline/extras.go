package pipeline

import (
	"context"
	"image"
	"math"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/checks"
	"github.com/kahao/kahao/internal/vision/detect"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// source gives the pixels of an image at its full size.
type source struct {
	read   *pixel.RGB // as decoded for reading
	scale  float64
	decode func(imagein.Options) (*imagein.Image, error)
	full   *pixel.Pyramid
}

// pixels decodes the image again if it was reduced for reading.
func (s *source) pixels(limits imagein.Options) (*pixel.Pyramid, error) {
	if s.full == nil {
		at := s.read
		if s.scale != 1 {
			limits.WorkingSide = 0
			m, err := s.decode(limits)
			if err != nil {
				return nil, err
			}
			at = m.RGB
		}
		s.full = pixel.NewPyramid(at)
	}
	return s.full, nil
}

// addExtras adds to a reading what was asked for.
func (r *Reader) addExtras(ctx context.Context, img input, found []detect.Found, reading *Reading, e capture.Extras) error {
	if e == (capture.Extras{Today: e.Today}) {
		return nil
	}
	var full *pixel.Pyramid // Measured does without
	if e.Checks || e.CardCrop || e.NumberCrop {
		var err error
		if full, err = img.source.pixels(r.limits); err != nil {
			return err
		}
	}
	for _, c := range reading.Cards {
		if e.CardCrop {
			c.Crop = cropCard(full, c.Corners)
		}
		if e.NumberCrop {
			c.Number.Crop = cropNumber(full, c.Number.Quad)
		}
	}
	if e.Checks || e.Measured {
		if err := r.check(ctx, img, full, found, reading, e); err != nil {
			return err
		}
	}
	r.trace(ctx, "extras")
	return nil
}

// Proportions of crops.
const (
	cardAspect   = 85.60 / 53.98 // ISO/IEC 7810
	maxCropSide  = 8000          // pixels
	numberRimX   = 0.6           // digit heights to the left and right of the number
	numberRimY   = 0.35          // above and below it
	maxCropScale = 1.5           // of a crop over its quad, where perspective stretches it
)

// cropCard returns the card, upright, at the resolution of the image. It is nil
// if the corners span no area.
func cropCard(full *pixel.Pyramid, corners geom.Quad) *image.RGBA {
	w, h := corners.Width(), corners.Height()
	if w >= h {
		w = math.Max(w, h*cardAspect)
		h = w / cardAspect
	} else {
		h = math.Max(h, w*cardAspect)
		w = h / cardAspect
	}
	return crop(full, corners, w, h)
}

// cropNumber returns the line of the number with a rim.
func cropNumber(full *pixel.Pyramid, quad geom.Quad) *image.RGBA {
	w, h := quad.Width(), quad.Height()
	toImage, ok := geom.QuadToQuad(geom.RectQuad(0, 0, w, h), quad)
	if !ok {
		return nil
	}
	line := math.Min(h, w/4) // several rows are a block, not a line
	dx, dy := numberRimX*line, numberRimY*line
	w, h = w+2*dx, h+2*dy
	return crop(full, toImage.Quad(geom.RectQuad(-dx, -dy, w, h)), w, h)
}

// crop returns a quad of the image as an upright image of about the given size.
func crop(full *pixel.Pyramid, quad geom.Quad, w, h float64) *image.RGBA {
	if !(w >= 1 && h >= 1) {
		return nil
	}
	k := math.Min(1, maxCropSide/math.Max(w, h))
	k = math.Min(k, maxCropScale*math.Max(float64(full.W), float64(full.H))/math.Max(w, h))
	cut := pixel.New(max(1, int(w*k+0.5)), max(1, int(h*k+0.5)))
	toImage, ok := geom.QuadToQuad(geom.RectQuad(0, 0, float64(cut.W), float64(cut.H)), quad)
	if !ok {
		return nil
	}
	full.Warp(cut, toImage, nil)
	return cut.RGBA()
}

// check judges how the image, and each of its cards, was captured.
func (r *Reader) check(ctx context.Context, img input, full *pixel.Pyramid, found []detect.Found, reading *Reading, e capture.Extras) error {
	for _, c := range reading.Cards {
		others := otherOutlines(img, found, c)
		m := checks.Measure(img.pixels, subject(img, c, others))
		m.DateInvalid, m.Expired = checkDate(c.Expiry, e.Today)
		m.Quality = digitQuality(img, c.Number.Digits)
		c.Checks = &m
	}
	var all capture.Checks
	switch {
	case len(reading.Cards) > 0:
		all = *bestCard(reading.Cards).Checks
	case len(found) > 0:
		c := &Card{Corners: img.toImage(found[0].Corners), outline: true}
		all = checks.Measure(img.pixels, subject(img, c, otherOutlines(img, found, c)))
		all.Quality = bandQuality(img, found[0].Corners)
	default:
		all.Quality = checks.Sharpness(img.pixels)
	}
	if e.Checks {
		if err := judgeCapture(ctx, img, full, reading, &all); err != nil {
			return err
		}
	}
	reading.Checks = &all
	for _, c := range append([]*capture.Checks{reading.Checks}, checksOf(reading.Cards)...) {
		placeChecks(c, img.scale)
	}
	return ctx.Err()
}

// judgeCapture adds what the networks say: of the image, which also holds for a
// card that is alone in it, and of each of several cards by itself.
func judgeCapture(ctx context.Context, img input, full *pixel.Pyramid, reading *Reading, all *capture.Checks) error {
	judge, err := checks.Open()
	if err != nil {
		return err
	}
	scores, err := judge.Score(ctx, full)
	if err != nil {
		return err
	}
	scores.Add(all)
	for _, c := range reading.Cards {
		if len(reading.Cards) > 1 {
			if scores, err = judge.Score(ctx, part(full, c.Corners)); err != nil {
				return err
			}
		}
		scores.Add(c.Checks)
	}
	return nil
}

// partRim is how much of its surroundings a card is judged with, in card lengths.
const partRim = 0.08

// part returns the pixels of a card with its surroundings, as they are.
func part(full *pixel.Pyramid, corners geom.Quad) *pixel.Pyramid {
	b, rim := corners.Bounds(), partRim*math.Max(corners.Width(), corners.Height())
	x0, y0 := max(0, int(b.X0-rim)), max(0, int(b.Y0-rim))
	x1, y1 := min(full.W, int(b.X1+rim)), min(full.H, int(b.Y1+rim))
	if x1 <= x0 || y1 <= y0 {
		return full
	}
	cut, base := pixel.New(x1-x0, y1-y0), full.Base()
	for y := range cut.H {
		copy(cut.Pix[y*cut.W*3:(y+1)*cut.W*3], base.Pix[((y0+y)*base.W+x0)*3:])
	}
	return pixel.NewPyramid(cut)
}

func checksOf(cards []*Card) (all []*capture.Checks) {
	for _, c := range cards {
		all = append(all, c.Checks)
	}
	return all
}

func bestCard(cards []*Card) *Card {
	best := cards[0]
	for _, c := range cards[1:] {
		if c.Number.Confidence > best.Number.Confidence {
			best = c
		}
	}
	return best
}

// subject describes a card to package checks, in pixels of the input.
func subject(img input, c *Card, others []geom.Quad) checks.Card {
	s := checks.Card{Corners: img.fromImage(c.Corners), Outline: c.outline, Others: others}
	k := img.scale
	s.Whole = geom.Rect{X0: img.whole.X0 * k, Y0: img.whole.Y0 * k, X1: img.whole.X1 * k, Y1: img.whole.Y1 * k}
	number := checks.Field{Name: capture.FieldNumber}
	for _, d := range c.Number.Digits {
		number.Quads = append(number.Quads, img.fromImage(d.Quad))
	}
	s.Fields = append(s.Fields, number)
	for _, d := range c.Dates {
		s.Fields = append(s.Fields, checks.Field{Name: capture.FieldDate, Quads: []geom.Quad{img.fromImage(d.Quad)}})
	}
	return s
}

// otherOutlines returns the outlines that are not of this card, in pixels of the
// input.
func otherOutlines(img input, found []detect.Found, c *Card) (others []geom.Quad) {
	own := img.fromImage(c.Corners)
	for _, f := range found {
		distance := f.Corners.Center().Sub(own.Center()).Len()
		if distance > 0.25*math.Max(own.Width(), own.Height()) {
			others = append(others, f.Corners)
		}
	}
	return others
}
