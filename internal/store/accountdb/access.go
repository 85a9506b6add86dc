package accountdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/bearer"
	"github.com/kahao/kahao/internal/service/masking"
	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store/db"
)

// Fresh is how long cached answers are used: the longest time that a disabled
// key is still accepted, by any process.
const Fresh = 5 * time.Second

// maxIDLen bounds an ID that is looked up, and so the bytes of a cache: a client
// chooses the IDs of its signature.
const maxIDLen = 256

// access is what the API needs to know about a key; nil if there is no such
// key.
type access struct {
	key     account.Key
	secret  signature.Secret // of a signing key; empty if it cannot be unsealed
	hash    bearer.Hash      // of a bearer key; zero if it cannot be unsealed
	user    account.User
	account account.Account
	buckets []string
	shape   account.Masker
	may     policy.Set
}

// app is what the API needs to know about an app ID.
type app struct {
	known bool
	rate  ratelimit.Limit
}

var (
	_ signature.Keys = (*Store)(nil)
	_ bearer.Keys    = (*Store)(nil)
)

// App reports whether an account has the app ID. It returns
// account.ErrUnavailable.
func (s *Store) App(ctx context.Context, appID string) (bool, error) {
	if len(appID) > maxIDLen {
		return false, nil
	}
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

// unavailable wraps an engine error as account.ErrUnavailable.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", account.ErrUnavailable, err)
}

// Key returns the signing key with the SecretId. An expired key, and a key of a
// disabled user, count as disabled.
func (s *Store) Key(ctx context.Context, secretID string) (signature.Key, bool, error) {
	a, err := s.access(ctx, secretID)
	if err != nil || a == nil || a.key.Kind != account.Signing {
		return signature.Key{}, false, err
	}
	return signature.Key{AppID: a.key.Account, Secret: a.secret, Disabled: !a.key.Usable(s.Now()) || a.user.Disabled != nil}, true, nil
}

// BearerKey returns the bearer key with the id, as Key does.
func (s *Store) BearerKey(ctx context.Context, id string) (bearer.Key, bool, error) {
	a, err := s.access(ctx, id)
	if err != nil || a == nil || a.key.Kind != account.Bearer {
		return bearer.Key{}, false, err
	}
	return bearer.Key{ID: id, AppID: a.key.Account, Hash: a.hash, Disabled: !a.key.Usable(s.Now()) || a.user.Disabled != nil}, true, nil
}

// Access returns what the key may do for the app ID. It returns
// account.ErrUnavailable if there is no such key any more.
func (s *Store) Access(ctx context.Context, appID, secretID string) (account.Access, error) {
	a, err := s.access(ctx, secretID)
	if err != nil {
		return account.Access{}, err
	}
	if a == nil || a.key.Account != appID {
		return account.Access{}, fmt.Errorf("%w: the key was removed during the request", account.ErrUnavailable)
	}
	retention := a.account.Retention
	if retention == 0 {
		retention = s.Retention
	}
	return account.Access{
		Standing: a.account.Standing(s.Now()), SubAccount: !a.user.Main, User: a.user.ID, Buckets: a.buckets, Only: a.key.Buckets,
		FetchHosts: a.account.FetchHosts, Shape: a.shape, Retention: retention, Policies: a.may,
	}, nil
}

// access reads a key with its user, account, buckets and masking policy.
func (s *Store) access(ctx context.Context, secretID string) (*access, error) {
	if len(secretID) > maxIDLen {
		return nil, nil
	}
	return s.keys.get(ctx, secretID, s.Now(), func(ctx context.Context) (*access, error) {
		a, known, err := s.loadAccess(ctx, secretID)
		if !known {
			return nil, err
		}
		return a, err
	})
}

// loadAccess reads a key and unseals its secrets. If there is no such key, it
// returns nil; with Conceal, and for the id of a bearer key, another key, for the
// work.
func (s *Store) loadAccess(ctx context.Context, secretID string) (a *access, known bool, err error) {
	var sealed, token []byte
	err = s.Engine.Read(ctx, func(tx *db.Tx) error {
		a, sealed, token = &access{}, nil, nil
		var err error
		if known, err = s.readKey(tx, secretID, &a.key, &sealed); err != nil || a.key.SecretID == "" {
			return err
		}
		if a.user, err = userIn(tx, a.key.User, false); err != nil {
			return err
		}
		if a.account, err = accountIn(tx, a.key.Account, false); err != nil {
			return err
		}
		if a.buckets, err = bucketsIn(tx, a.key.Account); err != nil {
			return err
		}
		return tx.Row(`SELECT token_key_ct FROM account WHERE id = ?`, a.key.Account).Scan(&token)
	})
	if err != nil || a.key.SecretID == "" {
		return nil, false, unavailable(err)
	}
	secret, err := s.Keyring.Open(secretAAD(a.key.SecretID, a.key.Account), sealed)
	if err != nil {
		return a, known, nil // without its secret: signature.ErrSecret
	}
	if a.key.Kind == account.Bearer {
		copy(a.hash[:], secret)
	} else {
		a.secret = signature.Secret(secret)
	}
	if token != nil {
		if token, err = s.Keyring.Open(tokenAAD(a.account.ID), token); err != nil {
			token = nil
		}
	}
	if a.may, err = policy.ForUser(a.user.ID, a.user.Main, a.user.Policies); err != nil {
		return a, known, unavailable(err)
	}
	a.shape, err = shaper(a.key.Shape, token)
	return a, known, unavailable(err)
}

// readKey reads a key with its sealed secret and reports whether it exists. With
// Conceal, and for the id of a bearer key, it always reads the first key of all,
// too, and returns it instead of one that does not exist.
func (s *Store) readKey(tx *db.Tx, secretID string, k *account.Key, sealed *[]byte) (known bool, err error) {
	read := func(where string, args ...any) (account.Key, []byte, error) {
		var text []byte
		k, err := scanKey(tx.Row(`SELECT `+keyColumns+`, secret_ct FROM api_key `+where, args...).Scan, &text)
		if errors.Is(err, sql.ErrNoRows) {
			return account.Key{}, nil, nil
		}
		return k, text, err
	}
	if *k, *sealed, err = read(`WHERE secret_id = ?`, secretID); err != nil {
		return false, err
	}
	known = k.SecretID != ""
	if !s.Conceal && !bearer.IsID(secretID) {
		return known, nil
	}
	first, text, err := read(`ORDER BY secret_id LIMIT 1`)
	if err == nil && !known {
		*k, *sealed = first, text
	}
	return known, err
}

// shaper returns the masker of a key's replies; nil if they carry the whole
// number.
func shaper(text []byte, token masking.TokenKey) (account.Masker, error) {
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

// Limit returns the account's own rate from the cache, zero if there is none.
// Call Key first.
func (s *Store) Limit(appID string) ratelimit.Limit {
	if a, ok := s.apps.peek(appID); ok {
		return a.rate
	}
	return ratelimit.Limit{}
}

// KeyLimit returns the key's own rate, like Limit.
func (s *Store) KeyLimit(secretID string) ratelimit.Limit {
	if a, ok := s.keys.peek(secretID); ok && a != nil {
		return a.key.Rate
	}
	return ratelimit.Limit{}
}

// UserOf returns the user of a key from the cache, empty if it is unknown.
func (s *Store) UserOf(secretID string) string {
	if a, ok := s.keys.peek(secretID); ok && a != nil {
		return a.user.ID
	}
	return ""
}
