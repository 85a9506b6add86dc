package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/evaluate"
)

// ErrEmpty means that no label is left to score.
var ErrEmpty = errors.New("no label is left to score")

// Directory is a dataset of files.
type Directory struct {
	dir    string
	labels []evaluate.Label
	load   func(file string) ([]byte, error)
}

// OpenDirectory returns the images that the labels in dir name: those whose
// name has the prefix, at most limit of them unless it is 0. load reads a file.
func OpenDirectory(dir, prefix string, limit int, load func(file string) ([]byte, error)) (*Directory, error) {
	labels, err := evaluate.ReadLabels(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	labels = slices.DeleteFunc(labels, func(l evaluate.Label) bool { return !strings.HasPrefix(l.File, prefix) })
	if limit > 0 {
		labels = labels[:min(limit, len(labels))]
	}
	if len(labels) == 0 {
		return nil, fmt.Errorf("%s: %w", dir, ErrEmpty)
	}
	return &Directory{dir, labels, load}, nil
}

// Len is the number of images.
func (d *Directory) Len() int { return len(d.labels) }

// Image loads image i. An error of the file is in Err.
func (d *Directory) Image(i int) (Image, error) {
	l := d.labels[i]
	data, err := d.load(filepath.Join(d.dir, filepath.FromSlash(l.File)))
	return Image{Label: l, Data: data, Err: err}, nil
}

// Done does nothing.
func (d *Directory) Done(Image) error { return nil }

// Close does nothing.
func (d *Directory) Close() error { return nil }
