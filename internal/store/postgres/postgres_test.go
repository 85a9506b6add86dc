package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/migrate"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
)

func open(t *testing.T, address string) *Engine {
	t.Helper()
	e, err := Open(t.Context(), Options{URL: address})
	if err != nil {
		t.Fatalf("Open failed: %v", err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// filled is a database with all tables.
func filled(t *testing.T) *Engine {
	t.Helper()
	return filledAt(t, pgtest.URL(t))
}

func filledAt(t *testing.T, address string) *Engine {
	t.Helper()
	e := open(t, address)
	if _, err := migrate.Up(t.Context(), e, time.Now); err != nil {
		t.Fatalf("Up failed: %v", err)
	}
	return e
}

func TestOpenRefuses(t *testing.T) {
	for _, address := range []string{"", "kahao.db", "mysql://h/d", "postgres://h:port/d", "postgres://u:open sesame@h:99999/d"} {
		_, err := Open(t.Context(), Options{URL: address})
		if err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%q: %v", address, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, Options{URL: "postgres://u:sesame@127.0.0.1:1/d"}); err == nil || strings.Contains(err.Error(), "sesame") {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestRedact(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://u:p@h:1/d?password=p":   "postgres://u:xxxxx@h:1/d",
		"postgresql://h/d":                  "postgresql://h/d",
		"postgres://u:%zz@h/d?password=%zz": "postgres://…",
	} {
		if got := Redact(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

func TestMigrateAtOnce(t *testing.T) {
	address := pgtest.URL(t)
	var wait sync.WaitGroup
	applied := make(chan int, 4)
	for range cap(applied) {
		e := open(t, address)
		wait.Go(func() {
			names, err := migrate.Up(context.Background(), e, time.Now)
			if err != nil {
				t.Errorf("Up failed: %v", err)
			}
			applied <- len(names)
		})
	}
	wait.Wait()
	close(applied)
	sum := 0
	for n := range applied {
		sum += n
	}
	all, err := migrate.For("postgres")
	if err != nil || sum != len(all) {
		t.Errorf("%d applied of %d, %v", sum, len(all), err)
	}
}

func TestWrite(t *testing.T) {
	e := filled(t)
	ctx := t.Context()
	put := func(key string) func(*db.Tx) error {
		return func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES (?, ?)`, key, 1)
			return err
		}
	}
	if err := e.Write(ctx, put("a")); err != nil {
		t.Fatalf("Write failed: %v", err)
	}
	if err := e.Write(ctx, put("a")); !dialect.IsUnique(err) {
		t.Errorf("twice: %v", err)
	}
	failed := errors.New("failed")
	err := e.Write(ctx, func(tx *db.Tx) error { return errors.Join(put("b")(tx), failed) })
	if !errors.Is(err, failed) {
		t.Errorf("Write: error %v, want %v", err, failed)
	}
	var panicked *db.PanicError
	err = e.Write(ctx, func(tx *db.Tx) error { _ = put("c")(tx); panic("no") })
	if !errors.As(err, &panicked) {
		t.Errorf("Write with a panic: %v, want the panic", err)
	}
	err = e.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO bucket (account_id, name, created_at) VALUES ('none', 'b', 1)`)
		return err
	})
	if err == nil || dialect.IsUnique(err) || dialect.IsCheck(err) {
		t.Errorf("no such account: %v", err)
	}
	var n int
	if err := e.Read(ctx, func(tx *db.Tx) error { return tx.Row(`SELECT count(*) FROM lease`).Scan(&n) }); err != nil || n != 1 {
		t.Errorf("%d rows, %v", n, err)
	}
	if err := e.Read(ctx, put("d")); err == nil {
		t.Error("a reader can write")
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if err := e.Write(done, put("e")); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that is done: %v", err)
	}
	// Once a transaction runs, the caller's context does not decide.
	late, cancel := context.WithCancel(ctx)
	if err := e.Write(late, func(tx *db.Tx) error { cancel(); return put("f")(tx) }); err != nil {
		t.Errorf("Write failed: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("Close failed: %v", err)
	}
	if err := e.Write(ctx, put("g")); !errors.Is(err, db.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("Close failed: %v", err)
	}
}

// Transactions that lock two rows in different orders end in a deadlock, and
// both take effect.
func TestDeadlock(t *testing.T) {
	e := filled(t)
	ctx := t.Context()
	for _, key := range []string{"a", "b"} {
		if err := e.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES (?, 0)`, key)
			return err
		}); err != nil {
			t.Fatalf("Write: %v", err)
		}
	}
	var met sync.WaitGroup // both hold their first row
	met.Add(2)
	var wait sync.WaitGroup
	for _, keys := range [][]string{{"a", "b"}, {"b", "a"}} {
		var once sync.Once
		wait.Go(func() {
			err := e.Write(ctx, func(tx *db.Tx) error {
				for i, key := range keys {
					if _, err := tx.Exec(`UPDATE lease SET full_at = full_at + 1 WHERE key = ?`, key); err != nil {
						return err
					}
					if i == 0 {
						once.Do(func() { met.Done(); met.Wait() })
					}
				}
				return nil
			})
			if err != nil {
				t.Errorf("Write: %v", err)
			}
		})
	}
	wait.Wait()
	var sum int
	if err := e.Read(ctx, func(tx *db.Tx) error { return tx.Row(`SELECT sum(full_at)::bigint FROM lease`).Scan(&sum) }); err != nil || sum != 4 {
		t.Errorf("sum %d, %v", sum, err)
	}
}

// Entries cannot be changed, by any statement.
func TestEntriesStay(t *testing.T) {
	e := filled(t)
	const row = `INSERT INTO entry (seq, charge_id, account_id, pack_id, delta, reason, api, user_id, bucket, code, day, at)
		SELECT seq, charge_id, account_id, pack_id, -9, reason, api, user_id, bucket, code, day, at FROM entry LIMIT 1`
	for _, statement := range []string{"DELETE FROM entry", "UPDATE entry SET delta = -2", "TRUNCATE entry",
		row + " ON CONFLICT (seq) DO UPDATE SET delta = -9"} {
		if err := e.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(statement); return err }); err == nil {
			t.Errorf("%s passes", statement)
		}
	}
}

// A connection that the server has ended is no reason to fail.
func TestConnectionLost(t *testing.T) {
	e := filled(t)
	other := open(t, pgtest.URL(t))
	for i := range 5 {
		var pid int
		key := fmt.Sprint(i)
		first := true
		err := e.Write(t.Context(), func(tx *db.Tx) error {
			if err := tx.Row(`SELECT pg_backend_pid()`).Scan(&pid); err != nil {
				return err
			}
			if first {
				first = false
				if err := other.Read(t.Context(), func(tx *db.Tx) error {
					var ended bool
					return tx.Row(`SELECT pg_terminate_backend(?)`, pid).Scan(&ended)
				}); err != nil {
					t.Errorf("other.Read: %v", err)
				}
			}
			_, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES (?, 1)`, key)
			return err
		})
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	var n int
	if err := e.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`SELECT count(*) FROM lease`).Scan(&n) }); err != nil || n != 5 {
		t.Errorf("%d rows, %v", n, err)
	}
}

// The password may be in a file, by libpq's rules, instead of in the URL.
func TestPasswordFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pgpass")
	if err := os.WriteFile(file, []byte("h:5432:d:u:sesame\n"), 0o600); err != nil {
		t.Fatalf("WriteFile failed: %v", err)
	}
	t.Setenv("PGPASSFILE", file)
	t.Setenv("PGPASSWORD", "")
	c, err := configure(Options{URL: "postgres://u@h/d"})
	if err != nil || c.ConnConfig.Password != "sesame" {
		t.Errorf("configure does not take the password from PGPASSFILE: %v", err)
	}
}
