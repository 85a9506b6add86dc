package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/kahao/kahao/internal/store/db"
)

func count(t *testing.T, d *DB) (n int) {
	t.Helper()
	if err := d.Read(context.Background(), func(tx *db.Tx) error { return tx.Row(`SELECT COUNT(*) FROM lease`).Scan(&n) }); err != nil {
		t.Fatalf("Read failed: %v", err)
	}
	return n
}

// Two processes write at the same time, and nothing is lost. The one that has the
// lock keeps it when the other ends.
func TestShared(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenShared(t.Context(), dir, Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenShared without a database: %v, want fs.ErrNotExist", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("it made %v", left)
	}
	d := open(t, dir)
	shared, err := OpenShared(t.Context(), dir, Options{})
	if err != nil {
		t.Fatalf("OpenShared failed: %v", err)
	}
	var running sync.WaitGroup
	for name, d := range map[string]*DB{"a": d, "b": shared} {
		running.Go(func() {
			for i := range 50 {
				err := d.Write(context.Background(), func(tx *db.Tx) error {
					_, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES (?, 1)`, name+string(rune('0'+i)))
					return err
				})
				if err != nil {
					t.Errorf("Write: %v", err)
				}
			}
		})
	}
	running.Wait()
	if err := shared.Close(); err != nil {
		t.Errorf("Close failed: %v", err)
	}
	if n := count(t, d); n != 100 {
		t.Errorf("%d rows", n)
	}
	if _, err := Open(t.Context(), dir, Options{}); !errors.Is(err, ErrLocked) {
		t.Errorf("Open after the other one closed: %v, want ErrLocked", err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("Close failed: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, pidName)); err != nil || len(text) != 0 {
		t.Errorf("after an orderly stop the PID file has %q, %v; want nothing", text, err)
	}
}

func TestSharedDamaged(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileName), []byte("this is no database, however long one looks at it"), 0o600); err != nil {
		t.Fatalf("WriteFile failed: %v", err)
	}
	if d, err := OpenShared(t.Context(), dir, Options{}); !errors.Is(err, ErrDamaged) || d != nil {
		t.Errorf("OpenShared: error %v, want %v", err, ErrDamaged)
	}
}

// A command opens the database while the server writes and checkpoints, and
// never takes the changing files for damaged ones.
func TestSharedWhileWriting(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	stop := make(chan struct{})
	var all sync.WaitGroup
	for worker := range 2 {
		all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				// Each fills pages, so that the log is reset often.
				if err := insert(d, t.Context(), fmt.Sprint(worker, " ", i, strings.Repeat("x", 40_000))); err != nil {
					t.Errorf("insert failed: %v", err)
					return
				}
			}
		})
	}
	resets := map[string]bool{}
	for range 100 {
		s, err := OpenShared(t.Context(), dir, Options{})
		if err != nil {
			t.Fatalf("OpenShared failed: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close failed: %v", err)
		}
		log := read(t, dir, FileName+"-wal")
		resets[string(log[:min(len(log), logHeaderLen)])] = true
		if len(resets) > 5 {
			break
		}
	}
	close(stop)
	all.Wait()
	if len(resets) < 3 {
		t.Errorf("the log was reset %d times: too few to say anything", len(resets)-1)
	}
}
