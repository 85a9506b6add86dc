package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/kahao/kahao/internal/store/migrate"
)

// OpenShared opens a database that another process may have open, for a short
// command while a server runs. SQLite's locks separate the two: each
// transaction waits up to ten seconds for the other's. It creates and migrates
// nothing. It returns an error of the file system if there is no database,
// ErrLoss, ErrDamaged, ErrAccess, or migrate's errors if the tables are of
// another version.
func OpenShared(ctx context.Context, dir string, o Options) (_ *DB, err error) {
	if o.Readers <= 0 {
		o.Readers = runtime.GOMAXPROCS(0)
	}
	if err := pinned(); err != nil {
		return nil, err
	}
	path, err := filepath.Abs(filepath.Join(dir, FileName))
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if err := syncFile(path); err != nil { // fails if it does not exist
		return nil, err
	}
	if !o.Insecure {
		if err := checkAccess(dir); err != nil {
			return nil, err
		}
	}
	files, err := inspect(path)
	if err != nil {
		return nil, err
	}
	if files.missing || files.has().id == 0 {
		return nil, fmt.Errorf("%w: it does not count its commits yet: stop the server and run this again", ErrLocked)
	}
	d := &DB{path: path, lock: &lock{}}
	if d.writers, err = pool(path, 1, writing); err != nil {
		return nil, err
	}
	conn, err := d.writers.Conn(ctx)
	if err != nil {
		return nil, classifyOpen(err)
	}
	sequence, err := openSequence(sequencePath(path))
	if err != nil {
		return nil, errors.Join(err, conn.Close(), d.writers.Close())
	}
	d.writer = newWriter(conn, sequence)
	if d.readers, err = pool(path, o.Readers, reading); err != nil {
		return nil, err
	}
	pending, err := migrate.Pending(ctx, d)
	if err == nil && len(pending) > 0 {
		err = fmt.Errorf("%w: migrations %v are pending: stop the server and run this again", ErrLocked, pending)
	}
	if err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}
