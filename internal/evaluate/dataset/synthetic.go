package dataset

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/internal/labels"
	"github.com/kahao/kahao/internal/synth/benchmark"
	"github.com/kahao/kahao/internal/synth/plan"
)

// Renderer draws the images of a set.
type Renderer interface {
	Draw(i int) (*plan.Image, error)
}

// Draw draws and encodes image i of a set, with its label.
func Draw(renderer Renderer, i int) (p Image, err error) {
	drawn, err := renderer.Draw(i)
	if err != nil {
		return p, err
	}
	if p.digest, err = benchmark.DigestOf(drawn); err != nil {
		return p, err
	}
	if p.drawn, err = json.Marshal(drawn.Label); err != nil {
		return p, err
	}
	if p.Label, err = evaluate.ParseSynthetic(p.drawn); err != nil {
		return p, err
	}
	p.Data, err = drawn.Encode()
	return p, err
}

// Benchmark is the benchmark, drawn as it is read.
type Benchmark struct {
	source  *benchmark.Source
	from, n int // the images that are read
	check   *benchmark.Checker
	keep    string
	labels  *bufio.Writer // with keep
	file    *os.File
}

// OpenBenchmark returns those images of a version of the benchmark whose name
// begins with only, or the first limit of them unless that is 0. keep, unless
// empty, is a directory to write images and labels into.
func OpenBenchmark(version, only string, limit int, keep string) (*Benchmark, error) {
	check, err := benchmark.NewChecker(version)
	if err != nil {
		return nil, err
	}
	b := &Benchmark{check: check, keep: keep}
	if b.source, err = benchmark.Open(version); err != nil {
		return nil, err
	}
	for i := range b.source.Len() { // the images of a group follow each other
		switch {
		case strings.HasPrefix(b.source.Name(i), only):
			b.n++
		case b.n == 0:
			b.from++
		}
	}
	check.Skip(b.from)
	if limit > 0 {
		b.n = min(limit, b.n)
	}
	if keep == "" {
		return b, nil
	}
	if err := os.MkdirAll(keep, 0o755); err != nil {
		return nil, err
	}
	if b.file, err = os.Create(filepath.Join(keep, labels.File)); err != nil {
		return nil, err
	}
	b.labels = bufio.NewWriter(b.file)
	return b, nil
}

// Len is the number of images.
func (b *Benchmark) Len() int { return b.n }

// Image draws image i.
func (b *Benchmark) Image(i int) (Image, error) {
	p, err := Draw(b.source, b.from+i)
	if err == nil && b.keep != "" {
		err = os.WriteFile(filepath.Join(b.keep, p.Label.File), p.Data, 0o666)
	}
	return p, err
}

// Done checks that the image is the version's, and keeps its label.
func (b *Benchmark) Done(p Image) error {
	if err := b.check.Add(p.digest); err != nil || b.labels == nil {
		return err
	}
	_, err := fmt.Fprintf(b.labels, "%s\n", p.drawn)
	return err
}

// Close ends the file of kept labels.
func (b *Benchmark) Close() error {
	if b.file == nil {
		return nil
	}
	return errors.Join(b.labels.Flush(), b.file.Close())
}
