package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/kahao/kahao/internal/store/migrate"
)

// OpenShared opens a database that another process may have open, for a short
// command while a server runs. SQLite's locks separate the two: each
// transaction waits up to ten seconds for the other's. It creates and migrates
// nothing. It returns an error of the file system if there is no database,
// ErrDamaged, or migrate's errors if the tables are of another version.
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
	d := &DB{path: path, lock: &lock{}}
	if d.writers, err = pool(path, 1, writing); err != nil {
		return nil, err
	}
	conn, err := d.writers.Conn(ctx)
	if err != nil {
		return nil, classifyOpen(err)
	}
	d.writer = newWriter(conn)
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
