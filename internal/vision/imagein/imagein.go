// Package imagein turns the bytes of an image file into an upright RGB raster.
// Untrusted bytes meet image decoders nowhere else.
//
//   - The format is sniffed, not taken from a name or header. GIF, animations
//     and everything that is not among Formats is refused by name. Frames after the end of a JPEG (depth and gain maps of phones) are
//     ignored. A JPEG without its end is read as far as it goes, and the part
//     that is whole is reported.
//   - Everything that bounds the cost of decoding is read from headers before a
//     decoder sees the file: bytes, pixels in int64, the aspect, scans, scans x
//     blocks x components, memory, and whether the coded data can fill the frame
//     that the header announces.
//   - Errors are of four kinds: empty, malformed, unsupported and too large.
//   - Metadata is dropped, except the orientation, which is applied, and a
//     colour profile of other primaries than those of sRGB, whose colours are
//     converted.
//   - Decoders run on the caller's goroutine, under recover, behind a reader
//     that hands out at most 256 bytes a call and returns the context's error.
//     PNG, BMP and image/jpeg stop within microseconds of a cancellation, and
//     so does our own decoder for reduced sequential JPEG, which checks once a
//     row. jpegn (progressive JPEG, and any at full size) and VP8 read all
//     their input first and cannot be interrupted while they compute: the
//     limits on work keep that time short, and no goroutine is left behind.
package imagein

import (
	"context"
	"image"
	"slices"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/imagein/fastjpeg"
)

// Options are limits, with safe defaults, named after what they bound.
type Options struct {
	MaxBytes  int64 // of the file; 0 means 20 MiB
	MaxPixels int64 // width x height in the file; 0 means 50 million
	MaxAspect int64 // the longer side over the shorter, from 1,000 pixels on; 0 means 100
	MaxScans  int   // of a JPEG; 0 means 100
	MaxWork   int64 // blocks walked by all scans and components of a JPEG together; 0 means 12 million
	MaxMemory int64 // estimated bytes that decoding needs; 0 means 512 MiB

	// Page is that of a file with several, from 1; 0 means the first.
	Page int

	// Formats are those that are read, in the order in which errors name them; nil
	// means all.
	Formats []Format

	// WorkingSide asks for a reduction to 1/2, 1/4 or 1/8, the smallest that
	// leaves the longer side at least this long; 0 means full size. JPEG is
	// reduced inside the inverse transform, other formats by averaging.
	WorkingSide int

	// FullSide is the longer side up to which an image keeps its full size all the
	// same.
	FullSide int
}

func (o Options) withDefaults() Options {
	o.MaxBytes = orDefault(o.MaxBytes, 20<<20)
	o.MaxPixels = orDefault(o.MaxPixels, 50_000_000)
	o.MaxAspect = orDefault(o.MaxAspect, 100)
	o.MaxScans = orDefault(o.MaxScans, 100)
	o.MaxWork = orDefault(o.MaxWork, 12_000_000)
	o.MaxMemory = orDefault(o.MaxMemory, 512<<20)
	if o.Formats == nil {
		o.Formats = Formats()
	}
	return o
}

func orDefault[T int | int64](v, fallback T) T {
	if v > 0 {
		return v
	}
	return fallback
}

// Info is what the headers of a file say, with the parts that decoding needs.
type Info struct {
	Format        Format
	Pages         int           // in a file of pages, else 1
	Width, Height int           // upright: after the orientation
	Orientation   int           // 1 to 8 as in Exif 2.32, 4.6.4 A, tag 0x0112
	Scans         int           // of a JPEG, else 0
	Work          int64         // blocks walked by all scans of a JPEG, else 0
	Memory        int64         // estimated bytes that decoding at full size needs
	DecodeTime    time.Duration // estimated CPU time of decoding at Options.WorkingSide

	components  int  // of a JPEG
	progressive bool // of a JPEG
	cut         bool // a JPEG without its end
	irregular   bool // a JPEG that must be written again for the decoders
	bareCMYK    bool // a JPEG of four components, without a segment that says which
	ycc         bool // a JPEG of JFIF's colours, although a segment says others
	coded       size // as stored, before the orientation

	profile    []byte      // ICC, or nil
	colours    colourCode  // in its stead, or zero
	conversion *conversion // from its colours, if they are not those of sRGB

	sequential *fastjpeg.File // a JPEG that fastjpeg can read; nil for others
	bitmap     *bmpFile       // of a BMP
	tiff       *tiffFile      // of a TIFF
	heif       *heifImage     // of a HEIC or AVIF
}

