package accountdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/masking"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store/db"
)

// Fresh is how long an entry of the cache is used: the longest that a key is
// accepted after it was disabled, by this process or another.
const Fresh = 5 * time.Second

// access is what the wire needs to know of a key; nil where there is none.
type access struct {
	key     account.APIKey
	secret  signature.Secret // empty where it cannot be unsealed
	user    account.User
	account account.Details
	buckets []string
	shape   account.Shaper
}

// app is what the wire needs to know of an app id.
type app struct {
	known bool
	rate  ratelimit.Limit
}

var _ signature.Keys = (*Store)(nil)

// App reports whether an account has the app id.
func (s *Store) App(ctx context.Context, appID string) (bool, error) {
	a, err := s.apps.get(ctx, appID, s.Now(), func(ctx context.Context) (*app, error) {
		a := &app{}
		err := s.Engine.Read(ctx, func(tx *db.Tx) error {
			d, err := accountIn(tx, appID, false)
			if errors.Is(err, account.ErrUnknown) {
				return nil
			}
			a.known, a.rate = err == nil, d.Rate
			return err
		})
		return a, unavailable(err)
	})
	return err == nil && a.known, err
}

// unavailable tells the wire that accounts cannot be asked.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", account.ErrUnavailable, err)
}

// Key returns the key with the SecretId. A key that has ended, or whose user is
// disabled, is disabled.
func (s *Store) Key(ctx context.Context, secretID string) (signature.Key, bool, error) {
	a, err := s.access(ctx, secretID)
	if err != nil || a == nil {
		return signature.Key{}, false, err
	}
	return signature.Key{AppID: a.key.Account, Secret: a.secret, Disabled: !a.key.Usable(s.Now()) || a.user.Disabled != nil}, true, nil
}

// Access returns what the key may do for the app id. It returns
// account.ErrUnavailable when there is no such key for it any more.
func (s *Store) Access(ctx context.Context, appID, secretID string) (account.Access, error) {
	a, err := s.access(ctx, secretID)
	if err != nil {
		return account.Access{}, err
	}
	if a == nil || a.key.Account != appID {
		return account.Access{}, fmt.Errorf("%w: the key went while it was used", account.ErrUnavailable)
	}
	retention := a.account.Retention
	if retention == 0 {
		retention = s.Retention
	}
	return account.Access{
		Standing: a.account.Standing(s.Now()), SubAccount: !a.user.Main, User: a.user.ID, Buckets: a.buckets, Only: a.key.Buckets,
		FetchHosts: a.account.FetchHosts, Shape: a.shape, Retention: retention,
	}, nil
}

// access reads a key with everything about it.
func (s *Store) access(ctx context.Context, secretID string) (*access, error) {
	return s.keys.get(ctx, secretID, s.Now(), func(ctx context.Context) (*access, error) {
		var a *access
		var sealed, token []byte
		err := s.Engine.Read(ctx, func(tx *db.Tx) error {
			found := &access{}
			var err error
			found.key, err = scanKey(tx.Row(`SELECT `+keyColumns+`, secret_ct FROM api_key WHERE secret_id = ?`, secretID).Scan, &sealed)
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			if found.user, err = userIn(tx, found.key.User, false); err != nil {
				return err
			}
			if found.account, err = accountIn(tx, found.key.Account, false); err != nil {
				return err
			}
			if found.buckets, err = bucketsIn(tx, found.key.Account); err != nil {
				return err
			}
			err = tx.Row(`SELECT token_key_ct FROM account WHERE id = ?`, found.key.Account).Scan(&token)
			a = found
			return err
		})
		if err != nil || a == nil {
			return nil, unavailable(err)
		}
		secret, err := s.Keyring.Open(secretAAD(a.key.SecretID, a.key.Account), sealed)
		if err != nil {
			return a, nil // a key without its secret: signature.ErrSecret
		}
		a.secret = signature.Secret(secret)
		if token != nil {
			if token, err = s.Keyring.Open(tokenAAD(a.account.ID), token); err != nil {
				token = nil
			}
		}
		a.shape, err = shaper(a.key.Shape, token)
		return a, unavailable(err)
	})
}

// shaper is what a key's replies carry of a number; nil where that is all of it.
func shaper(text []byte, token masking.TokenKey) (account.Shaper, error) {
	p, err := masking.ParsePolicy(text)
	if err != nil || p == (masking.Policy{}) {
		return nil, err
	}
	s, err := masking.New(p, token)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Limit is the account's own rate, for quota; zero where he has none. It is
// asked after Key, and answers from memory.
func (s *Store) Limit(appID string) ratelimit.Limit {
	if a, ok := s.apps.peek(appID); ok {
		return a.rate
	}
	return ratelimit.Limit{}
}

// KeyLimit is the key's own rate, likewise.
func (s *Store) KeyLimit(secretID string) ratelimit.Limit {
	if a, ok := s.keys.peek(secretID); ok && a != nil {
		return a.key.Rate
	}
	return ratelimit.Limit{}
}

// UserOf is whose key it is, as far as that is known without asking.
func (s *Store) UserOf(secretID string) string {
	if a, ok := s.keys.peek(secretID); ok && a != nil {
		return a.user.ID
	}
	return ""
}
