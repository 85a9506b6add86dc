// Package input finds and reads the image files that a command line names.
package input

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// maxFile is the number of bytes read of a file: one more than a Reader accepts,
// so that the Reader rejects the file and a device file cannot fill the memory. PDF
// files have many images.
const (
	maxFile = 20<<20 + 1
	maxPDF  = 256<<20 + 1
)

// pdfMagic are the first bytes of a PDF file.
const pdfMagic = "%PDF-"

// IsPDF reports whether a file is a PDF file.
func IsPDF(file []byte) bool {
	return strings.HasPrefix(string(file[:min(len(file), len(pdfMagic))]), pdfMagic)
}

// Source is one image to be read.
type Source struct {
	Name string    // the path as given, or "-"
	In   io.Reader // standard input; nil means the file
}

// ErrUnreadable means that a file or a directory is missing or cannot be read.
var ErrUnreadable = errors.New("cannot be read")

// unreadable wraps the reason without the path, which is printed next to it.
func unreadable(err error) error {
	if path, ok := err.(*fs.PathError); ok {
		err = path.Err
	}
	return fmt.Errorf("%w: %w", ErrUnreadable, err)
}

// Load returns the image's bytes. Its errors are ErrUnreadable and
// kahao.ErrTooLarge.
func (s Source) Load() ([]byte, error) {
	in, size := s.In, int64(0)
	if in == nil {
		f, err := os.Open(s.Name)
		if err != nil {
			return nil, unreadable(err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil {
			size = info.Size()
		}
		in = f
	}
	head := make([]byte, len(pdfMagic))
	n, err := io.ReadFull(in, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, unreadable(err)
	}
	most := int64(maxFile)
	if IsPDF(head[:n]) {
		most = maxPDF
	}
	if size > most {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", kahao.ErrTooLarge, size, most-1)
	}
	b, err := io.ReadAll(io.LimitReader(in, most-int64(n)))
	if err != nil {
		return nil, unreadable(err)
	}
	return append(head[:n:n], b...), nil
}

// Found is what arguments name.
type Found struct {
	Sources []Source
	Skipped []Skipped // files of directories that are no images

	pdf bool // PDF files count as images
}

// Skipped is a file that is no image.
type Skipped struct {
	Name string
	Kind string // what it is instead, or ""
}

// String returns the name, with the kind if it is known.
func (s Skipped) String() string {
	if s.Kind == "" {
		return s.Name
	}
	return s.Name + " (" + s.Kind + ")"
}

// Find expands arguments: a directory means the images below it, "-" standard
// input. A file may have any name and content. Its error is ErrUnreadable.
func Find(args []string, in io.Reader) (Found, error) { return find(args, in, Found{}) }

// FindWithPDF is Find that also takes the PDF files of directories.
func FindWithPDF(args []string, in io.Reader) (Found, error) { return find(args, in, Found{pdf: true}) }

func find(args []string, in io.Reader, found Found) (Found, error) {
	for _, arg := range args {
		if arg == "-" {
			found.Sources = append(found.Sources, Source{arg, in})
			in = strings.NewReader("")
			continue
		}
		if info, err := os.Stat(arg); err != nil || !info.IsDir() {
			found.Sources = append(found.Sources, Source{Name: arg}) // Load reports the error
			continue
		}
		if err := found.below(arg); err != nil {
			return Found{}, err
		}
	}
	return found, nil
}

// FindNew returns the images and the PDF files below directories that want accepts,
// and the other files that it accepts. Unlike Find it takes a directory without
// images.
func FindNew(dirs []string, want func(name string, info fs.FileInfo) bool) (Found, error) {
	found := Found{pdf: true}
	for _, dir := range dirs {
		err := walk(dir, func(name string, d fs.DirEntry) {
			if info, err := d.Info(); err == nil && want(name, info) { // else it is gone again
				found.add(name)
			}
		})
		if err != nil {
			return Found{}, fmt.Errorf("%s: %w", dir, unreadable(err))
		}
	}
	return found, nil
}

// walk calls each for the files below a directory that are not hidden.
func walk(dir string, each func(name string, d fs.DirEntry)) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		hidden := d != nil && strings.HasPrefix(d.Name(), ".") && name != dir
		switch {
		case err != nil:
			return err
		case d.IsDir() && hidden:
			return fs.SkipDir
		case d.IsDir(), hidden:
			return nil
		}
		each(name, d)
		return nil
	})
}

// below adds the files below a directory. A file is an image by its content or,
// so that a damaged one is reported, by its name. Hidden files and directories are
// left out.
func (found *Found) below(dir string) error {
	before, skipped := len(found.Sources), len(found.Skipped)
	err := walk(dir, func(name string, _ fs.DirEntry) { found.add(name) })
	if err != nil {
		return fmt.Errorf("%s: %w", dir, unreadable(err))
	}
	if len(found.Sources) == before {
		others := ""
		if n := len(found.Skipped) - skipped; n > 0 {
			others = fmt.Sprintf("; %d other files, such as %s", n, found.Skipped[skipped])
		}
		return fmt.Errorf("%s: %w: no images in this directory%s", dir, ErrUnreadable, others)
	}
	return nil
}

// extensions are those of the formats that are read.
var extensions = []string{".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".heic", ".heif", ".avif"}

func (found *Found) add(name string) {
	kind, image, err := sniff(name)
	image = image || found.pdf && kind == "PDF"
	if err == nil && !image && !slices.Contains(extensions, strings.ToLower(filepath.Ext(name))) {
		found.Skipped = append(found.Skipped, Skipped{name, kind})
		return
	}
	found.Sources = append(found.Sources, Source{Name: name}) // Load reports the error
}

// sniff returns what a file's first bytes say.
func sniff(name string) (kind string, image bool, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", false, err
	}
	if !info.Mode().IsRegular() {
		return "not a regular file", false, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return "", false, err
	}
	defer f.Close()
	head := make([]byte, imagein.SniffBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", false, err
	}
	kind, image = imagein.Sniff(head[:n])
	return kind, image, nil
}
