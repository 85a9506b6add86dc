package accountdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
)

// Pay adds an amount to the balance, or subtracts it. It returns
// account.ErrUnknown.
func (s *Store) Pay(ctx context.Context, accountID string, amount billing.Cents, reason string) (d account.Account, err error) {
	if amount == 0 {
		return d, fmt.Errorf("%w: the amount is zero", account.ErrRefused)
	}
	if reason != "" {
		if err := account.CheckName("reason", reason); err != nil {
			return d, err
		}
	}
	audit.Created(ctx, accountID, accountID)
	err = s.write(ctx, func(tx *db.Tx, now time.Time) error {
		if d, err = accountIn(tx, accountID, true); err != nil {
			return err
		}
		d, err = s.pay(tx, d, amount, reason, now)
		return err
	})
	return d, err
}

func (s *Store) pay(tx *db.Tx, d account.Account, amount billing.Cents, reason string, now time.Time) (account.Account, error) {
	id, err := ledger.NewID(now, s.Random)
	if err != nil {
		return d, err
	}
	if _, err := tx.Exec(`INSERT INTO payment (id, account_id, amount, reason, at) VALUES (?, ?, ?, ?, ?)`, id, d.ID, int64(amount), reason, now.UnixMicro()); err != nil {
		return d, err
	}
	return addToBalance(tx, d, amount, now)
}

const billColumns = `account_id, month, calls, free_units, pack_units, postpaid_units, price, amount, created_at`

func scanBill(scan func(...any) error) (b account.Bill, err error) {
	var created int64
	err = scan(&b.Account, &b.Month, &b.Calls, &b.Free, &b.Pack, &b.Postpaid, &b.Price, &b.Amount, &created)
	b.Created = db.FromMicros(created)
	return b, err
}

// Settled is how long after its end a month may be billed. By then every
// request of the month has been settled.
const Settled = time.Hour

// BillMonth bills an account's postpaid units of a month, once. It reports
// whether the bill is new. It returns account.ErrUnknown, account.ErrRefused for
// a month that is not over, or billing.ErrNegotiated.
func (s *Store) BillMonth(ctx context.Context, accountID string, m billing.Month) (b account.Bill, fresh bool, err error) {
	span, err := s.Calendar.MonthSpan(m)
	if err != nil {
		return b, false, err
	}
	if s.Now().Before(span.To.Add(Settled)) {
		return b, false, fmt.Errorf("%w: %s can be billed from an hour after its end", account.ErrRefused, m)
	}
	if e := audit.From(ctx); e != nil {
		ctx = audit.With(ctx, *e) // an entry for each bill
		audit.Created(ctx, accountID, string(m))
	}
	err = s.write(ctx, func(tx *db.Tx, now time.Time) error {
		fresh = false
		d, err := accountIn(tx, accountID, true) // so that it is billed once
		if err != nil {
			return err
		}
		b, err = scanBill(tx.Row(`SELECT `+billColumns+` FROM bill WHERE account_id = ? AND month = ?`, accountID, string(m)).Scan)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		use, err := useIn(tx, accountID, m, span)
		if err != nil {
			return err
		}
		bill, err := s.Prices.Bill(use)
		if err != nil {
			return fmt.Errorf("account %s, %s: %w", accountID, m, err)
		}
		b = account.Bill{Account: accountID, Month: m, Calls: bill.Units, Free: use.Free, Pack: use.Pack, Postpaid: use.Postpaid,
			Price: bill.Price, Amount: bill.Charge, Created: db.FromMicros(now.UnixMicro())}
		fresh = true
		if _, err := tx.Exec(`INSERT INTO bill (`+billColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			b.Account, string(b.Month), b.Calls, b.Free, b.Pack, b.Postpaid, int64(b.Price), int64(b.Amount), now.UnixMicro()); err != nil {
			return err
		}
		_, err = addToBalance(tx, d, -b.Amount, now)
		return err
	})
	return b, fresh && err == nil, err
}

// PreviewBill returns the bill of a month as it would be now, and bills nothing.
// The month may be running. It returns account.ErrUnknown and
// billing.ErrNegotiated.
func (s *Store) PreviewBill(ctx context.Context, accountID string, m billing.Month) (b billing.Bill, err error) {
	span, err := s.Calendar.MonthSpan(m)
	if err != nil {
		return b, err
	}
	var use billing.Use
	err = s.Engine.Read(ctx, func(tx *db.Tx) error {
		if _, err := accountIn(tx, accountID, false); err != nil {
			return err
		}
		if use, err = useIn(tx, accountID, m, span); err != nil {
			return err
		}
		use.Packs, err = boughtIn(tx, accountID, span)
		return err
	})
	if err != nil {
		return b, err
	}
	return s.Prices.Bill(use)
}

