// Package postgres is the engine for several replicas: PostgreSQL, through
// pgx. Replicas keep nothing of their own; what one has acknowledged is in the
// database, fsynced, before it says so.
//
// It keeps no state in a connection, so that it works behind PgBouncer in
// transaction mode (spec/storage.md, section 3).
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/kahao/kahao/internal/store/db"
)

// Options of an Engine.
type Options struct {
	URL         string // postgres:// or postgresql://, as libpq knows it; required
	Connections int    // at most; 0 means 16
}

const (
	defaultConnections = 16
	// longest is how long a transaction may take. Its work is a few rows: one
	// that takes longer waits for a lock or a server that does not come.
	longest = 15 * time.Second
	// reachable is how long Open tries a server that is only starting.
	reachable = 10 * time.Second
)

// Engine is a PostgreSQL database that is open.
type Engine struct {
	pool *pgxpool.Pool
	sql  *sql.DB
	// end is done when the engine is closed.
	end    context.Context
	finish context.CancelFunc
}

var _ db.Engine = (*Engine)(nil)

// dialect is shared: what it has learnt of queries holds for every database.
var dialect = &db.Dialect{
	Name:      "postgres",
	Numbered:  true,
	ForUpdate: " FOR UPDATE",
	Lock:      "SELECT pg_advisory_xact_lock(6003001)", // any number, but always this one
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

// Open connects to the database. It does not migrate. It returns an error for
// an address that means nothing, and for a server that cannot be reached or
// that would forget what it has acknowledged. No error holds the password.
func Open(ctx context.Context, o Options) (*Engine, error) {
	config, err := configure(o)
	if err != nil {
		return nil, err
	}
	return connect(ctx, o.URL, config)
}

func connect(ctx context.Context, address string, config *pgxpool.Config) (*Engine, error) {
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	e := &Engine{pool: pool, sql: stdlib.OpenDBFromPool(pool)}
	e.end, e.finish = context.WithCancel(context.WithoutCancel(ctx))
	if err := e.check(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("postgres: %s: %w", Redact(address), err), e.Close())
	}
	return e, nil
}

func configure(o Options) (*pgxpool.Config, error) {
	if !IsURL(o.URL) {
		return nil, errors.New("postgres: the address must begin with postgres:// or postgresql://")
	}
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil { // which would quote the address
		return nil, fmt.Errorf("postgres: %s is not an address of a database", Redact(o.URL))
	}
	config.MaxConns = defaultConnections
	if o.Connections > 0 {
		config.MaxConns = int32(o.Connections)
	}
	// One round trip a statement, and nothing prepared in a connection.
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.ConnConfig.StatementCacheCapacity, config.ConnConfig.DescriptionCacheCapacity = 0, 0
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	return config, nil
}

// check refuses a server that would lose what it has acknowledged. One that is
// starting is waited for.
func (e *Engine) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, reachable)
	defer cancel()
	for {
		var fsync, commit string
		err := e.sql.QueryRowContext(ctx, "SELECT current_setting('fsync'), current_setting('synchronous_commit')").Scan(&fsync, &commit)
		switch {
		case err == nil && (fsync == "off" || commit == "off"):
			return fmt.Errorf("fsync is %s and synchronous_commit is %s: a ledger needs both on", fsync, commit)
		case err == nil:
			return nil
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

// Dialect is that of PostgreSQL.
func (e *Engine) Dialect() *db.Dialect { return dialect }

// Stats tells how many connections are open, and how many are in use.
func (e *Engine) Stats() (open, busy int) {
	s := e.pool.Stat()
	return int(s.TotalConns()), int(s.AcquiredConns())
}

// Close waits for what was begun, and closes the connections.
func (e *Engine) Close() error {
	if e.end.Err() != nil {
		return nil
	}
	e.finish()
	err := e.sql.Close()
	e.pool.Close()
	return err
}

// Redact returns an address without its password, for people to read.
func Redact(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		scheme, _, _ := strings.Cut(address, "://")
		return scheme + "://…"
	}
	u.RawQuery = "" // which may have a password, too
	return u.Redacted()
}

// code is the SQLSTATE of an error, empty where it has none.
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
