// Package contents walks files, and what is packed in them, and finds the image
// files: in directories, ZIP archives (office documents are some), tar, gzip,
// mails, mailboxes and PDF files.
//
// Names and contents are untrusted. Nothing is written to the disk, and what may
// be unpacked is bounded in bytes, entries and depth.
package contents

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kahao/kahao/internal/vision/imagein"
)

// Limits of what is unpacked.
const (
	MaxImage    = 20 << 20  // bytes of an image file; the reader takes no more
	maxBuffered = 256 << 20 // bytes of an archive or mail that lies in another one
	maxUnpacked = 4 << 30   // bytes out of one file
	maxEntries  = 100_000   // out of one file
	maxDepth    = 5         // archives within archives
)

// ErrLimit means that a file was not looked into completely, because it would
// unpack to too much.
var ErrLimit = errors.New("unpacks to more than the limits allow")

// ErrEncrypted means that an archive's entry needs a password.
var ErrEncrypted = errors.New("encrypted")

// ErrNotOpened means that a file may have images in it, but is of a kind that is
// not opened.
var ErrNotOpened = errors.New("is not looked into")

// Item is an image file.
type Item struct {
	Path   string // of the file on the disk
	Inside string // path in it, with "!" after each container; "" for the file itself
	Data   []byte
}

// Problem is a place that could not be looked into.
type Problem struct {
	Path, Inside string
	Err          error
}

// Visitor gets what is found. Its calls come one after the other.
type Visitor struct {
	// Skip reports whether a file on the disk was done before. It may be nil.
	Skip func(path string, info fs.FileInfo) bool
	// Image gets each image file. An error ends the walk.
	Image func(Item) error
	// Done is told that a file was walked, with all in it.
	Done func(path string, info fs.FileInfo) error
	// Problem gets each place that could not be looked into.
	Problem func(Problem)
}

// Walk visits the files that roots name and those below them, in lexical order.
// It follows no symbolic links.
func Walk(ctx context.Context, roots []string, v Visitor) error {
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				v.Problem(Problem{path, "", err})
				return nil // the rest of the tree goes on
			}
			if !d.Type().IsRegular() {
				return nil
			}
			info, err := d.Info()
			if err != nil {
				v.Problem(Problem{path, "", err})
				return nil
			}
			if v.Skip != nil && v.Skip(path, info) {
				return nil
			}
			w := walker{ctx: ctx, visitor: v, path: path, bytes: maxUnpacked, entries: maxEntries}
			if err := w.file(info); err != nil {
				return err
			}
			return v.Done(path, info)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// walker looks into one file on the disk.
type walker struct {
	ctx     context.Context
	visitor Visitor
	path    string
	bytes   int64 // that may still be unpacked
	entries int
}

// errVisitor wraps errors that end the walk, to tell them from problems.
type errVisitor struct{ error }

func (w *walker) file(info fs.FileInfo) error {
	f, err := os.Open(w.path)
	if err != nil {
		w.problem("", err)
		return nil
	}
	defer f.Close()
	err = w.look("", f, io.NewSectionReader(f, 0, info.Size()), 0)
	var stop errVisitor
	if errors.As(err, &stop) {
		return stop.error
	}
	if err != nil {
		w.problem("", err)
	}
	return nil
}

func (w *walker) problem(inside string, err error) {
	w.visitor.Problem(Problem{w.path, inside, err})
}

// look looks at a stream. at gives its bytes at any place, or is nil if they
// only come in order.
func (w *walker) look(inside string, stream io.Reader, at *io.SectionReader, depth int) error {
	if err := w.ctx.Err(); err != nil {
		return errVisitor{err}
	}
	in := bufio.NewReaderSize(stream, 64<<10)
	head, err := in.Peek(imagein.SniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if _, image := imagein.Sniff(head); image {
		return w.image(inside, in)
	}
	name := inside
	if name == "" {
		name = w.path
	}
	kind := kindOf(head, name)
	if kind == nil {
		return nil
	}
	if depth == maxDepth {
		return fmt.Errorf("%w: %d archives within each other", ErrLimit, maxDepth)
	}
	return kind(w, inside, in, at, depth)
}

func (w *walker) image(inside string, in io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(in, MaxImage+1))
	if err != nil {
		return err
	}
	if len(data) > MaxImage {
		return fmt.Errorf("%w: an image of more than %d bytes", ErrLimit, MaxImage)
	}
	pages := imagein.Pages(data)
	if pages == 1 {
		return w.visit(Item{w.path, inside, data})
	}
	for p := 1; p <= pages; p++ {
		if w.entries--; w.entries < 0 {
			return fmt.Errorf("%w: more than %d entries", ErrLimit, maxEntries)
		}
		if err := w.visit(Item{w.path, fmt.Sprintf("%s!page-%d", inside, p), imagein.PageFile(data, p)}); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) visit(item Item) error {
	if err := w.visitor.Image(item); err != nil {
		return errVisitor{err}
	}
	return w.ctx.Err()
}

// entry looks at one entry of a container. What is wrong with it is reported,
// and the container goes on.
func (w *walker) entry(container, name string, stream io.Reader, depth int) error {
	if w.entries--; w.entries < 0 {
		return fmt.Errorf("%w: more than %d entries", ErrLimit, maxEntries)
	}
	inside := container + "!" + clean(name)
	err := w.look(inside, &metered{stream, w}, nil, depth+1)
	var stop errVisitor
	switch {
	case errors.As(err, &stop), w.bytes < 0:
		return err
	case err != nil:
		w.problem(inside, err)
	}
	return nil
}

// clean makes a name printable: names in archives may contain anything.
func clean(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '!' {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
}

// metered counts what is unpacked.
type metered struct {
	in io.Reader
	w  *walker
}

// Read implements io.Reader.
func (m *metered) Read(p []byte) (int, error) {
	if m.w.bytes < 0 {
		return 0, fmt.Errorf("%w: more than %d bytes", ErrLimit, int64(maxUnpacked))
	}
	n, err := m.in.Read(p)
	m.w.bytes -= int64(n)
	return n, err
}

// buffered returns a stream with all its bytes at hand.
func buffered(in io.Reader, at *io.SectionReader) (*io.SectionReader, error) {
	if at != nil {
		return at, nil
	}
	data, err := io.ReadAll(io.LimitReader(in, maxBuffered+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxBuffered {
		return nil, fmt.Errorf("%w: an archive of more than %d bytes in another one", ErrLimit, maxBuffered)
	}
	return io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))), nil
}
