// Package ledgerdb keeps the ledger in SQL: charges and the packs they are held
// on, their entries, nonces, idempotency keys, results, and counts by day.
//
// Units move by guarded updates (… WHERE units_left >= ?). Each method is one
// transaction that locks rows in one order: nonce, charge, packs, counts. So it
// is correct on any engine that loses no updates, with any number of servers.
// The rows that all charges of an account share, packs and counts, are locked in
// the last round trip, with the commit.
package ledgerdb

import (
	"database/sql"
	"fmt"
	"sync"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
)

// Options of a Store.
type Options struct {
	// Free is the number of units of each month's free pack; 0 gives none.
	// Existing packs keep theirs.
	Free int64
	// Calendar is used for accounts without a time zone of their own.
	Calendar billing.Calendar
	// Bin returns the histogram bin of a latency; required.
	Bin func(time.Duration) int
}

// Store is the ledger. It is safe for concurrent use.
type Store struct {
	engine    db.Engine
	options   Options
	calendars sync.Map // by zone
}

// New returns the ledger of an open, migrated database.
func New(e db.Engine, o Options) *Store { return &Store{engine: e, options: o} }

// payer is what a charge needs to know about its account.
type payer struct {
	id      string
	closed  bool
	postpay bool
	balance int64
	since   sql.NullInt64 // when the balance became negative
	created int64
	zone    sql.NullString
}

// payer reads an account. It returns ledger.ErrUnknown if there is none.
func (s *Store) payer(tx *db.Tx, id string) (payer, error) {
	a, known := payer{id: id}, false
	if err := tx.Run(findPayer(&a, &known)); err != nil {
		return payer{}, err
	}
	if !known {
		return payer{}, unknownAccount(id)
	}
	return a, nil
}

// findPayer reads the account a.id, and whether there is one.
func findPayer(a *payer, known *bool) db.Statement {
	return db.Do(`SELECT state, postpay, balance, negative_since, created_at, zone FROM account WHERE id = ?`, a.id).
		Each(func(scan func(...any) error) error {
			var state string
			var postpay int64
			err := scan(&state, &postpay, &a.balance, &a.since, &a.created, &a.zone)
			*known, a.closed, a.postpay = true, state != "active", postpay != 0
			return err
		})
}

func unknownAccount(id string) error { return fmt.Errorf("%w: account %.40q", ledger.ErrUnknown, id) }

// served returns ledger.ErrClosed or ErrArrears if the account is not served.
func (a payer) served(at time.Time) error {
	if a.closed {
		return ledger.ErrClosed
	}
	if !billing.Stand(billing.Cents(a.balance), db.FromMicros(a.since.Int64), at).Served() {
		return ledger.ErrArrears
	}
	return nil
}

// calendar returns the calendar of a zone; the standard one for none.
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
