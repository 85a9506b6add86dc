package attack

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/raster"
	"github.com/kahao/kahao/internal/synth/scene"
)

func newDrawer(t *testing.T, seed uint64) *Drawer {
	t.Helper()
	lib, err := glyph.Open(glyph.Options{})
	if err != nil {
		t.Fatalf("glyph.Open: %v", err)
	}
	return New(scene.NewBank(card.NewBank(lib, 1, 8, nil), lib, 1, 4), lib, seed)
}

func TestDrawEveryKind(t *testing.T) {
	d := newDrawer(t, 3)
	for _, kind := range Kinds() {
		for range 3 {
			s := d.DrawKind(kind)
			if s.Kind != kind || s.Family == "" {
				t.Errorf("DrawKind(%s) = kind %q, family %q", kind, s.Kind, s.Family)
			}
			if s.Image.W < 200 || s.Image.H < 200 || len(s.Image.Pix) != s.Image.W*s.Image.H*3 {
				t.Errorf("%s: %dx%d pixels in %d bytes", kind, s.Image.W, s.Image.H, len(s.Image.Pix))
			}
			if lo, hi := extremes(s.Image.Pix); hi-lo < 20 {
				t.Errorf("%s, %s: values from %d to %d, want a picture", kind, s.Family, lo, hi)
			}
			if s.Edited && kind != Genuine {
				t.Errorf("%s is edited, want only genuine images to be", kind)
			}
		}
	}
}

func extremes(pix []uint8) (lo, hi uint8) {
	lo = 255
	for _, v := range pix {
		lo, hi = min(lo, v), max(hi, v)
	}
	return lo, hi
}

func TestDrawDependsOnTheSeed(t *testing.T) {
	a, b, c := newDrawer(t, 5).Draw(), newDrawer(t, 5).Draw(), newDrawer(t, 6).Draw()
	if !bytes.Equal(a.Image.Pix, b.Image.Pix) || a.Kind != b.Kind {
		t.Error("the same seed draws another image")
	}
	if bytes.Equal(a.Image.Pix, c.Image.Pix) {
		t.Error("another seed draws the same image")
	}
}

// A panel emits the picture's light on average, in whatever structure; and a
// camera that blurs more than a pixel of it sees no structure.
func TestPanel(t *testing.T) {
	for _, family := range panelFamilies {
		r := rand.New(rand.NewPCG(1, 1))
		sharp, blurred := newPanel(r, family, 0), newPanel(r, family, 2)
		for c := range 3 {
			mean, spread := moments(sharp.tiles[c].pix)
			if math.Abs(mean-1) > .01 || spread < .5 {
				t.Errorf("%s, channel %d: mean %.3f, deviation %.3f, want 1 and structure", family, c, mean, spread)
			}
			if mean, spread := moments(blurred.tiles[c].pix); math.Abs(mean-1) > .01 || spread > .02 {
				t.Errorf("%s out of focus, channel %d: mean %.3f, deviation %.3f, want 1 and none", family, c, mean, spread)
			}
		}
	}
}

func moments(v []float32) (mean, deviation float64) {
	for _, x := range v {
		mean += float64(x) / float64(len(v))
	}
	for _, x := range v {
		deviation += (float64(x) - mean) * (float64(x) - mean) / float64(len(v))
	}
	return mean, math.Sqrt(deviation)
}

// A halftone's mean ink is the coverage, whatever the screen.
func TestDots(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for name, s := range map[string]*dots{
		"clustered": newDots(cluster(false), clusteredSide, 1.5), "lines": newDots(cluster(true), clusteredSide, 1.5),
		"dispersed": newDots(disperse(r, dispersedSide), dispersedSide, .7), "flat": flatScreen(),
	} {
		for _, a := range []float32{0, .1, .37, .5, .9, 1} {
			sum := 0.0
			for i := range 4096 {
				sum += float64(s.at((float32(i%64)+.5)/64, (float32(i/64)+.5)/64, a)) / 4096
			}
			if math.Abs(sum-float64(a)) > .02 {
				t.Errorf("%s: mean ink %.3f for a coverage of %.2f", name, sum, a)
			}
		}
	}
}

