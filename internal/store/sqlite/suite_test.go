package sqlite

import (
	"context"
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

func TestCrash(t *testing.T) { storetest.RunCrash(t, engine) }
