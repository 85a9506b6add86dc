package accountdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/store/db"
)

// Rewrap seals every secret anew under the keyring's primary key, and returns
// how many were under another: after that the others are needed no more. It is
// one transaction.
func (s *Store) Rewrap(ctx context.Context) (n int, err error) {
	err = s.write(ctx, func(tx *db.Tx, _ time.Time) error {
		n = 0
		for _, c := range []struct {
			query, update string
			place         func(row, accountID string) envelope.AAD
		}{
			{`SELECT secret_id, account_id, secret_ct FROM api_key`, `UPDATE api_key SET secret_ct = ? WHERE secret_id = ?`, secretAAD},
			{`SELECT id, id, token_key_ct FROM account WHERE token_key_ct IS NOT NULL`, `UPDATE account SET token_key_ct = ? WHERE id = ?`,
				func(_, accountID string) envelope.AAD { return tokenAAD(accountID) }},
		} {
			anew := map[string][]byte{}
			err := tx.Each(func(scan func(...any) error) error {
				var row, accountID string
				var sealed []byte
				if err := scan(&row, &accountID, &sealed); err != nil {
					return err
				}
				sealed, changed, err := s.Keyring.Rewrap(c.place(row, accountID), sealed)
				if changed {
					anew[row] = sealed
				}
				return err
			}, c.query+tx.ForUpdate())
			if err != nil {
				return err
			}
			for row, sealed := range anew {
				if _, err := tx.Exec(c.update, sealed, row); err != nil {
					return err
				}
				n++
			}
		}
		return nil
	})
	return n, err
}

// Check returns an error where the keyring cannot open the secrets of the
// tables, for then no request could be signed for.
func (s *Store) Check(ctx context.Context) error {
	return s.Engine.Read(ctx, func(tx *db.Tx) error {
		var row, accountID string
		var sealed []byte
		err := tx.Row(`SELECT secret_id, account_id, secret_ct FROM api_key ORDER BY created_at DESC, secret_id LIMIT 1`).Scan(&row, &accountID, &sealed)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil {
			_, err = s.Keyring.Open(secretAAD(row, accountID), sealed)
		}
		if err != nil {
			return fmt.Errorf("the signing secrets cannot be opened with these key-encryption keys: %w", err)
		}
		return nil
	})
}
