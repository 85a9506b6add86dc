// Package sqlite keeps the database in one SQLite file, for one server: a data
// directory with kahao.db in it, and nothing to set up.
//
// One goroutine writes. It runs the queued operations in one transaction, so
// that many callers share one fsync, and answers them after the commit; each
// operation is a savepoint and fails alone. Readers see the last commit and
// block nobody. A lock file keeps other processes out.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"

	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/migrate"
)

// Files in the data directory. SQLite adds -wal and -shm.
const (
	FileName     = "kahao.db"
	SequenceName = "kahao.seq"

	lockName = "kahao.lock"
	pidName  = "kahao.pid"
)

// Errors of Open, besides those of package migrate.
var (
	// ErrLocked means that another process has the database open.
	ErrLocked = errors.New("sqlite: another process has the database open")
	// ErrDamaged means that the database file is corrupt.
	ErrDamaged = errors.New("sqlite: the database is corrupt")
)

// Options of Open.
type Options struct {
	// Readers is the number of concurrent reads; 0 means four per processor.
	Readers int
	// Now is the clock; nil means the system's.
	Now func() time.Time
	// Insecure accepts a data directory that other users can write, and files
	// in it that they can read.
	Insecure bool
}

// DB is a db.Engine on one file.
type DB struct {
	path    string
	lock    *lock
	readers *sql.DB // nil for a database in memory
	writers *sql.DB // one connection
	writer  *writer
	probe   probe

	closing sync.Once
	closed  error
}

var _ db.Engine = (*DB)(nil)

// Open opens the database of a directory, and creates both if they do not
// exist. It compares the files with each other before SQLite reads them. After
// an unclean stop it checks the file, which takes a second per few hundred
// megabytes. It applies pending migrations. It returns ErrLocked, ErrLoss,
// ErrDamaged, ErrAccess, migrate's errors, or those of the file system.
func Open(ctx context.Context, dir string, o Options) (_ *DB, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Readers <= 0 {
		o.Readers = 4 * runtime.GOMAXPROCS(0)
	}
	if err := pinned(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	path, err := filepath.Abs(filepath.Join(dir, FileName))
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if !o.Insecure {
		if err := checkAccess(dir); err != nil {
			return nil, err
		}
	}
	l, err := takeLock(dir)
	if err != nil {
		return nil, err
	}
	d := &DB{path: path, lock: l}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.abandon())
		}
	}()
	files, err := inspect(path)
	if err != nil {
		return nil, err
	}
	if err := create(path); err != nil {
		return nil, err
	}
	if d.writers, err = pool(path, 1, writing); err != nil {
		return nil, err
	}
	conn, err := d.writers.Conn(ctx)
	if err != nil {
		return nil, classifyOpen(err)
	}
	if l.unclean || files.log.commits > 0 {
		if err := check(ctx, conn, "quick_check"); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	sequence, err := startSequence(ctx, conn, path, files)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	d.writer = newWriter(conn, sequence)
	if d.readers, err = pool(path, o.Readers, reading); err != nil {
		return nil, err
	}
	if _, err := migrate.Up(ctx, d, o.Now); err != nil {
		return nil, err
	}
	return d, nil
}

// startSequence opens the count of the acknowledged commits, creates it for a
// new database, and compares it with what SQLite has recovered.
func startSequence(ctx context.Context, conn *sql.Conn, path string, files inspection) (*sequence, error) {
	if files.missing {
		m, err := newMark()
		if err != nil {
			return nil, err
		}
		if err := writeMark(sequencePath(path), m); err != nil {
			return nil, err
		}
	}
	s, err := openSequence(sequencePath(path))
	if err != nil {
		return nil, err
	}
	has, err := lastCommit(ctx, conn)
	if err == nil {
		err = s.check(has)
	}
	if err == nil && files.has().id == 0 {
		err = setID(ctx, conn, s.id)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// lastCommit reads the number of the last commit.
func lastCommit(ctx context.Context, conn *sql.Conn) (uint32, error) {
	var n int32
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&n); err != nil {
		return 0, classifyOpen(err)
	}
	return uint32(n), nil
}

func setID(ctx context.Context, conn *sql.Conn, id uint32) error {
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", int32(id))); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return nil
}

// create creates the file, readable by its owner only; SQLite gives -wal and
// -shm the same permissions.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return f.Close()
}

// Settings of connections, in order: the busy timeout before the first lock,
// auto_vacuum before the first table. secure_delete overwrites deleted data,
// because results hold sealed card numbers. Without synchronous=FULL a commit
// survives a crash of the process but not of the machine.
var (
	writing = []string{
		"_busy_timeout=10000",
		"_auto_vacuum=INCREMENTAL",
		"_pragma=journal_mode(WAL)",
		"_pragma=synchronous(FULL)",
		"_pragma=secure_delete(ON)",
		"_pragma=journal_size_limit(67108864)",
	}
	reading = []string{"mode=ro", "_busy_timeout=10000", "_query_only=1"}
	always  = []string{"_dqs=0", "_defensive=1", "_pragma=foreign_keys(ON)", "_pragma=trusted_schema(OFF)"}
)

