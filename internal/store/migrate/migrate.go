// Package migrate brings a database's tables to what this program needs.
//
// Migrations are files, NNNN_name.sql, one folder for each engine, built into
// the program. They go forward alone, each in a transaction of its own under a
// lock; going back is a restore. The table schema_migrations says which were
// applied, with checksums: a database that a newer program made, or one whose
// migrations were others, is refused.
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

// The errors of Up and Pending.
var (
	ErrNewer   = errors.New("migrate: a newer version of this program made the database")
	ErrChanged = errors.New("migrate: the database was made with other migrations than this program's")
)

// Migration is one file.
type Migration struct {
	Version int64
	Name    string // of the file
	SQL     string
	Sum     string // SHA-256 of SQL, in hex
}

// For returns the migrations for a dialect, in order.
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

// Up applies what the database lacks and returns the names of that. Several
// processes may call it at once. It returns ErrNewer, ErrChanged, or an error
// of the engine; what was applied before an error stays.
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

// step applies the first migration that the database lacks, if there is one.
func step(tx *db.Tx, all []Migration, now time.Time) (*Migration, error) {
	if lock := tx.Dialect().Lock; lock != "" {
		if _, err := tx.Exec(lock); err != nil {
			return nil, fmt.Errorf("migrate: %w", err)
		}
	}
	if _, err := tx.Exec(table(tx.Dialect())); err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	lacking, err := compare(tx, all)
	if err != nil || len(lacking) == 0 {
		return nil, err
	}
	m := &lacking[0]
	if _, err := tx.Exec(m.SQL); err != nil {
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

// compare returns the migrations that the database lacks.
func compare(tx *db.Tx, all []Migration) ([]Migration, error) {
	n := 0
	err := tx.Each(func(scan func(...any) error) error {
		var version int64
		var name, sum string
		if err := scan(&version, &name, &sum); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		if n == len(all) {
			return fmt.Errorf("%w: it has %s, this one knows %d", ErrNewer, name, n)
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

// Pending returns the names of the migrations that the database lacks, and
// changes nothing. Its errors are those of Up.
func Pending(ctx context.Context, e db.Engine) ([]string, error) {
	all, err := For(e.Dialect().Name)
	if err != nil {
		return nil, err
	}
	var lacking []Migration
	err = e.Read(ctx, func(tx *db.Tx) (err error) {
		made, err := tx.Dialect().HasTable(tx, "schema_migrations")
		if err != nil || !made {
			lacking = all
			return err
		}
		lacking, err = compare(tx, all)
		return err
	})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, m := range lacking {
		names = append(names, m.Name)
	}
	return names, nil
}