// A plain colour passes the mosaic and its interpolation unchanged.
func TestCameraKeepsPlainColors(t *testing.T) {
	d := newDrawer(t, 9)
	for _, bin := range []int{1, 2, 4} {
		c := camera{w: 40, h: 30, bin: bin, scale: 1, spread: .4, cfa: [4]int{0, 1, 1, 2}}
		want := raster.Color{.2, .5, .35}
		plain := layer{from: [9]float64{1, 0, 0, 0, 1, 0, 0, 0, 1}, light: func(_, _ float32, ch int) float32 { return want[ch] }}
		im := d.expose(c, []layer{plain}, nil)
		got := im.Mean(0, 0, im.W, im.H)
		for ch := range 3 {
			ratio := got[ch] / got[1] * want[1] / want[ch]
			if ratio < .97 || ratio > 1.03 {
				t.Errorf("bin %d: mean colour %v, want a multiple of %v", bin, got, want)
			}
		}
	}
}

// What a camera resolves is drawn with its structure, and what it does not resolve
// is not: the means of blocks keep the contrast of the first alone.
func TestResolves(t *testing.T) {
	for _, c := range []struct {
		bin            int
		spread, period float64
		resolves       bool
	}{
		{1, .4, 4, true}, {1, .4, 1.9, false}, {1, 2, 4, false}, {2, .4, 8, true}, {2, .4, 3.9, false}, {4, .4, 8, false}, {4, .4, 16, true},
	} {
		cam := camera{w: 96, h: 96, bin: c.bin, scale: 1, spread: c.spread, cfa: [4]int{0, 1, 1, 2}}
		if got := cam.resolves(c.period); got != c.resolves {
			t.Errorf("bin %d, spread %.1f: resolves(%.1f) = %v, want %v", c.bin, c.spread, c.period, got, c.resolves)
		}
		// The lens leaves this contrast of a sine wave, and the blocks what is measured.
		k := float32(math.Exp(-2 * math.Pow(math.Pi*c.spread/c.period, 2)))
		wave := layer{from: [9]float64{1, 0, 0, 0, 1, 0, 0, 0, 1}, light: func(u, _ float32, _ int) float32 {
			return .5 + .4*k*float32(math.Sin(2*math.Pi*float64(u)/c.period))
		}}
		d := newDrawer(t, 9)
		im := d.expose(cam, []layer{wave}, nil)
		var row []float32
		for x := range im.W {
			sum := float32(0)
			for y := range im.H {
				sum += im.Pix[(y*im.W+x)*3+1] / float32(im.H)
			}
			row = append(row, sum)
		}
		mean, deviation := moments(row)
		if contrast := deviation / mean; c.resolves && contrast < .08 {
			t.Errorf("bin %d, spread %.1f: a period of %.1f has contrast %.3f, want it to show", c.bin, c.spread, c.period, contrast)
		}
	}
}

// A coloured copy whose dots the image does not show has white paper around its
// pictures, so that some of the image is the colour of paper.
func TestHiddenPrintings(t *testing.T) {
	d := newDrawer(t, 11)
	hidden, shown, hiddenGrey := 0, 0, 0
	for range 400 {
		d.way = d.newDelivery()
		c := d.newCamera(640, 480)
		if p := d.newPrinting(ColorCopy, c); p.hides(ColorCopy, false) {
			hidden++
			if p.family == "clustered dots" && c.resolves(p.period) {
				t.Errorf("dots of %.1f sensor pixels count as hidden though the camera resolves them", p.period)
			}
		} else {
			shown++
		}
		p := d.newPrinting(GreyCopy, c)
		if p.hides(GreyCopy, false) {
			t.Error("a grey copy of a coloured thing counts as hidden: it shows by its lack of colour")
		}
		if p.hides(GreyCopy, true) {
			hiddenGrey++
		}
	}
	if hidden < 80 || shown < 80 {
		t.Errorf("%d printings of 400 are hidden and %d shown, want at least 80 of each", hidden, shown)
	}
	if hiddenGrey < 80 {
		t.Errorf("%d grey printings of 400 without colour to lose are hidden, want at least 80", hiddenGrey)
	}
	for _, v := range d.bands(500, 1) {
		if v < .3 || v > 1 {
			t.Fatalf("density %.2f of full ink, want .3 to 1", v)
		}
	}
}

