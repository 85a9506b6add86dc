package redaction

import (
	"crypto/rand"
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

// Create writes a new file, which appears whole or not at all. It replaces none.
func Create(path string, content []byte) error {
	temporary := filepath.Join(filepath.Dir(path), temporaryPrefix+rand.Text())
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = link(temporary, path)
	}
	if err != nil {
		return errors.Join(err, remove(temporary))
	}
	return syncDirectory(filepath.Dir(path))
}

// link gives a finished file its name, unless another one has it. File systems
// without hard links, such as FAT, leave a moment between the question and the answer.
func link(temporary, path string) error {
	err := os.Link(temporary, path)
	if err == nil {
		return os.Remove(temporary)
	}
	if _, exists := os.Lstat(path); !errors.Is(exists, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	return os.Rename(temporary, path)
}

// remove removes a file that may be gone already.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// temporaryPrefix names files that are not finished. They are hidden, so that
// no run takes one for an image.
const temporaryPrefix = ".kahao-redact-"

// writeTemporary writes a file next to path, with the mode and the times of info.
func writeTemporary(path string, content []byte, info fs.FileInfo) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), temporaryPrefix+"*")
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
