package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kahao/kahao/internal/store/db"
)

// Bounds of a group that shares one commit. The writer does not wait for more
// operations: while one commit runs, the next ones queue up.
const (
	groupSize = 64
	groupTime = 2 * time.Millisecond
)

// Stages of an operation. The writer or the cancelling caller owns it,
// whichever moves it on from waiting first.
const (
	waiting int32 = iota
	running
	cancelled
)

type operation struct {
	fn    func(*db.Tx) error
	stage atomic.Int32
	err   error
	done  chan struct{} // closed when err is the outcome
}

func (o *operation) end(err error) {
	o.err = err
	close(o.done)
}

// writer is the one goroutine that writes.
type writer struct {
	conn *statements
	tx   *db.Tx

	queue   chan *operation
	closing chan struct{}
	ended   chan struct{}
	once    sync.Once

	// Used by the goroutine only:
	maxWait time.Duration // groupTime; longer in tests
	group   []*operation  // sharing the running transaction
	broken  error         // disk error after which nothing is written
}

func newWriter(conn *sql.Conn) *writer {
	s := &statements{conn: conn, prepared: map[string]*sql.Stmt{}}
	w := &writer{
		conn: s, tx: db.NewTx(context.Background(), s, dialect),
		maxWait: groupTime,
		queue:   make(chan *operation, groupSize), closing: make(chan struct{}), ended: make(chan struct{}),
	}
	go w.run()
	return w
}

// do implements Engine.Write.
func (w *writer) do(ctx context.Context, fn func(*db.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-w.closing:
		return db.ErrClosed
	default:
	}
	o := &operation{fn: fn, done: make(chan struct{})}
	select {
	case w.queue <- o:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closing:
		return db.ErrClosed
	}
	select {
	case <-o.done:
		return o.err
	case <-ctx.Done():
		if o.stage.CompareAndSwap(waiting, cancelled) {
			return ctx.Err()
		}
	case <-w.ended:
		// It may have been queued after the writer's last look.
		if o.stage.CompareAndSwap(waiting, cancelled) {
			return db.ErrClosed
		}
	}
	<-o.done
	return o.err
}

// close finishes the queued operations.
func (w *writer) close() error {
	w.once.Do(func() { close(w.closing) })
	<-w.ended
	return w.conn.close()
}

// run writes until the writer is closed and the queue is empty.
func (w *writer) run() {
	orderly := false
	defer func() {
		// An operation can end this goroutine with runtime.Goexit, as a
		// test's Fatal does. Restart the writer then.
		if !orderly {
			w.fail(errAborted)
			go w.run()
		}
	}()
	for o := w.first(); o != nil; o = w.first() {
		w.commit(o)
	}
	orderly = true
	close(w.ended)
}

var errAborted = errors.New("sqlite: the transaction was aborted by another operation in it")

// first waits for an operation; nil means that there will be no more.
func (w *writer) first() *operation {
	select {
	case o := <-w.queue:
		return o
	case <-w.closing:
	}
	select {
	case o := <-w.queue:
		return o
	default:
		return nil
	}
}

// commit runs operations in one transaction, starting with first, and completes
// them after the commit.
func (w *writer) commit(first *operation) {
	w.group = w.group[:0]
	started := time.Now()
	for o := first; o != nil; o = w.next(started) {
		if !o.stage.CompareAndSwap(waiting, running) {
			continue // cancelled
		}
		if w.broken != nil {
			o.end(fmt.Errorf("%w: %w", db.ErrBroken, w.broken))
			continue
		}
		w.group = append(w.group, o)
		if len(w.group) == 1 {
			if err := w.exec("BEGIN IMMEDIATE"); err != nil {
				w.fail(err)
				return
			}
		}
		err, intact := w.apply(o)
		if !intact { // the whole group is lost
			w.fail(err)
			return
		}
		if err != nil {
			w.group = w.group[:len(w.group)-1]
			o.end(err)
			if len(w.group) == 0 {
				_ = w.exec("ROLLBACK")
			}
		}
	}
	if len(w.group) == 0 {
		return
	}
	if err := w.exec("COMMIT"); err != nil {
		w.fail(err)
		return
	}
	for _, o := range w.group {
		o.end(nil)
	}
}

// next returns a queued operation if the group has room for it.
func (w *writer) next(started time.Time) *operation {
	if len(w.group) >= groupSize || time.Since(started) > w.maxWait {
		return nil
	}
	select {
	case o := <-w.queue:
		return o
	default:
		return nil
	}
}

// apply runs one operation in a savepoint, and rolls it back if it fails.
// intact is false if the transaction did not survive.
func (w *writer) apply(o *operation) (err error, intact bool) {
	if err := w.exec("SAVEPOINT op"); err != nil {
		return err, false
	}
	if err := db.Contain(func() error { return o.fn(w.tx) }); err != nil {
		if undo := errors.Join(w.exec("ROLLBACK TO op"), w.exec("RELEASE op")); undo != nil {
			return errors.Join(err, undo), false
		}
		return err, true
	}
	if err := w.exec("RELEASE op"); err != nil {
		return err, false
	}
	return nil, true
}

// fail completes the group with an error, because its transaction failed. After
// a disk error the state on disk is unknown, and the writer takes no more
// operations.
func (w *writer) fail(err error) {
	_ = w.exec("ROLLBACK") // SQLite may have done so itself
	if is(err, codeIO, codeCorrupt) {
		w.broken = err
		err = fmt.Errorf("%w: %w", db.ErrBroken, err)
	}
	for _, o := range w.group {
		o.end(err)
	}
	w.group = w.group[:0]
}

func (w *writer) exec(query string) error {
	_, err := w.conn.ExecContext(context.Background(), query)
	return err
}
