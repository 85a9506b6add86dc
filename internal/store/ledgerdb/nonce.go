package ledgerdb

import (
	"context"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store/db"
)

// spend marks a nonce as used and reports whether it was not yet.
func spend(tx *db.Tx, n ledger.Nonce) (first bool, err error) {
	rows, err := tx.Exec(`INSERT INTO nonce (key_id, nonce, expires_at) VALUES (?, ?, ?) ON CONFLICT (key_id, nonce) DO NOTHING`,
		n.Key, n.Value, n.Expires.UnixMicro())
	return rows == 1, err
}

// Spent reports whether a nonce is used up, and leaves it as it is.
func (b *Books) Spent(ctx context.Context, n ledger.Nonce) (spent bool, err error) {
	err = b.engine.Read(ctx, func(tx *db.Tx) error {
		var rows int64
		err := tx.Row(`SELECT COUNT(*) FROM nonce WHERE key_id = ? AND nonce = ?`, n.Key, n.Value).Scan(&rows)
		spent = rows > 0
		return err
	})
	return spent, err
}

// Nonces marks one-off signatures as used by themselves: those of requests
// that are turned away before anything is held.
type Nonces struct {
	Books *Books
	Age   time.Duration    // how long after it was made a signature is accepted
	Now   func() time.Time // the clock
}

var _ signature.Uses = Nonces{}

// Use is signature.Uses'. It returns the errors of ledger.OneOff and of the
// engine.
func (n Nonces) Use(ctx context.Context, _ signature.ID, c signature.Claims) (first bool, err error) {
	nonce, err := ledger.OneOff(c, n.Age, n.Now())
	if err != nil || nonce == nil {
		return err == nil, err
	}
	err = n.Books.engine.Write(ctx, func(tx *db.Tx) error {
		first, err = spend(tx, *nonce)
		return err
	})
	return first && err == nil, err
}
