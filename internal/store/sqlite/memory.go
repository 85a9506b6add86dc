package sqlite

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/migrate"
)

// inMemory are the settings of a database in memory: no file, no log, nothing
// to wait for.
var inMemory = []string{"mode=memory", "_pragma=journal_mode(MEMORY)", "_pragma=synchronous(OFF)"}

// OpenMemory opens an empty database in memory and creates its tables. Close
// discards it. It has one connection, the writer's: reads queue with the
// writes. SQLite has no snapshots for a database in memory, and its shared
// cache answers readers with SQLITE_LOCKED while another connection writes.
func OpenMemory(ctx context.Context, o Options) (*DB, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := pinned(); err != nil {
		return nil, err
	}
	writers, err := connect(url.URL{Scheme: "file", Opaque: ":memory:"}, 1, slices.Concat(inMemory, always))
	if err != nil {
		return nil, err
	}
	conn, err := writers.Conn(ctx)
	if err != nil {
		return nil, errors.Join(classifyOpen(err), writers.Close())
	}
	d := &DB{lock: &lock{}, writers: writers, writer: newWriter(conn, nil)}
	if _, err := migrate.Up(ctx, d, o.Now); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// errUndo makes the writer roll back the savepoint of a read.
var errUndo = errors.New("sqlite: a read is rolled back")

// readMemory runs fn on the writer's connection, and rolls back what it wrote.
func (d *DB) readMemory(ctx context.Context, fn func(*db.Tx) error) (err error) {
	done := d.writer.do(ctx, func(tx *db.Tx) error {
		err = fn(tx)
		return errUndo
	})
	if done != errUndo {
		return done
	}
	return err
}
