package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/store/db"
)

// busy keeps the writer in an operation until release is called, which returns the
// operation's error.
func busy(d *DB) (release func() error) {
	entered, leave := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		done <- d.Write(context.Background(), func(*db.Tx) error {
			close(entered)
			<-leave
			return nil
		})
	}()
	<-entered
	return func() error {
		close(leave)
		return <-done
	}
}

func insert(d *DB, ctx context.Context, key string) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES (?, 1)`, key)
		return err
	})
}

// queued waits until so many operations wait for the writer.
func queued(d *DB, n int) {
	for len(d.writer.queue) < n {
		runtime.Gosched()
	}
}

// An operation whose caller no longer waits for it is not done.
func TestGivenUp(t *testing.T) {
	d := open(t, t.TempDir())
	release := busy(d)
	ctx, cancel := context.WithCancel(t.Context())
	given := make(chan error)
	go func() { given <- insert(d, ctx, "given up") }()
	kept := make(chan error)
	go func() { kept <- insert(d, t.Context(), "kept") }()
	queued(d, 2)
	cancel()
	if err := <-given; !errors.Is(err, context.Canceled) {
		t.Errorf("result from given: %v, want context.Canceled", err)
	}
	if err := release(); err != nil {
		t.Errorf("release failed: %v", err)
	}
	if err := <-kept; err != nil {
		t.Errorf("result from kept: %v", err)
	}
	if n := count(t, d); n != 1 {
		t.Errorf("%d rows", n)
	}
}

// With the queue full a caller can still give up.
func TestGivenUpBeforeTheQueue(t *testing.T) {
	d := open(t, t.TempDir())
	release := busy(d)
	var all sync.WaitGroup
	for i := range groupSize {
		all.Go(func() {
			if err := insert(d, t.Context(), fmt.Sprint(i)); err != nil {
				t.Errorf("insert failed: %v", err)
			}
		})
	}
	queued(d, groupSize)
	ctx, cancel := context.WithCancel(t.Context())
	given := make(chan error)
	go func() { given <- insert(d, ctx, "given up") }()
	cancel()
	if err := <-given; !errors.Is(err, context.Canceled) {
		t.Errorf("result from given: %v, want context.Canceled", err)
	}
	if err := release(); err != nil {
		t.Errorf("release failed: %v", err)
	}
	all.Wait()
	if n := count(t, d); n != groupSize {
		t.Errorf("%d rows", n)
	}
}

// Concurrent operations share a commit.
func TestGroup(t *testing.T) {
	d := open(t, t.TempDir())
	d.writer.maxWait = time.Hour
	release := busy(d)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if err := insert(d, t.Context(), fmt.Sprint(i)); err != nil {
				t.Errorf("insert failed: %v", err)
			}
		})
	}
	queued(d, 20)
	before := commits(t, d)
	if err := release(); err != nil {
		t.Errorf("release failed: %v", err)
	}
	all.Wait()
	if n := commits(t, d) - before; n != 1 {
		t.Errorf("20 writes took %d commits", n)
	}
	if n := count(t, d); n != 20 {
		t.Errorf("%d rows", n)
	}
}

// commits counts the commits of the log, which has not been taken into the
// file yet.
func commits(t *testing.T, d *DB) (n int) {
	t.Helper()
	log := read(t, filepath.Dir(d.path), FileName+"-wal")
	for at := walHeader; at+frame <= len(log); at += frame {
		if log[at+4]|log[at+5]|log[at+6]|log[at+7] != 0 {
			n++
		}
	}
	return n
}

// Close waits for running and queued operations, and later ones are refused.
func TestCloseWaits(t *testing.T) {
	d := open(t, t.TempDir())
	dir := filepath.Dir(d.path)
	release := busy(d)
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			if err := insert(d, context.Background(), fmt.Sprint(i)); err != nil {
				t.Errorf("insert failed: %v", err)
			}
		})
	}
	queued(d, 10)
	closed := make(chan error)
	go func() { closed <- d.Close() }()
	<-d.writer.closing
	if err := insert(d, context.Background(), "late"); !errors.Is(err, db.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := release(); err != nil {
		t.Errorf("release failed: %v", err)
	}
	all.Wait()
	if err := <-closed; err != nil {
		t.Errorf("result from closed: %v", err)
	}
	if n := count(t, open(t, dir)); n != 10 {
		t.Errorf("%d rows", n)
	}
}

// A disk error that ends a transaction fails every operation that shares it.
func TestTransactionGone(t *testing.T) {
	d := open(t, t.TempDir())
	release := busy(d)
	errs := make(chan error, 2)
	go func() { errs <- insert(d, t.Context(), "innocent") }()
	queued(d, 1)
	go func() {
		errs <- d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("ROLLBACK") // as SQLite does when the disk is full
			return errors.Join(err, errors.New("full"))
		})
	}()
	queued(d, 2)
	_ = release() // which shares it too
	failed := 0
	for range 2 {
		if err := <-errs; err != nil {
			failed++
		}
	}
	rows := count(t, d)
	// The innocent one may have been committed before, in a group of its own.
	if failed+rows != 2 || failed == 0 {
		t.Errorf("%d failed, and there are %d rows", failed, rows)
	}
	if err := insert(d, t.Context(), "next"); err != nil {
		t.Errorf("insert failed: %v", err)
	}
}

// More statements than are kept, short and long ones.
func TestStatements(t *testing.T) {
	d := open(t, t.TempDir())
	for i := range 600 {
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			var n int
			return tx.Row(fmt.Sprintf("SELECT %d -- %s", i, strings.Repeat("x", i%7*1000))).Scan(&n)
		}); err != nil {
			t.Fatalf("Write: %v", err)
		}
	}
	bytes := 0
	for query := range d.writer.conn.prepared {
		bytes += preparedSize(query)
	}
	if kept := d.writer.conn.bytes; kept != bytes || kept > maxStatements {
		t.Errorf("%d bytes of statements are kept, counted as %d, want at most %d", bytes, kept, maxStatements)
	}
	if n := len(d.writer.conn.prepared); n < 20 {
		t.Errorf("only %d statements are kept", n)
	}
	if err := insert(d, t.Context(), "a"); err != nil {
		t.Errorf("insert failed: %v", err)
	}
}
