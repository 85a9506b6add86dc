package redaction

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"golang.org/x/image/bmp"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/vision/imagein"
)

var reader = sync.OnceValues(func() (*pipeline.Reader, error) { return pipeline.New(pipeline.Options{}) })

func finder(t *testing.T) *pipeline.Reader {
	t.Helper()
	r, err := reader()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const specimen = "../../testdata/card.jpg"

func file(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func redact(t *testing.T, f Finder, file []byte, o Options) *Result {
	t.Helper()
	r, err := Redact(context.Background(), f, file, imagein.Options{}, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var usual = Options{Keep: Keep{6, 4}, Style: Fill}

// digitsIn returns the longest run of digits that any region of an image shows.
func digitsIn(t *testing.T, file []byte) int {
	t.Helper()
	m, err := imagein.Decode(context.Background(), file, imagein.Options{})
	if err != nil {
		t.Fatal(err)
	}
	regions, err := finder(t).Regions(context.Background(), m.RGB.RGBA())
	if err != nil {
		t.Fatal(err)
	}
	most := 0
	for _, r := range regions {
		most = max(most, len(r.Digits))
	}
	return most
}

func TestRedactSpecimen(t *testing.T) {
	original := file(t, specimen)
	if n := digitsIn(t, original); n < 16 {
		t.Fatalf("the specimen shows %d digits, want 16 or more", n)
	}
	for _, o := range []Options{usual, {Keep: Keep{0, 0}, Style: Blur}, {Keep: Keep{6, 4}, Style: Pixelate}, {Keep: Keep{0, 4}, Style: Fill, Expiry: true}} {
		r := redact(t, finder(t), original, o)
		if r.Verdict != Redacted || len(r.Covers) == 0 || r.Format != imagein.JPEG {
			t.Errorf("%+v: verdict %s, %d covers, %v, reasons %v, want a redacted JPEG", o, r.Verdict, len(r.Covers), r.Format, r.Reasons)
		}
		reading, err := finder(t).Read(context.Background(), r.File)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range reading.Cards {
			if !c.PAN.IsZero() {
				t.Errorf("%+v: %v is still read", o, c.PAN)
			}
		}
		if !o.Expiry && slices.ContainsFunc(r.Covers[1:], func(c Cover) bool { return c.Kind != pipeline.RegionReprint }) {
			t.Errorf("%+v: %d covers, want the number and its reprint alone: %+v", o, len(r.Covers), r.Covers)
		}
		if o.Keep == (Keep{}) {
			if n := digitsIn(t, r.File); n > 3 {
				t.Errorf("%+v: %d digits are still found", o, n)
			}
		}
	}
}

// TestOutsideTheCovers: what is not covered changes by encoding alone, and not at
// all in lossless files.
func TestOutsideTheCovers(t *testing.T) {
	original := file(t, specimen)
	m, err := jpeg.Decode(bytes.NewReader(original))
	if err != nil {
		t.Fatal(err)
	}
	var asPNG, asBMP bytes.Buffer
	if err := png.Encode(&asPNG, m); err != nil {
		t.Fatal(err)
	}
	if err := bmp.Encode(&asBMP, rgba(m)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file []byte
		psnr float64
	}{"JPEG": {original, 40}, "PNG": {asPNG.Bytes(), math.Inf(1)}, "BMP": {asBMP.Bytes(), math.Inf(1)}} {
		r := redact(t, finder(t), c.file, usual)
		before, after := decodeAny(t, c.file), decodeAny(t, r.File)
		if before.Bounds() != after.Bounds() {
			t.Fatalf("%s: %v became %v", name, before.Bounds(), after.Bounds())
		}
		sum, n, inside := 0.0, 0, 0
		for y := range r.Height {
			for x := range r.Width {
				if under(r, float64(x), float64(y)) {
					inside++
					continue
				}
				a, b := color.RGBAModel.Convert(before.At(x, y)).(color.RGBA), color.RGBAModel.Convert(after.At(x, y)).(color.RGBA)
				for _, d := range []float64{float64(a.R) - float64(b.R), float64(a.G) - float64(b.G), float64(a.B) - float64(b.B)} {
					sum, n = sum+d*d, n+1
				}
			}
		}
		if psnr := 10 * math.Log10(255*255/(sum/float64(n))); psnr < c.psnr {
			t.Errorf("%s: PSNR outside the covers %.1f dB, want %.1f", name, psnr, c.psnr)
		}
		if share := float64(inside) / float64(r.Width*r.Height); share > 0.12 {
			t.Errorf("%s: %.0f %% of the image is covered", name, 100*share)
		}
	}
}

// under reports whether a pixel is under a cover or touches one.
func under(r *Result, x, y float64) bool {
	for _, c := range r.Covers {
		center := c.Quad.Center()
		for _, d := range []geom.Point{{X: 0.5, Y: 0.5}, {X: 1.5, Y: 0.5}, {X: -0.5, Y: 0.5}, {X: 0.5, Y: 1.5}, {X: 0.5, Y: -0.5}} {
			p := geom.Point{X: x, Y: y}.Add(d)
			if c.Quad.Contains(p) || c.Quad.Contains(p.Add(center.Sub(p).Mul(2/math.Max(2, center.Sub(p).Len())))) {
				return true
			}
		}
	}
	return false
}

func decodeAny(t *testing.T, file []byte) image.Image {
	t.Helper()
	m, err := imagein.Decode(context.Background(), file, imagein.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m.RGB.RGBA()
}

// fixed finds the same regions until everything in them is covered.
type fixed struct {
	regions []pipeline.Region
	calls   int
}

func (f *fixed) Regions(context.Context, image.Image) ([]pipeline.Region, error) {
	f.calls++
	return f.regions, nil
}

// line returns a region of digits, each 10 by 16 pixels.
func line(kind pipeline.RegionKind, sure bool, x, y float64, n int) pipeline.Region {
	r := pipeline.Region{Kind: kind, Sure: sure, Quad: geom.RectQuad(x, y, 12*float64(n), 16)}
	for i := range n {
		r.Digits = append(r.Digits, pipeline.Digit{Value: '0', Quad: geom.RectQuad(x+12*float64(i), y, 10, 16)})
	}
	return r
}

func grayPNG(t *testing.T) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// black returns which digits of a line are covered.
func black(t *testing.T, file []byte, r pipeline.Region) string {
	t.Helper()
	m := decodeAny(t, file)
	out := ""
	for _, d := range r.Digits {
		c := d.Quad.Center()
		if red, _, _, _ := m.At(int(c.X), int(c.Y)).RGBA(); red == 0 {
			out += "#"
		} else {
			out += "."
		}
	}
	return out
}

func TestWhatIsCovered(t *testing.T) {
	for name, c := range map[string]struct {
		region pipeline.Region
		o      Options
		want   string
	}{
		"accepted":       {line(pipeline.RegionNumber, true, 40, 100, 16), usual, "......######...."},
		"all":            {line(pipeline.RegionNumber, true, 40, 100, 16), Options{Style: Fill}, "################"},
		"last four":      {line(pipeline.RegionNumber, true, 40, 100, 16), Options{Keep: Keep{0, 4}, Style: Fill}, "############...."},
		"first eight":    {line(pipeline.RegionNumber, true, 40, 100, 19), Options{Keep: Keep{8, 4}, Style: Fill}, "........#######...."},
		"not accepted":   {line(pipeline.RegionNumber, false, 40, 100, 16), usual, "################"},
		"a line":         {line(pipeline.RegionLine, false, 40, 100, 12), usual, "############"},
		"a short piece":  {line(pipeline.RegionLine, false, 40, 100, 4), usual, "...."},
		"and with 0,0":   {line(pipeline.RegionLine, false, 40, 100, 4), Options{Style: Fill}, "####"},
		"expiry only":    {line(pipeline.RegionNumber, true, 40, 100, 16), Options{Style: Fill, NoNumber: true, Expiry: true}, "................"},
		"too short kept": {line(pipeline.RegionNumber, true, 40, 100, 12), Options{Keep: Keep{8, 4}, Style: Fill}, "............"},
	} {
		r := redact(t, &fixed{regions: []pipeline.Region{c.region}}, grayPNG(t), c.o)
		if got := black(t, r.File, c.region); got != c.want {
			t.Errorf("%s: covered %s, want %s", name, got, c.want)
		}
	}
}

// Rows of four digits, one below the other, are a number together. Two pieces of a
// line that was covered before are none.
func TestRows(t *testing.T) {
	at := func(x, y float64, n int) pipeline.Region { return line(pipeline.RegionLine, false, x, y, n) }
	for name, c := range map[string]struct {
		regions []pipeline.Region
		covered bool
	}{
		"four rows":         {[]pipeline.Region{at(40, 40, 4), at(40, 70, 4), at(42, 100, 4), at(40, 130, 4)}, true},
		"two rows":          {[]pipeline.Region{at(40, 40, 4), at(40, 70, 4)}, true},
		"side by side":      {[]pipeline.Region{at(40, 40, 4), at(140, 40, 4)}, false},
		"far below":         {[]pipeline.Region{at(40, 40, 4), at(40, 110, 4)}, false},
		"no more than stay": {[]pipeline.Region{at(40, 40, 4), at(40, 70, 2)}, false},
	} {
		r := redact(t, &fixed{regions: c.regions}, grayPNG(t), usual)
		if got := len(r.Covers); got != len(c.regions) && c.covered || got != 0 && !c.covered {
			t.Errorf("%s: %d covers, want all rows covered %v", name, got, c.covered)
		}
	}
}

func TestRims(t *testing.T) {
	r := redact(t, &fixed{regions: []pipeline.Region{line(pipeline.RegionLine, false, 100, 100, 12)}}, grayPNG(t), usual)
	m := decodeAny(t, r.File)
	for _, p := range []image.Point{{90, 108}, {254, 108}, {150, 97}, {150, 119}} {
		if red, _, _, _ := m.At(p.X, p.Y).RGBA(); red != 0 {
			t.Errorf("pixel %v next to the line is not covered", p)
		}
	}
}

func TestUnsure(t *testing.T) {
	moving := &moves{}
	r := redact(t, moving, grayPNG(t), usual)
	if r.Verdict != Unsure || len(r.Covers) != maxRounds || len(r.Reasons) != 1 || r.Reasons[0].Code != ReasonDigitsLeft || r.Reasons[0].Rounds != maxRounds {
		t.Errorf("with a finder that always finds more: %s, %d covers, %v", r.Verdict, len(r.Covers), r.Reasons)
	}
	band := &fixed{regions: []pipeline.Region{{Kind: pipeline.RegionBand, Quad: geom.RectQuad(10, 60, 280, 80)}}}
	if r := redact(t, band, grayPNG(t), usual); r.Verdict != Unsure || len(r.Covers) != 1 {
		t.Errorf("a card without a number: %s, %d covers, want unsure with one", r.Verdict, len(r.Covers))
	}
	cut := file(t, specimen)
	if r := redact(t, &fixed{}, cut[:len(cut)*7/10], usual); r.Verdict != Unsure {
		t.Errorf("a damaged file is %s, want unsure", r.Verdict)
	}
}

// moves finds a new line at every call.
type moves struct{ calls int }

func (f *moves) Regions(context.Context, image.Image) ([]pipeline.Region, error) {
	f.calls++
	return []pipeline.Region{line(pipeline.RegionLine, false, 50, 35*float64(f.calls), 12)}, nil
}

func TestNothing(t *testing.T) {
	original := grayPNG(t)
	r := redact(t, &fixed{}, original, usual)
	if r.Verdict != Nothing || !bytes.Equal(r.File, original) {
		t.Errorf("an image without numbers: %s, %d bytes, want nothing and the file itself", r.Verdict, len(r.File))
	}
}

// TestMetadata: thumbnails and texts do not come along.
func TestMetadata(t *testing.T) {
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00THUMBNAIL"
	original := file(t, specimen)
	with := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	comment := "COMMENT 4111"
	with = append(append(with, 0xff, 0xfe, 0, byte(len(comment)+2)), comment...)
	icc := "ICC_PROFILE\x00\x01\x01a profile"
	with = append(append(with, 0xff, 0xe2, 0, byte(len(icc)+2)), icc...)
	with = append(append(with, original[2:]...), "TRAILER"...)
	size := decodeAny(t, with).Bounds().Size()
	r := redact(t, &fixed{regions: []pipeline.Region{line(pipeline.RegionLine, false, 40, 100, 12)}}, with, usual)
	for _, text := range []string{"THUMBNAIL", "COMMENT", "TRAILER", "Exif"} {
		if bytes.Contains(r.File, []byte(text)) {
			t.Errorf("%s is in the redacted file", text)
		}
	}
	if !bytes.Contains(r.File, []byte("a profile")) {
		t.Error("the colour profile is lost")
	}
	if got := decodeAny(t, r.File).Bounds().Size(); got != size {
		t.Errorf("the redacted image has %v pixels, want %v: the orientation is applied", got, size)
	}
}

func TestCheck(t *testing.T) {
	for _, o := range []Options{{}, {Style: "sepia"}, {Style: Fill, NoNumber: true}, {Style: Fill, Keep: Keep{9, 4}}, {Style: Fill, Keep: Keep{6, 5}}, {Style: Fill, Keep: Keep{-1, 0}}} {
		if o.Check() == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
	if err := usual.Check(); err != nil {
		t.Error(err)
	}
}

// TestHEIC: what cannot be written in its own format becomes a JPEG.
func TestHEIC(t *testing.T) {
	for name, from := range map[string]imagein.Format{"quarters.heic": imagein.HEIC, "turned.avif": imagein.AVIF} {
		file, err := os.ReadFile(filepath.Join("..", "vision", "imagein", "testdata", "heif", name))
		if err != nil {
			t.Fatalf("ReadFile: %v", err)
		}
		r := redact(t, &fixed{regions: []pipeline.Region{line(pipeline.RegionLine, false, 4, 4, 12)}}, file, usual)
		if r.From != from || r.Format != imagein.JPEG || imagein.FormatOf(r.File) != imagein.JPEG || len(r.Covers) == 0 {
			t.Errorf("%s: from %v to %v with %d covers, want a covered JPEG", name, r.From, r.Format, len(r.Covers))
		}
	}
}

// TestHEICColourCode: wide colours that HEIC and AVIF announce by numbers alone get a
// profile, because JPEG has no place for the numbers.
func TestHEICColourCode(t *testing.T) {
	for _, name := range []string{"quarters.heic", "quarters.avif"} {
		plain := file(t, filepath.Join("..", "vision", "imagein", "testdata", "heif", name))
		p3 := bytes.Replace(plain, []byte("nclx\x00\x01"), []byte("nclx\x00\x0c"), 1)
		if bytes.Equal(p3, plain) {
			t.Fatalf("%s has no nclx box of sRGB's primaries", name)
		}
		decoded := func(file []byte) *imagein.Image {
			m, err := imagein.Decode(t.Context(), file, imagein.Options{})
			if err != nil {
				t.Fatalf("%s: Decode: %v", name, err)
			}
			return m
		}
		f := &fixed{regions: []pipeline.Region{line(pipeline.RegionLine, false, 4, 4, 12)}}
		before, after, srgb := decoded(p3), decoded(redact(t, f, p3, usual).File), decoded(redact(t, f, plain, usual).File)
		last := len(before.RGB.Pix) - 3*before.RGB.W*6 // the last rows have no cover
		distance := func(a, b *imagein.Image) (sum float64) {
			for i := last; i < len(a.RGB.Pix); i++ {
				sum += math.Abs(float64(a.RGB.Pix[i]) - float64(b.RGB.Pix[i]))
			}
			return sum / float64(len(a.RGB.Pix)-last)
		}
		if d, without := distance(before, after), distance(before, srgb); d > 1 || d > without/2 {
			t.Errorf("%s: the colours of the result are %.2f from the original's, want 1 at most, and half of the %.2f without a profile", name, d, without)
		}
	}
}
