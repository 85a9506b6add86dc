package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Recovery is the result of Recover.
type Recovery struct {
	Loss   error  // ErrLoss, with what is missing; nil if nothing is
	Commit uint32 // the last commit that the database has
	Log    string // the copy of a damaged log; empty if there is none
}

// Recover makes a database usable that Open refuses with ErrLoss, without what
// is missing. If it is not accepted, Recover only returns ErrLoss. It keeps a
// copy of the write-ahead log. It returns the errors of Open; a database that
// is empty or corrupt cannot be recovered.
func Recover(ctx context.Context, dir string, accept bool) (r Recovery, err error) {
	path, err := filepath.Abs(filepath.Join(dir, FileName))
	if err != nil {
		return r, fmt.Errorf("sqlite: %w", err)
	}
	l, err := takeLock(dir)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, l.release(err == nil || !l.unclean)) }()
	i, err := inspect(path)
	if err == nil && i.empty {
		return r, fmt.Errorf("sqlite: %s: %w", path, fs.ErrNotExist)
	}
	if !errors.Is(err, ErrLoss) {
		r.Commit = i.has().commit
		return r, err
	}
	if r.Loss = err; !accept {
		return r, err
	}
	// The copies of the mark may be damaged, too.
	files := i
	if files.file, files.empty, err = readHeader(path); err == nil {
		files.log, err = readLog(path + "-wal")
	}
	if err != nil {
		return r, err
	}
	if files.empty {
		return r, fmt.Errorf("%w; there is nothing to recover: restore a backup", r.Loss)
	}
	if r.Log, err = setLogAside(path, files); err != nil {
		return r, err
	}
	r.Commit, err = renew(ctx, path)
	return r, err
}

// setLogAside copies the log, and removes it if it does not continue the
// database file.
func setLogAside(path string, i inspection) (string, error) {
	log := path + "-wal"
	if present, err := exists(log); err != nil || !present {
		return "", err
	}
	kept, err := copyFile(log, filepath.Base(log)+".damaged-*")
	if err != nil {
		return "", err
	}
	if i.log.badHeader || i.checkContinues() != nil {
		if err := os.Remove(log); err != nil {
			return "", fmt.Errorf("sqlite: %w", err)
		}
	}
	return kept, nil
}

// copyFile copies a file to a new one next to it, and returns its path.
func copyFile(path, pattern string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("sqlite: %w", err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.CreateTemp(filepath.Dir(path), pattern) // with mode 0600
	if err != nil {
		return "", fmt.Errorf("sqlite: %w", err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return "", fmt.Errorf("sqlite: %w", err)
	}
	return out.Name(), nil
}

// renew checks a database and gives it a new ID, and kahao.seq with its last
// commit.
func renew(ctx context.Context, path string) (commit uint32, err error) {
	m, err := newMark()
	if err != nil {
		return 0, err
	}
	p, err := pool(path, 1, writing)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	conn, err := p.Conn(ctx)
	if err != nil {
		return 0, classifyOpen(err)
	}
	defer func() { _ = conn.Close() }()
	if err := check(ctx, conn, "integrity_check"); err != nil {
		return 0, err
	}
	if m.commit, err = lastCommit(ctx, conn); err != nil {
		return 0, err
	}
	if err := setID(ctx, conn, m.id); err != nil {
		return 0, err
	}
	return m.commit, writeMark(sequencePath(path), m)
}
