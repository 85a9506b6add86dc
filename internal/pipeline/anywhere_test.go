package pipeline

import (
	"bytes"
	"image/png"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/page"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/imagein"
	"github.com/kahao/kahao/internal/vision/pageline"
	"github.com/kahao/kahao/internal/vision/recognize"
)

var quickReader = sync.OnceValues(func() (*Reader, error) { return New(Options{Anywhere: true, Quick: true}) })

// asPNG encodes an image.
func asPNG(t *testing.T, m *pixel.RGB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m.RGBA()); err != nil {
		t.Fatalf("png.Encode: %v", err)
	}
	return b.Bytes()
}

// onDocuments returns a quick reader, and the painter of documents.
func onDocuments(t *testing.T) (*Reader, *page.Painter) {
	t.Helper()
	return withPainter(t, quickReader)
}

// onCards returns a reader, and the painter of cards.
func onCards(t *testing.T) (*Reader, *page.Painter) {
	t.Helper()
	return withPainter(t, func() (*Reader, error) { return New(Options{}) })
}

func withPainter(t *testing.T, open func() (*Reader, error)) (*Reader, *page.Painter) {
	t.Helper()
	r, err := open()
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	p, err := page.New(number.Source{})
	if err != nil {
		t.Fatalf("page.New: %v", err)
	}
	return r, p
}

// Numbers on documents are found and read, and documents that have only other long
// numbers give none. The numbers are drawn.
func TestDocuments(t *testing.T) {
	r, p := onDocuments(t)
	for i, what := range page.Documents {
		for _, with := range []bool{true, false} {
			drawn := p.Document(uint64(40+i), what, with)
			regions, err := r.NumbersInFile(t.Context(), asPNG(t, drawn.Pixels))
			if err != nil {
				t.Errorf("%s: %v", what, err)
				continue
			}
			if !with {
				if len(regions) != 0 {
					t.Errorf("%s without a card's number: %d numbers were accepted, want none", what, len(regions))
				}
				continue
			}
			if len(drawn.Label.Cards) != 1 {
				t.Fatalf("%s: the label has %d numbers, want one: choose another seed", what, len(drawn.Label.Cards))
			}
			want := drawn.Label.Cards[0].Number
			if len(regions) != 1 || regions[0].PAN.Reveal() != want {
				t.Errorf("%s: %d numbers were accepted, want the one that ends in %s", what, len(regions), want[len(want)-4:])
			}
		}
	}
}

// Without Anywhere the text of a document is left alone, unless it looks like a
// card's copy.
func TestAnywhereIsAskedFor(t *testing.T) {
	quick, err := quickReader()
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	plain, err := New(Options{Quick: true})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	if plain.anywhere || plain.quick {
		t.Error("a Reader without Anywhere reads text or leaves out its search, want neither")
	}
	if !quick.anywhere || !quick.quick {
		t.Error("a Reader with Anywhere and Quick has not both")
	}
}

// A quick reader leaves the lines of a card alone whose number it has, and finds
// what stands next to the card. It reads no dates.
func TestTextNextToCard(t *testing.T) {
	r, p := onDocuments(t)
	file, err := os.ReadFile("../../testdata/card.jpg")
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	card, err := imagein.Decode(t.Context(), file, imagein.Options{})
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	drawn := p.Document(40, page.Documents[0], true)
	both := pixel.New(max(card.RGB.W, drawn.Pixels.W), card.RGB.H+drawn.Pixels.H)
	copy(both.Pix, bytes.Repeat([]byte{200}, len(both.Pix)))
	for y := range drawn.Pixels.H {
		copy(both.Pix[y*both.W*3:], drawn.Pixels.Pix[y*drawn.Pixels.W*3:(y+1)*drawn.Pixels.W*3])
	}
	for y := range card.RGB.H {
		copy(both.Pix[(drawn.Pixels.H+y)*both.W*3:], card.RGB.Pix[y*card.RGB.W*3:(y+1)*card.RGB.W*3])
	}
	reading, err := r.Read(t.Context(), asPNG(t, both))
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	var got []string
	for _, c := range reading.Cards {
		if c.Verdict == Accept {
			got = append(got, c.PAN.Reveal()[len(c.PAN.Reveal())-4:])
		}
		if len(c.Dates) > 0 {
			t.Errorf("dates %+v, want none", c.Dates)
		}
	}
	slices.Sort(got)
	want := []string{"0003", drawn.Label.Cards[0].Number[len(drawn.Label.Cards[0].Number)-4:]}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("accepted …%q, want …%q", got, want)
	}
}

