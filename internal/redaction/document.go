package redaction

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"slices"

	"github.com/kahao/kahao/internal/contents/pdf"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// IsPDF reports whether a file begins as a PDF.
func IsPDF(file []byte) bool { return bytes.HasPrefix(file, []byte("%PDF-")) }

// PDFPixels returns how many pixels all images of a PDF file have, and how many the
// largest one has: what covering it costs. Its errors are those of Redact.
func PDFPixels(file []byte) (all, largest int64, err error) {
	if all, largest, err = pdf.Pixels(file); err != nil {
		err = pdfError(err)
	}
	return all, largest, err
}

// redactPDF covers the numbers in the images of a PDF file. If there are any, the
// file is written anew; what else may show a number in it makes it unsure.
func redactPDF(ctx context.Context, f Finder, file []byte, limits imagein.Options, o Options) (*Result, error) {
	d, err := pdf.Open(file)
	if err != nil {
		return nil, pdfError(err)
	}
	r := &Result{File: file, PDF: true, Verdict: Nothing}
	seen := map[[32]byte]*Result{} // logos stand in a file more than once
	var gone [][]byte              // the images that must not be in the result
	err = d.Images(ctx, func(m pdf.Image) error {
		one, err := r.image(ctx, f, m, limits, o, seen)
		if err != nil || one == nil || len(one.Covers) == 0 {
			return err
		}
		by, err := replacement(ctx, m, one, limits)
		if err != nil {
			return err
		}
		d.Replace(m, by)
		gone = append(gone, m.Coded)
		return nil
	})
	if err != nil {
		return nil, err
	}
	anew := len(r.Covers) > 0
	for _, u := range d.Unread(anew) {
		r.Reasons = append(r.Reasons, Reason{Code: ReasonCode(u.Kind), Pages: u.Pages, More: u.More})
	}
	if anew {
		r.Verdict = Redacted
		if r.File, err = d.Write(); err != nil {
			return nil, pdfError(err)
		}
		if err := checkPDF(ctx, r.File, d.Pages(), gone); err != nil {
			return nil, err
		}
	}
	if len(r.Reasons) > 0 {
		r.Verdict = Unsure
	}
	return r, nil
}

// image covers the numbers in one image, and records what it found. An image that
// is not read is a reason to be unsure.
func (r *Result) image(ctx context.Context, f Finder, m pdf.Image, limits imagein.Options, o Options, seen map[[32]byte]*Result) (*Result, error) {
	if !pdf.MayShowNumber(m.Width, m.Height) {
		return nil, nil
	}
	if m.Err != nil {
		r.doubt(Reason{Code: ReasonImage, Image: m.Name, Cause: m.Err.Error()})
		return nil, nil
	}
	key := sha256.Sum256(m.File)
	one, ok := seen[key]
	if !ok {
		var err error
		one, err = redactImage(ctx, f, asDrawn(m.File), limits, o)
		var kind *imagein.Error
		switch {
		case errors.As(err, &kind):
			r.doubt(Reason{Code: ReasonImage, Image: m.Name, Cause: err.Error()})
			return nil, nil
		case err != nil:
			return nil, err
		}
		seen[key] = one
	}
	for _, c := range one.Covers {
		c.Page, c.Image = m.Page, m.Name
		r.Covers = append(r.Covers, c)
	}
	for _, reason := range one.Reasons {
		reason.Image = m.Name
		r.doubt(reason)
	}
	return one, nil
}

// asDrawn returns a JPEG file without its Exif segments: PDF draws the pixels as
// they are stored, whatever orientation they name.
func asDrawn(file []byte) []byte {
	if imagein.FormatOf(file) != imagein.JPEG {
		return file
	}
	out := slices.Clone(file[:2])
	at := 2
	for at+4 <= len(file) && file[at] == 0xff && file[at+1] != 0xda {
		n := int(binary.BigEndian.Uint16(file[at+2:]))
		if n < 2 || at+2+n > len(file) {
			break
		}
		if file[at+1] != 0xe1 {
			out = append(out, file[at:at+2+n]...)
		}
		at += 2 + n
	}
	return append(out, file[at:]...)
}

// replacement returns what stands in the place of an image: JPEG for JPEG, samples
// of the same depth for others.
func replacement(ctx context.Context, m pdf.Image, one *Result, limits imagein.Options) (pdf.Replacement, error) {
	limits.MaxBytes = max(limits.MaxBytes, int64(len(one.File)))
	stored, err := imagein.Stored(ctx, one.File, limits)
	if err != nil {
		return pdf.Replacement{}, fmt.Errorf("the redacted image cannot be read: %w", err)
	}
	size := stored.Pixels.Bounds().Size()
	by := pdf.Replacement{Width: size.X, Height: size.Y, Components: 3, Bits: 8}
	switch stored.Pixels.(type) {
	case *image.Gray:
		by.Components = 1
		if m.Bilevel {
			by.Bits = 1
		}
	case *image.Gray16:
		by.Components, by.Bits = 1, 16
	case *image.RGBA64, *image.NRGBA64:
		by.Bits = 16
	}
	if one.Format == imagein.JPEG {
		by.JPEG, by.Bits = one.File, 8
		return by, nil
	}
	by.Samples = samples(stored.Pixels, by.Components, by.Bits)
	return by, nil
}

// samples returns the samples of an image, in rows of whole bytes. Of one bit, 1 is
// white.
func samples(m image.Image, components, bits int) []byte {
	b := m.Bounds()
	var out []byte
	for y := b.Min.Y; y < b.Max.Y; y++ {
		var eight byte
		for x := b.Min.X; x < b.Max.X; x++ {
			c := color.NRGBA64Model.Convert(m.At(x, y)).(color.NRGBA64)
			switch i := x - b.Min.X; {
			case bits == 1:
				eight |= byte(c.R>>15) << (7 - i%8)
				if i%8 == 7 || x == b.Max.X-1 {
					out = append(out, eight)
					eight = 0
				}
			default:
				for _, v := range []uint16{c.R, c.G, c.B}[:components] {
					if out = append(out, byte(v>>8)); bits == 16 {
						out = append(out, byte(v))
					}
				}
			}
		}
	}
	return out
}

// checkPDF reads the result as anyone would: it has all pages, each image in it can
// be read, and none of those that were covered is left.
func checkPDF(ctx context.Context, file []byte, pages int, gone [][]byte) error {
	d, err := pdf.Open(file)
	if err != nil {
		return fmt.Errorf("the redacted file cannot be read: %w", err)
	}
	if d.Pages() != pages {
		return fmt.Errorf("the redacted file has %d pages, the original %d", d.Pages(), pages)
	}
	for _, old := range gone {
		if bytes.Contains(file, old) {
			return errors.New("the redacted file still has an image that was covered")
		}
	}
	return d.Images(ctx, func(m pdf.Image) error {
		if slices.ContainsFunc(gone, func(old []byte) bool { return bytes.Equal(m.Coded, old) }) {
			return fmt.Errorf("the redacted file still has %s, which was covered", m.Name)
		}
		return nil
	})
}

// pdfError returns an error of the PDF reader as one of an image.
func pdfError(err error) error {
	kind := imagein.ErrMalformed
	if errors.Is(err, pdf.ErrUnsupported) || errors.Is(err, pdf.ErrEncrypted) {
		kind = imagein.ErrUnsupported
	}
	return &imagein.Error{Kind: kind, Detail: err.Error()}
}
