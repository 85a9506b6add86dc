package accountdb

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/bearer"
	"github.com/kahao/kahao/internal/service/masking"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store/db"
)

const keyColumns = `secret_id, account_id, user_id, buckets, shape, rate_per_second, rate_burst, created_at, expires_at, disabled_at, last_used_day, kind`

func scanKey(scan func(...any) error, more ...any) (k account.Key, err error) {
	var buckets, shape string
	var rate, burst, created int64
	var expires, disabled sql.NullInt64
	var used sql.NullString
	into := []any{&k.SecretID, &k.Account, &k.User, &buckets, &shape, &rate, &burst, &created, &expires, &disabled, &used, &k.Kind}
	if err := scan(append(into, more...)...); err != nil {
		return k, err
	}
	k.Shape, k.Rate, k.Created = json.RawMessage(shape), toRate(rate, burst), db.FromMicros(created)
	k.Expires, k.Disabled, k.LastUsed = db.OptionalTime(expires), db.OptionalTime(disabled), used.String
	k.Buckets, err = parseList(buckets)
	return k, err
}

func keyIn(tx *db.Tx, secretID string) (account.Key, error) {
	k, err := scanKey(tx.Row(`SELECT `+keyColumns+` FROM api_key WHERE secret_id = ?`+tx.ForUpdate(), secretID).Scan)
	return k, notFound("key "+secretID, err)
}

// keysOf reads the keys of a user and locks the user, so that no two keys are
// created at once.
func keysOf(tx *db.Tx, user string) (all []account.Key, err error) {
	if _, err := userIn(tx, user, true); err != nil {
		return nil, err
	}
	err = tx.Each(func(scan func(...any) error) error {
		k, err := scanKey(scan)
		all = append(all, k)
		return err
	}, `SELECT `+keyColumns+` FROM api_key WHERE user_id = ?`, user)
	return all, err
}

// keyRow is the part of a new key besides its IDs and secret.
type keyRow struct {
	kind           account.KeyKind // empty means Signing
	buckets, shape string
	rate, burst    int64
	created        time.Time
	expires        *time.Time
}

func (s *Store) insertKey(tx *db.Tx, a account.Credentials, user string, k keyRow) error {
	kept := []byte(a.SecretKey)
	if k.kind == account.Bearer {
		hash := bearer.HashOf(a.SecretKey)
		kept = hash[:]
	}
	sealed, err := s.Keyring.Seal(secretAAD(a.SecretID, a.AppID), kept)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO api_key (secret_id, account_id, user_id, secret_ct, buckets, shape, rate_per_second, rate_burst, created_at, expires_at, kind)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.SecretID, a.AppID, user, sealed, k.buckets, k.shape, k.rate, k.burst, k.created.UnixMicro(), db.NullMicros(k.expires), string(cmp.Or(k.kind, account.Signing)))
	return wrapUnique(tx.Dialect(), "key "+a.SecretID, err)
}

// CreateKey creates a key for a user. It returns account.ErrUnknown,
// account.ErrTooMany or account.ErrIncomplete.
func (s *Store) CreateKey(ctx context.Context, user string, set account.KeySettings) (c account.CreatedKey, err error) {
	kind := cmp.Or(set.Kind, account.Signing)
	id, secret, err := s.newKey(kind)
	if err != nil {
		return c, err
	}
	err = s.write(ctx, func(tx *db.Tx, now time.Time) error {
		keys, err := keysOf(tx, user)
		if err != nil {
			return err
		}
		if err := account.CheckKeyCount(keys, kind, now); err != nil {
			return err
		}
		u, err := userIn(tx, user, false)
		if err != nil {
			return err
		}
		audit.Created(ctx, u.Account, id)
		k := account.Key{Shape: json.RawMessage("{}"), Account: u.Account}
		if err := s.applySettings(tx, &k, set, now); err != nil {
			return err
		}
		bucket, err := firstBucket(tx, u.Account, k.Buckets)
		if err != nil {
			return err
		}
		c = account.CreatedKey{Credentials: account.Credentials{AppID: u.Account, Bucket: bucket, SecretID: id, SecretKey: secret}, User: user, Kind: kind}
		return s.insertKey(tx, c.Credentials, user, keyRow{kind, list(k.Buckets), string(k.Shape), fromRate(k.Rate), int64(k.Rate.Burst), now, k.Expires})
	})
	return c, err
}