type size struct{ w, h int }

// Image is a decoded file, or a converted image.
type Image struct {
	RGB           *pixel.RGB // upright, transparency flattened onto white
	Format        Format
	Width, Height int     // of the file at full size, upright
	Scale         float64 // pixels of RGB per pixel of the file: 1, 1/2, 1/4 or 1/8

	// Whole is the part of the file's upright pixels that was decoded: all of
	// it, except of a JPEG without its end.
	Whole image.Rectangle
}

// Inspect reads the headers only. It refuses what Decode would refuse before
// decoding, with the same errors.
func Inspect(data []byte, opt Options) (Info, error) {
	o := opt.withDefaults()
	if len(data) == 0 {
		return Info{}, &Error{Kind: ErrEmpty}
	}
	format, foreign := sniff(data)
	if int64(len(data)) > o.MaxBytes {
		return Info{}, tooLarge(format, "%d bytes, at most %d", len(data), o.MaxBytes)
	}
	if format != FormatUnknown && !slices.Contains(o.Formats, format) {
		format, foreign = FormatUnknown, format.String()
	}
	inspect, ok := inspectors[format]
	switch {
	case ok:
	case foreign != "":
		return Info{}, unsupported(format, "%s; %s are read", foreign, names(o.Formats))
	default:
		return Info{}, malformed(format, "not an image: no known signature in %d bytes", len(data))
	}
	info, err := inspect(data, o)
	if err != nil {
		return Info{}, err
	}
	info.useProfile(o)
	if info.Pages = max(info.Pages, 1); o.Page > info.Pages {
		return Info{}, malformed(format, "no page %d: the file has %d", o.Page, info.Pages)
	}
	if info.Memory > o.MaxMemory {
		return Info{}, tooLarge(format, "%dx%d pixels need about %d MiB to decode, at most %d",
			info.coded.w, info.coded.h, info.Memory>>20, o.MaxMemory>>20)
	}
	if info.Orientation < 1 || info.Orientation > 8 {
		info.Orientation = 1
	}
	info.Width, info.Height = info.coded.w, info.coded.h
	if info.Orientation >= 5 {
		info.Width, info.Height = info.Height, info.Width
	}
	return info, nil
}

// inspectors read the headers of each format.
var inspectors = map[Format]func(data []byte, o Options) (Info, error){
	JPEG: inspectJPEG, PNG: inspectPNG, BMP: inspectBMP, WebP: inspectWebP, TIFF: inspectTIFF, HEIC: inspectHEIC, AVIF: inspectAVIF,
}

