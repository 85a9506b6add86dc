package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"

	"github.com/jackc/pgx/v5"

	"github.com/kahao/kahao/internal/store/db"
)

// pipeline is a transaction that sends statements together: BEGIN goes with the
// first one, and queued statements with the next that is run or with COMMIT. It
// is not safe for concurrent use.
type pipeline struct {
	conn  *pgx.Conn
	begin string // empty once it is sent
	queue []db.Statement
}

// Queue implements db.Runner.
func (p *pipeline) Queue(_ context.Context, statements []db.Statement) error {
	p.queue = append(p.queue, statements...)
	return nil
}

// SkipSync has the server answer the COMMIT before its log is on disk. A crash of
// the database may then lose the transaction, but no later one without it.
func (p *pipeline) SkipSync() {
	p.queue = append(p.queue, db.Do("SET LOCAL synchronous_commit = off"))
}

// Run implements db.Runner.
func (p *pipeline) Run(ctx context.Context, statements []db.Statement) error {
	p.queue = append(p.queue, statements...)
	if len(statements) == 1 && statements[0].IsScript() {
		return p.script(ctx)
	}
	_, err := p.send(ctx, false)
	return err
}

// script sends the queue, and then its last statement by the simple protocol: the
// extended one takes one statement at a time.
func (p *pipeline) script(ctx context.Context) error {
	last := len(p.queue) - 1
	text, _ := p.queue[last].Query()
	p.queue = p.queue[:last]
	if _, err := p.send(ctx, false); err != nil {
		return err
	}
	_, err := p.conn.Exec(ctx, text, pgx.QueryExecModeSimpleProtocol)
	return err
}

// commit sends the queue with COMMIT. It returns db.ErrUncertain if the
// connection was lost and the transaction may have been committed.
func (p *pipeline) commit(ctx context.Context) error {
	if p.begin != "" && len(p.queue) == 0 {
		return nil // nothing was done
	}
	uncertain, err := p.send(ctx, true)
	if uncertain {
		return errors.Join(db.ErrUncertain, err)
	}
	return err
}

// send sends BEGIN, if it was not sent yet, the queued statements, and COMMIT, in
// one round trip, and passes on the answers. If it fails, the server runs nothing
// that follows, so it does not commit. uncertain means that the COMMIT was sent,
// and that no answer says whether it was run.
func (p *pipeline) send(ctx context.Context, commit bool) (uncertain bool, err error) {
	batch := &pgx.Batch{}
	begin := p.begin != ""
	if begin {
		batch.Queue(p.begin)
	}
	for _, s := range p.queue {
		query, args, err := encode(s)
		if err != nil {
			return false, err
		}
		batch.Queue(query, args...)
	}
	if commit {
		batch.Queue("COMMIT")
	}
	if batch.Len() == 0 {
		return false, nil
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if p.conn.IsClosed() {
		return false, net.ErrClosed
	}
	queue := p.queue
	p.begin, p.queue = "", nil
	results := p.conn.SendBatch(ctx, batch)
	defer func() {
		if closed := results.Close(); err == nil {
			err = closed
		}
	}()
	if begin {
		if _, err := results.Exec(); err != nil {
			return commit && lost(err), err
		}
	}
	for _, s := range queue {
		if err := answer(results, s); err != nil {
			return commit && lost(err), err
		}
	}
	if !commit {
		return false, nil
	}
	tag, err := results.Exec()
	if err != nil {
		// A stopping server may have committed before it stopped.
		return lost(err) || code(err) == adminShutdown, err
	}
	if tag.String() != "COMMIT" {
		return false, pgx.ErrTxCommitRollback
	}
	return false, nil
}

// lost reports whether an error is no answer of the server. pgconn.SafeToRetry
// does not say so: for a batch whose answer is lost it is true.
func lost(err error) bool {
	var unchanged *unchangedError
	return code(err) == "" && !errors.As(err, &unchanged)
}

// encode returns a statement as it is sent. One that must change a row is wrapped
// in a query that fails if it changes none: the statements behind it, and COMMIT,
// are sent before its answer is known.
func encode(s db.Statement) (query string, args []any, err error) {
	query, given := s.Query()
	args = make([]any, len(given))
	for i, a := range given {
		if args[i], err = driver.DefaultParameterConverter.ConvertValue(a); err != nil {
			return "", nil, fmt.Errorf("postgres: parameter %d: %w", i+1, err)
		}
	}
	if s.Unchanged() != nil {
		query = "WITH changed AS (" + query + " RETURNING 1) SELECT 1 / count(*) FROM changed"
	}
	return query, args, nil
}

const divisionByZero = "22012"

// unchangedError says that a statement changed no row.
type unchangedError struct{ error }

// Unwrap returns the error that the statement was given.
func (e *unchangedError) Unwrap() error { return e.error }

// answer reads the answer to a statement.
func answer(results pgx.BatchResults, s db.Statement) error {
	if s.IsQuery() {
		rows, err := results.Query()
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := s.Scan(rows.Scan); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	tag, err := results.Exec()
	if unchanged := s.Unchanged(); unchanged != nil && code(err) == divisionByZero {
		return &unchangedError{unchanged}
	}
	if err != nil {
		return err
	}
	return s.Changed(tag.RowsAffected())
}

// rollback ends a transaction that was not committed. If that fails, the pool
// closes the connection.
func (p *pipeline) rollback(ctx context.Context) {
	if p.conn.IsClosed() || p.conn.PgConn().TxStatus() == 'I' {
		return
	}
	_, _ = p.conn.Exec(ctx, "ROLLBACK")
}
