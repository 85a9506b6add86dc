package kahao_test

import (
	"context"
	"errors"
	"image"
	"reflect"
	"slices"
	"testing"

	"github.com/kahao/kahao"
)

func TestImageError(t *testing.T) {
	for _, tt := range []struct {
		image  []byte
		kind   error
		format kahao.Format
		text   string
	}{
		{nil, kahao.ErrEmpty, "", "kahao: empty"},
		{[]byte("GIF89a"), kahao.ErrUnsupported, "", "kahao: unsupported: GIF; JPEG, PNG, BMP, WebP, TIFF, HEIC and AVIF are read"},
		{[]byte("\xff\xd8\xff\xd9"), kahao.ErrMalformed, kahao.FormatJPEG, "kahao: malformed JPEG: no frame header"},
	} {
		for name, read := range map[string]func() error{
			"Read":    func() error { _, err := reader().Read(t.Context(), tt.image); return err },
			"Inspect": func() error { _, err := reader().Inspect(tt.image); return err },
		} {
			err := read()
			var e *kahao.ImageError
			if !errors.As(err, &e) || !errors.Is(err, tt.kind) {
				t.Errorf("%s(%q) = %v, want an *ImageError that is %v", name, tt.image, err, tt.kind)
				continue
			}
			if e.Kind != tt.kind || e.Format != tt.format || e.Error() != tt.text {
				t.Errorf("%s(%q) = %+v with text %q, want kind %v, format %q, text %q", name, tt.image, e, e, tt.kind, tt.format, tt.text)
			}
		}
	}
}

// A decoded image and its lossless file are read alike.
func TestReadImage(t *testing.T) {
	img := card(t)
	want := readAll(t, img)
	got, err := reader().ReadImage(t.Context(), img)
	if err != nil {
		t.Fatalf("ReadImage: %v", err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("ReadImage = %+v, want what ReadAll returns, %+v", got.Best(), want.Best())
	}
	if _, err := reader().ReadImage(t.Context(), image.NewGray(image.Rect(3, 3, 3, 9))); !errors.Is(err, kahao.ErrEmpty) {
		t.Errorf("ReadImage without pixels: %v, want %v", err, kahao.ErrEmpty)
	}
	small, err := kahao.New(kahao.Options{MaxPixels: 100})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	if _, err := small.ReadImage(t.Context(), img); !errors.Is(err, kahao.ErrTooLarge) {
		t.Errorf("ReadImage over MaxPixels: %v, want %v", err, kahao.ErrTooLarge)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := reader().ReadImage(ended, img); !errors.Is(err, context.Canceled) {
		t.Errorf("ReadImage with an ended context: %v, want %v", err, context.Canceled)
	}
}

func TestInspect(t *testing.T) {
	info, err := reader().Inspect(blankPNG(t, 64, 40))
	want := kahao.Info{Format: kahao.FormatPNG, Pages: 1, Width: 64, Height: 40, Memory: info.Memory, DecodeTime: info.DecodeTime}
	if err != nil || info != want || info.Memory < 64*40*3 || info.DecodeTime <= 0 {
		t.Errorf("Inspect = %+v, %v, want %+v with at least %d bytes of memory", info, err, want, 64*40*3)
	}
	small, err := kahao.New(kahao.Options{MaxPixels: 100})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	if _, err := small.Inspect(blankPNG(t, 64, 40)); !errors.Is(err, kahao.ErrTooLarge) {
		t.Errorf("Inspect over MaxPixels: %v, want %v", err, kahao.ErrTooLarge)
	}
}

func TestVersions(t *testing.T) {
	v := reader().Versions()
	var names []string
	for _, m := range v.Models {
		names = append(names, m.Name)
		if m.Version == "" || len(m.SHA256) != 64 {
			t.Errorf("model %q has version %q and SHA-256 %q", m.Name, m.Version, m.SHA256)
		}
	}
	want := []string{"corners", "lines", "coveredlines", "digits", "covered", "months", "texture", "surround", "capture"}
	if !reflect.DeepEqual(names, want) {
		t.Errorf("models are %q, want %q", names, want)
	}
	if v.Kahao == "" || v.Calibration == "" || v.Table == "" {
		t.Errorf("Versions = %+v, want no empty field", v)
	}
}

// A traced reading ends every stage, in order. The Reader's trace and that of the
// context see the same.
func TestTrace(t *testing.T) {
	var all, one []kahao.Stage
	r, err := kahao.New(kahao.Options{Trace: func(s kahao.Stage) { all = append(all, s) }})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	ctx := kahao.WithTrace(t.Context(), func(s kahao.Stage) { one = append(one, s) })
	if _, err := r.ReadImage(ctx, card(t)); err != nil {
		t.Fatalf("ReadImage: %v", err)
	}
	if !slices.Equal(all, one) {
		t.Errorf("the context's trace saw %q, want %q", one, all)
	}
	var seen []kahao.Stage
	for _, s := range all {
		if !slices.Contains(seen, s) {
			seen = append(seen, s)
		}
	}
	want := []kahao.Stage{
		kahao.StageDecode, kahao.StageDetect, kahao.StageRectify, kahao.StageLines,
		kahao.StageRecognize, kahao.StageCTC, kahao.StageJudge,
	}
	if !reflect.DeepEqual(seen, want) {
		t.Errorf("stages %q, want %q", seen, want)
	}
}
