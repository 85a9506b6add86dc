package benchmark

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"

	"github.com/kahao/kahao/internal/labels"
	"github.com/kahao/kahao/internal/synth"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/page"
	"github.com/kahao/kahao/internal/synth/plan"
	"github.com/kahao/kahao/internal/synth/scene"
)

// Groups of images that version 2 has in addition, and how many images each has.
// Every count is a multiple of Chunk.
const (
	Hidden   = "hidden"   // digits of the number are hidden
	Negative = "negative" // long numbers that are no card's
	Dates    = "date"     // a date of each form, flat and embossed
	NoEdge   = "copy"     // no outline of a card

	hiddenCount   = 200
	negativeCount = 200
	dateCount     = 180
	copyCount     = 100
)

// groups are in the order of their images.
var groups = []struct {
	name string
	n    int
}{{Hidden, hiddenCount}, {Negative, negativeCount}, {Dates, dateCount}, {NoEdge, copyCount}}

// extra draws the additional images of version 2.
type extra struct {
	first *synth.Generator

	mu       sync.Mutex
	idle     []*synth.Generator
	painters []*page.Painter
}

func newExtra() (*extra, error) {
	g, err := synth.New(synth.Options{Seed: seed, BINs: Set().BINs})
	if err != nil {
		return nil, err
	}
	return &extra{first: g}, nil
}

// total is the number of additional images.
func total() (n int) {
	for _, g := range groups {
		n += g.n
	}
	return n
}

// group returns the group of an additional image, and its index there.
func group(i int) (name string, at int) {
	for _, g := range groups {
		if i < g.n {
			return g.name, i
		}
		i -= g.n
	}
	return "", i
}

// extraName is the name of an additional image's file, without its extension.
func extraName(i int) string {
	name, at := group(i)
	return fmt.Sprintf("%s-%06d", name, at)
}

// draw draws an additional image. It depends on its index alone.
func (e *extra) draw(i int) (*plan.Image, error) {
	name, at := group(i)
	if name == Hidden {
		return e.hidden(i, at)
	}
	p, err := e.painter()
	if err != nil {
		return nil, err
	}
	defer e.release(p)
	s := imageSeed(name, at, 0)
	var drawn *page.Image
	dimension := name
	var more []labels.Slice
	switch name {
	case Negative:
		drawn = p.Negative(s, page.Negatives[at%len(page.Negatives)])
	case Dates:
		embossed := at/len(page.Forms)%2 == 1
		drawn = p.Dated(s, page.Forms[at%len(page.Forms)], embossed)
		print := "flat"
		if embossed {
			print = "embossed"
		}
		more = []labels.Slice{{Dimension: "date print", Value: print}}
	default:
		drawn = p.Copy(s, page.Copies[at%len(page.Copies)])
	}
	label := drawn.Label
	label.File = extraName(i) + ".png"
	return &plan.Image{
		Pixels: drawn.Pixels,
		Label: labels.Planned{
			Image: label, Unreadable: make([]string, len(label.Cards)),
			Slices: append([]labels.Slice{{Dimension: "group", Value: name}, {Dimension: dimension, Value: drawn.What}}, more...),
		},
	}, nil
}

// maxAttempts bounds how often a card is drawn until digits are hidden on it.
const maxAttempts = 100

// hidden draws a photograph of a card with hidden digits.
func (e *extra) hidden(i, at int) (*plan.Image, error) {
	g := e.generator()
	defer func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.idle = append(e.idle, g)
	}()
	q := synth.Request{W: 1000, H: 750, Difficulty: .3, Constraints: scene.Constraints{
		Kind: scene.Photo, Cards: 1, Whole: true, Light: scene.Plain, Blur: scene.Sharp, Card: card.Constraints{Hidden: true},
		Tilt: &scene.Range{0, 10}, Rotation: &scene.Range{-7, 7}, Share: &scene.Range{.6, .95},
	}}
	for n := range maxAttempts {
		q.Seed = imageSeed(Hidden, at, n)
		s, t := g.Draw(q)
		if len(s.Cards) != 1 || s.Cards[0].Card.Hidden == "" {
			continue
		}
		t.File = extraName(i) + ".jpg"
		rest := "rest fails"
		if (number.Number{Digits: strings.ReplaceAll(t.Cards[0].Number, "?", "")}).Luhn() {
			rest = "rest passes"
		}
		return &plan.Image{Pixels: s.Image, Label: labels.Planned{
			Image: t, Unreadable: []string{""},
			Slices: []labels.Slice{{Dimension: "group", Value: Hidden}, {Dimension: Hidden, Value: s.Cards[0].Card.Hidden}, {Dimension: "hidden, check digit", Value: rest}},
		}}, nil
	}
	return nil, fmt.Errorf("benchmark: image %s has no hidden digit after %d attempts", extraName(i), maxAttempts)
}

// imageSeed mixes a group, an index and an attempt into a seed.
func imageSeed(name string, at, attempt int) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(at)))
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(attempt)))
	return h.Sum64()
}

// painter takes a painter for one goroutine; filling its banks takes a while.
func (e *extra) painter() (*page.Painter, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := len(e.painters); n > 0 {
		p := e.painters[n-1]
		e.painters = e.painters[:n-1]
		return p, nil
	}
	return page.New(number.Source{BINs: Set().BINs})
}

func (e *extra) release(p *page.Painter) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.painters = append(e.painters, p)
}

func (e *extra) generator() *synth.Generator {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := len(e.idle); n > 0 {
		g := e.idle[n-1]
		e.idle = e.idle[:n-1]
		return g
	}
	return e.first.Fork()
}
