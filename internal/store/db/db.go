// Package db lets the stores use SQL in one way for every engine.
//
// A store's code is written once, with ? for parameters and the SQL that SQLite
// and PostgreSQL share (RETURNING, ON CONFLICT, no functions of one engine). A
// Dialect has the differences; an Engine starts, shares and ends transactions.
// Rows are not mapped to structs.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// Engine is an open database. It is safe for concurrent use.
type Engine interface {
	// Read runs fn on one consistent snapshot, which fn must not write to. It
	// returns fn's error, ErrClosed, a *PanicError, or the engine's. As in
	// Write, fn may run more than once.
	Read(ctx context.Context, fn func(*Tx) error) error
	// ErrBroken means that the disk failed during a transaction. Nothing is
	// written until the database is reopened.
	Write(ctx context.Context, fn func(*Tx) error) error
	// Dialect returns the differences of the engine's SQL.
	Dialect() *Dialect
	// Close closes the engine after running transactions have ended. It may be
	// called twice.
	Close() error
}

// Errors of engines.
var (
	ErrClosed = errors.New("database: closed")
	// ErrBroken means that the disk failed during a transaction. Nothing is
	// written until the database is reopened.
	ErrBroken = errors.New("database: not writable after a disk error")
	// ErrUncertain means that the connection was lost during a commit, whose
	// outcome is unknown.
	ErrUncertain = errors.New("database: connection lost during commit, outcome unknown")
)

// PanicError wraps a panic in a transaction, which had no effect.
type PanicError struct {
	Value any
	Stack []byte
}

// Error prints only the type of the value, which may be secret.
func (e *PanicError) Error() string {
	return fmt.Sprintf("database: transaction panicked with a %T", e.Value)
}

// Contain runs fn and turns a panic into a *PanicError. It is for engines.
func Contain(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return fn()
}

// Querier runs statements: *sql.Tx, *sql.Conn, or an engine's own type.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Tx is a running transaction. It belongs to the goroutine that runs fn and
// ends with it.
type Tx struct {
	// The engine chooses the context of statements, not the author of the
	// statements: see Engine.Write.
	ctx     context.Context
	run     Querier
	dialect *Dialect
}

// NewTx returns a transaction whose statements run on q. It is for engines.
func NewTx(ctx context.Context, q Querier, d *Dialect) *Tx {
	return &Tx{ctx: ctx, run: q, dialect: d}
}

// Dialect returns the engine's dialect.
func (t *Tx) Dialect() *Dialect { return t.dialect }

// Exec runs a statement and returns how many rows it changed.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	r, err := t.run.ExecContext(t.ctx, t.dialect.Bind(query), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Row runs a query for one row. Its Scan returns sql.ErrNoRows if there is
// none.
func (t *Tx) Row(query string, args ...any) *sql.Row {
	return t.run.QueryRowContext(t.ctx, t.dialect.Bind(query), args...)
}

// Each runs a query and calls fn for each row. It stops at fn's first error and
// returns it. No other statement may run on the transaction until Each returns.
func (t *Tx) Each(fn func(scan func(dest ...any) error) error, query string, args ...any) error {
	rows, err := t.run.QueryContext(t.ctx, t.dialect.Bind(query), args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ForUpdate is the end of a SELECT that locks its rows until the transaction
// ends; empty if the engine runs one write transaction at a time.
func (t *Tx) ForUpdate() string { return t.dialect.ForUpdate }

// Times are stored as microseconds in UTC, and read back as such.

// FromMicros returns a stored time.
func FromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }

// OptionalTime returns a stored time that may be missing.
func OptionalTime(us sql.NullInt64) *time.Time {
	if !us.Valid {
		return nil
	}
	t := FromMicros(us.Int64)
	return &t
}

// NullMicros returns the stored form of a time that may be missing.
func NullMicros(t *time.Time) sql.NullInt64 {
	if t == nil || t.IsZero() {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: true}
}
