package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/kahao/kahao/internal/store/db"
)

func open(t testing.TB, dir string) *DB {
	t.Helper()
	d, err := Open(context.Background(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestSettings(t *testing.T) {
	d := open(t, t.TempDir())
	want := map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "trusted_schema": "0",
		"secure_delete": "1", "auto_vacuum": "2", "busy_timeout": "10000", "mmap_size": "0",
	}
	read := func(tx *db.Tx) error {
		for pragma, value := range want {
			var got string
			if err := tx.Row("PRAGMA " + pragma).Scan(&got); err != nil && pragma != "mmap_size" {
				return err
			} else if got != value && got != "" {
				t.Errorf("%s is %s, want %s", pragma, got, value)
			}
		}
		return nil
	}
	if err := d.Write(context.Background(), read); err != nil {
		t.Fatal(err)
	}
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES ('a', 1)`)
		return err
	})
	if err == nil {
		t.Error("a reader can write")
	}
	if err := d.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES ("a", 1)`)
		return err
	}); err == nil {
		t.Error("a double-quoted text passes")
	}
}

func TestLocked(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	if _, err := Open(context.Background(), dir, Options{}); !errors.Is(err, ErrLocked) {
		t.Errorf("a second Open: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, lockName)); err != nil || len(text) != 0 {
		t.Errorf("after Close the lock has %q, %v", text, err)
	}
	open(t, dir)
}
