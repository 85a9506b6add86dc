// Package accountdb keeps accounts, users, keys, buckets, packs and bills in the
// database, and tells the wire who may call.
//
// What it is asked at every request it answers out of a cache of five seconds:
// that is how long, at most, a key that was disabled is still accepted, by this
// process or by another. What commands change through the same Registry is seen
// at once. Secrets are sealed in the tables, each bound to its row and account.
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
	"github.com/kahao/kahao/internal/store/db"
)

// Options of a Registry.
type Options struct {
	Engine   db.Engine         // required
	Keyring  *envelope.Keyring // required
	Calendar billing.Calendar
	Prices   billing.Prices
	// Retention of replies for accounts that have none of their own.
	Retention time.Duration
	// Now and Random are the clock and the source of ids and secrets; nil means
	// the system's.
	Now    func() time.Time
	Random io.Reader
}

// Registry is accounts in a database. It is safe for concurrent use.
type Store struct {
	Options
	keys *cache[*access] // by SecretId
	apps *cache[*app]    // by app id
	used lastUsed
}

var _ account.Registry = (*Store)(nil)

// New returns the store of a database that is migrated.
func New(o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	return &Store{Options: o, keys: newCache[*access](), apps: newCache[*app]()}
}

// write runs fn as one transaction, and forgets what the cache holds.
func (s *Store) write(ctx context.Context, fn func(tx *db.Tx, now time.Time) error) error {
	err := s.Engine.Write(ctx, func(tx *db.Tx) error { return fn(tx, s.Now().UTC()) })
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

// Places of what is sealed.

func secretAAD(secretID, accountID string) envelope.AAD {
	return envelope.AAD{Table: "api_key", Column: "secret_ct", Row: secretID, Account: accountID}
}

func tokenAAD(accountID string) envelope.AAD {
	return envelope.AAD{Table: "account", Column: "token_key_ct", Row: accountID, Account: accountID}
}

// Rates are millionths of a request a second in the tables.

func fromRate(l ratelimit.Limit) int64 { return int64(l.PerSecond*1e6 + 0.5) }

func toRate(micro, burst int64) ratelimit.Limit {
	return ratelimit.Limit{PerSecond: float64(micro) / 1e6, Burst: int(burst)}
}

// checkRate refuses a rate that would be none in the tables.
func checkRate(l ratelimit.Limit) error {
	if err := l.Validate(); err != nil {
		return fmt.Errorf("%w: %w", account.ErrIncomplete, err)
	}
	if l.PerSecond > 0 && fromRate(l) == 0 {
		return fmt.Errorf("%w: a rate below a millionth", account.ErrIncomplete)
	}
	return nil
}

// list is a list in a column.
func list(items []string) string {
	if len(items) == 0 {
		return "[]"
	}
	text, _ := json.Marshal(items) // texts always encode
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
