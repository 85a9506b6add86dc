// Package migrate updates a database's tables to this program's version.
//
// Migrations are embedded files, NNNN_name.sql, in one directory per engine.
// They only go forward, each in its own transaction under a lock; to go back,
// restore a backup. The table schema_migrations records which were applied,
// with checksums. A database of a newer program, or with other migrations, is
// refused.
package migrate

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/store/db"
)

//go:embed */*.sql
var embedded embed.FS

// Errors of Up and Pending.
var (
	ErrNewer   = errors.New("migrate: the database was made by a newer version of kahao")
	ErrChanged = errors.New("migrate: the database was made with other migrations")
)

// Migration is one migration file.
type Migration struct {
	Version int64
	Name    string // file name
	SQL     string
	Sum     string // SHA-256 of SQL, hexadecimal
}

// For returns the migrations of a dialect, in order.
func For(dialect string) ([]Migration, error) { return load(embedded, dialect) }

func load(files fs.FS, dir string) ([]Migration, error) {
	names, err := fs.Glob(files, dir+"/*.sql")
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("migrate: no migrations for %q", dir)
	}
	slices.Sort(names)
	var out []Migration
	for i, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("migrate: %w", err)
		}
		number, _, _ := strings.Cut(path.Base(name), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil || version != int64(i+1) {
			return nil, fmt.Errorf("migrate: %s should be number %d", name, i+1)
		}
		sum := sha256.Sum256(text)
		out = append(out, Migration{version, path.Base(name), string(text), hex.EncodeToString(sum[:])})
	}
	return out, nil
}

// Up applies the pending migrations and returns their names. Several processes
// may call it at once. It returns ErrNewer, ErrChanged, or an error of the
// engine; migrations applied before an error stay.
func Up(ctx context.Context, e db.Engine, now func() time.Time) ([]string, error) {
	all, err := For(e.Dialect().Name)
	if err != nil {
		return nil, err
	}
	return up(ctx, e, all, now)
}

func up(ctx context.Context, e db.Engine, all []Migration, now func() time.Time) (applied []string, err error) {
	for {
		var next *Migration
		err := e.Write(ctx, func(tx *db.Tx) (err error) {
			next, err = step(tx, all, now())
			return err
		})
		if err != nil {
			return applied, err
		}
		if next == nil {
			return applied, nil
		}
		applied = append(applied, next.Name)
	}
}

// step applies the first pending migration, if there is one.
func step(tx *db.Tx, all []Migration, now time.Time) (*Migration, error) {
	if lock := tx.Dialect().Lock; lock != "" {
		if _, err := tx.Exec(lock); err != nil {
			return nil, fmt.Errorf("migrate: %w", err)
		}
	}
	if _, err := tx.Exec(table(tx.Dialect())); err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	pending, err := compare(tx, all)
	if err != nil || len(pending) == 0 {
		return nil, err
	}
	m := &pending[0]
	if err := tx.Run(db.Script(m.SQL)); err != nil {
		return nil, fmt.Errorf("migrate: %s: %w", m.Name, err)
	}
	_, err = tx.Exec(`INSERT INTO schema_migrations (version, name, sha256, applied_at) VALUES (?, ?, ?, ?)`,
		m.Version, m.Name, m.Sum, now.UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return m, nil
}

func table(d *db.Dialect) string {
	integer := "BIGINT"
	if d.Name == "sqlite" {
		integer = "INTEGER"
	}
	return `CREATE TABLE IF NOT EXISTS schema_migrations (version ` + integer + ` PRIMARY KEY, name TEXT NOT NULL,
		sha256 TEXT NOT NULL, applied_at ` + integer + ` NOT NULL)`
}

// compare returns the pending migrations.
func compare(tx *db.Tx, all []Migration) ([]Migration, error) {
	n := 0
	err := tx.Each(func(scan func(...any) error) error {
		var version int64
		var name, sum string
		if err := scan(&version, &name, &sum); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		if n == len(all) {
			return fmt.Errorf("%w: it has %s, this version has %d migrations", ErrNewer, name, n)
		}
		if m := all[n]; m.Version != version || m.Sum != sum {
			return fmt.Errorf("%w: %s", ErrChanged, name)
		}
		n++
		return nil
	}, `SELECT version, name, sha256 FROM schema_migrations ORDER BY version`)
	if err != nil {
		return nil, err
	}
	return all[n:], nil
}

// Pending returns the names of the pending migrations and changes nothing. Its
// errors are those of Up.
func Pending(ctx context.Context, e db.Engine) ([]string, error) {
	all, err := For(e.Dialect().Name)
	if err != nil {
		return nil, err
	}
	var pending []Migration
	err = e.Read(ctx, func(tx *db.Tx) (err error) {
		exists, err := tx.Dialect().HasTable(tx, "schema_migrations")
		if err != nil || !exists {
			pending = all
			return err
		}
		pending, err = compare(tx, all)
		return err
	})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, m := range pending {
		names = append(names, m.Name)
	}
	return names, nil
}
