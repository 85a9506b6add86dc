package redaction

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"image/png"

	"golang.org/x/image/bmp"

	"github.com/kahao/kahao/internal/redaction/jpegout"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// canvas is an image file whose pixels can be painted over.
type canvas struct {
	pixels   image.Image // upright: *image.YCbCr, or a draw.Image
	from, to imagein.Format
	jpeg     jpegout.Options
	colour   []byte // PNG chunks that define its colours
	damaged  bool   // a part of the file is missing
}

// writable are the formats that are covered.
var writable = []imagein.Format{imagein.JPEG, imagein.PNG, imagein.BMP, imagein.WebP, imagein.TIFF, imagein.HEIC, imagein.AVIF}

// fallbackQuality is that of JPEG files from pixels that were in none.
const fallbackQuality = 92

// errPages is the error of a file with more images than one.
func errPages(file []byte) error {
	detail := "more images than one; only files of one page are covered"
	if n := imagein.Pages(file); n > 1 {
		detail = fmt.Sprintf("%d pages; only files of one page are covered", n)
	}
	return &imagein.Error{Kind: imagein.ErrUnsupported, Format: imagein.TIFF, Detail: detail}
}

// open decodes a file. Its pixels stay as they are stored, so that what is not
// painted over is written as it was: JPEG in its own sampling with its own
// tables, PNG with its depth and transparency.
func open(ctx context.Context, file []byte, limits imagein.Options) (*canvas, error) {
	limits.Formats = writable
	m, err := imagein.Stored(ctx, file, limits)
	if err != nil {
		return nil, err
	}
	if !imagein.SinglePage(file) {
		return nil, errPages(file)
	}
	c := &canvas{from: m.Info.Format, to: m.Info.Format, damaged: !m.Whole}
	switch c.from {
	case imagein.JPEG:
		c.jpeg = jpegOptions(file)
	case imagein.PNG:
		c.colour = colourChunks(file)
	case imagein.TIFF: // lossless, as most TIFF files are
		c.to, c.colour = imagein.PNG, profileChunk(m.Info.Profile(), m.Pixels)
	case imagein.WebP, imagein.HEIC, imagein.AVIF: // nothing writes them here
		c.to, c.jpeg = imagein.JPEG, jpegout.Options{Tables: jpegout.Quality(fallbackQuality), Profile: profileSegments(m.Info.Profile(), m.Pixels)}
	}
	c.pixels = turned(paintable(m.Pixels, c.to), m.Info.Orientation)
	return c, nil
}

