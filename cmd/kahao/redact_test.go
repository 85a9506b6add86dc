package main

import (
	"testing"

	"github.com/kahao/kahao/internal/redaction"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// TestRenamed: the extension of a result is that of its format.
func TestRenamed(t *testing.T) {
	for _, c := range []struct {
		path     string
		from, to imagein.Format
		want     string
	}{
		{"a/b.tiff", imagein.TIFF, imagein.PNG, "a/b.png"},
		{"a/b.TIF", imagein.TIFF, imagein.TIFF, "a/b.TIF"},
		{"a.b/c.heic", imagein.HEIC, imagein.JPEG, "a.b/c.jpg"},
		{"a.b/c", imagein.WebP, imagein.JPEG, "a.b/c.jpg"},
		{"c.jpeg", imagein.JPEG, imagein.JPEG, "c.jpeg"},
	} {
		if got := renamed(c.path, &redaction.Result{From: c.from, Format: c.to}); got != c.want {
			t.Errorf("renamed(%q) from %v to %v = %q, want %q", c.path, c.from, c.to, got, c.want)
		}
	}
}

// TestImageError: the kind and the details are separated once.
func TestImageError(t *testing.T) {
	for want, err := range map[string]error{
		"unsupported: TIFF: 2 pages": &imagein.Error{Kind: imagein.ErrUnsupported, Format: imagein.TIFF, Detail: "2 pages"},
		"malformed: 3 bytes":         &imagein.Error{Kind: imagein.ErrMalformed, Detail: "3 bytes"},
	} {
		if got := message(imageError(err)); got != want {
			t.Errorf("imageError(%v) = %q, want %q", err, got, want)
		}
	}
}
