package postgres

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kahao/kahao/internal/store/db"
)

// Read runs fn on a snapshot. It retries if the connection was lost.
func (e *Engine) Read(ctx context.Context, fn func(*db.Tx) error) error {
	return e.retry(ctx, func(ctx context.Context, c *pgx.Conn) error {
		p := &pipeline{conn: c, begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
		defer p.rollback(ctx)
		return db.Contain(func() error { return fn(db.NewTx(ctx, p, dialect)) })
	})
}

// Write runs fn in a transaction. It retries if a conflict or a stopping server
// has rolled it back.
func (e *Engine) Write(ctx context.Context, fn func(*db.Tx) error) error {
	return e.retry(ctx, func(ctx context.Context, c *pgx.Conn) error {
		p := &pipeline{conn: c, begin: "BEGIN"}
		defer p.rollback(ctx)
		if err := db.Contain(func() error { return fn(db.NewTx(ctx, p, dialect)) }); err != nil {
			return err
		}
		return p.commit(ctx)
	})
}

// retry runs a transaction until it succeeds, fails with an error that a retry
// cannot cure, or its time is over. The context only cancels the wait for the
// first connection; after that the outcome is returned.
func (e *Engine) retry(ctx context.Context, once func(context.Context, *pgx.Conn) error) error {
	if e.end.Err() != nil {
		return db.ErrClosed
	}
	work, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxTransaction)
	defer cancel()
	for wait := time.Millisecond; ; wait = min(2*wait, 250*time.Millisecond) {
		err := e.try(ctx, work, once)
		if err == nil || !transient(err) {
			return err
		}
		select {
		case <-e.end.Done():
			return err
		case <-ctx.Done():
			return err
		case <-work.Done():
			return err
		case <-time.After(wait/2 + rand.N(wait)): // jitter
		}
	}
}

func (e *Engine) try(ctx, work context.Context, once func(context.Context, *pgx.Conn) error) error {
	c, err := e.pool.Acquire(ctx)
	if err != nil {
		if e.end.Err() != nil {
			return db.ErrClosed
		}
		return err
	}
	defer c.Release()
	return once(work, c.Conn())
}

const adminShutdown = "57P01"

// transient reports whether a transaction had no effect and may succeed in a
// retry: it conflicted with another, or the server is starting, stopping or
// unreachable.
func transient(err error) bool {
	if errors.Is(err, db.ErrUncertain) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	switch code(err) {
	case "40001", "40P01", // could not serialise, deadlock
		adminShutdown, "57P02", "57P03", // stopping, crashed, starting
		"53300": // too many connections
		return true
	case "":
	default:
		return false
	}
	var network net.Error
	return pgconn.SafeToRetry(err) || errors.As(err, &network) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