// boughtIn returns the packs that an account bought in a month and did not give
// back.
func boughtIn(tx *db.Tx, accountID string, span billing.Span) (all []billing.Offer, err error) {
	err = tx.Each(func(scan func(...any) error) error {
		var o billing.Offer
		err := scan(&o.Units, &o.Price)
		all = append(all, o)
		return err
	}, `SELECT units_total, price FROM pack WHERE account_id = ? AND kind <> ? AND created_at >= ? AND created_at < ? AND refunded_at IS NULL ORDER BY created_at, id`,
		accountID, string(billing.Free), span.From.UnixMicro(), span.To.UnixMicro())
	return all, err
}

// useIn returns what an account used in a month, by what paid for it. The day
// of an entry is that of the hold, which may be posted later.
func useIn(tx *db.Tx, accountID string, m billing.Month, span billing.Span) (u billing.Use, err error) {
	from, to := span.From.Add(-day), span.To.Add(day)
	first, last := string(m)+"-00", string(m)+"-99"
	if err := tx.Row(`SELECT COALESCE(SUM(-delta), 0) FROM entry WHERE pack_id = '' AND account_id = ? AND at >= ? AND at < ? AND day > ? AND day < ?`,
		accountID, from.UnixMicro(), to.UnixMicro(), first, last).Scan(&u.Postpaid); err != nil {
		return u, err
	}
	err = tx.Each(func(scan func(...any) error) error {
		var kind billing.Kind
		var units int64
		err := scan(&kind, &units)
		if kind == billing.Free {
			u.Free = units
		} else {
			u.Pack = units
		}
		return err
	}, `SELECT p.kind, COALESCE(SUM(-e.delta), 0) FROM pack p JOIN entry e ON e.pack_id = p.id AND e.account_id = p.account_id
		WHERE p.account_id = ? AND e.at >= ? AND e.at < ? AND e.day > ? AND e.day < ? GROUP BY p.kind`,
		accountID, from.UnixMicro(), to.UnixMicro(), first, last)
	return u, err
}

const day = 24 * time.Hour

// ListBills returns an account's bills, the newest first.
func (s *Store) ListBills(ctx context.Context, accountID string) (all []account.Bill, err error) {
	err = s.Engine.Read(ctx, func(tx *db.Tx) error {
		all = nil
		if _, err := accountIn(tx, accountID, false); err != nil {
			return err
		}
		return tx.Each(func(scan func(...any) error) error {
			b, err := scanBill(scan)
			all = append(all, b)
			return err
		}, `SELECT `+billColumns+` FROM bill WHERE account_id = ? ORDER BY month DESC`, accountID)
	})
	return all, err
}

// BillDue bills every account for each past month that is not billed, from the
// month of its creation on, and returns the new bills. Errors are joined, and
// do not keep other accounts from being billed.
func (s *Store) BillDue(ctx context.Context) (all []account.Bill, err error) {
	accounts, err := s.ListAccounts(ctx)
	if err != nil {
		return nil, err
	}
	current := s.Calendar.Month(s.Now().Add(-Settled))
	for _, d := range accounts {
		due, e := s.due(ctx, d, current)
		err = errors.Join(err, e)
		for _, m := range due {
			b, fresh, e := s.BillMonth(ctx, d.ID, m)
			if e != nil {
				err = errors.Join(err, e)
				break // months are billed in order
			}
			if fresh {
				all = append(all, b)
			}
		}
	}
	return all, err
}

// due returns the past months without a bill, at most 24.
func (s *Store) due(ctx context.Context, d account.Account, current billing.Month) (months []billing.Month, err error) {
	billed := map[billing.Month]bool{}
	bills, err := s.ListBills(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	for _, b := range bills {
		billed[b.Month] = true
	}
	at := d.Created
	for m := s.Calendar.Month(at); m < current && len(months) < 24; m = s.Calendar.Month(at) {
		if !billed[m] {
			months = append(months, m)
		}
		span, err := s.Calendar.MonthSpan(m)
		if err != nil {
			return nil, err
		}
		at = span.To
	}
	return months, nil
}