// names lists formats in a sentence.
func names(formats []Format) string {
	var list []string
	for _, f := range formats {
		list = append(list, f.String())
	}
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// checkSize is the first check of every header. Nineteen digits in a line are at
// most some 25 times as wide as high, so an image of an aspect of 100 is empty
// for the greater part, and rows and columns of single pixels, whose decoding
// costs several times that of other images, are refused. Up to freeSide no side
// is too short: no digit of less than 8 pixels is readable, but there the image
// costs nothing and just has no card.
func checkSize(k Format, w, h int64, o Options) error {
	if w <= 0 || h <= 0 {
		return malformed(k, "%dx%d pixels", w, h)
	}
	// Both are below 2^31 in every format, so the product fits.
	if w*h > o.MaxPixels {
		return tooLarge(k, "%dx%d = %d pixels, at most %d", w, h, w*h, o.MaxPixels)
	}
	if max(w, h) > max(freeSide, o.MaxAspect*min(w, h)) {
		return tooLarge(k, "%dx%d pixels, the longer side at most %d times the shorter", w, h, o.MaxAspect)
	}
	return nil
}

const freeSide = 1000

// Lossless formats can code a plain area of any size in a few bytes. No
// photograph does: from some size on, there must be bytes for the pixels.
const (
	freePixels    = 4 << 20
	pixelsPerByte = 4096
)

func checkExpansion(k Format, w, h int64, bytes int) error {
	if w*h > freePixels && w*h > int64(bytes)*pixelsPerByte {
		return tooLarge(k, "%dx%d pixels from %d bytes, at most %d a byte", w, h, bytes, pixelsPerByte)
	}
	return nil
}

// Decode returns the image. Its errors are ErrEmpty, ErrMalformed,
// ErrUnsupported and ErrTooLarge for errors.Is, or the context's.
func Decode(ctx context.Context, data []byte, opt Options) (*Image, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	info, err := Inspect(data, opt)
	if err != nil {
		return nil, err
	}
	denom := opt.denominator(max(info.Width, info.Height))
	d, err := decode(ctx, data, info, denom, opt.withDefaults())
	if err != nil {
		return nil, err
	}
	rgb, err := upright(ctx, d.Image, info.Orientation, denom/d.reduced)
	if err != nil {
		return nil, err
	}
	if info.conversion != nil {
		if err := info.conversion.apply(ctx, rgb); err != nil {
			return nil, err
		}
	}
	return &Image{
		RGB: rgb, Format: info.Format, Width: info.Width, Height: info.Height, Scale: 1 / float64(denom),
		Whole: uprightRows(info, d.whole),
	}, nil
}

// StoredImage is a decoded file with its pixels as they are stored: with their
// own sampling, depth and transparency, and before the orientation.
type StoredImage struct {
	Pixels image.Image
	Info   Info
	Whole  bool // no part of the file is missing
}

// Stored decodes an image at full size, to be changed and written again. Its
// limits and errors are those of Decode.
func Stored(ctx context.Context, data []byte, opt Options) (*StoredImage, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	info, err := Inspect(data, opt)
	if err != nil {
		return nil, err
	}
	d, err := decode(ctx, data, info, 1, opt.withDefaults())
	if err != nil {
		return nil, err
	}
	return &StoredImage{d.Image, info, d.whole == info.coded.h}, nil
}

// Convert does for a decoded image what Decode does for a file. Its errors are
// ErrEmpty, ErrTooLarge and the context's.
func Convert(ctx context.Context, m image.Image, opt Options) (*Image, error) {
	o := opt.withDefaults()
	size := m.Bounds().Size()
	if size.X <= 0 || size.Y <= 0 {
		return nil, &Error{Kind: ErrEmpty}
	}
	if err := checkSize(FormatUnknown, int64(size.X), int64(size.Y), o); err != nil {
		return nil, err
	}
	denom := o.denominator(max(size.X, size.Y))
	rgb, err := upright(ctx, m, 1, denom)
	if err != nil {
		return nil, err
	}
	return &Image{
		RGB: rgb, Width: size.X, Height: size.Y, Scale: 1 / float64(denom),
		Whole: image.Rectangle{Max: size},
	}, nil
}

// denominator returns the largest of 1, 2, 4 and 8 that leaves a longer side at
// least as long as the working side, or 1 if it is to stay as it is.
func (o Options) denominator(side int) int {
	d := 1
	for o.WorkingSide > 0 && side > o.FullSide && d < 8 && side >= o.WorkingSide*d*2 {
		d *= 2
	}
	return d
}

func be16(b []byte) int    { return int(b[0])<<8 | int(b[1]) }
func be32(b []byte) uint32 { return uint32(be16(b))<<16 | uint32(be16(b[2:])) }
func le16(b []byte) int    { return int(b[1])<<8 | int(b[0]) }
func le32(b []byte) uint32 { return uint32(le16(b[2:]))<<16 | uint32(le16(b)) }
