package annotate

import (
	_ "embed"
	"image"
	"math"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"github.com/kahao/kahao/internal/pixel"
)

// chineseOTF has the letters of the annotations in Chinese, and those of ASCII.
//
//go:embed fonts/noto-sans-sc-bold-words.otf
var chineseOTF []byte

// The typefaces: Go Bold, whose licence is that of Go, and for texts that are not
// ASCII a part of Noto Sans.
var (
	latin   = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(gobold.TTF) })
	chinese = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(chineseOTF) })
)

// typeface returns the font for a text.
func typeface(text string) (*opentype.Font, error) {
	if strings.ContainsFunc(text, wide) {
		return chinese()
	}
	return latin()
}

// wide reports whether a letter is not ASCII, and then as wide as high.
func wide(r rune) bool { return r > 0x7f }

// columns is the width of a text in letters of ASCII.
func columns(text string) (n int) {
	for _, r := range text {
		n++
		if wide(r) {
			n++
		}
	}
	return n
}

// Missing returns the letters of a text that its font lacks.
func Missing(text string) string {
	f, err := typeface(text)
	if err != nil {
		return text
	}
	var b sfnt.Buffer
	return strings.Map(func(r rune) rune {
		if i, err := f.GlyphIndex(&b, r); err != nil || i == 0 {
			return r
		}
		return -1
	}, text)
}

// Letters in sizes below the least cannot be read, above the greatest one would
// fill the image.
const (
	leastSize    = 11
	greatestSize = 400
)

// label writes above the outline's highest corner or, if there is no room, below
// its lowest one, on a dark ground.
func label(p *pixel.RGB, m Mark) {
	mask, size := rendered(m.Label, m.Size), m.Size
	for mask != nil && mask.Rect.Dx() > p.W && size > leastSize { // smaller letters rather than a text without its end
		size *= 0.95 * float64(p.W) / float64(mask.Rect.Dx())
		mask = rendered(m.Label, size)
	}
	if mask == nil {
		return
	}
	b := m.Outline.Bounds()
	width, height := float64(mask.Rect.Dx()), float64(mask.Rect.Dy())
	left := math.Max(0, math.Min(b.X0, float64(p.W)-width))
	top := b.Y0 - height - m.Thick
	if top < 0 {
		top = math.Min(b.Y1+m.Thick, float64(p.H)-height)
	}
	if math.IsNaN(left) || math.IsNaN(top) {
		return
	}
	write(p, mask, int(left), int(top), m.Color)
}

// write draws text on a dark ground.
func write(p *pixel.RGB, mask *image.Alpha, left, top int, c Color) {
	for y := range mask.Rect.Dy() {
		for x := range mask.Rect.Dx() {
			blend(p, left+x, top+y, Color{}, 0.6)
			blend(p, left+x, top+y, c, float64(mask.AlphaAt(x, y).A)/255)
		}
	}
}

// rendered is a text as coverage, in letters of the size, with a margin. It is nil
// if there is nothing to see.
func rendered(text string, size float64) *image.Alpha {
	f, err := typeface(text)
	if err != nil || math.IsNaN(size) {
		return nil // the embedded fonts are sound: a test parses them
	}
	size = math.Min(math.Max(size, leastSize), greatestSize)
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil
	}
	defer face.Close()
	metrics, margin := face.Metrics(), int(size/6)+1
	w := font.MeasureString(face, text).Ceil() + 2*margin
	h := (metrics.Ascent + metrics.Descent).Ceil() + margin
	mask := image.NewAlpha(image.Rect(0, 0, w, h))
	(&font.Drawer{Dst: mask, Src: image.Opaque, Face: face, Dot: fixed.P(margin, metrics.Ascent.Ceil()+margin/2)}).DrawString(text)
	return mask
}

// Caption writes lines at the image's lower edge, in letters that fit its width.
func Caption(p *pixel.RGB, c Color, lines ...string) {
	size := float64(max(p.W, p.H)) / 28
	longest := 0
	for _, l := range lines {
		longest = max(longest, columns(l))
	}
	// A letter is hardly wider than 0.6 of its size.
	size = math.Min(size, float64(p.W)/(0.6*float64(longest)+2))
	bottom := p.H
	for i := len(lines) - 1; i >= 0; i-- {
		mask := rendered(lines[i], size)
		if mask == nil {
			continue
		}
		bottom -= mask.Rect.Dy()
		write(p, mask, 0, bottom, c)
	}
}
