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

// maxFile is the number of bytes read of a file: one more than a Reader accepts,
// so that the Reader rejects the file and a device file cannot fill the memory.
const maxFile = 20<<20 + 1

// source is one image to be read.
type source struct {
	name string // the path as given, or "-"
	in   io.Reader
}

// load returns the image's bytes. Its errors are errUnreadable and ErrTooLarge.
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

// unreadable wraps the reason without the path, which is printed next to it.
func unreadable(err error) error {
	if path, ok := err.(*fs.PathError); ok {
		err = path.Err
	}
	return fmt.Errorf("%w: %w", errUnreadable, err)
}

// sources expands the arguments: a directory means the images below it, "-"
// standard input. A file may have any name.
func sources(args []string, in io.Reader) ([]source, error) {
	var found []source
	for _, arg := range args {
		if arg == "-" {
			found = append(found, source{arg, in})
			in = strings.NewReader("")
			continue
		}
		if info, err := os.Stat(arg); err != nil || !info.IsDir() {
			found = append(found, source{name: arg}) // load reports the error
			continue
		}
		below, err := imagesBelow(arg)
		if err != nil {
			return nil, err
		}
		found = append(found, below...)
	}
	return found, nil
}

func imagesBelow(dir string) ([]source, error) {
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
