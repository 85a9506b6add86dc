// Package pipeline reads the cards in an image.
//
// Its steps are: detect the cards, rectify each one, find its lines of print,
// recognise them from several crops, decode those into an n-best list of texts,
// join a number that stands on several lines, judge the result by the evidence
// for it, and look up the issuer. Each step is a function from values to values.
package pipeline

import (
	"context"
	"image"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/checks"
	"github.com/kahao/kahao/internal/vision/detect"
	"github.com/kahao/kahao/internal/vision/imagein"
	"github.com/kahao/kahao/internal/vision/model"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/textline"
)

// LuhnMode says what a failing check digit means; see kahao.LuhnMode.
type LuhnMode int

// The modes.
const (
	LuhnPrior LuhnMode = iota
	LuhnStrict
	LuhnOff
)

// Options of a Reader.
type Options struct {
	Luhn      LuhnMode
	MaxBytes  int64              // of an image file; 0 means the default of imagein
	MaxPixels int64              // of an image; 0 means the default of imagein
	Anywhere  bool               // also find numbers that are on no card: the text of documents and screens
	Quick     bool               // with Anywhere: leave out what adds few accepted numbers for its time, and the dates
	Page      int                // of a file with several; 0 means the first
	Trace     func(stage string) // called at the end of each stage; may be nil
}

// Reader holds the networks and what they are read with. It is immutable and
// safe for concurrent use.
type Reader struct {
	luhn        LuhnMode
	anywhere    bool
	quick       bool
	limits      imagein.Options
	traced      func(stage string) // may be nil
	networks    *model.Set
	cards       *detect.Finder
	lines       *textline.Finder
	covers      *textline.Finder // lines that are covered or hard to see
	text        *recognize.Reader
	covered     *recognize.Reader
	months      *recognize.Months
	calibration *calibration.Calibration
}

// workingSide is the length of the longer side from which an image is decoded
// at a reduced scale. The digits of a card that fills the image are then still
// 50 pixels high.
const workingSide = 1000

// textSide is the longer side up to which an image is decoded at its full scale if
// numbers as text are looked for: the digits of a screen or of a scanned page of that
// size may be ten pixels high.
const textSide = 2600

// New loads the embedded networks and their calibration.
func New(o Options) (*Reader, error) {
	r := &Reader{
		luhn: o.Luhn, traced: o.Trace, anywhere: o.Anywhere, quick: o.Anywhere && o.Quick,
		limits: imagein.Options{MaxBytes: o.MaxBytes, MaxPixels: o.MaxPixels, Page: o.Page, WorkingSide: workingSide},
	}
	if o.Anywhere {
		r.limits.FullSide = textSide
	}
	var err error
	if r.networks, err = model.Load(); err != nil {
		return nil, err
	}
	if r.cards, err = detect.New(r.networks.Corners.Net); err != nil {
		return nil, err
	}
	r.lines = textline.New(r.networks.Lines.Net)
	r.covers = textline.New(r.networks.CoveredLines.Net)
	r.text = recognize.New(r.networks.Digits.Net, r.trace)
	r.covered = recognize.New(r.networks.Covered.Net, r.trace)
	r.months = recognize.NewMonths(r.networks.Months.Net, r.trace)
	if r.calibration, err = calibration.Embedded(); err != nil {
		return nil, err
	}
	return r, nil
}

// Networks returns the networks that the Reader runs.
func (r *Reader) Networks() *model.Set { return r.networks }

// AllNetworks returns the networks that the Reader runs, with those of the capture
// checks.
func (r *Reader) AllNetworks() []model.Network {
	all := r.networks.All()
	if judge, err := checks.Open(); err == nil { // else every check fails with the error
		all = append(all, judge.Networks()...)
	}
	return all
}

// Calibration returns the map from evidence to confidence.
func (r *Reader) Calibration() *calibration.Calibration { return r.calibration }

// Inspect reads the headers of an image file, under the Reader's limits.
func (r *Reader) Inspect(file []byte) (imagein.Info, error) { return imagein.Inspect(file, r.limits) }

