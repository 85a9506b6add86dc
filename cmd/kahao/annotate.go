package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/cmd/kahao/internal/annotate"
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// annotatedSide is the maximum longer side of a copy: PNG of a 12-megapixel photo
// takes seconds to encode.
const annotatedSide = 1400

// annotator writes copies of images with the reading drawn in.
type annotator struct {
	dir    string
	names  map[string]string // image to its copy
	reveal bool
}

func newAnnotator(dir string, items []source, reveal bool) (*annotator, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	a := &annotator{dir, map[string]string{}, reveal}
	taken := map[string]bool{}
	for _, s := range items {
		base := filepath.Base(s.name)
		if s.in != nil {
			base = "stdin"
		}
		// a.jpg and a.png, or the a.jpg of two directories, must not share a copy.
		base = strings.TrimSuffix(base, filepath.Ext(base))
		name := base + ".png"
		for i := 2; taken[name]; i++ {
			name = fmt.Sprintf("%s-%d.png", base, i)
		}
		taken[name] = true
		a.names[s.name] = name
	}
	return a, nil
}

func (a *annotator) write(ctx context.Context, s source, image []byte, reading *kahao.Reading) error {
	p, err := imagein.Decode(ctx, image, imagein.Options{WorkingSide: annotatedSide})
	if err != nil {
		return err
	}
	annotate.Draw(p.RGB, a.marks(reading, p.Scale, float64(max(p.RGB.W, p.RGB.H))))
	f, err := os.Create(filepath.Join(a.dir, a.names[s.name]))
	if err != nil {
		return err
	}
	if err := annotate.PNG(f, p.RGB); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// marks are the card's corners, the number's and each digit's box and the
// dates, scaled to a copy with the given longer side.
func (a *annotator) marks(reading *kahao.Reading, scale, side float64) []annotate.Mark {
	thin := side / 700
	var marks []annotate.Mark
	add := func(q kahao.Quad, label string, c annotate.Color, thick, size float64) {
		marks = append(marks, annotate.Mark{Outline: scaled(q, scale), Label: label, Color: c, Thick: thick, Size: size})
	}
	for _, c := range reading.Cards {
		shown := number(c, a.reveal)
		add(c.Corners, "", annotate.Cyan, 2*thin, 0)
		for i, d := range c.Number.Digits {
			label := "*"
			if i < len(shown) {
				label = shown[i : i+1]
			}
			add(d.Quad, label, annotate.Yellow, thin, 0.7*scaled(d.Quad, scale).Height())
		}
		for _, d := range c.Dates {
			if d.Quad != (kahao.Quad{}) {
				add(d.Quad, d.Text, annotate.Yellow, thin, 18*thin)
			}
		}
		// The whole number's label goes above the card, clear of the digits'.
		add(c.Number.Quad, "", annotate.Green, 1.5*thin, 0)
		add(c.Corners, fmt.Sprintf("%s %s %s", shown, percent(c.Number.Confidence), c.Verdict), annotate.Green, 0, 26*thin)
	}
	return marks
}

func scaled(q kahao.Quad, k float64) (out geom.Quad) {
	for i, p := range q {
		out[i] = geom.Point(p).Mul(k)
	}
	return out
}
