package postgres

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/migrate"
	"github.com/kahao/kahao/internal/store/sqlite"
)

// Both engines have the same tables with the same columns, of the same kinds.
func TestSchemaOfBothEngines(t *testing.T) {
	p := filled(t)
	s, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatalf("Open failed: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := migrate.Up(t.Context(), s, time.Now); err != nil {
		t.Fatalf("Up failed: %v", err)
	}
	postgres := columns(t, p, `SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = current_schema()`)
	sqlite := columns(t, s, `SELECT m.name, p.name, p.type, CASE WHEN p."notnull" = 0 AND p.pk = 0 THEN 'YES' ELSE 'NO' END
		FROM sqlite_schema m, pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`)
	if len(postgres) < 100 {
		t.Errorf("only %d columns", len(postgres))
	}
	if !maps.Equal(postgres, sqlite) {
		for _, c := range slices.Sorted(maps.Keys(postgres)) {
			if postgres[c] != sqlite[c] {
				t.Errorf("%s: PostgreSQL %q, SQLite %q", c, postgres[c], sqlite[c])
			}
		}
		for _, c := range slices.Sorted(maps.Keys(sqlite)) {
			if _, both := postgres[c]; !both {
				t.Errorf("%s: SQLite alone", c)
			}
		}
	}
}

var kinds = strings.NewReplacer("bytea", "blob", "bigint", "integer")

// columns returns the kind of each column, by table and name.
func columns(t *testing.T, e db.Engine, query string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := e.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Each(func(scan func(...any) error) error {
			var table, name, kind, null string
			if err := scan(&table, &name, &kind, &null); err != nil {
				return err
			}
			all[table+"."+name] = kinds.Replace(strings.ToLower(kind)) + " null " + null
			return nil
		}, query)
	})
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return all
}
