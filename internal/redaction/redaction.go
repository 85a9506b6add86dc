// Package redaction covers card numbers in image files.
//
// Recall counts: whatever may be a number is covered, and what could not be
// judged is reported. The pixels under a cover are replaced before anything is
// drawn over them, the whole image is encoded anew without its metadata, and the
// result is read again until no number is left in it.
package redaction

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// Finder finds places where a card number may be readable.
type Finder interface {
	Regions(ctx context.Context, m image.Image) ([]pipeline.Region, error)
}

// Style is the look of a cover. None lets a pixel of the original through.
type Style string

// The styles.
const (
	Fill     Style = "fill"     // one colour
	Blur     Style = "blur"     // the colours around the cover, running into each other
	Pixelate Style = "pixelate" // squares of those colours
)

// Keep is how many digits stay readable at both ends of an accepted number.
// PCI DSS 3.4.1 allows the BIN and the last four.
type Keep struct{ First, Last int }

// Most digits that may stay, which are those that PCI DSS allows for a BIN of
// eight digits.
const (
	maxFirst = 8
	maxLast  = 4
)

// Options say what is covered, and how.
type Options struct {
	Keep     Keep
	Style    Style
	Colour   [3]uint8 // red, green and blue of Fill; black by default
	NoNumber bool     // leave the number
	Expiry   bool     // cover the dates, too
}

// Check reports what is wrong with the options.
func (o Options) Check() error {
	switch {
	case o.Keep.First < 0 || o.Keep.First > maxFirst || o.Keep.Last < 0 || o.Keep.Last > maxLast:
		return fmt.Errorf("keep %d,%d: at most %d digits at the start and %d at the end may stay", o.Keep.First, o.Keep.Last, maxFirst, maxLast)
	case o.Style != Fill && o.Style != Blur && o.Style != Pixelate:
		return fmt.Errorf("style %q: want fill, blur or pixelate", o.Style)
	case o.NoNumber && !o.Expiry:
		return errors.New("there is nothing to cover: choose the number, the expiry or both")
	}
	return nil
}

// Verdict is what an image is after redaction.
type Verdict string

// The verdicts.
const (
	Nothing  Verdict = "nothing"  // no number was found; the file is as it was
	Redacted Verdict = "redacted" // what was found is covered, and reading the result found no more
	Unsure   Verdict = "unsure"   // something is covered, or nothing, but a person should look at it
)

// Cover is a place that was covered.
type Cover struct {
	Kind pipeline.RegionKind
	Quad geom.Quad // in pixels of the image
	Last string    // the last four digits of an accepted number

	// Of a PDF file: the page, from 1, or 0 if no page shows the image; and the
	// image's name.
	Page  int
	Image string
}

// Result is a redacted image or PDF file.
type Result struct {
	File    []byte
	PDF     bool
	Format  imagein.Format // of File; FormatUnknown of a PDF file
	From    imagein.Format // of the original
	Width   int            // upright; 0 of a PDF file
	Height  int
	Verdict Verdict
	Covers  []Cover
	Reasons []Reason // why Verdict is Unsure

	accepted []geom.Quad // around the numbers of which digits stay
}

// FormatName returns the usual name of the result's format.
func (r *Result) FormatName() string {
	if r.PDF {
		return "PDF"
	}
	return r.Format.String()
}

// Extension returns the usual extension of names of such files.
func (r *Result) Extension() string {
	if r.Format == imagein.JPEG && !r.PDF {
		return ".jpg"
	}
	return "." + strings.ToLower(r.FormatName())
}

// MediaType returns the media type of the result.
func (r *Result) MediaType() string {
	if r.PDF {
		return "application/pdf"
	}
	return "image/" + strings.ToLower(r.Format.String())
}

// maxRounds is how often a result is read and covered again.
const maxRounds = 3

// Redact covers the numbers in an image file, or in the images of a PDF file. It
// returns the errors of imagein.Decode for a file that cannot be read, and the
// context's.
func Redact(ctx context.Context, f Finder, file []byte, limits imagein.Options, o Options) (*Result, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if IsPDF(file) {
		return redactPDF(ctx, f, file, limits, o)
	}
	return redactImage(ctx, f, file, limits, o)
}