// A scanner saves some grey copies without colour, and some with a bit for each
// pixel.
func TestSaveGrey(t *testing.T) {
	d := newDrawer(t, 13)
	kinds := map[string]int{}
	for range 60 {
		im := raster.NewImage(8, 8)
		for i := range im.Pix {
			im.Pix[i] = float32(i%5) / 4
		}
		s := &Sample{Kind: GreyCopy, Family: "clustered dots"}
		d.newScannerFile(printing{family: s.Family}).save(im, s)
		grey, bilevel := true, true
		for i := 0; i < len(im.Pix); i += 3 {
			grey = grey && im.Pix[i] == im.Pix[i+1] && im.Pix[i] == im.Pix[i+2]
			bilevel = bilevel && (im.Pix[i] == 0 || im.Pix[i] == 1)
		}
		switch {
		case !grey:
			kinds["color"]++
		case bilevel:
			kinds["bilevel"]++
		default:
			kinds["grey"]++
		}
		if got := s.Family == "black and white"; got != (grey && bilevel) {
			t.Errorf("grey %v, bilevel %v: family %q", grey, bilevel, s.Family)
		}
	}
	for _, kind := range []string{"color", "grey", "bilevel"} {
		if kinds[kind] == 0 {
			t.Errorf("of 60 scans none is %s: %v", kind, kinds)
		}
	}
}

// What a messenger reduces away is not resolved.
func TestResolvesWhatIsDelivered(t *testing.T) {
	for scale, want := range map[float64]bool{1: true, .55: false} {
		c := camera{w: 96, h: 96, bin: 1, spread: .4, scale: scale}
		if got := c.resolves(3); got != want {
			t.Errorf("resolves(3) of an image that is reduced by %.2f = %v, want %v", scale, got, want)
		}
	}
}

// Some genuine photographs have no colour, so that its lack alone tells no copy.
func TestGenuineWithoutColor(t *testing.T) {
	d := newDrawer(t, 17)
	grey := 0
	for range 80 {
		s := d.DrawKind(Genuine)
		equal := true
		for i := 0; i < len(s.Image.Pix) && equal; i += 3 {
			equal = s.Image.Pix[i] == s.Image.Pix[i+1] && s.Image.Pix[i] == s.Image.Pix[i+2]
		}
		if named := strings.HasPrefix(s.Family, "grey "); named && !equal {
			t.Errorf("a %s has colours", s.Family)
		} else if named {
			grey++
		}
	}
	if grey == 0 {
		t.Error("none of 80 genuine images is without colour, want about four")
	}
}

// A full sheet shows a thing that is not blank, if there is any.
func TestContrasting(t *testing.T) {
	d := newDrawer(t, 19)
	blank, stripes := raster.NewImage(60, 40), raster.NewImage(60, 40)
	blank.Fill(raster.Gray(.8))
	for i := range stripes.Pix {
		stripes.Pix[i] = float32(i / 30 % 2)
	}
	d.photos = []*raster.Image{blank, stripes}
	d.pool = make([]*raster.Image, poolSize)
	for i := range d.pool {
		d.pool[i] = stripes
	}
	for range 50 {
		if im := d.contrasting(); im == blank {
			t.Fatal("contrasting returned a blank image in spite of five tries with others")
		}
	}
	if c := chroma(stripes); c != 0 {
		t.Errorf("chroma of black and white stripes %.3f, want 0", c)
	}
	red := raster.NewImage(4, 4)
	red.Fill(raster.Color{1, 0, 0})
	if c := chroma(red); c < .4 {
		t.Errorf("chroma of red %.3f, want at least .4", c)
	}
}
