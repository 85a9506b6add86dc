package ledgerdb

import (
	"context"
	"database/sql"
	"time"

	"github.com/kahao/kahao/internal/store/db"
)

// Charge is one request in the ledger, for display.
type Charge struct {
	ID       string    `json:"id"`
	Account  string    `json:"appid"`
	User     string    `json:"uin"`
	Key      string    `json:"secret_id"`
	Bucket   string    `json:"bucket"`
	API      string    `json:"interface"`
	State    string    `json:"state"`
	Held     int64     `json:"held"`
	Posted   int64     `json:"posted"`
	Refunded int64     `json:"refunded"`
	Note     string    `json:"refund_reason,omitempty"`
	Code     *int      `json:"code"` // of the first image; nil while the charge is held
	At       time.Time `json:"at"`
}

// LastCharges returns up to limit charges of an account, newest first.
func LastCharges(ctx context.Context, e db.Engine, accountID string, limit int) (all []Charge, err error) {
	err = e.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(func(scan func(...any) error) error {
			var c Charge
			var code sql.NullInt64
			var at int64
			if err := scan(&c.ID, &c.Account, &c.User, &c.Key, &c.Bucket, &c.API, &c.State, &c.Held, &c.Posted, &code, &at, &c.Refunded, &c.Note); err != nil {
				return err
			}
			if code.Valid {
				n := int(code.Int64)
				c.Code = &n
			}
			c.At = db.FromMicros(at)
			all = append(all, c)
			return nil
		}, `SELECT id, account_id, user_id, key_id, bucket, api, state, units_held, units_posted, code, created_at,
			COALESCE((SELECT CAST(SUM(delta) AS BIGINT) FROM entry WHERE charge_id = charge.id AND reason = 'refund'), 0),
			COALESCE((SELECT MAX(note) FROM entry WHERE charge_id = charge.id AND reason = 'refund'), '')
			FROM charge WHERE account_id = ? ORDER BY id DESC LIMIT ?`, accountID, max(limit, 0))
	})
	return all, err
}