// A number of a network in one block is a card's although the table does not have
// it, unless it may be a part of a longer one or letters stand in it.
func TestOneBlock(t *testing.T) {
	const jcb = "3530111333300000" // a public test number
	at := func(text string) *pass { return passOver(text, .999, 40, 120, geom.RectQuad(0, 0, 700, 300)) }
	for name, tt := range map[string]struct {
		p    *pass
		line pageline.Line
		want bool
	}{
		"alone":              {at(jcb), pageline.Line{Groups: []int{16}}, true},
		"a digit miscounted": {at(jcb), pageline.Line{Groups: []int{17}}, true},
		"cut":                {at(jcb), pageline.Line{Groups: []int{16}, Cut: true}, false},
		"with letters":       {at(jcb), pageline.Line{Groups: []int{18}}, false},
		"wrong check digit":  {at("3530111333300001"), pageline.Line{Groups: []int{16}}, false},
	} {
		if got := tt.p.oneBlock(tt.line); got != tt.want {
			t.Errorf("%s: oneBlock = %v, want %v", name, got, tt.want)
		}
	}
}

// More crops are read of a clear line that may be a card's number by any of its
// marks, and of no other.
func TestPromising(t *testing.T) {
	inFours, block := pageline.Line{Groups: []int{4, 4, 4, 4}}, pageline.Line{Groups: []int{16}}
	for name, tt := range map[string]struct {
		text string
		line pageline.Line
		want bool
	}{
		"in the table":                     {"6225758888888888", block, true},
		"complete with its check digit":    {"4111111111111111", block, true},
		"of a network, in a card's groups": {"4111111111111112", inFours, true},
		"of a network, in one block":       {"4111111111111112", block, false},
		"of no network":                    {"1234567890123456", inFours, false},
	} {
		if got := promising(tt.text, tt.line); got != tt.want {
			t.Errorf("%s: promising = %v, want %v", name, got, tt.want)
		}
	}
}

// A reading on which the crops do not agree is taken if the issuer table, the check
// digit and the posterior are for it, all three.
func TestLikelyNumber(t *testing.T) {
	const known = "6225758888888889"
	for name, tt := range map[string]struct {
		top  ctc.Hypothesis
		want bool
	}{
		"likely":            {ctc.Hypothesis{Text: known, P: .9, Pixels: -4.3}, true},
		"in doubt":          {ctc.Hypothesis{Text: known, P: .7, Pixels: -4.3}, false},
		"wrong check digit": {ctc.Hypothesis{Text: "6225758888888888", P: .9, Pixels: -4.3}, false},
		"not in the table":  {ctc.Hypothesis{Text: "4111111111111111", P: .9, Pixels: -4.3}, false},
		"too short for it":  {ctc.Hypothesis{Text: "622575888888888", P: .9, Pixels: -4.3}, false},
	} {
		if got := likelyNumber(tt.top); got != tt.want {
			t.Errorf("%s: likelyNumber = %v, want %v", name, got, tt.want)
		}
	}
}

// The middle of a number's line shows digits, and bare paper and strokes that follow each
// other like characters show none.
func TestLegibleLine(t *testing.T) {
	r, p := onDocuments(t)
	drawn := p.Document(40, page.Documents[0], true).Pixels
	regions, err := r.NumbersInFile(t.Context(), asPNG(t, drawn))
	if err != nil || len(regions) != 1 {
		t.Fatalf("NumbersInFile = %d numbers, %v, want one", len(regions), err)
	}
	q := regions[0].Quad
	strip := func(left, right geom.Point, height float64) recognize.Strip {
		return recognize.Strip{Left: left, Right: right, Height: height, ToImage: geom.Identity}
	}
	other := pixel.New(400, 60)
	for i := range other.Pix {
		other.Pix[i] = 230
	}
	for x := 40; x < 360; x += 12 { // crosses
		for k := range 9 {
			for _, y := range []int{22 + k, 30 - k} {
				clear(other.Pix[3*(y*other.W+x+k):][:3])
			}
		}
	}
	for _, tt := range []struct {
		name  string
		image *pixel.RGB
		strip recognize.Strip
		want  bool
	}{
		{"number", drawn, strip(q[0].Add(q[3]).Mul(0.5), q[1].Add(q[2]).Mul(0.5), q.Height()), true},
		{"crosses", other, strip(geom.Point{X: 40, Y: 26}, geom.Point{X: 360, Y: 26}, 9), false},
		{"paper", other, strip(geom.Point{X: 40, Y: 50}, geom.Point{X: 360, Y: 50}, 9), false},
	} {
		got, err := r.text.Legible(t.Context(), pixel.NewPyramid(tt.image), tt.strip, numberCrops[0])
		if err != nil || got != tt.want {
			t.Errorf("%s: Legible = %v, %v, want %v", tt.name, got, err, tt.want)
		}
	}
}
