package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/cmd/kahao/internal/annotate"
	"github.com/kahao/kahao/cmd/kahao/internal/input"
	"github.com/kahao/kahao/cmd/kahao/internal/words"
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
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
	page   int
	words  words.Language
}

func newAnnotator(dir string, items []input.Source, reveal bool, page int, lang words.Language) (*annotator, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	a := &annotator{dir, map[string]string{}, reveal, page, lang}
	taken := map[string]bool{}
	for _, s := range items {
		base := filepath.Base(s.Name)
		if s.In != nil {
			base = "stdin"
		}
		// a.jpg and a.png, or the a.jpg of two directories, must not share a copy.
		base = strings.TrimSuffix(base, filepath.Ext(base))
		name := base + ".png"
		for i := 2; taken[name]; i++ {
			name = fmt.Sprintf("%s-%d.png", base, i)
		}
		taken[name] = true
		a.names[s.Name] = name
	}
	return a, nil
}

// write writes the copy of an image: of a file, or of the place inside a PDF file.
func (a *annotator) write(ctx context.Context, s input.Source, inside string, image []byte, reading *kahao.Reading) error {
	page, name := a.page, a.names[s.Name]
	if inside != "" { // a.pdf-page-2-image-17.png
		page, name = 0, strings.TrimSuffix(name, ".png")+".pdf-"+strings.TrimPrefix(inside, "!")+".png"
	}
	p, err := imagein.Decode(ctx, image, imagein.Options{Page: page, WorkingSide: annotatedSide})
	if err != nil {
		return err
	}
	a.draw(p.RGB, reading, p.Scale)
	f, err := os.Create(filepath.Join(a.dir, name))
	if err != nil {
		return err
	}
	if err := annotate.PNG(f, p.RGB); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// draw draws a reading into a copy of its image. Unless numbers are revealed it
// covers their hidden digits, and blurs an image in which none was found: there
// it cannot know where they are.
func (a *annotator) draw(p *pixel.RGB, reading *kahao.Reading, scale float64) {
	if len(reading.Cards) == 0 {
		caption := []string{a.words.Text(words.NoCard)}
		if len(reading.Reasons) > 0 {
			caption = append(caption, a.words.Reasons(reading.Reasons))
		}
		if !a.reveal {
			annotate.Blur(p)
			caption = append(caption, a.words.Text(words.Blurred))
		}
		annotate.Caption(p, annotate.Yellow, caption...)
		return
	}
	for _, c := range reading.Cards {
		shown := number(c, a.reveal)
		for i, d := range c.Number.Digits {
			if hidden(shown, i) {
				annotate.Cover(p, scaled(d.Quad, scale))
			}
		}
	}
	annotate.Draw(p, a.marks(reading, scale, float64(max(p.W, p.H))))
}

// hidden reports whether a digit does not stand in the number as it is shown.
func hidden(shown string, i int) bool { return i >= len(shown) || shown[i] == '*' }

// colours are those of the verdicts.
var colours = map[kahao.Verdict]annotate.Color{
	kahao.VerdictAccept: annotate.Green, kahao.VerdictReview: annotate.Yellow, kahao.VerdictReject: annotate.Red,
}

// marks are the card's corners, the number's and each digit's box and the
// dates, scaled to a copy with the given longer side, in the colours of the
// verdicts.
func (a *annotator) marks(reading *kahao.Reading, scale, side float64) []annotate.Mark {
	thin := side / 700
	var marks []annotate.Mark
	add := func(q kahao.Quad, label string, c annotate.Color, thick, size float64) {
		marks = append(marks, annotate.Mark{Outline: scaled(q, scale), Label: label, Color: c, Thick: thick, Size: size})
	}
	for _, c := range reading.Cards {
		shown, colour := number(c, a.reveal), colours[c.Verdict]
		add(c.Corners, "", annotate.Cyan, 2*thin, 0)
		for i, d := range c.Number.Digits {
			label := "*"
			if !hidden(shown, i) {
				label = shown[i : i+1]
			}
			add(d.Quad, label, colour, thin, 0.7*scaled(d.Quad, scale).Height())
		}
		for _, d := range c.Dates {
			if d.Quad != (kahao.Quad{}) {
				add(d.Quad, d.Text, colours[d.Verdict], thin, 18*thin)
			}
		}
		// The whole number's label goes above the card, clear of the digits'.
		add(c.Number.Quad, "", colour, 1.5*thin, 0)
		title := fmt.Sprintf("%s  %s  %s", shown, percent(c.Number.Confidence), a.words.Verdict(c.Verdict))
		if len(c.Reasons) > 0 {
			title += a.words.Colon() + a.words.Reasons(c.Reasons)
		}
		add(c.Corners, title, colour, 0, 26*thin)
	}
	return marks
}

func scaled(q kahao.Quad, k float64) (out geom.Quad) {
	for i, p := range q {
		out[i] = geom.Point(p).Mul(k)
	}
	return out
}
