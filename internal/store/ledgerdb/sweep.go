package ledgerdb

import (
	"context"
	"time"

	"github.com/kahao/kahao/internal/store/db"
)

// batch is the number of rows per transaction. Charges wait for it on an engine
// with one writer: a thousand results of 1 KB, which are overwritten when
// deleted, block SQLite's writer for some 50 ms.
const batch = 200

// sweeps delete expired rows, in an order that keeps references valid: a reply
// goes with its idempotency key, a data key after the last result sealed with
// it.
var sweeps = []struct {
	of         string
	statements []string // parameters: time, batch size; the last statement's rows are counted
}{
	{"nonces", []string{
		`DELETE FROM nonce WHERE (key_id, nonce) IN (SELECT key_id, nonce FROM nonce WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`}},
	{"keys", []string{
		`UPDATE charge SET reply_ct = NULL WHERE reply_ct IS NOT NULL AND id IN
			(SELECT charge_id FROM idem WHERE expires_at <= ? ORDER BY expires_at, account_id, key LIMIT ?)`,
		`DELETE FROM idem WHERE (account_id, key) IN
			(SELECT account_id, key FROM idem WHERE expires_at <= ? ORDER BY expires_at, account_id, key LIMIT ?)`}},
	{"results", []string{
		`DELETE FROM result WHERE id_hash IN (SELECT id_hash FROM result WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`}},
	{"data keys", []string{
		`DELETE FROM dek WHERE day IN (SELECT day FROM dek WHERE drop_after <= ? ORDER BY day LIMIT ?)
			AND NOT EXISTS (SELECT 1 FROM result WHERE result.dek_day = dek.day)`}},
}

// Swept is the number of deleted rows of each kind.
type Swept struct{ Nonces, Keys, Results, DataKeys int64 }

// Sweep deletes expired nonces, idempotency keys with their replies, results
// and data keys. Charges and entries are never deleted.
func (s *Store) Sweep(ctx context.Context, at time.Time) (Swept, error) {
	var n [4]int64
	for i, sw := range sweeps {
		for {
			var rows int64
			err := s.engine.Write(ctx, func(tx *db.Tx) (err error) {
				for _, statement := range sw.statements {
					if rows, err = tx.Exec(statement, at.UnixMicro(), batch); err != nil {
						return err
					}
				}
				return nil
			})
			n[i] += rows
			if err != nil {
				return Swept{n[0], n[1], n[2], n[3]}, err
			}
			if rows < batch {
				break
			}
		}
	}
	return Swept{n[0], n[1], n[2], n[3]}, nil
}
