package accountdb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

const packColumns = `id, account_id, kind, units_total, units_left, units_held, valid_from, valid_to, price, source, created_at, refunded_at`

func scanPack(scan func(...any) error) (p account.Pack, err error) {
	var from, to, created int64
	var refunded sql.NullInt64
	err = scan(&p.ID, &p.Account, &p.Kind, &p.Total, &p.Left, &p.Held, &from, &to, &p.Price, &p.Source, &created, &refunded)
	p.From, p.To, p.Created, p.Refunded = db.FromMicros(from), db.FromMicros(to), db.FromMicros(created), db.OptionalTime(refunded)
	return p, err
}

// packsIn returns an account's packs in the order of use.
func packsIn(tx *db.Tx, accountID string) (all []account.Pack, err error) {
	err = tx.Each(func(scan func(...any) error) error {
		p, err := scanPack(scan)
		all = append(all, p)
		return err
	}, `SELECT `+packColumns+` FROM pack WHERE account_id = ?`, accountID)
	slices.SortFunc(all, func(a, b account.Pack) int { return billing.Order(a.Billing(), b.Billing()) })
	return all, err
}

// maxPackUnits keeps sums of packs from overflowing.
const maxPackUnits = 1_000_000_000_000

// AddPack sells units to an account. The price is taken off the balance, unless
// it was paid elsewhere. It returns account.ErrUnknown, or account.ErrRefused if
// the balance is too low.
func (s *Store) AddPack(ctx context.Context, n account.NewPack) (p account.Pack, err error) {
	if n.Units < 1 || n.Units > maxPackUnits || n.Price < 0 {
		return p, fmt.Errorf("%w: a pack of %d units for %v", account.ErrRefused, n.Units, n.Price)
	}
	id, err := ledger.NewID(s.Now(), s.Random)
	if err != nil {
		return p, err
	}
	err = s.write(ctx, func(tx *db.Tx, now time.Time) error {
		audit.Created(ctx, n.Account, id)
		d, err := accountIn(tx, n.Account, true)
		if err != nil {
			return err
		}
		source, charged := ledgerdb.SourceBalance, n.Price
		if n.Paid {
			source, charged = account.PaidElsewhere, 0
		}
		if d.Balance < charged && charged > 0 {
			return fmt.Errorf("%w: the pack costs %v and the balance is %v: credit the account first, or say that the pack was paid elsewhere", account.ErrRefused, n.Price, d.Balance)
		}
		from := n.From
		if from.IsZero() {
			from = now
		}
		valid := s.Calendar.PackSpan(from)
		if !valid.To.After(now) {
			return fmt.Errorf("%w: the pack would expire at %s, which is in the past", account.ErrRefused, valid.To.Format(time.RFC3339))
		}
		if _, err := addToBalance(tx, d, -charged, now); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO pack (id, account_id, kind, units_total, units_left, valid_from, valid_to, price, source, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, id, n.Account, string(billing.Paid), n.Units, n.Units,
			valid.From.UnixMicro(), valid.To.UnixMicro(), int64(n.Price), source, now.UnixMicro()); err != nil {
			return err
		}
		p, err = packIn(tx, id, false)
		return err
	})
	return p, err
}

func packIn(tx *db.Tx, id string, change bool) (account.Pack, error) {
	query := `SELECT ` + packColumns + ` FROM pack WHERE id = ?`
	if change {
		query += tx.ForUpdate()
	}
	p, err := scanPack(tx.Row(query, id).Scan)
	return p, notFound("pack "+id, err)
}

// ListPacks returns an account's packs in the order of use.
func (s *Store) ListPacks(ctx context.Context, accountID string) (all []account.Pack, err error) {
	err = s.Engine.Read(ctx, func(tx *db.Tx) error {
		if _, err := accountIn(tx, accountID, false); err != nil {
			return err
		}
		all, err = packsIn(tx, accountID)
		return err
	})
	return all, err
}

// RefundPack takes back an untouched pack and returns its price to the balance
// that it was taken off. It returns account.ErrUnknown or billing.ErrRefund.
func (s *Store) RefundPack(ctx context.Context, id string) (p account.Pack, err error) {
	err = s.write(ctx, func(tx *db.Tx, now time.Time) error {
		// Lock the pack before the account: charges lock packs alone.
		if p, err = packIn(tx, id, true); err != nil {
			return err
		}
		audit.Created(ctx, p.Account, id)
		if p.Refunded != nil {
			return fmt.Errorf("%w: it was returned already", billing.ErrRefund)
		}
		if err := p.Billing().Refundable(now); err != nil {
			return err
		}
		d, err := accountIn(tx, p.Account, true)
		if err != nil {
			return err
		}
		at := db.FromMicros(now.UnixMicro())
		p.Refunded = &at
		if _, err := tx.Exec(`UPDATE pack SET refunded_at = ?, version = version + 1 WHERE id = ?`, at.UnixMicro(), id); err != nil {
			return err
		}
		if p.Source != ledgerdb.SourceBalance {
			return nil
		}
		_, err = addToBalance(tx, d, p.Price, now)
		return err
	})
	return p, err
}
