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
	"github.com/kahao/kahao/internal/store/cache"
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
type Registry struct {
	Options
	keys *cache.Cache[*access] // by SecretId
	apps *cache.Cache[*app]    // by app id
	used lastUsed
}

var _ account.Registry = (*Registry)(nil)

// New returns the registry of a database that is migrated.
func New(o Options) *Registry {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	return &Registry{Options: o, keys: cache.New[*access](Fresh), apps: cache.New[*app](Fresh)}
}

// write runs fn as one transaction, and forgets what the cache holds.
func (r *Registry) write(ctx context.Context, fn func(tx *db.Tx, now time.Time) error) error {
	err := r.Engine.Write(ctx, func(tx *db.Tx) error { return fn(tx, r.Now().UTC()) })
	r.keys.Clear()
	r.apps.Clear()
	return err
}

// one runs a query for one row, and returns ErrUnknown with what was looked
// for where there is none.
func one(what string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %s", account.ErrUnknown, what)
	}
	return err
}

// taken is ErrExists for a row that there is already.
func taken(d *db.Dialect, what string, err error) error {
	if err != nil && d.IsUnique(err) {
		return fmt.Errorf("%w: %s", account.ErrExists, what)
	}
	return err
}

// Places of what is sealed.

func secretPlace(secretID, accountID string) envelope.Place {
	return envelope.Place{Table: "api_key", Column: "secret_ct", Row: secretID, Account: accountID}
}

func tokenPlace(accountID string) envelope.Place {
	return envelope.Place{Table: "account", Column: "token_key_ct", Row: accountID, Account: accountID}
}

// Times are microseconds in the tables.

func micros(t time.Time) int64 { return t.UnixMicro() }

func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }

func orNil(us sql.NullInt64) *time.Time {
	if !us.Valid {
		return nil
	}
	t := fromMicros(us.Int64)
	return &t
}

func orNull(t *time.Time) sql.NullInt64 {
	if t == nil || t.IsZero() {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: micros(*t), Valid: true}
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