// Read reads every card in an image file.
func (r *Reader) Read(ctx context.Context, file []byte) (*Reading, error) {
	return r.ReadWith(ctx, file, capture.Extras{})
}

// ReadWith is Read with extras.
func (r *Reader) ReadWith(ctx context.Context, file []byte, extras capture.Extras) (*Reading, error) {
	decode := func(limits imagein.Options) (*imagein.Image, error) { return imagein.Decode(ctx, file, limits) }
	return r.readFrom(ctx, decode, extras)
}

// ReadImage reads every card in a decoded image.
func (r *Reader) ReadImage(ctx context.Context, m image.Image, extras capture.Extras) (*Reading, error) {
	convert := func(limits imagein.Options) (*imagein.Image, error) { return imagein.Convert(ctx, m, limits) }
	return r.readFrom(ctx, convert, extras)
}

func (r *Reader) readFrom(ctx context.Context, decode func(imagein.Options) (*imagein.Image, error), extras capture.Extras) (*Reading, error) {
	m, err := decode(r.limits)
	if err != nil {
		return nil, err
	}
	img := r.input(ctx, m)
	img.source = &source{read: m.RGB, scale: m.Scale, decode: decode}
	reading, found, err := r.read(ctx, img)
	if err != nil {
		return nil, err
	}
	return reading, r.addExtras(ctx, img, found, reading, extras)
}

// ReadLine reads an image file that is a crop of one line of digits.
func (r *Reader) ReadLine(ctx context.Context, file []byte) (*Reading, error) {
	decoded, err := imagein.Decode(ctx, file, r.limits)
	if err != nil {
		return nil, err
	}
	img := r.input(ctx, decoded)
	reading := &Reading{Width: img.width, Height: img.height}
	p, err := r.linePass(ctx, img)
	if err != nil {
		return nil, err
	}
	if p != nil {
		if card, err := r.judge(img, p); err == nil { // else more digits than a number may have
			r.conclude(ctx, img, p, card)
			reading.Cards = []*Card{card}
		}
	}
	if len(reading.Cards) == 0 {
		reading.Reasons = []Reason{{Code: NoNumber}}
	}
	if img.damaged() {
		reading.Reasons = append(reading.Reasons, Reason{Code: Damaged})
	}
	return reading, nil
}

// input is a decoded image. Its pixels may be those of a reduced image.
type input struct {
	pixels        *pixel.Pyramid
	scale         float64   // pixels here per pixel of the image
	width, height int       // of the image, upright
	whole         geom.Rect // of the image: the file holds no more of it
	source        *source   // of its pixels at full size; nil for a crop of one line
}

func (r *Reader) input(ctx context.Context, m *imagein.Image) input {
	r.trace(ctx, "decode")
	return input{
		pixels: pixel.NewPyramid(m.RGB), scale: m.Scale, width: m.Width, height: m.Height,
		whole: geom.Rect{X0: float64(m.Whole.Min.X), Y0: float64(m.Whole.Min.Y), X1: float64(m.Whole.Max.X), Y1: float64(m.Whole.Max.Y)},
	}
}

// damaged reports whether a part of the image is missing from its file.
func (img input) damaged() bool {
	return img.whole.W() < float64(img.width) || img.whole.H() < float64(img.height)
}

// lacks reports whether a quad of the image reaches into the missing part.
func (img input) lacks(q geom.Quad) bool {
	b, w := q.Bounds(), img.whole
	return img.damaged() && (b.X0 < w.X0 || b.Y0 < w.Y0 || b.X1 > w.X1 || b.Y1 > w.Y1)
}

// frame returns the outline of the whole image, in pixels here.
func (img input) frame() geom.Quad {
	return geom.RectQuad(0, 0, float64(img.pixels.W), float64(img.pixels.H))
}

// fromImage maps a quad from pixels of the image to those here.
func (img input) fromImage(q geom.Quad) geom.Quad {
	for i := range q {
		q[i] = q[i].Mul(img.scale)
	}
	return q
}

// toImage maps a quad from pixels here to those of the image.
func (img input) toImage(q geom.Quad) geom.Quad {
	for i := range q {
		q[i] = q[i].Mul(1 / img.scale)
	}
	return q
}
