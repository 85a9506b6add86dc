package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/storetest"
)

var engine = storetest.Engine{
	Fresh: func(t testing.TB) string { return t.TempDir() },
	Open:  func(ctx context.Context, dir string) (db.Engine, error) { return Open(ctx, dir, Options{}) },
}

func TestMain(m *testing.M) { storetest.Main(m, engine.Open) }

func TestSuite(t *testing.T) { storetest.Run(t, engine) }

func TestModel(t *testing.T) { storetest.RunModel(t, engine, 10_000) }

func TestUpgrade(t *testing.T) {
	storetest.RunUpgrade(t, engine, "sqlite", func(t *testing.T, dir, script string) {
		if err := create(filepath.Join(dir, FileName)); err != nil {
			t.Fatalf("create failed: %v", err)
		}
		p, err := pool(filepath.Join(dir, FileName), 1, []string{"_auto_vacuum=INCREMENTAL"})
		if err != nil {
			t.Fatalf("cannot open a new file: %v", err)
		}
		_, err = p.ExecContext(t.Context(), script)
		if err = errors.Join(err, p.Close()); err != nil {
			t.Fatalf("the script failed: %v", err)
		}
	})
}

func TestCrash(t *testing.T) { storetest.RunCrash(t, engine) }
