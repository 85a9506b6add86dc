package imagein

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// maxDifference is the greatest mean difference of samples to another decoder.
const maxDifference = 2.0

var pageName = regexp.MustCompile(`\.page(\d+)\.`)

// TestReference compares with the decodes of Pillow that test/decoders/reference.py
// wrote into the directory KAHAO_REFERENCE.
func TestReference(t *testing.T) {
	dir := os.Getenv("KAHAO_REFERENCE")
	if dir == "" {
		t.Skip("set KAHAO_REFERENCE to a directory that test/decoders/reference.py wrote")
	}
	wanted, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil || len(wanted) == 0 {
		t.Fatalf("Glob(%s/*.png) = %d files, %v", dir, len(wanted), err)
	}
	compared := 0
	for _, reference := range wanted {
		name := strings.TrimSuffix(reference, ".png")
		file, err := os.ReadFile(name)
		if err != nil {
			continue // a PNG that is no reference
		}
		compared++
		t.Run(filepath.Base(name), func(t *testing.T) { compareReference(t, file, reference) })
	}
	t.Logf("%d files compared", compared)
}

func compareReference(t *testing.T, file []byte, reference string) {
	o := Options{}
	if m := pageName.FindStringSubmatch(reference); m != nil {
		o.Page, _ = strconv.Atoi(m[1])
	}
	got, err := Decode(t.Context(), file, o)
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	b, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("the reference: %v", err)
	}
	if size := want.Bounds().Size(); size.X != got.Width || size.Y != got.Height {
		t.Fatalf("Decode = %dx%d pixels, the reference has %dx%d", got.Width, got.Height, size.X, size.Y)
	}
	row, line := rowsOf(want), make([]uint8, 3*got.Width)
	sum := 0.0
	for y := range got.Height {
		row(y, line)
		for i, v := range line {
			d := float64(v) - float64(got.RGB.Pix[y*3*got.Width+i])
			sum += max(d, -d)
		}
	}
	if mean := sum / float64(len(got.RGB.Pix)); mean > maxDifference {
		t.Errorf("mean difference %.2f of 255, at most %.1f", mean, maxDifference)
	} else {
		t.Logf("mean difference %.2f", mean)
	}
}
