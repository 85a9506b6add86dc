package server

import (
	"context"
	"errors"
	"testing"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
)

// countingReader counts the files that reach it.
type countingReader struct{ n int }

func (c *countingReader) Inspect([]byte) (kahao.Info, error) { c.n++; return kahao.Info{}, nil }

func (c *countingReader) ReadAll(context.Context, []byte) (*kahao.Reading, error) {
	c.n++
	return nil, nil
}

func (c *countingReader) ReadWith(context.Context, []byte, capture.Extras) (*kahao.Reading, error) {
	c.n++
	return nil, nil
}

// TestVendorFormats: the vendor's APIs refuse what only the library reads, with
// the error of any other foreign format, and leave the rest to the library.
func TestVendorFormats(t *testing.T) {
	for _, c := range []struct {
		file    string
		refused bool
	}{
		{"II*\x00\x08\x00\x00\x00", true}, {"MM\x00*\x00\x00\x00\x08", true},
		{"\xff\xd8\xff\xe0", false}, {"\x89PNG\r\n\x1a\n", false}, {"RIFF\x00\x00\x00\x00WEBP", false}, {"GIF89a", false}, {"", false},
	} {
		inner := &countingReader{}
		r := vendorReader{inner}
		_, err1 := r.Inspect([]byte(c.file))
		_, err2 := r.ReadAll(t.Context(), []byte(c.file))
		_, err3 := r.ReadWith(t.Context(), []byte(c.file), capture.Extras{})
		for _, err := range []error{err1, err2, err3} {
			if errors.Is(err, kahao.ErrUnsupported) != c.refused {
				t.Errorf("%q: %v, refused should be %v", c.file, err, c.refused)
			}
		}
		if want := map[bool]int{true: 0, false: 3}[c.refused]; inner.n != want {
			t.Errorf("%q reached the library %d times, want %d", c.file, inner.n, want)
		}
	}
	if err := vendorFormat([]byte("II*\x00")); err == nil || err.Error() != "kahao: unsupported: TIFF; JPEG, PNG, BMP and WebP are read" {
		t.Errorf("vendorFormat(TIFF) = %v", err)
	}
}
