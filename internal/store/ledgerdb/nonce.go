package ledgerdb

import (
	"context"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
)

// useNonce marks a nonce as used. It changes no row if it was used before.
func useNonce(n ledger.Nonce) db.Statement {
	return db.Do(`INSERT INTO nonce (key_id, nonce, expires_at) VALUES (?, ?, ?) ON CONFLICT (key_id, nonce) DO NOTHING`,
		n.Key, n.Value, n.Expires.UnixMicro())
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
