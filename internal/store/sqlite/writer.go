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

// Bounds on what shares one commit. There is no waiting for more to come: while
// one commit is on its way to the disk, the next ones queue up.
const (
	groupSize = 64
	groupTime = 2 * time.Millisecond
)

// Stages of an operation. Whoever moves it on from waiting has it: the writer,
// or the caller who no longer wants it done.
const (
	waiting int32 = iota
	begun
	given // up
)

type operation struct {
	fn    func(*db.Tx) error
	stage atomic.Int32
	err   error
	done  chan struct{} // closed when err is what became of it
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

	// The goroutine's own:
	patience time.Duration // groupTime; tests have more
	group    []*operation  // that share the transaction under way
	broken   error         // why nothing is written any more
}

func newWriter(conn *sql.Conn) *writer {
	s := &statements{conn: conn, kept: map[string]*sql.Stmt{}}
	w := &writer{
		conn: s, tx: db.NewTx(context.Background(), s, dialect),
		patience: groupTime,
		queue:    make(chan *operation, groupSize), closing: make(chan struct{}), ended: make(chan struct{}),
	}
	go w.run()
	return w
}

// do is Engine.Write.
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
		if o.stage.CompareAndSwap(waiting, given) {
			return ctx.Err()
		}
	case <-w.ended:
		// It may have come into the queue after the last look at it.
		if o.stage.CompareAndSwap(waiting, given) {
			return db.ErrClosed
		}
	}
	<-o.done
	return o.err
}

// close lets the writer finish what is queued.
func (w *writer) close() error {
	w.once.Do(func() { close(w.closing) })
	<-w.ended
	return w.conn.close()
}

// run writes until the writer is closed and the queue is empty.
func (w *writer) run() {
	orderly := false
	defer func() {
		// An operation can end its goroutine (runtime.Goexit, as a test's Fatal
		// does). It must not end the writer.
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

var errAborted = errors.New("sqlite: the transaction was broken off by one that shared it")

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

// commit runs operations in one transaction, beginning with the first, and
// ends them all once it has committed.
func (w *writer) commit(first *operation) {
	w.group = w.group[:0]
	started := time.Now()
	for o := first; o != nil; o = w.next(started) {
		if !o.stage.CompareAndSwap(waiting, begun) {
			continue // given up
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
		err, whole := w.apply(o)
		if !whole { // what the others did is gone too
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

// next is the operation that the group still has room for, if one is queued.
func (w *writer) next(started time.Time) *operation {
	if len(w.group) >= groupSize || time.Since(started) > w.patience {
		return nil
	}
	select {
	case o := <-w.queue:
		return o
	default:
		return nil
	}
}

// apply runs one operation in a savepoint, and undoes it if it fails. It
// reports false if the transaction did not survive that.
func (w *writer) apply(o *operation) (err error, whole bool) {
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

// fail ends the group, whose transaction did not come about. After an error of
// the disk nobody knows what is on it, and the writer takes no more.
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
