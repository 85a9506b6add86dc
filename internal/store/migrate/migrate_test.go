package migrate

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/kahao/kahao/internal/store/db"
)

// plain is an engine that has not been migrated: package sqlite's always is.
type plain struct {
	pool *sql.DB
	mu   sync.Mutex
}

func (p *plain) Dialect() *db.Dialect {
	return &db.Dialect{Name: "sqlite", HasTable: func(tx *db.Tx, name string) (found bool, err error) {
		err = tx.Row(`SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?)`, name).Scan(&found)
		return found, err
	}}
}

func (p *plain) Read(ctx context.Context, fn func(*db.Tx) error) error { return p.Write(ctx, fn) }

func (p *plain) Write(ctx context.Context, fn func(*db.Tx) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	tx, err := p.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := fn(db.NewTx(ctx, db.OneByOne(tx), p.Dialect())); err != nil {
		return err
	}
	return tx.Commit()
}

func (p *plain) Close() error { return p.pool.Close() }

func open(t *testing.T) *plain {
	t.Helper()
	pool, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatalf("Open failed: %v", err)
	}
	p := &plain{pool: pool}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func now() time.Time { return time.Unix(1_800_000_000, 0) }

// files are migrations by name.
func files(t *testing.T, named map[string]string) []Migration {
	t.Helper()
	tree := fstest.MapFS{}
	for name, text := range named {
		tree["x/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	all, err := load(tree, "x")
	if err != nil {
		t.Fatalf("load failed: %v", err)
	}
	return all
}

var two = map[string]string{
	"0001_init.sql": "CREATE TABLE a (x); CREATE TABLE b (x);\nINSERT INTO a VALUES (1);",
	"0002_more.sql": "CREATE TABLE c (x)",
}

func TestUp(t *testing.T) {
	e, all := open(t), files(t, two)
	applied, err := up(t.Context(), e, all[:1], now)
	if err != nil || !slices.Equal(applied, []string{"0001_init.sql"}) {
		t.Fatal(applied, err)
	}
	applied, err = up(t.Context(), e, all, now)
	if err != nil || !slices.Equal(applied, []string{"0002_more.sql"}) {
		t.Fatal(applied, err)
	}
	if applied, err = up(t.Context(), e, all, now); err != nil || len(applied) != 0 {
		t.Fatal(applied, err)
	}
	err = e.Read(t.Context(), func(tx *db.Tx) error {
		var rows, at int64
		if err := tx.Row(`SELECT (SELECT COUNT(*) FROM a) + (SELECT COUNT(*) FROM c), MIN(applied_at) FROM schema_migrations`).Scan(&rows, &at); err != nil {
			return err
		}
		if rows != 1 || at != now().UnixMicro() {
			t.Errorf("%d rows, applied at %d", rows, at)
		}
		return nil
	})
	if err != nil {
		t.Errorf("Read: %v", err)
	}
}

func TestRefused(t *testing.T) {
	changed := map[string]string{"0001_init.sql": two["0001_init.sql"] + " ", "0002_more.sql": two["0002_more.sql"]}
	for name, c := range map[string]struct {
		made, known []Migration
		want        error
	}{
		"newer":          {files(t, two), files(t, two)[:1], ErrNewer},
		"changed":        {files(t, two), files(t, changed), ErrChanged},
		"changed before": {files(t, two)[:1], files(t, changed), ErrChanged},
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t)
			if _, err := up(t.Context(), e, c.made, now); err != nil {
				t.Fatalf("up failed: %v", err)
			}
			if applied, err := up(t.Context(), e, c.known, now); !errors.Is(err, c.want) || len(applied) != 0 {
				t.Errorf("%v, %v", applied, err)
			}
		})
	}
}

// One that fails leaves nothing of itself, and those before it.
func TestFails(t *testing.T) {
	e := open(t)
	bad := map[string]string{"0001_init.sql": two["0001_init.sql"], "0002_more.sql": "CREATE TABLE c (x); CREATE TABLE a (x);"}
	applied, err := up(t.Context(), e, files(t, bad), now)
	if err == nil || !strings.Contains(err.Error(), "0002_more.sql") || len(applied) != 1 {
		t.Fatal(applied, err)
	}
	if applied, err = up(t.Context(), e, files(t, two), now); err != nil || len(applied) != 1 {
		t.Fatal(applied, err)
	}
}

// Several processes may migrate at once; one does.
func TestAtOnce(t *testing.T) {
	e, all := open(t), files(t, two)
	var mu sync.Mutex
	var applied []string
	var running sync.WaitGroup
	for range 16 {
		running.Go(func() {
			names, err := up(t.Context(), e, all, now)
			if err != nil {
				t.Errorf("up failed: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			applied = append(applied, names...)
		})
	}
	running.Wait()
	slices.Sort(applied)
	if !slices.Equal(applied, []string{"0001_init.sql", "0002_more.sql"}) {
		t.Errorf("applied %v", applied)
	}
}

func TestPending(t *testing.T) {
	e := open(t)
	all, err := For("sqlite")
	if err != nil {
		t.Fatalf("For failed: %v", err)
	}
	names, err := Pending(t.Context(), e)
	if err != nil || len(names) != len(all) || names[0] != "0001_init.sql" {
		t.Fatal(names, err)
	}
	if _, err := Up(t.Context(), e, now); err != nil {
		t.Fatalf("Up failed: %v", err)
	}
	if names, err = Pending(t.Context(), e); err != nil || len(names) != 0 {
		t.Error(names, err)
	}
	if err := e.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO schema_migrations VALUES (99, '0099_later.sql', '', 0)`)
		return err
	}); err != nil {
		t.Fatalf("Write: %v", err)
	}
	if _, err = Pending(t.Context(), e); !errors.Is(err, ErrNewer) {
		t.Errorf("Pending: error %v, want %v", err, ErrNewer)
	}
}

func TestLoad(t *testing.T) {
	for name, tree := range map[string]fstest.MapFS{
		"none":      {},
		"a gap":     {"x/0001_a.sql": {}, "x/0003_b.sql": {}},
		"twice":     {"x/0001_a.sql": {}, "x/0001_b.sql": {}},
		"no number": {"x/init.sql": {}},
		"from zero": {"x/0000_a.sql": {}},
	} {
		if all, err := load(tree, "x"); err == nil {
			t.Errorf("%s: %v", name, all)
		}
	}
	if _, err := For("oracle"); err == nil {
		t.Error("an engine that there is not has migrations")
	}
}
