package accountdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/store/db"
)

// Provisioned counts what Provision did.
type Provisioned struct {
	Accounts, Keys int // that the file declares
	Disabled       int // keys that left the file since
}

// Provision makes the accounts and keys of an accounts file what the file
// declares, in one transaction. Repeating it changes nothing. A key that an
// earlier call provisioned and that the file no longer has is disabled; its
// account, with balance, packs and usage, stays. It returns
// account.ErrExists for a key that belongs to an account outside the file, and
// account.ErrTooMany.
func (s *Store) Provision(ctx context.Context, declared []account.FileAccount) (p Provisioned, err error) {
	// One order for all servers that provision a shared database at once.
	declared = slices.SortedFunc(slices.Values(declared), func(a, b account.FileAccount) int { return cmp.Compare(a.AppID, b.AppID) })
	err = s.write(ctx, func(tx *db.Tx, now time.Time) error {
		p = Provisioned{Accounts: len(declared)}
		var err error
		if p.Disabled, err = disableAbsent(tx, declared, now); err != nil {
			return err
		}
		for _, a := range declared {
			p.Keys += len(a.Keys)
			if err := s.provision(tx, a, now); err != nil {
				return fmt.Errorf("account %s: %w", a.AppID, err)
			}
		}
		return nil
	})
	return p, err
}

// disableAbsent disables the provisioned keys that the file does not have.
func disableAbsent(tx *db.Tx, declared []account.FileAccount, now time.Time) (disabled int, err error) {
	kept := map[string]bool{}
	for _, a := range declared {
		for _, k := range a.Keys {
			kept[k.SecretID] = true
		}
	}
	var absent []string
	err = tx.Each(func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		if !kept[id] {
			absent = append(absent, id)
		}
		return err
	}, `SELECT secret_id FROM api_key WHERE provisioned = 1 AND disabled_at IS NULL ORDER BY secret_id`)
	if err != nil {
		return 0, err
	}
	for _, id := range absent {
		if _, err := tx.Exec(`UPDATE api_key SET disabled_at = ? WHERE secret_id = ?`, now.UnixMicro(), id); err != nil {
			return 0, err
		}
	}
	return len(absent), nil
}

// provision makes one account what the file declares.
func (s *Store) provision(tx *db.Tx, a account.FileAccount, now time.Time) error {
	user, err := s.provisionAccount(tx, a, now)
	if err != nil {
		return err
	}
	if err := provisionBuckets(tx, a, now); err != nil {
		return err
	}
	for _, k := range a.Keys {
		if err := s.provisionKey(tx, a.AppID, user, k, now); err != nil {
			return err
		}
	}
	keys, err := keysOf(tx, user)
	if err != nil {
		return err
	}
	usable := 0
	for _, k := range keys {
		if k.Kind == account.Signing && k.Usable(now) {
			usable++
		}
	}
	if usable > account.MaxUsableKeys {
		return account.ErrTooMany
	}
	return nil
}

// provisionAccount creates or updates the account and returns its main user.
func (s *Store) provisionAccount(tx *db.Tx, a account.FileAccount, now time.Time) (user string, err error) {
	state := map[bool]string{true: "closed", false: "active"}[a.Standing == account.Closed]
	postpay := flag(a.PostPay == nil || *a.PostPay)
	if err := checkRate(a.Rate); err != nil {
		return "", err
	}
	_, err = accountIn(tx, a.AppID, true)
	switch {
	case errors.Is(err, account.ErrUnknown):
		if user, err = s.insertAccount(tx, a.AppID, a.Name, postpay, now); err != nil {
			return "", err
		}
	case err != nil:
		return "", err
	default:
		err := tx.Row(`SELECT id FROM user_ WHERE account_id = ? AND main = 1 ORDER BY created_at, id LIMIT 1`, a.AppID).Scan(&user)
		if err != nil {
			return "", err
		}
	}
	_, err = tx.Exec(`UPDATE account SET name = ?, state = ?, postpay = ?, fetch_hosts = ?, rate_per_second = ?, rate_burst = ?,
		version = version + 1 WHERE id = ?`,
		a.Name, state, postpay, list(a.FetchHosts), fromRate(a.Rate), a.Rate.Burst, a.AppID)
	return user, err
}

func provisionBuckets(tx *db.Tx, a account.FileAccount, now time.Time) error {
	known, err := bucketsIn(tx, a.AppID)
	if err != nil {
		return err
	}
	for _, name := range known {
		if slices.Contains(a.Buckets, name) {
			continue
		}
		if _, err := tx.Exec(`DELETE FROM bucket WHERE account_id = ? AND name = ?`, a.AppID, name); err != nil {
			return err
		}
	}
	for _, name := range a.Buckets {
		if _, err := tx.Exec(`INSERT INTO bucket (account_id, name, created_at) VALUES (?, ?, ?) ON CONFLICT (account_id, name) DO NOTHING`,
			a.AppID, name, now.UnixMicro()); err != nil {
			return err
		}
	}
	return nil
}

// provisionKey creates or updates a key. Only a provisioned key may move from
// another account.
func (s *Store) provisionKey(tx *db.Tx, appID, user string, k account.FileKey, now time.Time) error {
	sealed, err := s.Keyring.Seal(secretAAD(k.SecretID, appID), []byte(k.Secret))
	if err != nil {
		return err
	}
	var disabled *time.Time
	if k.Disabled {
		disabled = &now
	}
	n, err := tx.Exec(`INSERT INTO api_key (secret_id, account_id, user_id, secret_ct, buckets, created_at, disabled_at, provisioned)
		VALUES (?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (secret_id) DO UPDATE SET account_id = excluded.account_id, user_id = excluded.user_id,
		secret_ct = excluded.secret_ct, buckets = excluded.buckets, expires_at = NULL, provisioned = 1,
		disabled_at = CASE WHEN excluded.disabled_at IS NULL THEN NULL ELSE COALESCE(api_key.disabled_at, excluded.disabled_at) END
		WHERE api_key.provisioned = 1 OR api_key.account_id = excluded.account_id`,
		k.SecretID, appID, user, sealed, list(k.Buckets), now.UnixMicro(), db.NullMicros(disabled))
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: key %s of another account", account.ErrExists, k.SecretID)
	}
	return err
}
