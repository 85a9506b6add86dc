package imagein

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// quarters are the colours of the files in testdata/heif, which Pillow 13 wrote:
// of the upper row, then of the lower one.
var quarters = [4][3]int{{200, 30, 30}, {30, 180, 40}, {40, 60, 200}, {240, 240, 240}}

func heifFileOf(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", "heif", name))
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	return file
}

// TestHEIF decodes files of 64x48 pixels; those that are turned say that their
// top is on the right.
func TestHEIF(t *testing.T) {
	plain, turned := [4]int{0, 1, 2, 3}, [4]int{2, 0, 3, 1}
	for name, c := range map[string]struct {
		format Format
		w      int
		at     [4]int
	}{
		"quarters.heic": {HEIC, 64, plain}, "turned.heic": {HEIC, 48, turned},
		"quarters.avif": {AVIF, 64, plain}, "turned.avif": {AVIF, 48, turned},
	} {
		got := mustDecode(t, heifFileOf(t, name), Options{})
		if got.Format != c.format || got.Width != c.w || got.Width+got.Height != 112 {
			t.Errorf("%s: %v of %dx%d pixels, want %v, %d wide", name, got.Format, got.Width, got.Height, c.format, c.w)
			continue
		}
		for i, k := range c.at {
			x, y := got.Width*(1+2*(i%2))/4, got.Height*(1+2*(i/2))/4
			pixel := got.RGB.Pix[(y*got.Width+x)*3:][:3]
			for ch, want := range quarters[k] {
				if d := int(pixel[ch]) - want; d < -6 || d > 6 {
					t.Errorf("%s: the middle of quarter %d is %v, want about %v", name, i, pixel, quarters[k])
					break
				}
			}
		}
	}
}

// boxOf writes a box.
func boxOf(kind string, parts ...[]byte) []byte {
	body := join(parts...)
	return join(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), []byte(kind), body)
}

// patch replaces the bytes after the first place of a text.
func patch(t testing.TB, file []byte, text string, skip int, with ...byte) []byte {
	t.Helper()
	at := bytes.Index(file, []byte(text))
	if at < 0 {
		t.Fatalf("no %q in the file", text)
	}
	file = bytes.Clone(file)
	copy(file[at+len(text)+skip:], with)
	return file
}

// TestHEIFRefused: budgets are those of the header, before a decoder runs.
func TestHEIFRefused(t *testing.T) {
	heic := heifFileOf(t, "quarters.heic")
	ftyp := boxOf("ftyp", []byte("heic\x00\x00\x00\x00mif1heic"))
	for name, c := range map[string]struct {
		file []byte
		kind error
		text string
	}{
		"large":          {patch(t, heic, "ispe", 4, 0, 1, 0, 0, 0, 1, 0, 0), ErrTooLarge, "65536x65536"},
		"long":           {patch(t, heic, "ispe", 4, 0, 0, 0x7d, 0, 0, 0, 0, 1), ErrTooLarge, "longer side"},
		"few bytes":      {patch(t, heic, "ispe", 4, 0, 0, 0x20, 0, 0, 0, 0x10, 0), ErrTooLarge, "pixels from"},
		"other kind":     {patch(t, heic, "infe", 8, 'j', 'p', 'e', 'g'), ErrUnsupported, "jpeg"},
		"no header":      {ftyp, ErrMalformed, "no header of items"},
		"no items":       {join(ftyp, boxOf("meta", make([]byte, 4))), ErrMalformed, "no primary image"},
		"truncated":      {heic[:len(heic)/3], ErrMalformed, "truncated"},
		"a long box":     {join(ftyp, []byte("\xff\xff\xff\xffmeta")), ErrMalformed, "truncated"},
		"AVIF sequence":  {boxOf("ftyp", []byte("avis\x00\x00\x00\x00avifavis")), ErrUnsupported, "animated AVIF"},
		"HEIC sequence":  {boxOf("ftyp", []byte("hevc\x00\x00\x00\x00heic")), ErrUnsupported, "animated HEIC"},
		"HEIF of others": {boxOf("ftyp", []byte("mif1\x00\x00\x00\x00miaf")), ErrUnsupported, "HEIF"},
	} {
		_, err := Inspect(c.file, Options{})
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: Inspect = %v, want %v with %q", name, err, c.kind, c.text)
		}
	}
	if f := FormatOf(boxOf("ftyp", []byte("mif1\x00\x00\x00\x00miafavif"))); f != AVIF {
		t.Errorf("FormatOf(mif1 with avif) = %v, want AVIF", f)
	}
}

// TestHEIFStops: a decoder in WebAssembly ends with the context.
func TestHEIFStops(t *testing.T) {
	for _, name := range []string{"quarters.heic", "quarters.avif"} {
		file := heifFileOf(t, name)
		mustDecode(t, file, Options{}) // compiles it
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Microsecond)
		_, err := Decode(ctx, file, Options{})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: Decode = %v, want context.DeadlineExceeded", name, err)
		}
	}
}

// TestHEIFDamaged: a decoder that breaks off is the file's fault, and the next
// file is decoded.
func TestHEIFDamaged(t *testing.T) {
	for _, name := range []string{"quarters.heic", "quarters.avif"} {
		file := heifFileOf(t, name)
		for _, n := range []int{8, 40, 200} {
			damaged := bytes.Clone(file)
			for i := len(damaged) - n; i < len(damaged); i++ {
				damaged[i] ^= 0x5a
			}
			if _, err := Decode(t.Context(), damaged, Options{}); err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrUnsupported) {
				t.Errorf("%s with %d bytes changed: %v", name, n, err)
			}
		}
		mustDecode(t, file, Options{})
	}
}

// heifSeeds also compiles the decoders, which takes memory once.
func heifSeeds(tb testing.TB) (seeds [][]byte) {
	for _, name := range []string{"quarters.heic", "turned.heic", "grey.heic", "quarters.avif", "turned.avif", "alpha.avif"} {
		file := heifFileOf(tb, name)
		if _, err := Decode(tb.Context(), file, Options{}); err != nil {
			tb.Fatalf("%s: Decode: %v", name, err)
		}
		seeds = append(seeds, file)
	}
	return seeds
}

// FuzzDecodeHEIF covers our reader of HEIF's boxes, and the decoders.
func FuzzDecodeHEIF(f *testing.F) {
	for _, s := range heifSeeds(f) {
		f.Add(s, 0)
		f.Add(s, 9)
	}
	f.Fuzz(checkDecode)
}
