package db

import (
	"context"
	"database/sql"
	"fmt"
)

// Statement is one SQL statement, and what becomes of its answer.
type Statement struct {
	query     string
	args      []any
	rows      *int64
	each      func(scan func(dest ...any) error) error
	unchanged error
	script    bool
}

// Do returns a statement with its parameters.
func Do(query string, args ...any) Statement { return Statement{query: query, args: args} }

// Script returns several statements, separated by semicolons, without
// parameters.
func Script(text string) Statement { return Statement{query: text, script: true} }

// Count stores in n how many rows the statement changed.
func (s Statement) Count(n *int64) Statement {
	s.rows = n
	return s
}

// Each calls fn for each row of a query, up to fn's first error, which fails the
// statement.
func (s Statement) Each(fn func(scan func(dest ...any) error) error) Statement {
	s.each = fn
	return s
}

// OrFail makes the statement fail with an error if it changes no row. Unlike a
// check of Count, that holds for a statement that is queued with the commit. The
// statement must be an INSERT, an UPDATE or a DELETE without RETURNING.
func (s Statement) OrFail(err error) Statement {
	s.unchanged = err
	return s
}

// Query returns the SQL in the engine's form, and its parameters. It is for
// engines, as are the other methods below.
func (s Statement) Query() (string, []any) { return s.query, s.args }

// Unchanged returns the error of OrFail.
func (s Statement) Unchanged() error { return s.unchanged }

// IsQuery reports whether the statement's rows are wanted.
func (s Statement) IsQuery() bool { return s.each != nil }

// IsScript reports whether there may be several statements.
func (s Statement) IsScript() bool { return s.script }

// Scan passes a row of a query to its function.
func (s Statement) Scan(scan func(dest ...any) error) error { return s.each(scan) }

// Changed notes how many rows the statement changed. It returns the error of
// OrFail if there were none.
func (s Statement) Changed(n int64) error {
	if s.rows != nil {
		*s.rows = n
	}
	if n == 0 {
		return s.unchanged
	}
	return nil
}

// Querier runs single statements, as *sql.Tx and *sql.Conn do.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// OneByOne returns a Runner for an engine without round trips: it runs each
// statement at once.
func OneByOne(q Querier) Runner { return sequential{q} }

type sequential struct{ Querier }

// Run implements Runner.
func (s sequential) Run(ctx context.Context, statements []Statement) error {
	for _, one := range statements {
		if err := s.one(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// Queue implements Runner.
func (s sequential) Queue(ctx context.Context, statements []Statement) error {
	return s.Run(ctx, statements)
}

func (s sequential) one(ctx context.Context, one Statement) error {
	if !one.IsQuery() {
		r, err := s.ExecContext(ctx, one.query, one.args...)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return fmt.Errorf("database: %w", err)
		}
		return one.Changed(n)
	}
	rows, err := s.QueryContext(ctx, one.query, one.args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := one.Scan(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
