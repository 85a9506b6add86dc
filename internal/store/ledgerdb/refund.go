package ledgerdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/auditdb"
	"github.com/kahao/kahao/internal/store/db"
)

// Refund returns the units billed for a charge to their packs, by new entries
// that refer to the charge and record the reason. It returns the number of
// units, 0 if the charge was refunded before. It returns ledger.ErrState for a
// charge that is not posted, ErrUnknown, and account.ErrIncomplete for a reason
// that is too long or not printable. Counts by day stay, because the calls were
// made.
func (s *Store) Refund(ctx context.Context, id, reason string, at time.Time) (units int64, err error) {
	if reason != "" {
		if err := account.CheckName("reason", reason); err != nil {
			return 0, err
		}
	}
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
		if units, err = s.refund(ctx, tx, id, reason, at); err != nil {
			return err
		}
		return auditdb.Add(ctx, tx, at)
	})
	return units, err
}

// refund books the entries on the day of the refund: the month of the charge
// may have been billed.
func (s *Store) refund(ctx context.Context, tx *db.Tx, id, reason string, at time.Time) (units int64, err error) {
	type billedPart struct {
		account, pack, api, user, bucket string
		code, units                      int64
	}
	var all []billedPart
	err = tx.Each(func(scan func(...any) error) error {
		var o billedPart
		err := scan(&o.account, &o.pack, &o.api, &o.user, &o.bucket, &o.code, &o.units)
		all = append(all, o)
		return err
	}, `SELECT account_id, pack_id, api, user_id, bucket, code, CAST(-SUM(delta) AS BIGINT) FROM entry WHERE charge_id = ?
		GROUP BY account_id, pack_id, api, user_id, bucket, code HAVING SUM(delta) < 0 ORDER BY pack_id, code`, id)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	audit.Created(ctx, all[0].account, id)
	a, err := s.payer(tx, all[0].account)
	if err != nil {
		return 0, err
	}
	calendar, err := s.calendar(a.zone)
	if err != nil {
		return 0, err
	}
	for _, o := range all {
		if o.pack != postpaid {
			if _, err := tx.Exec(`UPDATE pack SET units_left = units_left + ?, version = version + 1 WHERE id = ?`, o.units, o.pack); err != nil {
				return 0, err
			}
		}
		_, err := tx.Exec(`INSERT INTO entry (charge_id, account_id, pack_id, delta, reason, api, user_id, bucket, code, day, at, note)
			VALUES (?, ?, ?, ?, 'refund', ?, ?, ?, ?, ?, ?, ?)`,
			id, o.account, o.pack, o.units, o.api, o.user, o.bucket, o.code, string(calendar.Day(at)), at.UnixMicro(), reason)
		if err != nil {
			return 0, err
		}
		units += o.units
	}
	return units, nil
}
