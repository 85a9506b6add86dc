package plan

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"image/png"
	"slices"
	"sync"

	"github.com/kahao/kahao/internal/labels"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/scene"
)

// Image is one image of a set.
type Image struct {
	Label  labels.Planned
	Pixels *pixel.RGB
}

// Renderer draws the images of a set, in any order, from several goroutines.
type Renderer struct {
	items []item
	seed  uint64
	first *synth.Generator

	mu   sync.Mutex
	idle []*synth.Generator
}

// New plans a set and opens the fonts.
func New(s Set) (*Renderer, error) {
	first, err := synth.New(synth.Options{Seed: s.Seed, BINs: s.BINs})
	if err != nil {
		return nil, err
	}
	return &Renderer{items: s.items(), seed: s.Seed, first: first}, nil
}

// Len is the number of images in the set.
func (r *Renderer) Len() int { return len(r.items) }

// maxAttempts bounds how often an image is drawn until it shows what it should.
const maxAttempts = 200

// Draw draws image i. It depends on the set and i alone.
func (r *Renderer) Draw(i int) (*Image, error) {
	it := r.items[i]
	g := r.acquire()
	defer r.release(g)
	for n := range maxAttempts {
		it.Seed = mix(r.seed, uint64(i), uint64(n))
		s, t := g.Draw(it.Request)
		if hasNumber(s) == (it.group != empty) {
			return it.image(i, s, t), nil
		}
	}
	return nil, fmt.Errorf("plan: image %d does not show what it should after %d attempts", i, maxAttempts)
}

// acquire returns a generator for one goroutine. Filling its banks takes a
// while, so generators are reused.
func (r *Renderer) acquire() *synth.Generator {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.idle); n > 0 {
		g := r.idle[n-1]
		r.idle = r.idle[:n-1]
		return g
	}
	return r.first.Fork()
}

func (r *Renderer) release(g *synth.Generator) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, g)
}

// hasNumber reports whether there is a number to read.
func hasNumber(s *scene.Scene) bool {
	for _, c := range s.Cards {
		if c.Card.Number != "" {
			return true
		}
	}
	return false
}

func (it item) image(i int, s *scene.Scene, t labels.Image) *Image {
	t.File = fmt.Sprintf("%06d%s", i, extension(t.Kind))
	p := &Image{Label: labels.Planned{Image: t, Slices: it.slices, Unreadable: []string{}}, Pixels: s.Image}
	for _, c := range s.Cards {
		p.Label.Unreadable = append(p.Label.Unreadable, unreadable(s.Image, s.Blur, c))
	}
	if len(t.Cards) == 1 && t.Cards[0].Number != "" {
		check := "wrong"
		if (number.Number{Digits: t.Cards[0].Number}).Luhn() {
			check = "right"
		}
		p.Label.Slices = append(slices.Clone(it.slices), labels.Slice{Dimension: "check digit", Value: check})
	}
	return p
}

// extension is that of an image's file: artwork is stored without loss, as on
// the web; photographs as cameras store them.
func extension(kind string) string {
	if kind == scene.Art {
		return ".png"
	}
	return ".jpg"
}

// Encode returns the image as a file's bytes.
func (p *Image) Encode() ([]byte, error) { return Encode(p.Pixels, p.Label.Kind == scene.Art) }

// Encode returns pixels as the bytes of a file: PNG if nothing may be lost,
// else JPEG.
func Encode(p *pixel.RGB, lossless bool) ([]byte, error) {
	var b bytes.Buffer
	var err error
	if lossless {
		err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, p.RGBA())
	} else {
		err = jpeg.Encode(&b, p.RGBA(), &jpeg.Options{Quality: 92})
	}
	return b.Bytes(), err
}
