package ledgerdb

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/store/db"
)

// PackAlert says how little an account's last pack has left.
type PackAlert struct {
	Account string
	Pack    billing.Pack
	Alert   billing.Alert
}

// DueAlerts returns the accounts to alert: those whose last pack is low or
// empty and that have no alert of this level yet. The caller sends the alert
// and then calls MarkAlerted; a crash between the two repeats the alert.
func (s *Store) DueAlerts(ctx context.Context, at time.Time) (alerts []PackAlert, err error) {
	err = s.engine.Read(ctx, func(tx *db.Tx) error {
		alerts = nil
		packs, sent, err := validPacks(tx, at)
		if err != nil {
			return err
		}
		for _, account := range slices.Sorted(maps.Keys(packs)) {
			last, ok := billing.Last(packs[account], at)
			if !ok {
				continue
			}
			if raise, _ := billing.Raise(sent[last.ID], last.Alert()); raise {
				alerts = append(alerts, PackAlert{account, last, last.Alert()})
			}
		}
		return nil
	})
	return alerts, err
}

// validPacks returns every account's valid packs, and the alerts sent for each
// pack.
func validPacks(tx *db.Tx, at time.Time) (packs map[string][]billing.Pack, sent map[string]billing.Alert, err error) {
	packs, sent = map[string][]billing.Pack{}, map[string]billing.Alert{}
	us := at.UnixMicro()
	err = tx.Each(func(scan func(...any) error) error {
		var account string
		var p billing.Pack
		var from, to int64
		if err := scan(&account, &p.ID, &p.Kind, &p.Total, &p.Left, &p.Held, &from, &to); err != nil {
			return err
		}
		p.Valid = billing.Span{From: db.FromMicros(from), To: db.FromMicros(to)}
		packs[account] = append(packs[account], p)
		return nil
	}, `SELECT account_id, id, kind, units_total, units_left, units_held, valid_from, valid_to FROM pack
		WHERE valid_to > ? AND valid_from <= ? AND refunded_at IS NULL`, us, us)
	if err != nil {
		return nil, nil, err
	}
	err = tx.Each(func(scan func(...any) error) error {
		var pack string
		var level int64
		err := scan(&pack, &level)
		sent[pack] = max(sent[pack], billing.Alert(level))
		return err
	}, `SELECT pack_id, level FROM alert`)
	return packs, sent, err
}

// MarkAlerted records that an account was alerted.
func (s *Store) MarkAlerted(ctx context.Context, l PackAlert, at time.Time) error {
	return s.engine.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO alert (account_id, pack_id, level, at) VALUES (?, ?, ?, ?)
			ON CONFLICT (account_id, pack_id, level) DO UPDATE SET at = excluded.at`, l.Account, l.Pack.ID, int64(l.Alert), at.UnixMicro())
		return err
	})
}