// newKey returns the id and the secret of a new key.
func (s *Store) newKey(kind account.KeyKind) (id string, secret signature.Secret, err error) {
	switch kind {
	case account.Signing:
		return account.NewKey(s.Random)
	case account.Bearer:
		return bearer.New(s.Random)
	}
	return "", "", fmt.Errorf("%w: kind %q: want %s or %s", account.ErrIncomplete, kind, account.Signing, account.Bearer)
}

// firstBucket returns a bucket that the key may be used with, for examples.
func firstBucket(tx *db.Tx, accountID string, only []string) (string, error) {
	if len(only) > 0 {
		return only[0], nil
	}
	all, err := bucketsIn(tx, accountID)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return all[0], nil
}

// applySettings puts settings into a key and checks them.
func (s *Store) applySettings(tx *db.Tx, k *account.Key, set account.KeySettings, now time.Time) error {
	assign(&k.Buckets, set.Buckets)
	assign(&k.Rate, set.Rate)
	if set.Expires != nil {
		k.Expires = set.Expires
		if !k.Expires.After(now) {
			return fmt.Errorf("%w: the key would expire at %s, which is in the past", account.ErrIncomplete, k.Expires.Format(time.RFC3339))
		}
	}
	if len(set.Shape) > 0 {
		if _, err := masking.ParsePolicy(set.Shape); err != nil {
			return fmt.Errorf("%w: %w", account.ErrIncomplete, err)
		}
		k.Shape = set.Shape
	}
	if err := checkRate(k.Rate); err != nil {
		return err
	}
	known, err := bucketsIn(tx, k.Account)
	if err != nil {
		return err
	}
	for _, b := range k.Buckets {
		if !slices.Contains(known, b) {
			return fmt.Errorf("%w: bucket %q", account.ErrUnknown, b)
		}
	}
	return nil
}

// ListKeys returns an account's keys, by user and age.
func (s *Store) ListKeys(ctx context.Context, accountID string) (all []account.Key, err error) {
	err = s.Engine.Read(ctx, func(tx *db.Tx) error {
		all = nil
		if _, err := accountIn(tx, accountID, false); err != nil {
			return err
		}
		return tx.Each(func(scan func(...any) error) error {
			k, err := scanKey(scan)
			all = append(all, k)
			return err
		}, `SELECT `+keyColumns+` FROM api_key WHERE account_id = ? ORDER BY user_id, created_at, secret_id`, accountID)
	})
	return all, err
}

// FindKey returns a key, or account.ErrUnknown.
func (s *Store) FindKey(ctx context.Context, secretID string) (k account.Key, err error) {
	err = s.Engine.Read(ctx, func(tx *db.Tx) error {
		k, err = scanKey(tx.Row(`SELECT `+keyColumns+` FROM api_key WHERE secret_id = ?`, secretID).Scan)
		return notFound("key "+secretID, err)
	})
	return k, err
}

