package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/kahao/kahao/internal/store/migrate"
)

// OpenBeside opens the database of a folder beside the process that has it, for
// a command that does a little while a server runs. SQLite's own locks keep the
// two apart: each transaction waits for the other's, up to ten seconds. It
// makes nothing and migrates nothing, and returns an error of the file system
// where there is no database, ErrDamaged, or migrate's errors where this
// program is of another version than the tables.
func OpenBeside(ctx context.Context, dir string, o Options) (_ *DB, err error) {
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
	if err := syncFile(path); err != nil { // which does not make it
		return nil, err
	}
	d := &DB{path: path, lock: &lock{}}
	if d.writers, err = pool(path, 1, writing); err != nil {
		return nil, err
	}
	conn, err := d.writers.Conn(ctx)
	if err != nil {
		return nil, opening(err)
	}
	d.writer = newWriter(conn)
	if d.readers, err = pool(path, o.Readers, reading); err != nil {
		return nil, err
	}
	lacking, err := migrate.Pending(ctx, d)
	if err == nil && len(lacking) > 0 {
		err = fmt.Errorf("%w: it lacks %v: stop the server that has it open, and run this again", ErrLocked, lacking)
	}
	if err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}
