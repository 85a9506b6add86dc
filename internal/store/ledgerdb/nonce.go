package ledgerdb

import (
	"context"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
)

// useNonce marks a nonce as used and reports whether it was unused.
func useNonce(tx *db.Tx, n ledger.Nonce) (first bool, err error) {
	rows, err := tx.Exec(`INSERT INTO nonce (key_id, nonce, expires_at) VALUES (?, ?, ?) ON CONFLICT (key_id, nonce) DO NOTHING`,
		n.Key, n.Value, n.Expires.UnixMicro())
	return rows == 1, err
}

// Spent reports whether a nonce is used, without using it.
func (s *Store) Spent(ctx context.Context, n ledger.Nonce) (spent bool, err error) {
	err = s.engine.Read(ctx, func(tx *db.Tx) error {
		var rows int64
		err := tx.Row(`SELECT COUNT(*) FROM nonce WHERE key_id = ? AND nonce = ?`, n.Key, n.Value).Scan(&rows)
		spent = rows > 0
		return err
	})
	return spent, err
}
