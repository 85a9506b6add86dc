package ledgerdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

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

// hold reads everything that decides in one round trip, and leaves what it
// writes to the commit. A row that has changed in between rolls it back, with
// errConflict, and it starts again.
func (s *Store) hold(tx *db.Tx, h ledger.Hold) (ledger.Charge, error) {
	f, err := find(tx, h)
	if err != nil {
		return ledger.Charge{}, err
	}
	// The nonce comes first, so that a used signature is never charged.
	if h.Nonce != nil && f.nonces == 0 {
		return ledger.Charge{}, ledger.ErrReplay
	}
	freed := "" // charge whose idempotency key this one takes over
	if h.Idempotency != nil && f.key != nil {
		c, err := f.key.charge(tx, h)
		if err != nil || c.ID != "" {
			return c, err
		}
		freed = f.key.id
	}
	if !f.known {
		return ledger.Charge{}, unknownAccount(h.Account)
	}
	calendar, err := s.calendar(f.payer.zone)
	if err != nil {
		return ledger.Charge{}, err
	}
	if f.charge != nil {
		return f.charge.replay(h)
	}
	if err := f.payer.served(h.At); err != nil {
		return ledger.Charge{}, err
	}
	if err := s.grantFree(tx, f, calendar, h); err != nil {
		return ledger.Charge{}, err
	}
	parts, err := split(h.Units, f.packs, f.payer.postpay)
	if err != nil {
		return ledger.Charge{}, err
	}
	statements := []db.Statement{db.Do(`INSERT INTO charge (id, account_id, user_id, key_id, bucket, api, state, units_held, created_at, day)
		VALUES (?, ?, ?, ?, ?, ?, 'held', ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		h.ID, h.Account, h.User, h.Key, h.Bucket, h.API, h.Units, h.At.UnixMicro(), string(calendar.Day(h.At))).OrFail(errConflict)}
	if h.Idempotency != nil {
		statements = append(statements, storeKey(h, freed)...)
	}
	for _, p := range parts {
		statements = append(statements, holdPart(h.ID, p)...)
	}
	if err := tx.Queue(statements...); err != nil {
		return ledger.Charge{}, err
	}
	// The client is told nothing before the charge is settled, which is synced. A
	// hold that is lost with the database cannot be settled.
	tx.SkipSync()
	return ledger.Charge{ID: h.ID, State: ledger.Held, Units: h.Units}, nil
}

// found is what a hold finds in the database.
type found struct {
	nonces int64 // 1 if the nonce was unused
	key    *usedKey
	charge *chargeRow // with the ID of the hold
	known  bool       // the account
	payer  payer
	packs  []billing.Pack // in the order of use
}

// find uses up the nonce and reads the rest.
func find(tx *db.Tx, h ledger.Hold) (*found, error) {
	f := &found{payer: payer{id: h.Account}}
	var statements []db.Statement
	if n := h.Nonce; n != nil {
		statements = append(statements, useNonce(*n).Count(&f.nonces))
	}
	if h.Idempotency != nil {
		statements = append(statements, findKey(h, &f.key))
	}
	statements = append(statements, findPayer(&f.payer, &f.known), findCharge(h.ID, &f.charge), findPacks(h, &f.packs))
	if err := tx.Run(statements...); err != nil {
		return nil, err
	}
	slices.SortFunc(f.packs, billing.Order) // not in SQL: engines collate text differently
	return f, nil
}

// chargeRow is a charge as a retry sees it.
type chargeRow struct {
	ledger.Charge
	account, api string
	held         int64
	created      int64
}

func (t *chargeRow) inProgress() error {
	return &ledger.InProgressError{ID: t.ID, Since: db.FromMicros(t.created)}
}

// findCharge reads a charge; c stays nil if there is none.
func findCharge(id string, c **chargeRow) db.Statement {
	return db.Do(`SELECT account_id, api, state, units_held, units_posted, reply_ct, created_at FROM charge WHERE id = ?`, id).
		Each(func(scan func(...any) error) error {
			t := &chargeRow{}
			err := scan(&t.account, &t.api, &t.State, &t.held, &t.Units, &t.Reply, &t.created)
			t.ID, t.Replayed = id, true
			*c = t
			return err
		})
}

// replay answers a Hold whose ID belongs to this charge.
func (t *chargeRow) replay(h ledger.Hold) (ledger.Charge, error) {
	switch {
	case t.account != h.Account || t.api != h.API || t.held != h.Units:
		return ledger.Charge{}, ledger.ErrMismatch
	case t.State == ledger.Held:
		return ledger.Charge{}, t.inProgress()
	}
	return t.Charge, nil
}

// usedKey is an idempotency key that was used before.
type usedKey struct {
	id      string // of its charge
	request []byte
	expires int64
}

// findKey reads the idempotency key; k stays nil if it is new.
func findKey(h ledger.Hold, k **usedKey) db.Statement {
	return db.Do(`SELECT charge_id, request_hash, expires_at FROM idem WHERE account_id = ? AND key = ?`, h.Account, h.Idempotency.Key).
		Each(func(scan func(...any) error) error {
			*k = &usedKey{}
			return scan(&(*k).id, &(*k).request, &(*k).expires)
		})
}

// charge returns the charge that the key was used for, or none if the key may be
// used again.
func (k *usedKey) charge(tx *db.Tx, h ledger.Hold) (ledger.Charge, error) {
	if k.expires <= h.At.UnixMicro() {
		return ledger.Charge{}, nil
	}
	if !bytes.Equal(k.request, h.Idempotency.Request[:]) {
		return ledger.Charge{}, ledger.ErrMismatch
	}
	var t *chargeRow
	if err := tx.Run(findCharge(k.id, &t)); err != nil {
		return ledger.Charge{}, err
	}
	switch {
	case t == nil:
		return ledger.Charge{}, unknownCharge(k.id)
	case t.State == ledger.Held:
		return ledger.Charge{}, t.inProgress()
	case t.State == ledger.Void && t.Reply == nil:
		return ledger.Charge{}, nil
	}
	return t.Charge, nil
}

func unknownCharge(id string) error { return fmt.Errorf("%w: charge %.40q", ledger.ErrUnknown, id) }

// storeKey stores the idempotency key, which is new or belonged to the charge
// freed.
func storeKey(h ledger.Hold, freed string) []db.Statement {
	statements := []db.Statement{db.Do(`INSERT INTO idem (account_id, key, request_hash, charge_id, expires_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (account_id, key) DO UPDATE SET request_hash = excluded.request_hash, charge_id = excluded.charge_id,
		expires_at = excluded.expires_at WHERE idem.charge_id = ?`,
		h.Account, h.Idempotency.Key, h.Idempotency.Request[:], h.ID, h.Idempotency.Expires.UnixMicro(), freed).OrFail(errConflict)}
	if freed != "" { // its reply can no longer be replayed
		statements = append(statements, db.Do(`UPDATE charge SET reply_ct = NULL WHERE id = ? AND reply_ct IS NOT NULL`, freed))
	}
	return statements
}

// postpaid stands for the pack of units that no pack pays for.
const postpaid = ""

// split takes units from packs in their order, and the rest postpaid.
func split(units int64, packs []billing.Pack, postpay bool) (parts []chargePart, err error) {
	for _, p := range packs {
		if take := min(units, p.Left); take > 0 {
			parts = append(parts, chargePart{p.ID, take})
			units -= take
		}
	}
	switch {
	case units == 0:
		return parts, nil
	case !postpay:
		return nil, ledger.ErrUsedUp
	}
	return append(parts, chargePart{postpaid, units}), nil
}

// holdPart holds units on a pack.
func holdPart(charge string, p chargePart) (statements []db.Statement) {
	if p.pack != postpaid {
		statements = append(statements, db.Do(`UPDATE pack SET units_left = units_left - ?, units_held = units_held + ?, version = version + 1
			WHERE id = ? AND units_left >= ? AND refunded_at IS NULL`, p.units, p.units, p.pack, p.units).OrFail(errConflict))
	}
	return append(statements, db.Do(`INSERT INTO charge_part (charge_id, pack_id, units) VALUES (?, ?, ?)`, charge, p.pack, p.units))
}

// grantFree makes the month's free pack on its first use.
func (s *Store) grantFree(tx *db.Tx, f *found, calendar billing.Calendar, h ledger.Hold) error {
	month := calendar.FreeSpan(db.FromMicros(f.payer.created), h.At)
	id := freePack(h.Account, calendar.Month(h.At))
	exists := slices.ContainsFunc(f.packs, func(p billing.Pack) bool { return p.ID == id })
	if exists || s.options.Free == 0 || !month.Holds(h.At) {
		return nil
	}
	f.packs = nil
	err := tx.Run(
		db.Do(`INSERT INTO pack (id, account_id, kind, units_total, units_left, valid_from, valid_to, source, created_at)
			VALUES (?, ?, 'free', ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
			id, h.Account, s.options.Free, s.options.Free, month.From.UnixMicro(), month.To.UnixMicro(), SourceMonthly, h.At.UnixMicro()),
		findPacks(h, &f.packs))
	slices.SortFunc(f.packs, billing.Order)
	return err
}

// findPacks reads the packs that are valid at the time of a hold and have units
// left, and the free ones without.
func findPacks(h ledger.Hold, packs *[]billing.Pack) db.Statement {
	at := h.At.UnixMicro()
	return db.Do(`SELECT id, kind, units_left, valid_from, valid_to FROM pack
		WHERE account_id = ? AND valid_to > ? AND valid_from <= ? AND refunded_at IS NULL AND (units_left > 0 OR kind = 'free')`, h.Account, at, at).
		Each(func(scan func(...any) error) error {
			var p billing.Pack
			var from, to int64
			if err := scan(&p.ID, &p.Kind, &p.Left, &from, &to); err != nil {
				return err
			}
			p.Valid = billing.Span{From: db.FromMicros(from), To: db.FromMicros(to)}
			*packs = append(*packs, p)
			return nil
		})
}

// Sources of packs.
const (
	SourceMonthly = "monthly" // free pack
	SourceBalance = "balance" // bought with the balance
)

func freePack(account string, m billing.Month) string { return "free:" + account + ":" + string(m) }
