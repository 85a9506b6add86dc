package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// maxStatements bounds the bytes of the prepared statements; the stores' own take
// a third.
const maxStatements = 4 << 20

// preparedSize estimates what SQLite keeps for a statement: its text, parsed, and
// the program of it.
func preparedSize(query string) int { return 8<<10 + 16*len(query) }

// statements is a connection that prepares each statement once. It is not safe
// for concurrent use.
type statements struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
	bytes    int
}

func (s *statements) prepare(query string) (*sql.Stmt, error) {
	if p, ok := s.prepared[query]; ok {
		return p, nil
	}
	p, err := s.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	for old, unused := range s.prepared {
		if s.bytes+preparedSize(query) <= maxStatements {
			break
		}
		delete(s.prepared, old)
		s.bytes -= preparedSize(old)
		if err := unused.Close(); err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	s.prepared[query] = p
	s.bytes += preparedSize(query)
	return p, nil
}

// ExecContext runs a statement.
func (s *statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	p, err := s.prepare(query)
	if err != nil {
		return nil, err
	}
	return p.ExecContext(ctx, args...)
}

// QueryContext runs a query.
func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	p, err := s.prepare(query)
	if err != nil {
		return nil, err
	}
	return p.QueryContext(ctx, args...)
}

// QueryRowContext runs a query for one row.
func (s *statements) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	p, err := s.prepare(query)
	if err != nil {
		return s.conn.QueryRowContext(ctx, query, args...) // returns the same error
	}
	return p.QueryRowContext(ctx, args...)
}

// close closes the statements and the connection.
func (s *statements) close() error {
	var errs []error
	for _, p := range s.prepared {
		errs = append(errs, p.Close())
	}
	s.prepared, s.bytes = nil, 0
	return errors.Join(append(errs, s.conn.Close())...)
}
