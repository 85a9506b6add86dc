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
	conn     *statements
	tx       *db.Tx
	sequence *sequence // nil for a database in memory

	queue   chan *operation
	closing chan struct{}
	ended   chan struct{}
	once    sync.Once

	// Used by the goroutine only:
	maxWait time.Duration // groupTime; longer in tests
	group   []*operation  // sharing the running transaction
	broken  error         // disk error after which nothing is written
	commit  uint32        // number of the running transaction
	lagging bool          // the last commit's number is not in sequence

	failing atomic.Bool // the last transaction failed because of the disk
}

func newWriter(conn *sql.Conn, q *sequence) *writer {
	s := &statements{conn: conn, prepared: map[string]*sql.Stmt{}}
	w := &writer{
		conn: s, tx: db.NewTx(context.Background(), db.OneByOne(s), dialect), sequence: q,
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
	return errors.Join(w.conn.close(), w.sequence.close())
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
		w.runGroup(o)
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

// runGroup runs operations in one transaction, starting with first, and completes
// them after the commit.
func (w *writer) runGroup(first *operation) {
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
			if err := w.begin(); err != nil {
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
			w.note(err)
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
	if err := w.end(); err != nil {
		w.fail(err)
		return
	}
	for _, o := range w.group {
		o.end(nil)
	}
}

// begin begins a transaction, once the number of the last one is recorded.
func (w *writer) begin() error {
	if w.lagging {
		if err := w.sequence.write(w.commit); err != nil {
			return err
		}
		w.lagging = false
	}
	return w.exec("BEGIN IMMEDIATE")
}

// end numbers the transaction, commits it, and records the number outside the
// database. If it cannot be recorded the commit is still acknowledged, and the
// next transaction waits for it.
func (w *writer) end() error {
	if w.sequence == nil {
		return w.exec("COMMIT")
	}
	var last int32 // a command next to the server may have committed since
	if err := w.conn.QueryRowContext(context.Background(), "PRAGMA user_version").Scan(&last); err != nil {
		return err
	}
	// A pragma takes no parameters: preparing it would fill the cache.
	if _, err := w.conn.conn.ExecContext(context.Background(), fmt.Sprintf("PRAGMA user_version = %d", last+1)); err != nil {
		return err
	}
	if err := w.exec("COMMIT"); err != nil {
		return err
	}
	w.commit = uint32(last + 1)
	w.lagging = w.sequence.write(w.commit) != nil
	return nil
}

// note remembers that the disk is full or fails. Only the probe of Ready clears
// that: a small write can succeed on a full disk.
func (w *writer) note(err error) {
	if is(err, codeFull, codeIO, codeCorrupt) {
		w.failing.Store(true)
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
	w.note(err)
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
