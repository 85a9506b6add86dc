package ledgerdb

import (
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

// Post is ledger.Store's.
func (s *Store) Post(ctx context.Context, id string, o ledger.Outcome) error {
	return s.engine.Write(ctx, func(tx *db.Tx) error { return s.settle(tx, id, o) })
}

// Void is ledger.Store's.
func (s *Store) Void(ctx context.Context, id string, o ledger.Outcome) error {
	o.Calls = slices.Clone(o.Calls)
	for i := range o.Calls {
		o.Calls[i].Billed = false
	}
	return s.Post(ctx, id, o)
}

// SweepHeld is ledger.Store's. Each charge is a transaction of its own, so that
// rows are taken in no other order than Post takes them in.
func (s *Store) SweepHeld(ctx context.Context, before time.Time) (int, error) {
	n := 0
	for {
		var ids []string
		err := s.engine.Read(ctx, func(tx *db.Tx) error {
			ids = ids[:0]
			return tx.Each(func(scan func(...any) error) error {
				var id string
				err := scan(&id)
				ids = append(ids, id)
				return err
			}, `SELECT id FROM charge WHERE state = 'held' AND created_at < ? ORDER BY created_at, id LIMIT 100`, before.UnixMicro())
		})
		if err != nil || len(ids) == 0 {
			return n, err
		}
		for _, id := range ids {
			switch err := s.Void(ctx, id, ledger.Outcome{At: before}); {
			case err == nil:
				n++
			case !errors.Is(err, ledger.ErrState): // which another has posted meanwhile
				return n, err
			}
		}
	}
}

// pendingCharge is a charge that is being decided.
type pendingCharge struct {
	id     string
	caller ledger.Caller
	held   int64
	day    string
	at     int64
}

// settle posts a charge, or voids it where nothing is billed.
func (s *Store) settle(tx *db.Tx, id string, o ledger.Outcome) error {
	var billed int64
	for _, call := range o.Calls {
		if call.Billed {
			billed++
		}
	}
	state := ledger.Void
	if billed > 0 {
		state = ledger.Posted
	}
	var code sql.NullInt64
	if len(o.Calls) > 0 {
		code = sql.NullInt64{Int64: int64(o.Calls[0].Code), Valid: true}
	}
	c := pendingCharge{id: id, at: o.At.UnixMicro()}
	err := tx.Row(`UPDATE charge SET state = ?, units_posted = ?, code = ?, calls = ?, decided_at = ?, reply_ct = ?
		WHERE id = ? AND state = 'held' AND units_held >= ? RETURNING account_id, user_id, key_id, bucket, api, units_held, day`,
		string(state), billed, code, s.encodeCalls(o.Calls), c.at, o.Reply, id, billed).
		Scan(&c.caller.Account, &c.caller.User, &c.caller.Key, &c.caller.Bucket, &c.caller.API, &c.held, &c.day)
	if errors.Is(err, sql.ErrNoRows) {
		return checkSettled(tx, id, state, o.Calls)
	}
	if err != nil {
		return err
	}
	if err := c.release(tx, o.Calls, billed); err != nil {
		return err
	}
	if err := s.countCalls(tx, c.caller, c.day, o.Calls, held); err != nil {
		return err
	}
	if o.Result == nil {
		return nil
	}
	return storeResult(tx, c.caller.Account, c.at, *o.Result)
}

// decided is what to say of a charge that is not held any more: nothing, if it
// came out the same.
func checkSettled(tx *db.Tx, id string, state ledger.State, calls []ledger.Call) error {
	var is ledger.State
	var text string
	err := tx.Row(`SELECT state, calls FROM charge WHERE id = ?`, id).Scan(&is, &text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%w: charge %.40q", ledger.ErrUnknown, id)
	case err != nil:
		return err
	case is == ledger.Held:
		return fmt.Errorf("%w: more is billed than is held", ledger.ErrState)
	case is != state:
		return fmt.Errorf("%w: %s", ledger.ErrState, is)
	case state == ledger.Void:
		return nil
	}
	was, err := parseCalls(text)
	if err != nil {
		return err
	}
	if !slices.EqualFunc(was, calls, func(w counted, c ledger.Call) bool { return w.code == c.Code && w.billed == c.Billed }) {
		return fmt.Errorf("%w: posted with other codes", ledger.ErrState)
	}
	return nil
}

// release gives every held unit to where it belongs: billed ones to entries,
// from the first pack on, and the others back to their packs.
func (s *pendingCharge) release(tx *db.Tx, calls []ledger.Call, billed int64) error {
	parts, err := s.parts(tx, billed)
	if err != nil {
		return err
	}
	next := 0 // of the calls, for the next billed one
	for _, p := range parts {
		posted := min(p.units, billed)
		billed -= posted
		if p.pack != onAccount {
			n, err := tx.Exec(`UPDATE pack SET units_held = units_held - ?, units_left = units_left + ?, version = version + 1
				WHERE id = ?`, p.units, p.units-posted, p.pack)
			if err != nil {
				return err
			}
			if n != 1 {
				return fmt.Errorf("books: pack %s of charge %s is missing", p.pack, s.id)
			}
		}
		codes := map[int]int64{}
		for range posted {
			for !calls[next].Billed {
				next++
			}
			codes[calls[next].Code]++
			next++
		}
		for _, code := range sorted(codes) {
			if err := s.enter(tx, p.pack, code, codes[code]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *pendingCharge) enter(tx *db.Tx, pack string, code int, units int64) error {
	_, err := tx.Exec(`INSERT INTO entry (charge_id, account_id, pack_id, delta, reason, api, user_id, bucket, code, day, at)
		VALUES (?, ?, ?, ?, 'post', ?, ?, ?, ?, ?, ?)`,
		s.id, s.caller.Account, pack, -units, s.caller.API, s.caller.User, s.caller.Bucket, code, s.day, s.at)
	return err
}

// chargePart is a part of a charge.
type chargePart struct {
	pack  string
	units int64
}

// parts returns what the charge is held on, in the order in which packs are
// used; on account comes last.
func (s *pendingCharge) parts(tx *db.Tx, billed int64) (parts []chargePart, err error) {
	err = tx.Each(func(scan func(...any) error) error {
		var p chargePart
		err := scan(&p.pack, &p.units)
		parts = append(parts, p)
		return err
	}, `SELECT pack_id, units FROM charge_part WHERE charge_id = ?`, s.id)
	if err != nil || len(parts) < 2 {
		return parts, err
	}
	order := map[string]billing.Pack{}
	err = tx.Each(func(scan func(...any) error) error {
		var p billing.Pack
		var from, to int64
		if err := scan(&p.ID, &p.Kind, &from, &to); err != nil {
			return err
		}
		p.Valid = billing.Span{From: db.FromMicros(from), To: db.FromMicros(to)}
		order[p.ID] = p
		return nil
	}, `SELECT id, kind, valid_from, valid_to FROM pack WHERE id IN (SELECT pack_id FROM charge_part WHERE charge_id = ?)`, s.id)
	slices.SortFunc(parts, func(a, b chargePart) int {
		switch {
		case a.pack == onAccount:
			return 1
		case b.pack == onAccount:
			return -1
		}
		return billing.Order(order[a.pack], order[b.pack])
	})
	return parts, err
}