// paintable returns an image that takes every colour and that the format can
// hold. Transparency, which JPEG and BMP lack, is flattened onto white.
func paintable(m image.Image, to imagein.Format) image.Image {
	_, planes := m.(*image.YCbCr)
	if planes && to == imagein.JPEG {
		return m
	}
	if to == imagein.PNG {
		switch m := m.(type) {
		case *image.Paletted, *image.CMYK: // take not every colour, or are not in PNG
		case draw.Image:
			return m
		}
		n := image.NewNRGBA(image.Rectangle{Max: m.Bounds().Size()})
		copyPixels(n, m)
		return n
	}
	if gray, ok := m.(*image.Gray); ok {
		return gray
	}
	n := image.NewRGBA(image.Rectangle{Max: m.Bounds().Size()})
	draw.Draw(n, n.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(n, n.Rect, m, m.Bounds().Min, draw.Over)
	return n
}

// copyPixels copies colours one by one. Drawing would multiply them by their
// transparency and back.
func copyPixels(dst draw.Image, src image.Image) {
	from := src.Bounds().Min
	for y := range dst.Bounds().Dy() {
		for x := range dst.Bounds().Dx() {
			dst.Set(x, y, src.At(from.X+x, from.Y+y))
		}
	}
}

func (c *canvas) bounds() image.Point { return c.pixels.Bounds().Size() }

// encode writes the file anew, with nothing of the original but its pixels and
// what defines their colours.
func (c *canvas) encode() ([]byte, error) {
	var out bytes.Buffer
	var err error
	switch c.to {
	case imagein.JPEG:
		err = jpegout.Encode(&out, planar(c.pixels), c.jpeg)
	case imagein.PNG:
		if err = png.Encode(&out, c.pixels); err == nil {
			return insertChunks(out.Bytes(), c.colour), nil
		}
	default:
		err = bmp.Encode(&out, c.pixels)
	}
	return out.Bytes(), err
}

// planar returns an image as JPEG stores it.
func planar(m image.Image) image.Image {
	switch m.(type) {
	case *image.YCbCr, *image.Gray:
		return m
	}
	b := m.Bounds()
	p := image.NewYCbCr(image.Rectangle{Max: b.Size()}, image.YCbCrSubsampleRatio444)
	for y := range b.Dy() {
		for x := range b.Dx() {
			luma, cb, cr := toYCbCr(m.At(b.Min.X+x, b.Min.Y+y))
			i := y*p.YStride + x
			p.Y[i], p.Cb[i], p.Cr[i] = luma, cb, cr
		}
	}
	return p
}

// jpegOptions returns the quantisation tables and the colour profile of a file.
// A file that lacks them gets those of a good quality.
func jpegOptions(file []byte) jpegout.Options {
	o := jpegout.Options{Tables: jpegout.Quality(fallbackQuality)}
	tables := map[byte][64]uint8{}
	for at := 2; at+4 <= len(file) && file[at] == 0xff; {
		marker, n := file[at+1], int(binary.BigEndian.Uint16(file[at+2:]))
		if marker == 0xda || n < 2 || at+2+n > len(file) { // the scan, or not regular
			break
		}
		content := file[at+4 : at+2+n]
		switch {
		case marker == 0xdb:
			quantisation(content, tables)
		case marker == 0xe2 && bytes.HasPrefix(content, []byte("ICC_PROFILE\x00")):
			o.Profile = append(o.Profile, content)
		case marker >= 0xc0 && marker <= 0xc2 && len(content) >= 6: // T.81, B.2.2
			components := content[6:]
			if len(components) >= 3 {
				if t, ok := tables[components[2]]; ok {
					o.Tables.Luma, o.Tables.Chroma = t, t
				}
			}
			if len(components) >= 6 {
				if t, ok := tables[components[5]]; ok {
					o.Tables.Chroma = t
				}
			}
		}
		at += 2 + n
	}
	return o
}

// quantisation adds the tables of a DQT segment (T.81, B.2.4.1).
func quantisation(content []byte, tables map[byte][64]uint8) {
	for len(content) > 0 {
		id, wide := content[0]&15, content[0] >= 16
		size := 64
		if wide {
			size = 128
		}
		if len(content) < 1+size {
			return
		}
		var t [64]uint8
		for i := range t {
			if wide {
				t[i] = uint8(min(255, binary.BigEndian.Uint16(content[1+2*i:])))
			} else {
				t[i] = content[1+i]
			}
		}
		tables[id] = jpegout.FromFile(t)
		content = content[1+size:]
	}
}

// colourKinds are the PNG chunks that define colours (PNG, 11.3.2).
var colourKinds = map[string]bool{"iCCP": true, "sRGB": true, "gAMA": true, "cHRM": true, "cICP": true}

const pngHead = 8 + 12 + 13 // signature and IHDR

func colourChunks(file []byte) (kept []byte) {
	for at := pngHead; at+12 <= len(file); {
		n := int(binary.BigEndian.Uint32(file[at:]))
		if n < 0 || at+12+n > len(file) || string(file[at+4:at+8]) == "IDAT" {
			break
		}
		if colourKinds[string(file[at+4:at+8])] {
			kept = append(kept, file[at:at+12+n]...)
		}
		at += 12 + n
	}
	return kept
}

func insertChunks(file, chunks []byte) []byte {
	out := make([]byte, 0, len(file)+len(chunks))
	out = append(out, file[:pngHead]...)
	out = append(out, chunks...)
	return append(out, file[pngHead:]...)
}
