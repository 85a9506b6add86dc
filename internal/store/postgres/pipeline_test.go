package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
)

// cutter cuts a connection at a request: before the server has it, or before its
// answer comes.
type cutter struct {
	before bool
	shared bool         // see sharedConn
	left   atomic.Int64 // requests to the cut, that one included
}

func (c *cutter) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if c.shared {
		conn = &sharedConn{Conn: conn}
	}
	return &cutConn{Conn: conn, by: c}, err
}

type cutConn struct {
	net.Conn
	by  *cutter
	cut atomic.Bool
}

// Write sends a request or cuts the connection.
func (c *cutConn) Write(b []byte) (int, error) {
	if c.by.left.Add(-1) != 0 {
		return c.Conn.Write(b)
	}
	c.cut.Store(true)
	if c.by.before {
		_ = c.Close()
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// Read returns nothing of the answer to the request at which it was cut.
func (c *cutConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.cut.Load() {
		_ = c.Close()
		return 0, net.ErrClosed
	}
	return n, err
}

// sharedConn is a connection through a proxy that shares the server's: the server
// process that it names is not the one that answers.
type sharedConn struct {
	net.Conn
	named bool
}

// Read changes the process number, which comes when a connection starts.
func (c *sharedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if at := bytes.Index(b[:n], []byte{'K', 0, 0, 0, 12}); !c.named && at >= 0 && at+9 <= n {
		c.named = true
		b[at+8] ^= 1
	}
	return n, err
}

// Statements are prepared, unless a proxy may give the next transaction to
// another process of the server.
func TestPrepares(t *testing.T) {
	for _, shared := range []bool{false, true} {
		e := connectCut(t, &cutter{shared: shared})
		var n int
		for range 2 {
			if err := e.Read(t.Context(), func(tx *db.Tx) error {
				return tx.Row(`SELECT count(*) FROM pg_prepared_statements`).Scan(&n)
			}); err != nil {
				t.Fatalf("Read failed: %v", err)
			}
		}
		if prepared := n > 0; prepared == shared {
			t.Errorf("with a proxy %v: %d statements are prepared", shared, n)
		}
	}
}

// connectCut returns an engine with a migrated database behind a cutter.
func connectCut(t *testing.T, cut *cutter) *Engine {
	t.Helper()
	address := pgtest.URL(t)
	filledAt(t, address)
	config, err := configure(Options{URL: address})
	if err != nil {
		t.Fatalf("configure failed: %v", err)
	}
	config.ConnConfig.DialFunc = cut.dial
	e, err := connect(t.Context(), address, config)
	if err != nil {
		t.Fatalf("connect failed: %v", err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// A connection that is lost before COMMIT was sent had no effect, and the
// transaction is run again. After that nobody knows: the caller is told so, and the
// transaction is run once at most.
func TestLostConnection(t *testing.T) {
	for _, c := range []struct {
		name    string
		request int64
		before  bool
		want    error
		rows    int64
	}{
		{"the first request is lost", 1, true, nil, 2},
		{"the first answer is lost", 1, false, nil, 2},
		{"the request to commit is lost", 2, true, db.ErrUncertain, 1},
		{"the answer to the commit is lost", 2, false, db.ErrUncertain, 2},
	} {
		for _, shared := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, shared %v", c.name, shared), func(t *testing.T) {
				cut := &cutter{before: c.before, shared: shared}
				e := connectCut(t, cut)
				write := func(key string) error {
					return e.Write(t.Context(), func(tx *db.Tx) error {
						if err := tx.Row(`SELECT 1`).Scan(new(int)); err != nil { // sends BEGIN
							return err
						}
						return tx.Queue(db.Do(`INSERT INTO lease (key, full_at) VALUES (?, 1)`, key))
					})
				}
				if err := write("a"); err != nil { // connects and prepares
					t.Fatalf("Write failed: %v", err)
				}
				cut.left.Store(c.request)
				if err := write("b"); !errors.Is(err, c.want) {
					t.Errorf("Write: %v, want %v", err, c.want)
				}
				var n int64
				if err := e.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`SELECT count(*) FROM lease`).Scan(&n) }); err != nil || n != c.rows {
					t.Errorf("%d rows, %v; want %d", n, err, c.rows)
				}
			})
		}
	}
}

// A transaction that the server rolled back instead of committing it, because a
// statement had failed and fn did not say so, is an error.
func TestCommitOfFailedTransaction(t *testing.T) {
	e := filled(t)
	err := e.Write(t.Context(), func(tx *db.Tx) error {
		_, _ = tx.Exec(`SELECT 1/0`)
		return nil
	})
	if !errors.Is(err, pgx.ErrTxCommitRollback) {
		t.Errorf("Write: %v, want %v", err, pgx.ErrTxCommitRollback)
	}
}

// A division by zero of a statement's own is not taken for the one that says that
// no row was changed.
func TestDivisionByZero(t *testing.T) {
	e := filled(t)
	err := e.Write(t.Context(), func(tx *db.Tx) error { return tx.Queue(db.Do(`UPDATE lease SET full_at = 1/0`), db.Do(`SELECT 1/0`)) })
	if code(err) != divisionByZero {
		t.Errorf("Write: %v, want the server's error", err)
	}
}

// A value that cannot be sent fails its statement, and the connection stays.
func TestUnsendable(t *testing.T) {
	e := filled(t)
	err := e.Write(t.Context(), func(tx *db.Tx) error {
		return tx.Queue(db.Do(`INSERT INTO lease (key, full_at) VALUES (?, 1)`, struct{}{}))
	})
	if err == nil || !strings.Contains(err.Error(), "parameter 1") || errors.Is(err, db.ErrUncertain) {
		t.Errorf("Write: %v, want an error about parameter 1", err)
	}
	var n int
	if err := e.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`SELECT count(*) FROM lease`).Scan(&n) }); err != nil || n != 0 {
		t.Errorf("%d rows, %v; want none", n, err)
	}
}
