// Package accountdb keeps accounts, users, keys, buckets, packs and bills in
// the database, and answers the API's question who may call.
//
// Answers needed for every request come from a cache of five seconds: a
// disabled key is accepted for at most that long, by this process or another.
// Changes through the same Store are seen at once. Secrets are sealed, each
// bound to its row and account.
package accountdb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/store/auditdb"
	"github.com/kahao/kahao/internal/store/db"
)

// Options of a Store.
type Options struct {
	Engine   db.Engine         // required
	Keyring  *envelope.Keyring // required
	Calendar billing.Calendar
	Prices   billing.Prices
	// Retention of replies for accounts without their own.
	Retention time.Duration
	// Conceal makes the lookup of an unknown key as much work as that of a known
	// one, so that its time does not tell them apart.
	Conceal bool
	// Now and Random are the clock and the source of IDs and secrets; nil
	// means the system's.
	Now    func() time.Time
	Random io.Reader
}

// Store keeps accounts in a database. Every method is one transaction. Besides
// the errors that a method names it returns those of the engine. It is safe for
// concurrent use.
type Store struct {
	Options
	keys *cache[*access] // by SecretId
	apps *cache[*app]    // by app id
	used lastUsed
}

// New returns the store of a migrated database.
func New(o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	return &Store{Options: o, keys: newCache(keysMemory, (*access).size), apps: newCache(appsMemory, (*app).size)}
}

// write runs fn as one transaction, with the entry of the audit log if the
// context has one, and clears the caches.
func (s *Store) write(ctx context.Context, fn func(tx *db.Tx, now time.Time) error) error {
	err := s.Engine.Write(ctx, func(tx *db.Tx) error {
		now := s.Now().UTC()
		if err := fn(tx, now); err != nil {
			return err
		}
		return auditdb.Add(ctx, tx, now)
	})
	s.keys.clear()
	s.apps.clear()
	return err
}

// notFound turns sql.ErrNoRows into ErrUnknown, with a description of the row.
func notFound(what string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %s", account.ErrUnknown, what)
	}
	return err
}

// wrapUnique turns a unique-constraint violation into ErrExists.
func wrapUnique(d *db.Dialect, what string, err error) error {
	if err != nil && d.IsUnique(err) {
		return fmt.Errorf("%w: %s", account.ErrExists, what)
	}
	return err
}

// AADs of sealed columns.

func secretAAD(secretID, accountID string) envelope.AAD {
	return envelope.AAD{Table: "api_key", Column: "secret_ct", Row: secretID, Account: accountID}
}

func tokenAAD(accountID string) envelope.AAD {
	return envelope.AAD{Table: "account", Column: "token_key_ct", Row: accountID, Account: accountID}
}

// Rates are stored in millionths of a request per second.

func fromRate(l ratelimit.Limit) int64 { return int64(l.PerSecond*1e6 + 0.5) }

func toRate(micro, burst int64) ratelimit.Limit {
	return ratelimit.Limit{PerSecond: float64(micro) / 1e6, Burst: int(burst)}
}

// checkRate returns an error for an invalid rate, or one that rounds to zero.
func checkRate(l ratelimit.Limit) error {
	if err := l.Validate(); err != nil {
		return fmt.Errorf("%w: %w", account.ErrIncomplete, err)
	}
	if l.PerSecond > 0 && fromRate(l) == 0 {
		return fmt.Errorf("%w: a rate below 0.000001 per second", account.ErrIncomplete)
	}
	return nil
}

// list encodes a list for a column.
func list(items []string) string {
	if len(items) == 0 {
		return "[]"
	}
	text, _ := json.Marshal(items) // strings always encode
	return string(text)
}

func parseList(text string) (items []string, err error) {
	err = json.Unmarshal([]byte(text), &items)
	return items, err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// CountAccounts returns the number of accounts in a database.
func CountAccounts(ctx context.Context, e db.Engine) (n int64, err error) {
	err = e.Read(ctx, func(tx *db.Tx) error { return tx.Row(`SELECT COUNT(*) FROM account`).Scan(&n) })
	return n, err
}
