package ledgerdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
)

// Refund gives back what a charge was billed, to the packs that it came from:
// new entries, which refer to the charge. It returns how many units that are,
// 0 for a charge that was refunded before. It returns ledger.ErrState for a
// charge that is not posted, and ErrUnknown. The counts by day stay: the calls
// were made.
func (s *Store) Refund(ctx context.Context, id string, at time.Time) (units int64, err error) {
	err = s.engine.Write(ctx, func(tx *db.Tx) error {
		units = 0
		var state string
		err := tx.Row(`SELECT state FROM charge WHERE id = ?`+tx.ForUpdate(), id).Scan(&state)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("%w: charge %.40q", ledger.ErrUnknown, id)
		case err != nil:
			return err
		case state != string(ledger.Posted):
			return fmt.Errorf("%w: %s", ledger.ErrState, state)
		}
		units, err = s.refund(tx, id, at)
		return err
	})
	return units, err
}

// refund enters the day on which it is made: the month of the charge may have
// been billed.
func (s *Store) refund(tx *db.Tx, id string, at time.Time) (units int64, err error) {
	type open struct {
		account, pack, api, user, bucket string
		code, units                      int64
	}
	var all []open
	err = tx.Each(func(scan func(...any) error) error {
		var o open
		err := scan(&o.account, &o.pack, &o.api, &o.user, &o.bucket, &o.code, &o.units)
		all = append(all, o)
		return err
	}, `SELECT account_id, pack_id, api, user_id, bucket, code, CAST(-SUM(delta) AS BIGINT) FROM entry WHERE charge_id = ?
		GROUP BY account_id, pack_id, api, user_id, bucket, code HAVING SUM(delta) < 0 ORDER BY pack_id, code`, id)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	a, err := s.account(tx, all[0].account)
	if err != nil {
		return 0, err
	}
	calendar, err := s.calendar(a.zone)
	if err != nil {
		return 0, err
	}
	for _, o := range all {
		if o.pack != onAccount {
			if _, err := tx.Exec(`UPDATE pack SET units_left = units_left + ?, version = version + 1 WHERE id = ?`, o.units, o.pack); err != nil {
				return 0, err
			}
		}
		_, err := tx.Exec(`INSERT INTO entry (charge_id, account_id, pack_id, delta, reason, api, user_id, bucket, code, day, at)
			VALUES (?, ?, ?, ?, 'refund', ?, ?, ?, ?, ?, ?)`,
			id, o.account, o.pack, o.units, o.api, o.user, o.bucket, o.code, string(calendar.Day(at)), at.UnixMicro())
		if err != nil {
			return 0, err
		}
		units += o.units
	}
	return units, nil
}
