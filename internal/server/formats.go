package server

import (
	"context"
	"slices"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
)

// vendorFormats are those that the vendor's APIs take. The library reads more, but
// a client of these must get the answer that it would get from the vendor.
var vendorFormats = []kahao.Format{kahao.FormatJPEG, kahao.FormatPNG, kahao.FormatBMP, kahao.FormatWebP}

// vendorReader refuses the files of other formats.
type vendorReader struct{ Reader }

// Inspect implements Reader.
func (r vendorReader) Inspect(image []byte) (kahao.Info, error) {
	if err := vendorFormat(image); err != nil {
		return kahao.Info{}, err
	}
	return r.Reader.Inspect(image)
}

// ReadAll implements recognition.Reader.
func (r vendorReader) ReadAll(ctx context.Context, image []byte) (*kahao.Reading, error) {
	if err := vendorFormat(image); err != nil {
		return nil, err
	}
	return r.Reader.ReadAll(ctx, image)
}

// ReadWith implements recognition.ExtrasReader.
func (r vendorReader) ReadWith(ctx context.Context, image []byte, extras capture.Extras) (*kahao.Reading, error) {
	if err := vendorFormat(image); err != nil {
		return nil, err
	}
	return r.Reader.ReadWith(ctx, image, extras)
}

func vendorFormat(image []byte) error {
	f := kahao.FormatOf(image)
	if f == "" || slices.Contains(vendorFormats, f) {
		return nil
	}
	return &kahao.ImageError{Kind: kahao.ErrUnsupported, Detail: string(f) + "; JPEG, PNG, BMP and WebP are read"}
}
