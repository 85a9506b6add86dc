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

// Rewrap reseals every secret under the keyring's primary key, in one
// transaction, and returns how many were under another key. After that the
// other keys are not needed.
func (s *Store) Rewrap(ctx context.Context) (n int, err error) {
	err = s.write(ctx, func(tx *db.Tx, _ time.Time) error {
		n = 0
		for _, c := range []struct {
			query, update string
			aad           func(row, accountID string) envelope.AAD
		}{
			{`SELECT secret_id, account_id, secret_ct FROM api_key`, `UPDATE api_key SET secret_ct = ? WHERE secret_id = ?`, secretAAD},
			{`SELECT id, id, token_key_ct FROM account WHERE token_key_ct IS NOT NULL`, `UPDATE account SET token_key_ct = ? WHERE id = ?`,
				func(_, accountID string) envelope.AAD { return tokenAAD(accountID) }},
		} {
			resealed := map[string][]byte{}
			err := tx.Each(func(scan func(...any) error) error {
				var row, accountID string
				var sealed []byte
				if err := scan(&row, &accountID, &sealed); err != nil {
					return err
				}
				sealed, changed, err := s.Keyring.Rewrap(c.aad(row, accountID), sealed)
				if changed {
					resealed[row] = sealed
				}
				return err
			}, c.query+tx.ForUpdate())
			if err != nil {
				return err
			}
			for row, sealed := range resealed {
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

// Check returns an error if the keyring cannot open the secrets of the
// database. Without them no signature can be verified.
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
			return fmt.Errorf("the key-encryption keys do not open the signing secrets: %w", err)
		}
		return nil
	})
}
