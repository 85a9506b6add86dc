// Package pipeline reads the cards in an image: it detects cards, rectifies
// them, finds their lines of print, recognises and decodes those, joins what
// belongs together and judges the result.
package pipeline

import (
	"context"
	"image"

	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/vision/detect"
	"github.com/kahao/kahao/internal/vision/imagein"
	"github.com/kahao/kahao/internal/vision/model"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/spell"
	"github.com/kahao/kahao/internal/vision/textline"
)

// LuhnMode says what a failing check digit means.
type LuhnMode int

// The modes; kahao.LuhnMode explains them.
const (
	LuhnPrior LuhnMode = iota
	LuhnStrict
	LuhnOff
)

// Options of a Reader.
type Options struct {
	Luhn      LuhnMode
	MaxBytes  int64
	MaxPixels int64
	Trace     func(stage string) // called as each stage ends; nil for none
}

// Reader reads images. It is immutable and safe for concurrent use.
type Reader struct {
	options     Options
	networks    *model.Set
	locate      *detect.Finder
	lines       *textline.Finder
	spell       *spell.Reader
	calibration *calibration.Calibration
}

// New loads the embedded networks and their calibration.
func New(options Options) (*Reader, error) {
	networks, err := model.Load()
	if err != nil {
		return nil, err
	}
	r := &Reader{options: options, networks: networks}
	if r.locate, err = detect.New(networks.Corners.Net); err != nil {
		return nil, err
	}
	r.lines = textline.New(networks.Lines.Net)
	r.spell = &spell.Reader{Digits: recognize.New(networks.Digits.Net), Trace: r.trace}
	if r.calibration, err = calibration.Embedded(); err != nil {
		return nil, err
	}
	return r, nil
}

// Networks returns the networks that the Reader runs.
func (r *Reader) Networks() *model.Set { return r.networks }

// Calibration returns the map from evidence to confidence.
func (r *Reader) Calibration() *calibration.Calibration { return r.calibration }

// Inspect reads the headers of an encoded image, under the Reader's limits.
func (r *Reader) Inspect(image []byte) (imagein.Info, error) {
	return imagein.Inspect(image, r.limits())
}

func (r *Reader) limits() imagein.Options {
	return imagein.Options{MaxBytes: r.options.MaxBytes, MaxPixels: r.options.MaxPixels, WorkingSide: workingSide}
}

// Read reads every card in an encoded image.
func (r *Reader) Read(ctx context.Context, image []byte) (*Reading, error) {
	p, err := imagein.Decode(ctx, image, r.limits())
	if err != nil {
		return nil, err
	}
	return r.read(ctx, p)
}

// ReadImage reads every card in a decoded image.
func (r *Reader) ReadImage(ctx context.Context, m image.Image) (*Reading, error) {
	p, err := imagein.Convert(ctx, m, r.limits())
	if err != nil {
		return nil, err
	}
	return r.read(ctx, p)
}

func (r *Reader) read(ctx context.Context, p *imagein.Picture) (*Reading, error) {
	s := r.begin(ctx, p)
	cards, reasons, err := s.cards()
	if err != nil {
		return nil, err
	}
	return s.reading(cards, reasons), nil
}

// ReadLine reads an encoded image that is a crop of one line of digits.
func (r *Reader) ReadLine(ctx context.Context, image []byte) (*Reading, error) {
	p, err := imagein.Decode(ctx, image, r.limits())
	if err != nil {
		return nil, err
	}
	s := r.begin(ctx, p)
	card, err := s.line()
	if err != nil {
		return nil, err
	}
	if card == nil {
		return s.reading(nil, []Reason{{Code: NoNumber}}), nil
	}
	return s.reading([]*Card{card}, nil), nil
}

func (r *Reader) trace(stage string) {
	if r.options.Trace != nil {
		r.options.Trace(stage)
	}
}
