// Package postgres is the engine for several servers: PostgreSQL, through pgx.
// Servers keep no state of their own; acknowledged data is in the database,
// fsynced.
//
// On a connection of its own it has the server prepare each statement once,
// which saves planning it for every charge. Behind a proxy that shares
// connections between clients, such as PgBouncer in transaction mode, it keeps no
// state in a connection.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kahao/kahao/internal/store/db"
)

// Options of an Engine.
type Options struct {
	URL         string // postgres:// or postgresql://, as in libpq; required
	Connections int    // maximum; 0 means 16
}

const (
	defaultConnections = 16
	// maxTransaction bounds a transaction. It touches a few rows: a longer one
	// waits for a lock or for a server that does not answer.
	maxTransaction = 15 * time.Second
	// startTimeout is how long Open waits for a starting server.
	startTimeout = 10 * time.Second
	// maxPrepared is how many statements a connection keeps prepared: more than
	// there are, but for the lists of the console.
	maxPrepared = 256
)

// Engine is an open PostgreSQL database.
type Engine struct {
	pool *pgxpool.Pool
	// prepares has new connections prepare their statements.
	prepares atomic.Bool
	// end is done when the engine is closed.
	end    context.Context
	finish context.CancelFunc
}

var _ db.Engine = (*Engine)(nil)

// dialect is shared by all databases, with its cache of queries.
var dialect = &db.Dialect{
	Name:      "postgres",
	Numbered:  true,
	ForUpdate: " FOR UPDATE",
	Lock:      "SELECT pg_advisory_xact_lock(6003001)", // arbitrary, constant
	HasTable: func(tx *db.Tx, name string) (found bool, err error) {
		err = tx.Row(`SELECT to_regclass(quote_ident(?)) IS NOT NULL`, name).Scan(&found)
		return found, err
	},
	IsUnique: func(err error) bool { return code(err) == "23505" },
	IsCheck:  func(err error) bool { return code(err) == "23514" },
}

// IsURL reports whether a setting names a PostgreSQL database.
func IsURL(s string) bool {
	return strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://")
}

// Open connects to the database, without migrating it. It returns an error for
// an invalid URL, for a server that cannot be reached, and for one whose
// settings could lose acknowledged data. No error contains the password.
func Open(ctx context.Context, o Options) (*Engine, error) {
	config, err := configure(o)
	if err != nil {
		return nil, err
	}
	return connect(ctx, o.URL, config)
}

func connect(ctx context.Context, url string, config *pgxpool.Config) (*Engine, error) {
	e := &Engine{}
	config.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
		if e.prepares.Load() {
			c.DefaultQueryExecMode, c.StatementCacheCapacity = pgx.QueryExecModeCacheStatement, maxPrepared
		}
		return nil
	}
	var err error
	if e.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	e.end, e.finish = context.WithCancel(context.WithoutCancel(ctx))
	if err := e.check(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("postgres: %s: %w", Redact(url), err), e.Close())
	}
	return e, nil
}

func configure(o Options) (*pgxpool.Config, error) {
	if !IsURL(o.URL) {
		return nil, errors.New("postgres: the URL must start with postgres:// or postgresql://")
	}
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil { // quotes the URL
		return nil, fmt.Errorf("postgres: invalid URL %s", Redact(o.URL))
	}
	config.MaxConns = defaultConnections
	if o.Connections > 0 {
		config.MaxConns = int32(o.Connections)
	}
	// Nothing is prepared in a connection, unless check finds that it may be.
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.ConnConfig.StatementCacheCapacity, config.ConnConfig.DescriptionCacheCapacity = 0, 0
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	return config, nil
}

// check refuses a server that could lose acknowledged data, and finds out
// whether its connections can prepare statements. It waits for a starting server.
func (e *Engine) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		var fsync, commit string
		err := e.pool.QueryRow(ctx, "SELECT current_setting('fsync'), current_setting('synchronous_commit')").Scan(&fsync, &commit)
		switch {
		case err == nil && (fsync == "off" || commit == "off"):
			return fmt.Errorf("fsync is %s and synchronous_commit is %s: a ledger needs both on", fsync, commit)
		case err == nil:
			return e.prepare(ctx)
		case !transient(err):
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// prepare has all later connections prepare statements if they lead to the
// server itself. A proxy that shares connections names a process of its own when
// a client connects, so that it can pass on a request to cancel.
func (e *Engine) prepare(ctx context.Context) error {
	c, err := e.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	var process uint32
	if err := c.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&process); err != nil {
		return err
	}
	if process == c.Conn().PgConn().PID() {
		e.prepares.Store(true)
		e.pool.Reset() // closes this connection, too, when it is released
	}
	return nil
}

// Dialect returns PostgreSQL's dialect.
func (e *Engine) Dialect() *db.Dialect { return dialect }

// Stats returns the numbers of open and of busy connections.
func (e *Engine) Stats() (open, busy int) {
	s := e.pool.Stat()
	return int(s.TotalConns()), int(s.AcquiredConns())
}

// Close waits for running transactions and closes the connections.
func (e *Engine) Close() error {
	if e.end.Err() != nil {
		return nil
	}
	e.finish()
	e.pool.Close()
	return nil
}

// Redact returns a URL without its password.
func Redact(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		scheme, _, _ := strings.Cut(s, "://")
		return scheme + "://…"
	}
	u.RawQuery = "" // may contain a password
	return u.Redacted()
}

// code returns the SQLSTATE of an error, empty if it has none.
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
