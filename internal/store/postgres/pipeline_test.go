package postgres

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
)

// cutter cuts connections when a request with a text is sent: before the server
// has it, or before its answer comes.
type cutter struct {
	text   string
	before bool
	left   atomic.Int64 // how many it still cuts
}

func (c *cutter) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return &cutConn{Conn: conn, by: c}, err
}

type cutConn struct {
	net.Conn
	by  *cutter
	cut atomic.Bool
}

// Write sends a request or cuts the connection.
func (c *cutConn) Write(b []byte) (int, error) {
	if !bytes.Contains(b, []byte(c.by.text)) || c.by.left.Add(-1) < 0 {
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

// A connection that is lost before COMMIT was sent had no effect, and the
// transaction is run again. After that nobody knows: the caller is told so, and the
// transaction is run once at most.
func TestLostConnection(t *testing.T) {
	for _, c := range []struct {
		name, text string
		before     bool
		want       error
		rows       int64
	}{
		{"the first request is lost", "BEGIN", true, nil, 1},
		{"the first answer is lost", "BEGIN", false, nil, 1},
		{"the request to commit is lost", "COMMIT", true, db.ErrUncertain, 0},
		{"the answer to the commit is lost", "COMMIT", false, db.ErrUncertain, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := pgtest.URL(t)
			filledAt(t, address)
			config, err := configure(Options{URL: address})
			if err != nil {
				t.Fatalf("configure failed: %v", err)
			}
			cut := &cutter{text: c.text, before: c.before}
			config.ConnConfig.DialFunc = cut.dial
			e, err := connect(t.Context(), address, config)
			if err != nil {
				t.Fatalf("connect failed: %v", err)
			}
			t.Cleanup(func() { _ = e.Close() })
			cut.left.Store(1)
			err = e.Write(t.Context(), func(tx *db.Tx) error {
				if err := tx.Row(`SELECT 1`).Scan(new(int)); err != nil { // sends BEGIN
					return err
				}
				return tx.Queue(db.Do(`INSERT INTO lease (key, full_at) VALUES ('a', 1)`))
			})
			if !errors.Is(err, c.want) {
				t.Errorf("Write: %v, want %v", err, c.want)
			}
			var n int64
			if err := e.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`SELECT count(*) FROM lease`).Scan(&n) }); err != nil || n != c.rows {
				t.Errorf("%d rows, %v; want %d", n, err, c.rows)
			}
		})
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
