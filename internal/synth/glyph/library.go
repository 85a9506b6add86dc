package glyph

import (
	"embed"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/goregular"
)

//go:embed fonts/*.otf fonts/*.ttf
var embedded embed.FS

// Library is a set of faces and text fonts, fixed once made and safe for
// concurrent use.
type Library struct {
	faces [Segment + 1][]*Face
	// Latin and CJK are the fonts for text other than the number.
	Latin []*Font
	CJK   []*Font
	icons []icon
}

// farringtons, blocks and segments are how many variants of the faces of our
// own strokes a library holds.
const (
	farringtons = 28
	blocks      = 36
	segments    = 16
)

// Options says what a library is made of.
type Options struct {
	// Dir is a directory of fonts, or several as in PATH, searched for the
	// curated names; empty: only the embedded fonts.
	Dir string
	// HeldOut takes the held-out fonts instead of the curated ones.
	HeldOut bool
}

// embeddedOnly is the library of the zero Options, made once: drawing the
// embossing faces takes a few hundred milliseconds.
var embeddedOnly = sync.OnceValues(func() (*Library, error) { return open(Options{}) })

// Open returns a library. Fonts that the directory lacks or that do not parse
// are left out; only an unreadable directory is an error.
func Open(o Options) (*Library, error) {
	if o == (Options{}) {
		return embeddedOnly()
	}
	return open(o)
}

func open(o Options) (*Library, error) {
	l := &Library{}
	rng := rand.New(rand.NewPCG(0x7b, 0x7811))
	between := func(a, b float64) float64 { return a + (b-a)*rng.Float64() }
	for i := range farringtons {
		j := Jitter{Pen: between(.36, .64), Round: between(.55, 1.35), Aspect: between(.86, 1.1)}
		l.add(NewFarrington(fmt.Sprintf("farrington-%d", i), j))
	}
	for i := range blocks {
		j := Jitter{Pen: between(.42, .85), Round: between(.55, 1.3), Aspect: between(.72, 1.08), Waist: between(-.28, .28), Other: map[rune]bool{}}
		for _, c := range Chars {
			j.Other[c] = rng.IntN(3) == 0
		}
		l.add(NewBlock(fmt.Sprintf("block-%d", i), j))
	}
	own := rand.New(rand.NewPCG(0x7b, 0x5e6))
	for i := range segments {
		l.add(NewSegment(fmt.Sprintf("segment-%d", i), own))
	}
	if err := l.embedded(o.HeldOut); err != nil {
		return nil, err
	}
	if o.Dir == "" {
		return l, nil
	}
	return l, l.walk(o)
}

func (l *Library) add(f *Face) { l.faces[f.Class] = append(l.faces[f.Class], f) }

func (l *Library) embedded(heldOut bool) error {
	type src struct {
		name  string
		class Class
		data  []byte
	}
	list := []src{
		{"go-regular", Sans, goregular.TTF}, {"go-medium", Sans, gomedium.TTF}, {"go-bold", Sans, gobold.TTF},
		{"go-mono", Mono, gomono.TTF}, {"go-mono-bold", Mono, gomonobold.TTF},
	}
	files, err := fs.Glob(embedded, "fonts/*")
	if err != nil {
		return err
	}
	for _, n := range files {
		data, err := embedded.ReadFile(n)
		if err != nil {
			return err
		}
		class := Sans
		if strings.Contains(n, "ocr") {
			class = OCR
		}
		list = append(list, src{strings.TrimPrefix(n, "fonts/"), class, data})
	}
	for _, s := range list {
		f, err := ParseFont(s.name, s.class, s.data)
		if err != nil {
			return err
		}
		cjk := strings.HasPrefix(s.name, "noto-sans-sc")
		switch {
		case cjk:
			l.CJK = append(l.CJK, f)
		case s.class != OCR:
			l.Latin = append(l.Latin, f)
		}
		face, err := f.Face()
		if err != nil {
			return err
		}
		if !heldOut {
			l.add(face)
		}
	}
	return nil
}

// walk adds the wanted fonts under the directory, in the order of their names
// so that the library does not depend on the file system.
func (l *Library) walk(o Options) error {
	want := slices.Concat(curatedFonts, iconFonts)
	if o.HeldOut {
		want = heldOutFonts
	}
	found := map[string]string{}
	visit := func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if _, ok := found[d.Name()]; !d.IsDir() && !ok && slices.Contains(want, d.Name()) {
			found[d.Name()] = p
		}
		return nil
	}
	for _, dir := range filepath.SplitList(o.Dir) {
		if err := filepath.WalkDir(dir, visit); err != nil {
			return fmt.Errorf("fonts: %w", err)
		}
	}
	for _, n := range want {
		p, ok := found[n]
		if !ok {
			continue
		}
		data, err := os.ReadFile(p)
		if err != nil {
			continue
		}
		f, err := ParseFont(n, classOf(n), data)
		if err != nil {
			continue
		}
		if slices.Contains(iconFonts, n) {
			l.icons = append(l.icons, icons(f)...)
			continue
		}
		face, err := f.Face()
		if err != nil {
			continue
		}
		l.add(face)
		if f.Class != OCR {
			l.Latin = append(l.Latin, f)
		}
	}
	return nil
}

// Faces returns the faces of a class; do not write to it.
func (l *Library) Faces(c Class) []*Face { return l.faces[c] }

// Pick draws a face of the class, or a sans one where the library has none.
func (l *Library) Pick(rng *rand.Rand, c Class) *Face {
	fs := l.faces[c]
	if len(fs) == 0 && c != Farrington {
		fs = l.faces[Sans]
	}
	if len(fs) == 0 {
		fs = l.faces[Farrington]
	}
	return fs[rng.IntN(len(fs))]
}

// PickText draws a font that can set s: a CJK one where s needs it.
func (l *Library) PickText(rng *rand.Rand, s string) *Font {
	for _, r := range s {
		if r > 0x2e80 {
			return l.CJK[rng.IntN(len(l.CJK))]
		}
	}
	if rng.IntN(8) == 0 || len(l.Latin) == 0 {
		return l.CJK[rng.IntN(len(l.CJK))]
	}
	return l.Latin[rng.IntN(len(l.Latin))]
}