// strict refuses pragmas that hide a second statement, for the whole process.
var strict = sync.OnceFunc(func() { sqlite.StrictPragmas(true) })

func pool(path string, size int, settings []string) (*sql.DB, error) {
	return connect(urlOf(path), size, slices.Concat(settings, always))
}

// urlOf returns SQLite's URL of a file.
func urlOf(path string) url.URL {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/… on Windows
	}
	return url.URL{Scheme: "file", Path: slashed}
}

func connect(name url.URL, size int, settings []string) (*sql.DB, error) {
	strict()
	name.RawQuery = strings.Join(settings, "&")
	c, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	p := sql.OpenDB(c)
	p.SetMaxOpenConns(size)
	p.SetMaxIdleConns(size)
	return p, nil
}

// classifyOpen returns ErrDamaged for a file that is not a database.
func classifyOpen(err error) error {
	if is(err, codeNotADB, codeCorrupt) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return fmt.Errorf("sqlite: %w", err)
}

// check runs one of SQLite's checks.
func check(ctx context.Context, conn *sql.Conn, pragma string) error {
	var result string
	if err := conn.QueryRowContext(ctx, "PRAGMA "+pragma+"(1)").Scan(&result); err != nil {
		return classifyOpen(err)
	}
	if result != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, result)
	}
	return nil
}

// Check reads the whole file and returns ErrDamaged if it is corrupt. It blocks
// nobody.
func (d *DB) Check(ctx context.Context) error {
	if d.readers == nil {
		return nil // in memory
	}
	conn, err := d.readers.Conn(ctx)
	if err != nil {
		return closedErr(err)
	}
	defer func() { _ = conn.Close() }()
	return check(ctx, conn, "integrity_check")
}

// Backup writes a copy of the database, as of one moment, to a new file. It
// blocks nobody. The copy has no ID, so that it can be opened without the count
// of the commits that were acknowledged since.
func (d *DB) Backup(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	// The readers' pool is query_only and cannot run VACUUM INTO.
	p, err := pool(d.path, 1, []string{"mode=ro", "_busy_timeout=10000"})
	if err != nil {
		return err
	}
	_, err = p.ExecContext(ctx, "VACUUM INTO ?", path)
	if err = errors.Join(err, p.Close()); err == nil {
		err = forget(ctx, path)
	}
	if err != nil {
		return fmt.Errorf("sqlite: %w", errors.Join(err, os.Remove(path)))
	}
	return syncFile(path)
}

// forget removes the ID and the number of the last commit from a backup.
func forget(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	p, err := pool(path, 1, nil)
	if err != nil {
		return err
	}
	_, err = p.ExecContext(ctx, "PRAGMA application_id = 0")
	if err == nil {
		_, err = p.ExecContext(ctx, "PRAGMA user_version = 0")
	}
	return errors.Join(err, p.Close())
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return nil
}

// Dialect returns SQLite's dialect.
func (d *DB) Dialect() *db.Dialect { return dialect }

// Read runs fn on a snapshot.
func (d *DB) Read(ctx context.Context, fn func(*db.Tx) error) error {
	if d.readers == nil {
		return d.readMemory(ctx, fn)
	}
	tx, err := d.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return closedErr(err)
	}
	defer func() { _ = tx.Rollback() }() // read only
	return db.Contain(func() error { return fn(db.NewTx(ctx, db.OneByOne(tx), dialect)) })
}

// Write queues fn for the writer and waits for the outcome.
func (d *DB) Write(ctx context.Context, fn func(*db.Tx) error) error { return d.writer.do(ctx, fn) }

// closedErr turns the error of a closed pool into db.ErrClosed.
func closedErr(err error) error {
	if err != nil && strings.Contains(err.Error(), "database is closed") {
		return db.ErrClosed
	}
	return err
}

// Close finishes running operations, checkpoints the log, and marks the lock
// file as cleanly closed.
func (d *DB) Close() error {
	d.closing.Do(func() {
		err := d.writer.close()
		if d.readers != nil {
			err = errors.Join(err, d.readers.Close())
		}
		err = errors.Join(err, d.writers.Close())
		d.closed = errors.Join(err, d.lock.release(err == nil))
	})
	return d.closed
}

// abandon closes what a failed Open has opened.
func (d *DB) abandon() error {
	var errs []error
	if d.writer != nil {
		errs = append(errs, d.writer.close())
	}
	for _, p := range []*sql.DB{d.readers, d.writers} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	return errors.Join(append(errs, d.lock.release(!d.lock.unclean))...)
}
