package synth

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"

	"github.com/kahao/kahao/internal/labels"
	"github.com/kahao/kahao/internal/pixel"
)

// WriteDir writes n images and their labels into dir, which it creates if it
// is missing. It calls progress, which may be nil, after every image. Artwork is
// written as PNG, photographs as JPEG. Image i depends on the seed and i alone,
// so a longer run starts with the images of a shorter one.
func (g *Generator) WriteDir(ctx context.Context, dir string, n int, progress func(done int)) (err error) {
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
		p, t := g.Scene()
		t.File = fmt.Sprintf("%06d.jpg", i)
		if t.Kind == "art" {
			t.File = fmt.Sprintf("%06d.png", i)
		}
		if err := writeImage(filepath.Join(dir, t.File), p); err != nil {
			return err
		}
		if err := e.Encode(t); err != nil {
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
