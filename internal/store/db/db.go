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
	// Write runs fn in a transaction, and commits it unless fn returns an error.
	// It returns the error of fn or of a queued statement, ErrClosed, ErrBroken,
	// ErrUncertain, a *PanicError, or the engine's. ctx can only cancel it before
	// it starts: then the outcome is returned. An engine may run fn again if a
	// conflict rolled the transaction back.
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

// Runner runs the statements of one transaction. It is for engines.
type Runner interface {
	// Run runs statements in order, after the queued ones, and returns the first
	// error. What follows a failed statement has no effect.
	Run(ctx context.Context, statements []Statement) error
	// Queue leaves statements to the next Run or to the commit, whichever comes
	// first. An engine without round trips runs them at once.
	Queue(ctx context.Context, statements []Statement) error
}

// Tx is a running transaction. It belongs to the goroutine that runs fn and
// ends with it.
type Tx struct {
	// The engine chooses the context of statements, not the author of the
	// statements: see Engine.Write.
	ctx     context.Context
	run     Runner
	dialect *Dialect
}

// NewTx returns a transaction whose statements run on r. It is for engines.
func NewTx(ctx context.Context, r Runner, d *Dialect) *Tx {
	return &Tx{ctx: ctx, run: r, dialect: d}
}

// Dialect returns the engine's dialect.
func (t *Tx) Dialect() *Dialect { return t.dialect }

// Run runs statements in order, in one round trip, and returns the first error.
func (t *Tx) Run(statements ...Statement) error {
	return t.run.Run(t.ctx, t.bind(statements))
}

// Queue leaves statements whose answers are not needed to the next statement
// that needs one, or to the commit, so that they cost no round trip of their
// own. Their errors are returned by that statement, or by Write; an engine
// without round trips returns them here. A query cannot be queued.
func (t *Tx) Queue(statements ...Statement) error {
	for _, s := range statements {
		if s.each != nil || s.script {
			return errors.New("database: only a single statement without rows can be queued")
		}
	}
	return t.run.Queue(t.ctx, t.bind(statements))
}

// SkipSync says that the commit need not be on disk when Write returns. It is for
// a transaction whose outcome nobody outside is told before a later one is on
// disk: the log is sequential, so this one is then, too. An engine without such
// a choice ignores it.
func (t *Tx) SkipSync() {
	if r, ok := t.run.(interface{ SkipSync() }); ok {
		r.SkipSync()
	}
}

func (t *Tx) bind(statements []Statement) []Statement {
	for i := range statements {
		if !statements[i].script {
			statements[i].query = t.dialect.Bind(statements[i].query)
		}
	}
	return statements
}

// Exec runs a statement and returns how many rows it changed.
func (t *Tx) Exec(query string, args ...any) (n int64, err error) {
	err = t.Run(Do(query, args...).Count(&n))
	return n, err
}

// Row is a query for one row, which its Scan runs.
type Row struct {
	tx        *Tx
	statement Statement
}

// Row returns a query for one row.
func (t *Tx) Row(query string, args ...any) Row { return Row{t, Do(query, args...)} }

// errEnough ends a query after its first row.
var errEnough = errors.New("database: enough rows")

// Scan runs the query and copies its first row. It returns sql.ErrNoRows if
// there is none.
func (r Row) Scan(dest ...any) error {
	found := false
	err := r.tx.Run(r.statement.Each(func(scan func(...any) error) error {
		found = true
		if err := scan(dest...); err != nil {
			return err
		}
		return errEnough
	}))
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if !found {
		return sql.ErrNoRows
	}
	return nil
}

// Each runs a query and calls fn for each row. It stops at fn's first error and
// returns it. No other statement may run on the transaction until Each returns.
func (t *Tx) Each(fn func(scan func(dest ...any) error) error, query string, args ...any) error {
	return t.Run(Do(query, args...).Each(fn))
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
