package accountdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/store/db"
)

func bucketsIn(tx *db.Tx, accountID string) (names []string, err error) {
	err = tx.Each(func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		names = append(names, name)
		return err
	}, `SELECT name FROM bucket WHERE account_id = ? ORDER BY name`, accountID)
	return names, err
}

// CreateBucket creates a bucket.
func (s *Store) CreateBucket(ctx context.Context, accountID, name string) error {
	if err := account.CheckBucket(name); err != nil {
		return err
	}
	audit.Created(ctx, accountID, name)
	return s.write(ctx, func(tx *db.Tx, now time.Time) error {
		if _, err := accountIn(tx, accountID, false); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO bucket (account_id, name, created_at) VALUES (?, ?, ?)`, accountID, name, now.UnixMicro())
		return wrapUnique(tx.Dialect(), fmt.Sprintf("bucket %q", name), err)
	})
}

// ListBuckets returns an account's buckets, by name.
func (s *Store) ListBuckets(ctx context.Context, accountID string) (names []string, err error) {
	err = s.Engine.Read(ctx, func(tx *db.Tx) error {
		if _, err := accountIn(tx, accountID, false); err != nil {
			return err
		}
		names, err = bucketsIn(tx, accountID)
		return err
	})
	return names, err
}

// RemoveBucket removes a bucket that no key is restricted to. Its usage stays
// in the ledger.
func (s *Store) RemoveBucket(ctx context.Context, accountID, name string) error {
	audit.Created(ctx, accountID, name)
	return s.write(ctx, func(tx *db.Tx, _ time.Time) error {
		var holder string
		err := tx.Each(func(scan func(...any) error) error {
			k, err := scanKey(scan)
			if slices.Contains(k.Buckets, name) {
				holder = k.SecretID
			}
			return err
		}, `SELECT `+keyColumns+` FROM api_key WHERE account_id = ?`, accountID)
		if err != nil {
			return err
		}
		if holder != "" {
			return fmt.Errorf("%w: key %s is restricted to bucket %q", account.ErrRefused, holder, name)
		}
		n, err := tx.Exec(`DELETE FROM bucket WHERE account_id = ? AND name = ?`, accountID, name)
		if err == nil && n == 0 {
			err = fmt.Errorf("%w: bucket %q of account %s", account.ErrUnknown, name, accountID)
		}
		return err
	})
}
