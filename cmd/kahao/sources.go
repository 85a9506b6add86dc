package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kahao/kahao"
)

// maxFile is how much of a file is read: one byte more than a Reader takes,
// so that the Reader is the one to refuse it, and a device file cannot fill
// the memory.
const maxFile = 20<<20 + 1

// source is one picture to be read.
type source struct {
	name string // as shown: the path as given, or "-"
	in   io.Reader
}

// load returns the picture's bytes; its errors are errUnreadable.
func (s source) load() ([]byte, error) {
	in := s.in
	if in == nil {
		f, err := os.Open(s.name)
		if err != nil {
			return nil, unreadable(err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.Size() > maxFile {
			return nil, fmt.Errorf("%w: %d bytes, at most %d", kahao.ErrTooLarge, info.Size(), maxFile-1)
		}
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxFile))
	if err != nil {
		return nil, unreadable(err)
	}
	return b, nil
}

// unreadable keeps the reason alone: the name stands beside it already.
func unreadable(err error) error {
	if path, ok := err.(*fs.PathError); ok {
		err = path.Err
	}
	return fmt.Errorf("%w: %w", errUnreadable, err)
}

// sources expands the arguments: a folder stands for the pictures below it,
// "-" for standard input. A file is taken whatever its name.
func sources(args []string, in io.Reader) ([]source, error) {
	var found []source
	for _, arg := range args {
		if arg == "-" {
			found = append(found, source{arg, in})
			in = strings.NewReader("")
			continue
		}
		if info, err := os.Stat(arg); err != nil || !info.IsDir() {
			found = append(found, source{name: arg}) // its error, if any, is its own
			continue
		}
		below, err := pictures(arg)
		if err != nil {
			return nil, err
		}
		found = append(found, below...)
	}
	return found, nil
}

func pictures(dir string) ([]source, error) {
	var found []source
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() && slices.Contains([]string{".jpg", ".jpeg", ".png", ".bmp", ".webp"}, strings.ToLower(filepath.Ext(name))) {
			found = append(found, source{name: name})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, unreadable(err))
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: %w: no images in this directory", dir, errUnreadable)
	}
	return found, nil
}
