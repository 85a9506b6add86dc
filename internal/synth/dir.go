package synth

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"

	"github.com/kahao/kahao/internal/pixel"
)

// Labels is the file beside the pictures: one JSON object a line, a Truth.
const Labels = "labels.jsonl"

// WriteDir writes n pictures and their labels into dir, which is made where it
// lacks. Progress, which may be nil, is told after every picture. Artwork is
// written as PNG, photographs as JPEG. Picture i depends on the seed and i
// alone, so that a longer run begins as a shorter one.
func (d *Drawer) WriteDir(ctx context.Context, dir string, n int, progress func(done int)) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, Labels))
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
		p, t := d.Scene()
		t.File = fmt.Sprintf("%06d.jpg", i)
		if t.Kind == "art" {
			t.File = fmt.Sprintf("%06d.png", i)
		}
		if err := writePicture(filepath.Join(dir, t.File), p); err != nil {
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

func writePicture(path string, p *pixel.RGB) (err error) {
	m := image.NewRGBA(image.Rect(0, 0, p.W, p.H))
	for i, j := 0, 0; i+2 < len(p.Pix); i, j = i+3, j+4 {
		m.Pix[j], m.Pix[j+1], m.Pix[j+2], m.Pix[j+3] = p.Pix[i], p.Pix[i+1], p.Pix[i+2], 255
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	if filepath.Ext(path) == ".png" {
		err = png.Encode(w, m)
	} else {
		err = jpeg.Encode(w, m, &jpeg.Options{Quality: 92})
	}
	return errors.Join(err, w.Flush())
}
