package redaction

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace puts a file in the place of another one. The content is on the disk
// before the old file is gone: a crash at any moment leaves the one or the other,
// whole. Mode and times are those of the old file. If path differs from old, it
// must not exist yet.
func Replace(old, path string, content []byte) error {
	info, err := os.Stat(old)
	if err != nil {
		return err
	}
	if path != old {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", path, fs.ErrExist)
		}
	}
	temporary, err := writeTemporary(path, content, info)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	if err := syncDirectory(filepath.Dir(path)); err != nil {
		return err
	}
	if path == old {
		return nil
	}
	if err := os.Remove(old); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(old))
}

// temporaryPattern names files that are not finished. They are hidden, so that
// no run takes one for an image.
const temporaryPattern = ".kahao-redact-*"

// writeTemporary writes a file next to path, with the mode and the times of info.
func writeTemporary(path string, content []byte, info fs.FileInfo) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), temporaryPattern)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	return f.Name(), os.Chtimes(f.Name(), info.ModTime(), info.ModTime())
}

// syncDirectory makes a rename last. Not every system can sync a directory.
func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrInvalid) {
		return errors.Join(err, d.Close())
	}
	return d.Close()
}
