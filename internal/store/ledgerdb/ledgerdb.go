// Package ledgerdb keeps the ledger in SQL: charges and what they are held on,
// the entries that they end in, packs, nonces, idempotency keys, results, and
// the counts by day.
//
// Units are moved by guarded updates (… WHERE units_left >= ?), and each verb
// of ledger.Store is one transaction that takes its rows in one order: nonce,
// charge, packs, counts. So it is right on any engine that does not lose
// updates, with any number of servers at once.
package ledgerdb

import (
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
)

// Options of Books.
type Options struct {
	// Free is how many units the free pack of each month has; 0 gives none.
	// Packs that were made already stay as they are.
	Free int64
	// Calendar is that of accounts without a zone of their own.
	Calendar billing.Calendar
	// Bin is which bin of the latencies a call falls in; required.
	Bin func(time.Duration) int
}

// Books is a ledger.Store. It is safe for concurrent use.
type Store struct {
	engine    db.Engine
	options   Options
	calendars sync.Map // of zones, by name
}

// New keeps books in a database that is open and migrated.
func New(e db.Engine, o Options) *Store { return &Store{engine: e, options: o} }

// account is what a charge needs to know of who pays.
type account struct {
	id      string
	closed  bool
	postpay bool
	balance int64
	since   sql.NullInt64 // when the balance became negative
	created int64
	zone    sql.NullString
}

// account returns ledger.ErrUnknown for an account that there is not.
func (s *Store) account(tx *db.Tx, id string) (account, error) {
	a := account{id: id}
	var state string
	err := tx.Row(`SELECT state, postpay, balance, negative_since, created_at, zone FROM account WHERE id = ?`, id).
		Scan(&state, &a.postpay, &a.balance, &a.since, &a.created, &a.zone)
	if errors.Is(err, sql.ErrNoRows) {
		return account{}, fmt.Errorf("%w: account %.40q", ledger.ErrUnknown, id)
	}
	a.closed = state != "active"
	return a, err
}

// served returns ledger.ErrClosed or ErrArrears for an account that is not.
func (a account) served(at time.Time) error {
	if a.closed {
		return ledger.ErrClosed
	}
	if !billing.Stand(billing.Cents(a.balance), db.FromMicros(a.since.Int64), at).Served() {
		return ledger.ErrArrears
	}
	return nil
}

// calendar is that of an account, or the standard one.
func (s *Store) calendar(zone sql.NullString) (billing.Calendar, error) {
	if zone.String == "" {
		return s.options.Calendar, nil
	}
	if c, ok := s.calendars.Load(zone.String); ok {
		return c.(billing.Calendar), nil
	}
	c, err := billing.NewCalendar(zone.String)
	if err != nil {
		return billing.Calendar{}, err
	}
	s.calendars.Store(zone.String, c)
	return c, nil
}