// redactImage covers the numbers in an image file.
func redactImage(ctx context.Context, f Finder, file []byte, limits imagein.Options, o Options) (*Result, error) {
	c, err := open(ctx, file, limits)
	if err != nil {
		return nil, err
	}
	r := &Result{From: c.from, Format: c.to, Width: c.bounds().X, Height: c.bounds().Y, Verdict: Nothing}
	if c.damaged {
		r.Reasons = append(r.Reasons, Reason{Code: ReasonDamaged})
	}
	view := c.pixels
	for round := 0; ; round++ {
		regions, err := f.Regions(ctx, view)
		if err != nil {
			return nil, err
		}
		covers := r.missing(regions, o)
		if len(covers) == 0 {
			break
		}
		if round == maxRounds {
			r.Reasons = append(r.Reasons, Reason{Code: ReasonDigitsLeft, Rounds: maxRounds})
			break
		}
		for _, cover := range covers {
			c.paint(cover.Quad, o)
			r.add(cover)
		}
		// The next round reads what is written, not what is in memory.
		if r.File, err = c.encode(); err != nil {
			return nil, err
		}
		own := limits
		own.MaxBytes = max(own.MaxBytes, int64(len(r.File))) // the limit is for files of others
		again, err := open(ctx, r.File, own)
		if err != nil {
			return nil, fmt.Errorf("the redacted image cannot be read: %w", err)
		}
		view = again.pixels
	}
	if len(r.Covers) == 0 {
		r.File, r.Format = file, c.from
	}
	switch {
	case len(r.Reasons) > 0:
		r.Verdict = Unsure
	case len(r.Covers) > 0:
		r.Verdict = Redacted
	}
	return r, nil
}

// add records a cover and what is unsure about it.
func (r *Result) add(c Cover) {
	r.Covers = append(r.Covers, c)
	unread := func(reason Reason) bool { return reason.Code == ReasonNoNumber }
	if c.Kind == pipeline.RegionBand && !slices.ContainsFunc(r.Reasons, unread) {
		r.Reasons = append(r.Reasons, Reason{Code: ReasonNoNumber})
	}
}

// missing returns the covers that the regions still need.
func (r *Result) missing(regions []pipeline.Region, o Options) []Cover {
	var covers []Cover
	rows := r.inRows(regions, o)
	for i, region := range regions {
		switch region.Kind {
		case pipeline.RegionDate:
			if o.Expiry && !r.covered(region.Quad.Center()) {
				covers = append(covers, Cover{Kind: region.Kind, Quad: widened(region.Quad, dateRim, dateRim)})
			}
		case pipeline.RegionReprint:
			if !o.NoNumber && o.Keep.First < 4 && !r.covered(region.Quad.Center()) {
				covers = append(covers, Cover{Kind: region.Kind, Quad: region.Quad})
			}
		case pipeline.RegionBand:
			if !o.NoNumber && len(r.Covers) == 0 {
				covers = append(covers, Cover{Kind: region.Kind, Quad: region.Quad})
			}
		default:
			if seen := r.visible(region); o.NoNumber || seen == 0 || seen <= r.allowed(region, o) && !rows[i] {
				continue
			}
			covers = append(covers, numberCover(region, o))
			if region.Sure {
				r.accepted = append(r.accepted, widened(region.Quad, keptRim, keptRim))
			}
		}
	}
	return covers
}

// keptRim is how far from an accepted number digits still belong to it, in its
// heights.
const keptRim = 0.5

// allowed returns how many digits of a region may stay readable: as many as stay
// of an accepted number. Of a line that was never accepted nobody knows which of
// its digits are which.
func (r *Result) allowed(region pipeline.Region, o Options) int {
	accepted := func(q geom.Quad) bool { return q.Contains(region.Quad.Center()) }
	if region.Sure || slices.ContainsFunc(r.accepted, accepted) {
		return o.Keep.First + o.Keep.Last
	}
	return max(o.Keep.First, o.Keep.Last)
}

// visible returns how many digits of a region are under no cover.
func (r *Result) visible(region pipeline.Region) int {
	n := 0
	for _, d := range region.Digits {
		if !r.covered(d.Quad.Center()) {
			n++
		}
	}
	return n
}

func (r *Result) covered(p geom.Point) bool {
	for _, c := range r.Covers {
		if c.Quad.Contains(p) {
			return true
		}
	}
	return false
}
