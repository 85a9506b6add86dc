package postgres

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/migrate"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
	"github.com/kahao/kahao/internal/store/storetest"
)

var engine = storetest.Engine{Fresh: pgtest.URL, Open: opened}

// opened is a database with all tables.
func opened(ctx context.Context, address string) (db.Engine, error) {
	e, err := Open(ctx, Options{URL: address})
	if err != nil {
		return nil, err
	}
	if _, err := migrate.Up(ctx, e, time.Now); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func TestMain(m *testing.M) { storetest.Main(m, opened) }

func TestSuite(t *testing.T) { storetest.Run(t, engine) }

func TestModel(t *testing.T) { storetest.RunModel(t, engine, 10_000) }

func TestUpgrade(t *testing.T) {
	storetest.RunUpgrade(t, engine, "postgres", func(t *testing.T, address, script string) {
		if err := open(t, address).Write(t.Context(), func(tx *db.Tx) error {
			return tx.Run(db.Script(script))
		}); err != nil {
			t.Fatalf("the script failed: %v", err)
		}
	})
}

func TestCrash(t *testing.T) { storetest.RunCrash(t, engine) }
