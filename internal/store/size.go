package store

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/kahao/kahao/internal/store/db"
)

// EngineName is the engine's name, as people write it.
func (s *Store) EngineName() string {
	switch {
	case s.Engine.Dialect().Name == "postgres":
		return "PostgreSQL"
	case s.Memory:
		return "SQLite (in memory)"
	}
	return "SQLite"
}

// Size returns how many bytes the database takes: the files of the data
// directory, or what the engine reports.
func (s *Store) Size(ctx context.Context) (n int64, err error) {
	if s.directory != "" {
		err = filepath.WalkDir(s.directory, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			info, err := d.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil // SQLite removes files while it runs
			}
			if err == nil {
				n += info.Size()
			}
			return err
		})
		return n, err
	}
	query := `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`
	if s.Engine.Dialect().Name == "postgres" {
		query = `SELECT pg_database_size(current_database())`
	}
	err = s.Engine.Read(ctx, func(tx *db.Tx) error { return tx.Row(query).Scan(&n) })
	return n, err
}
