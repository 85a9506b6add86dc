//go:build linux

package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/store/db"
)

// limitPages sets the size that the database cannot exceed; 1 means as many
// pages as it has.
func limitPages(t *testing.T, d *DB, pages int) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		var now int
		return tx.Row(fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Scan(&now)
	}); err != nil {
		t.Fatalf("setting max_page_count: %v", err)
	}
}

// fill writes until the disk is full.
func fill(t *testing.T, d *DB) {
	t.Helper()
	for i := range 1000 {
		if err := insert(d, t.Context(), fmt.Sprint(i)+strings.Repeat("x", 50_000)); err != nil {
			if !is(err, codeFull) {
				t.Fatalf("the disk is not full: %v", err)
			}
			return
		}
	}
	t.Fatal("the disk was never full")
}

// notReady checks that Ready fails, and goes on failing after its probes.
func notReady(t *testing.T, d *DB) {
	t.Helper()
	for range 2 {
		d.probe.at = time.Time{} // no need to wait
		if err := d.Ready(t.Context()); !is(err, codeFull) {
			t.Errorf("Ready with a full disk = %v, want SQLITE_FULL", err)
		}
	}
}

// ready checks that Ready succeeds without a write by anyone else.
func ready(t *testing.T, d *DB) {
	t.Helper()
	d.probe.at = time.Time{}
	if err := d.Ready(t.Context()); err != nil {
		t.Errorf("Ready with space = %v, want nil", err)
	}
}

// Ready reports a full disk until there is space again.
func TestReady(t *testing.T) {
	d := open(t, t.TempDir())
	ready(t, d)
	limitPages(t, d, 1)
	fill(t, d)
	notReady(t, d)
	limitPages(t, d, 1_000_000)
	ready(t, d)
	if n := count(t, d); n != 0 {
		t.Errorf("the probes left %d rows", n)
	}
}

// The same on a disk that is full in earnest.
func TestReadyOnFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m,mode=0700"); err != nil {
		t.Skipf("no rights to mount a small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2_200_000), 0o600); err != nil {
		t.Fatalf("WriteFile failed: %v", err)
	}
	d := open(t, dir)
	fill(t, d)
	notReady(t, d)
	if err := os.Remove(ballast); err != nil {
		t.Fatalf("Remove failed: %v", err)
	}
	ready(t, d)
	acknowledged := count(t, d)
	if err := d.Close(); err != nil {
		t.Fatalf("Close failed: %v", err)
	}
	d = open(t, dir)
	if n := count(t, d); n != acknowledged {
		t.Errorf("%d rows after opening again, want %d", n, acknowledged)
	}
	if err := d.Close(); err != nil {
		t.Errorf("Close failed: %v", err)
	}
}
