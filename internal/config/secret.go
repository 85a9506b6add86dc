package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"github.com/kahao/kahao/internal/secret"
)

// ReadSecret reads a secret from a file. It refuses a file that every user can
// read or write, and an empty one.
func ReadSecret(file string) (secret.Bytes, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode(); runtime.GOOS != "windows" && mode.Perm()&0o006 != 0 {
		return nil, fmt.Errorf("%s holds a secret, but other users can read or write it (mode %04o): run chmod o-rw on it", file, mode.Perm())
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if content = bytes.TrimSpace(content); len(content) == 0 {
		return nil, fmt.Errorf("%s is empty", file)
	}
	return content, nil
}

// checkWritable refuses a settings file that every user can write.
func checkWritable(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return &fs.PathError{Op: "read", Path: file, Err: errors.New("is a directory")}
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("%s: other users can write it (mode %04o): run chmod o-w on it", file, info.Mode().Perm())
	}
	return nil
}
