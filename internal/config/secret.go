package config

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"runtime"
)

// Secret is what a secret file holds. It never prints.
type Secret []byte

const hidden = "[secret]"

// String hides the secret.
func (Secret) String() string { return hidden }

// GoString hides the secret.
func (Secret) GoString() string { return hidden }

// Format hides the secret whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// ReadSecret reads a secret from a file. It refuses one that everybody on the
// machine can read or change, and one without content.
func ReadSecret(file string) (Secret, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode(); runtime.GOOS != "windows" && mode.Perm()&0o006 != 0 {
		return nil, fmt.Errorf("%s holds a secret, and everybody can get at it (mode %04o): chmod o-rw it", file, mode.Perm())
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

// checkWritable refuses a file of settings that everybody can change.
func checkWritable(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return &fs.PathError{Op: "read", Path: file, Err: fmt.Errorf("it is a folder")}
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("%s: everybody can change it (mode %04o): chmod o-w it", file, info.Mode().Perm())
	}
	return nil
}
