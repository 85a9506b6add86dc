package plan

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"slices"
	"sync"

	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/scene"
)

// Label is the truth of one picture of a set, and the slices that it is in.
type Label struct {
	synth.Truth
	Slices []Slice `json:"slices"`
	// Unreadable tells for each card why its number cannot be read; it is
	// empty where it can.
	Unreadable []string `json:"unreadable"`
}

// Picture is one picture of a set.
type Picture struct {
	Label  Label
	Pixels *pixel.RGB
}

// Drawer draws the pictures of a set, in any order, from several goroutines.
type Drawer struct {
	orders []order
	seed   uint64
	first  *synth.Drawer

	mu   sync.Mutex
	idle []*synth.Drawer
}

// New lays out a set and opens the fonts.
func New(s Set) (*Drawer, error) {
	first, err := synth.New(synth.Options{Seed: s.Seed, BINs: s.BINs})
	if err != nil {
		return nil, err
	}
	d := &Drawer{orders: s.orders(), seed: s.Seed, first: first}
	return d, nil
}

// Len is how many pictures the set has.
func (d *Drawer) Len() int { return len(d.orders) }

// attempts is how often a picture is drawn until it shows what it should.
const attempts = 200

// Draw draws picture i. It depends on the set and i alone.
func (d *Drawer) Draw(i int) (*Picture, error) {
	o := d.orders[i]
	v := d.take()
	defer d.give(v)
	for n := range attempts {
		o.Seed = mix(d.seed, uint64(i), uint64(n))
		s, t := v.Fill(o.Order)
		if numbers(s) == (o.group != empty) {
			return d.picture(i, o, s, t), nil
		}
	}
	return nil, fmt.Errorf("plan: picture %d did not come out in %d attempts", i, attempts)
}

// take returns a drawer that nobody else uses: filling its banks takes a
// while, so each serves many pictures.
func (d *Drawer) take() *synth.Drawer {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.idle); n > 0 {
		v := d.idle[n-1]
		d.idle = d.idle[:n-1]
		return v
	}
	return d.first.Fork()
}

func (d *Drawer) give(v *synth.Drawer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.idle = append(d.idle, v)
}

// numbers reports whether there is a number to read.
func numbers(s *scene.Scene) bool {
	for _, c := range s.Cards {
		if c.Card.Number != "" {
			return true
		}
	}
	return false
}

func (d *Drawer) picture(i int, o order, s *scene.Scene, t synth.Truth) *Picture {
	t.File = fmt.Sprintf("%06d%s", i, extension(t.Kind))
	p := &Picture{Label: Label{Truth: t, Slices: o.slices, Unreadable: []string{}}, Pixels: s.Picture}
	for _, c := range s.Cards {
		p.Label.Unreadable = append(p.Label.Unreadable, unreadable(s.Picture, s.Blur, c))
	}
	if len(t.Cards) == 1 && t.Cards[0].Number != "" {
		check := "wrong"
		if (number.Number{Digits: t.Cards[0].Number}).Luhn() {
			check = "right"
		}
		p.Label.Slices = append(slices.Clone(o.slices), Slice{"check digit", check})
	}
	return p
}

// extension is that of a picture's file: artwork is kept without loss, as it
// is shown on the web; photographs as cameras keep them.
func extension(kind string) string {
	if kind == scene.Art {
		return ".png"
	}
	return ".jpg"
}

// Encode returns the picture as a file's bytes.
func (p *Picture) Encode() ([]byte, error) { return Encode(p.Pixels, p.Label.Kind == scene.Art) }

// Encode returns pixels as the bytes of a file: PNG where nothing may be lost,
// else JPEG.
func Encode(p *pixel.RGB, lossless bool) ([]byte, error) {
	m := image.NewRGBA(image.Rect(0, 0, p.W, p.H))
	for i, j := 0, 0; i+2 < len(p.Pix); i, j = i+3, j+4 {
		m.Pix[j], m.Pix[j+1], m.Pix[j+2], m.Pix[j+3] = p.Pix[i], p.Pix[i+1], p.Pix[i+2], 255
	}
	var b bytes.Buffer
	var err error
	if lossless {
		err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, m)
	} else {
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 92})
	}
	return b.Bytes(), err
}
