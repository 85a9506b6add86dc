package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// ErrAccess means that other users can write the data directory, or read or
// write a file in it.
var ErrAccess = errors.New("other users have access to the data")

// checkAccess returns ErrAccess, with the command that takes the access away.
// What is created here is its owner's alone. A group may have access, as for
// the files with secrets: Kubernetes gives volumes to one (fsGroup). Other users
// may list the directory.
func checkAccess(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o002 != 0 {
		return fmt.Errorf("%w: they can write %s (mode %04o): run chmod o-w %s", ErrAccess, dir, mode, dir)
	}
	for _, name := range []string{FileName, FileName + "-wal", FileName + "-shm", SequenceName} {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("sqlite: %w", err)
		}
		if mode := info.Mode().Perm(); mode&0o006 != 0 {
			return fmt.Errorf("%w: they can read or write %s (mode %04o): run chmod o-rw %s", ErrAccess, path, mode, path)
		}
	}
	return nil
}
