package synth

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/labels"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/page"
)

// WriteDir writes n images and their labels into dir, which it creates if it
// is missing. It calls progress, which may be nil, after every image. Artwork is
// written as PNG, photographs as JPEG. Image i depends on the seed and i alone,
// so a longer run starts with the images of a shorter one.
func (g *Generator) WriteDir(ctx context.Context, dir string, n int, progress func(done int)) (err error) {
	return writeDir(ctx, dir, n, progress, func(i int) (*pixel.RGB, labels.Planned) {
		p, t := g.Scene()
		t.File = fmt.Sprintf("%06d.jpg", i)
		if t.Kind == "art" {
			t.File = fmt.Sprintf("%06d.png", i)
		}
		return p, labels.Planned{Image: t}
	})
}

// WriteDocuments writes n drawn screenshots, receipts, statements and forms and
// their labels into dir, like WriteDir. Every second one has a card's number as
// text. Of the options it uses the seed, the fonts and the BINs.
func WriteDocuments(ctx context.Context, o Options, dir string, n int, progress func(done int)) error {
	p, err := page.NewWith(number.Source{BINs: o.BINs}, glyph.Options{Dir: o.Fonts, HeldOut: o.HeldOut})
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(o.Seed, 0xd0c))
	return writeDir(ctx, dir, n, progress, func(i int) (*pixel.RGB, labels.Planned) {
		what := page.Documents[i/2%len(page.Documents)]
		drawn := p.Document(r.Uint64(), what, i%2 == 0)
		drawn.Label.File = fmt.Sprintf("%06d.png", i)
		return drawn.Pixels, labels.Planned{
			Image: drawn.Label, Unreadable: make([]string, len(drawn.Label.Cards)),
			Slices: []labels.Slice{{Dimension: "document", Value: what}},
		}
	})
}

// WriteDates writes n cards with dates in every form, flat and embossed in turn,
// and their labels into dir, like WriteDocuments. A file's name begins with its
// date's form.
func WriteDates(ctx context.Context, o Options, dir string, n int, progress func(done int)) error {
	p, err := page.NewWith(number.Source{BINs: o.BINs}, glyph.Options{Dir: o.Fonts, HeldOut: o.HeldOut})
	if err != nil {
		return err
	}
	forms := slices.Concat(page.Forms, page.NamedForms)
	r := rand.New(rand.NewPCG(o.Seed, 0xda7e))
	return writeDir(ctx, dir, n, progress, func(i int) (*pixel.RGB, labels.Planned) {
		form, print := forms[i/2%len(forms)], []string{"flat", "embossed"}[i%2]
		drawn := p.Dated(r.Uint64(), form, i%2 == 1)
		drawn.Label.File = fmt.Sprintf("%s-%s-%06d.png", strings.NewReplacer("/", "_", " ", "+").Replace(form), print, i)
		return drawn.Pixels, labels.Planned{
			Image: drawn.Label, Unreadable: make([]string, len(drawn.Label.Cards)),
			Slices: []labels.Slice{{Dimension: "date", Value: form}, {Dimension: "date print", Value: print}},
		}
	})
}

// WriteUnusual writes n cards that are set unusually, one kind after the other, and
// their labels into dir, like WriteDocuments. A file's name begins with its kind.
func WriteUnusual(ctx context.Context, o Options, dir string, n int, progress func(done int)) error {
	p, err := page.NewWith(number.Source{BINs: o.BINs}, glyph.Options{Dir: o.Fonts, HeldOut: o.HeldOut})
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(o.Seed, 0x0dd))
	return writeDir(ctx, dir, n, progress, func(i int) (*pixel.RGB, labels.Planned) {
		what := page.Unusuals[i%len(page.Unusuals)]
		drawn := p.Unusual(r.Uint64(), what)
		drawn.Label.File = fmt.Sprintf("%s-%06d.png", strings.NewReplacer(" ", "-", ",", "").Replace(what), i)
		return drawn.Pixels, labels.Planned{
			Image: drawn.Label, Unreadable: make([]string, len(drawn.Label.Cards)),
			Slices: []labels.Slice{{Dimension: "unusual", Value: what}},
		}
	})
}

// writeDir writes n images, drawn one after the other, and their labels.
func writeDir(ctx context.Context, dir string, n int, progress func(done int), draw func(i int) (*pixel.RGB, labels.Planned)) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, labels.File))
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	defer func() { err = errors.Join(err, w.Flush(), f.Close()) }()
	e := json.NewEncoder(w)
	for i := range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		p, t := draw(i)
		if err := writeImage(filepath.Join(dir, t.File), p); err != nil {
			return err
		}
		label := any(t)
		if t.Slices == nil { // of no plan
			label = t.Image
		}
		if err := e.Encode(label); err != nil {
			return err
		}
		if progress != nil {
			progress(i + 1)
		}
	}
	return nil
}

func writeImage(path string, p *pixel.RGB) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	if filepath.Ext(path) == ".png" {
		err = png.Encode(w, p.RGBA())
	} else {
		err = jpeg.Encode(w, p.RGBA(), &jpeg.Options{Quality: 92})
	}
	return errors.Join(err, w.Flush())
}
