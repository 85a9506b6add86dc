package registry

import (
	"context"
	"time"

	"github.com/kahao/kahao/internal/service/seal"
	"github.com/kahao/kahao/internal/store/db"
)

// Rewrap seals every secret anew under the keyring's primary key, and returns
// how many were under another: after that the others are needed no more. It is
// one transaction.
func (r *Registry) Rewrap(ctx context.Context) (n int, err error) {
	err = r.write(ctx, func(tx *db.Tx, _ time.Time) error {
		n = 0
		for _, c := range []struct {
			query, update string
			place         func(row, accountID string) seal.Place
		}{
			{`SELECT secret_id, account_id, secret_ct FROM api_key`, `UPDATE api_key SET secret_ct = ? WHERE secret_id = ?`, secretPlace},
			{`SELECT id, id, token_key_ct FROM account WHERE token_key_ct IS NOT NULL`, `UPDATE account SET token_key_ct = ? WHERE id = ?`,
				func(_, accountID string) seal.Place { return tokenPlace(accountID) }},
		} {
			anew := map[string][]byte{}
			err := tx.Each(func(scan func(...any) error) error {
				var row, accountID string
				var sealed []byte
				if err := scan(&row, &accountID, &sealed); err != nil {
					return err
				}
				sealed, changed, err := r.Keyring.Rewrap(c.place(row, accountID), sealed)
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
