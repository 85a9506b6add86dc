// Package db is how the stores speak SQL: one way for every engine.
//
// A store's code is written once, with ? for its parameters and in the part of
// SQL that SQLite and PostgreSQL share (RETURNING, ON CONFLICT, no engine's own
// functions). What engines differ in is in a Dialect, and how they begin, share
// and end transactions is in an Engine. There is no mapping of rows to structs.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// Engine is a database that is open. It is safe for concurrent use.
type Engine interface {
	// Read runs fn on one consistent view of the database, which fn must not
	// write to. It returns fn's error, ErrClosed, a *PanicError, or the
	// engine's. Like Write's, fn may run more than once.
	Read(ctx context.Context, fn func(*Tx) error) error
	// Write runs fn as one transaction, which is durable when Write returns
	// nil, and without effect when it returns an error: fn's own, ErrClosed,
	// ErrBroken, ErrUncertain, a *PanicError, or that of the engine.
	//
	// A context that is done before the transaction begins ends the wait, and
	// nothing is done. One that is done later is not looked at: the caller is
	// told what became of the transaction.
	//
	// fn may run more than once, so what it sets outside itself it must set
	// anew each time. It must not call Read or Write.
	Write(ctx context.Context, fn func(*Tx) error) error
	// Dialect is what sets the engine's SQL apart.
	Dialect() *Dialect
	// Close ends the engine once what was begun has ended. It may be called
	// twice.
	Close() error
}

// The errors of engines.
var (
	ErrClosed = errors.New("db: the database is closed")
	// ErrBroken: the disk failed while a transaction was written. Nothing is
	// written any more until the database is opened anew.
	ErrBroken = errors.New("db: the database cannot be written")
	// ErrUncertain: the connection was lost while the transaction ended, and
	// nobody knows how.
	ErrUncertain = errors.New("db: it is not known whether the transaction took effect")
)

// PanicError is what a panic in a transaction becomes. The transaction had no
// effect.
type PanicError struct {
	Value any
	Stack []byte
}

// Error names the value's type alone: the value may hold what must not be
// printed.
func (e *PanicError) Error() string {
	return fmt.Sprintf("db: a transaction panicked with a %T", e.Value)
}

// Contain runs fn, for engines, and makes a panic of it a *PanicError.
func Contain(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return fn()
}

// Querier is what runs statements: *sql.Tx, *sql.Conn, or an engine's own.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Tx is a transaction under way. It belongs to the goroutine that runs fn, and
// ends with it.
type Tx struct {
	// The engine decides which context statements run with, and not who wrote
	// them: see Engine.Write.
	ctx     context.Context
	run     Querier
	dialect *Dialect
}

// NewTx is for engines: a transaction whose statements q runs.
func NewTx(ctx context.Context, q Querier, d *Dialect) *Tx {
	return &Tx{ctx: ctx, run: q, dialect: d}
}

// Dialect is that of the engine.
func (t *Tx) Dialect() *Dialect { return t.dialect }

// Exec runs a statement and returns how many rows it changed.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	r, err := t.run.ExecContext(t.ctx, t.dialect.Bind(query), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Row runs a query for one row. Its Scan returns sql.ErrNoRows where there is
// none.
func (t *Tx) Row(query string, args ...any) *sql.Row {
	return t.run.QueryRowContext(t.ctx, t.dialect.Bind(query), args...)
}

// Each runs a query and hands fn each row, to scan. It stops at fn's first
// error and returns it. No other statement may run on the transaction until
// Each has returned.
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

// ForUpdate is what a SELECT ends with that must keep its rows from others
// until the transaction ends. It is empty where transactions come one by one.
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