// RotateKey creates a key with the settings of another, which expires after the
// overlap. It returns account.ErrUnknown, account.ErrTooMany if the user has
// two usable keys, or account.ErrRefused for a key that is not usable.
func (s *Store) RotateKey(ctx context.Context, secretID string, overlap time.Duration) (c account.CreatedKey, err error) {
	if overlap < 0 || overlap > maxOverlap {
		return c, fmt.Errorf("%w: overlap %v: want at most %v", account.ErrIncomplete, overlap, maxOverlap)
	}
	var of account.Key
	if of, err = s.FindKey(ctx, secretID); err != nil {
		return c, err
	}
	id, secret, err := s.newKey(of.Kind)
	if err != nil {
		return c, err
	}
	err = s.write(ctx, func(tx *db.Tx, now time.Time) error {
		old, err := keyIn(tx, secretID)
		if err != nil {
			return err
		}
		audit.Created(ctx, old.Account, secretID)
		if !old.Usable(now) {
			return fmt.Errorf("%w: key %s is disabled or expired: create a new one", account.ErrRefused, secretID)
		}
		keys, err := keysOf(tx, old.User)
		if err != nil {
			return err
		}
		others := slices.DeleteFunc(keys, func(k account.Key) bool { return k.SecretID == secretID && overlap == 0 })
		if err := account.CheckKeyCount(others, old.Kind, now); err != nil {
			return err
		}
		end := now.Add(overlap)
		if old.Expires != nil && old.Expires.Before(end) {
			end = *old.Expires
		}
		if _, err := tx.Exec(`UPDATE api_key SET expires_at = ? WHERE secret_id = ?`, end.UnixMicro(), secretID); err != nil {
			return err
		}
		bucket, err := firstBucket(tx, old.Account, old.Buckets)
		if err != nil {
			return err
		}
		c = account.CreatedKey{Credentials: account.Credentials{AppID: old.Account, Bucket: bucket, SecretID: id, SecretKey: secret}, User: old.User, Kind: old.Kind}
		return s.insertKey(tx, c.Credentials, old.User, keyRow{old.Kind, list(old.Buckets), string(old.Shape), fromRate(old.Rate), int64(old.Rate.Burst), now, nil})
	})
	return c, err
}

// maxOverlap bounds how long an old key is valid next to its successor.
const maxOverlap = 366 * 24 * time.Hour

// SetKey applies the settings that are not nil. It returns account.ErrUnknown or
// account.ErrIncomplete.
func (s *Store) SetKey(ctx context.Context, secretID string, set account.KeySettings) error {
	return s.write(ctx, func(tx *db.Tx, now time.Time) error {
		k, err := keyIn(tx, secretID)
		if err != nil {
			return err
		}
		audit.Created(ctx, k.Account, secretID)
		if err := s.applySettings(tx, &k, set, now); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE api_key SET buckets = ?, shape = ?, rate_per_second = ?, rate_burst = ?, expires_at = ? WHERE secret_id = ?`,
			list(k.Buckets), string(k.Shape), fromRate(k.Rate), k.Rate.Burst, db.NullMicros(k.Expires), secretID)
		return err
	})
}

// DisableKey disables a key, or enables it again. It returns account.ErrUnknown
// or account.ErrTooMany.
func (s *Store) DisableKey(ctx context.Context, secretID string, disabled bool) error {
	return s.write(ctx, func(tx *db.Tx, now time.Time) error {
		k, err := keyIn(tx, secretID)
		if err != nil {
			return err
		}
		audit.Created(ctx, k.Account, secretID)
		at := k.Disabled
		switch {
		case !disabled && at != nil:
			keys, err := keysOf(tx, k.User)
			if err != nil {
				return err
			}
			if err := account.CheckKeyCount(keys, k.Kind, now); err != nil {
				return err
			}
			at = nil
		case disabled && at == nil:
			at = &now
		}
		_, err = tx.Exec(`UPDATE api_key SET disabled_at = ? WHERE secret_id = ?`, db.NullMicros(at), secretID)
		return err
	})
}

// Secret returns a key with its secret, account.ErrUnknown, or account.ErrRefused
// for a bearer key.
func (s *Store) Secret(ctx context.Context, secretID string) (a account.Credentials, err error) {
	err = s.Engine.Read(ctx, func(tx *db.Tx) error {
		var sealed []byte
		k, err := scanKey(tx.Row(`SELECT `+keyColumns+`, secret_ct FROM api_key WHERE secret_id = ?`, secretID).Scan, &sealed)
		if err != nil {
			return notFound("key "+secretID, err)
		}
		if k.Kind == account.Bearer {
			return fmt.Errorf("%w: %s is a bearer key, of which only a hash is kept", account.ErrRefused, secretID)
		}
		secret, err := s.Keyring.Open(secretAAD(k.SecretID, k.Account), sealed)
		if err != nil {
			return err
		}
		bucket, err := firstBucket(tx, k.Account, k.Buckets)
		a = account.Credentials{AppID: k.Account, Bucket: bucket, SecretID: k.SecretID, SecretKey: signature.Secret(secret)}
		return err
	})
	return a, err
}
