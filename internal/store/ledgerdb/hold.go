package ledgerdb

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
)

// Hold reserves units: first from the free pack, then from paid packs in the
// order in which they took effect, then postpaid if the account allows it. It
// returns a charge in state Held.
//
// For an idempotency key that was used before, or the ID of an existing charge,
// it returns that charge as it is now, with Replayed set. A void charge without
// a stored reply frees its key: no client has had an answer.
//
// It returns ErrReplay, ErrMismatch, ErrInProgress, ErrUsedUp, ErrArrears,
// ErrClosed or ErrUnknown of package ledger, and then nothing is held. The
// nonce is used up if Hold returns a charge, replayed or not, because a reply
// follows; on an error it stays unused.
func (s *Store) Hold(ctx context.Context, h ledger.Hold) (c ledger.Charge, err error) {
	if h.ID == "" || h.Units < 1 {
		return ledger.Charge{}, fmt.Errorf("ledger: charge needs an ID and at least one unit, got %q and %d", h.ID, h.Units)
	}
	err = s.retry(func() error {
		return s.engine.Write(ctx, func(tx *db.Tx) error {
			c, err = s.hold(tx, h)
			return err
		})
	})
	if err != nil {
		return ledger.Charge{}, err
	}
	return c, nil
}

// errConflict: a concurrent transaction changed the row between our read and
// our guarded update; retry.
var errConflict = errors.New("ledger: conflict with a concurrent transaction")

// maxConflicts bounds the retries. Each retry sees the rows of the transaction
// that won.
const maxConflicts = 10

func (s *Store) retry(fn func() error) (err error) {
	for range maxConflicts {
		if err = fn(); !errors.Is(err, errConflict) {
			return err
		}
	}
	return err
}

// hold starts with the nonce, so that a used signature is never charged.
func (s *Store) hold(tx *db.Tx, h ledger.Hold) (ledger.Charge, error) {
	if n := h.Nonce; n != nil {
		if first, err := useNonce(tx, *n); err != nil {
			return ledger.Charge{}, err
		} else if !first {
			return ledger.Charge{}, ledger.ErrReplay
		}
	}
	freed := "" // charge whose idempotency key this one takes over
	if h.Idempotency != nil {
		c, known, err := s.lookupKey(tx, h)
		if err != nil || c.ID != "" {
			return c, err
		}
		freed = known
	}
	a, err := s.payer(tx, h.Account)
	if err != nil {
		return ledger.Charge{}, err
	}
	calendar, err := s.calendar(a.zone)
	if err != nil {
		return ledger.Charge{}, err
	}
	n, err := tx.Exec(`INSERT INTO charge (id, account_id, user_id, key_id, bucket, api, state, units_held, created_at, day)
		VALUES (?, ?, ?, ?, ?, ?, 'held', ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		h.ID, h.Account, h.User, h.Key, h.Bucket, h.API, h.Units, h.At.UnixMicro(), string(calendar.Day(h.At)))
	if err != nil {
		return ledger.Charge{}, err
	}
	if n == 0 {
		return replayCharge(tx, h)
	}
	if err := a.served(h.At); err != nil {
		return ledger.Charge{}, err
	}
	if h.Idempotency != nil {
		if err := storeKey(tx, h, freed); err != nil {
			return ledger.Charge{}, err
		}
	}
	if err := s.holdUnits(tx, a, calendar, h); err != nil {
		return ledger.Charge{}, err
	}
	return ledger.Charge{ID: h.ID, State: ledger.Held, Units: h.Units}, nil
}

// chargeRow is a charge as a retry sees it.
type chargeRow struct {
	ledger.Charge
	account, api string
	held         int64
	created      int64
}

func (t chargeRow) inProgress() error {
	return &ledger.InProgressError{ID: t.ID, Since: db.FromMicros(t.created)}
}

func readCharge(tx *db.Tx, id string) (t chargeRow, err error) {
	var posted int64
	err = tx.Row(`SELECT account_id, api, state, units_held, units_posted, reply_ct, created_at FROM charge WHERE id = ?`, id).
		Scan(&t.account, &t.api, &t.State, &t.held, &posted, &t.Reply, &t.created)
	if errors.Is(err, sql.ErrNoRows) {
		return chargeRow{}, fmt.Errorf("%w: charge %.40q", ledger.ErrUnknown, id)
	}
	t.ID, t.Units, t.Replayed = id, posted, true
	return t, err
}

// lookupKey returns the charge that the idempotency key was used for. If the
// key may be used again, it returns no charge and the ID of the one to take it
// from.
func (s *Store) lookupKey(tx *db.Tx, h ledger.Hold) (_ ledger.Charge, freed string, err error) {
	var id string
	var request []byte
	var expires int64
	err = tx.Row(`SELECT charge_id, request_hash, expires_at FROM idem WHERE account_id = ? AND key = ?`,
		h.Account, h.Idempotency.Key).Scan(&id, &request, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.Charge{}, "", nil
	}
	if err != nil {
		return ledger.Charge{}, "", err
	}
	if expires <= h.At.UnixMicro() {
		return ledger.Charge{}, id, nil
	}
	if !bytes.Equal(request, h.Idempotency.Request[:]) {
		return ledger.Charge{}, "", ledger.ErrMismatch
	}
	t, err := readCharge(tx, id)
	switch {
	case err != nil:
		return ledger.Charge{}, "", err
	case t.State == ledger.Held:
		return ledger.Charge{}, "", t.inProgress()
	case t.State == ledger.Void && t.Reply == nil:
		return ledger.Charge{}, id, nil
	}
	return t.Charge, "", nil
}

// storeKey stores the idempotency key, which is new or belonged to the charge
// freed.
func storeKey(tx *db.Tx, h ledger.Hold, freed string) error {
	n, err := tx.Exec(`INSERT INTO idem (account_id, key, request_hash, charge_id, expires_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (account_id, key) DO UPDATE SET request_hash = excluded.request_hash, charge_id = excluded.charge_id,
		expires_at = excluded.expires_at WHERE idem.charge_id = ?`,
		h.Account, h.Idempotency.Key, h.Idempotency.Request[:], h.ID, h.Idempotency.Expires.UnixMicro(), freed)
	if err == nil && n == 0 {
		return errConflict
	}
	if err == nil && freed != "" { // its reply can no longer be replayed
		_, err = tx.Exec(`UPDATE charge SET reply_ct = NULL WHERE id = ? AND reply_ct IS NOT NULL`, freed)
	}
	return err
}

// replayCharge answers a Hold whose ID belongs to an existing charge.
func replayCharge(tx *db.Tx, h ledger.Hold) (ledger.Charge, error) {
	t, err := readCharge(tx, h.ID)
	switch {
	case err != nil:
		return ledger.Charge{}, err
	case t.account != h.Account || t.api != h.API || t.held != h.Units:
		return ledger.Charge{}, ledger.ErrMismatch
	case t.State == ledger.Held:
		return ledger.Charge{}, t.inProgress()
	}
	return t.Charge, nil
}

// holdUnits holds the charge's units on the account's packs, and the rest
// postpaid.
func (s *Store) holdUnits(tx *db.Tx, a payer, calendar billing.Calendar, h ledger.Hold) error {
	need := h.Units
	for range maxConflicts {
		packs, err := s.packs(tx, a, calendar, h.At)
		if err != nil {
			return err
		}
		lost := false
		for _, p := range packs {
			units := min(need, p.Left)
			if units == 0 {
				continue
			}
			taken, err := holdOnPack(tx, h.ID, p.ID, units)
			if err != nil {
				return err
			}
			if !taken { // taken concurrently: read the packs again
				lost = true
				break
			}
			need -= units
		}
		if need == 0 {
			return nil
		}
		if lost {
			continue
		}
		if !a.postpay {
			return ledger.ErrUsedUp
		}
		return insertPart(tx, h.ID, postpaid, need)
	}
	return errConflict
}

// postpaid stands for the pack of units that no pack pays for.
const postpaid = ""

func holdOnPack(tx *db.Tx, charge, pack string, units int64) (bool, error) {
	n, err := tx.Exec(`UPDATE pack SET units_left = units_left - ?, units_held = units_held + ?, version = version + 1
		WHERE id = ? AND units_left >= ? AND refunded_at IS NULL`, units, units, pack, units)
	if err != nil || n == 0 {
		return false, err
	}
	return true, insertPart(tx, charge, pack, units)
}

func insertPart(tx *db.Tx, charge, pack string, units int64) error {
	_, err := tx.Exec(`INSERT INTO charge_part (charge_id, pack_id, units) VALUES (?, ?, ?)
		ON CONFLICT (charge_id, pack_id) DO UPDATE SET units = charge_part.units + excluded.units`, charge, pack, units)
	return err
}

// packs returns the packs that have units left at a time, in the order of use.
// It makes the month's free pack on first use.
func (s *Store) packs(tx *db.Tx, a payer, calendar billing.Calendar, at time.Time) ([]billing.Pack, error) {
	month := calendar.FreeSpan(db.FromMicros(a.created), at)
	free := freePack(a.id, calendar.Month(at))
	found, packs, err := usablePacks(tx, a.id, free, at)
	if err != nil || found || s.options.Free == 0 || !month.Holds(at) {
		return packs, err
	}
	_, err = tx.Exec(`INSERT INTO pack (id, account_id, kind, units_total, units_left, valid_from, valid_to, source, created_at)
		VALUES (?, ?, 'free', ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		free, a.id, s.options.Free, s.options.Free, month.From.UnixMicro(), month.To.UnixMicro(), SourceMonthly, at.UnixMicro())
	if err != nil {
		return nil, err
	}
	_, packs, err = usablePacks(tx, a.id, free, at)
	return packs, err
}

// Sources of packs.
const (
	SourceMonthly = "monthly" // free pack
	SourceBalance = "balance" // bought with the balance
)

func freePack(account string, m billing.Month) string { return "free:" + account + ":" + string(m) }

// usablePacks returns the packs that are valid and have units left, and whether
// the free pack exists.
func usablePacks(tx *db.Tx, account, free string, at time.Time) (found bool, packs []billing.Pack, err error) {
	us := at.UnixMicro()
	err = tx.Each(func(scan func(...any) error) error {
		var p billing.Pack
		var from, to int64
		if err := scan(&p.ID, &p.Kind, &p.Left, &from, &to); err != nil {
			return err
		}
		found = found || p.ID == free
		p.Valid = billing.Span{From: db.FromMicros(from), To: db.FromMicros(to)}
		packs = append(packs, p)
		return nil
	}, `SELECT id, kind, units_left, valid_from, valid_to FROM pack
		WHERE account_id = ? AND valid_to > ? AND valid_from <= ? AND refunded_at IS NULL AND (units_left > 0 OR id = ?)`,
		account, us, us, free)
	slices.SortFunc(packs, billing.Order) // not in SQL: engines collate text differently
	return found, packs, err
}
