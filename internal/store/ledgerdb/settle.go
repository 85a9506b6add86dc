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

// Post bills one held unit for each billed call of the outcome, first packs
// first, and releases the rest. An outcome without a billed call is a void.
// Posting again with the same codes does nothing. It returns ledger.ErrState
// for a charge that is void, was posted with another outcome or holds fewer
// units, and ErrUnknown.
func (s *Store) Post(ctx context.Context, id string, o ledger.Outcome) error {
	return s.engine.Write(ctx, func(tx *db.Tx) error { return s.settle(tx, id, o) })
}

// Void releases all units and counts the outcome's calls as free. Voiding again
// does nothing. It returns ledger.ErrState for a posted charge, and ErrUnknown.
func (s *Store) Void(ctx context.Context, id string, o ledger.Outcome) error {
	o.Calls = slices.Clone(o.Calls)
	for i := range o.Calls {
		o.Calls[i].Billed = false
	}
	return s.Post(ctx, id, o)
}

// SweepHeld voids charges held before a time, by processes that died, and
// returns their number. It counts no calls for them. Each charge is its own
// transaction, so that rows are locked in the same order as in Post.
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
			case !errors.Is(err, ledger.ErrState): // posted concurrently
				return n, err
			}
		}
	}
}

// pendingCharge is a held charge that is being settled.
type pendingCharge struct {
	id     string
	caller ledger.Caller
	held   int64
	day    string
	at     int64
}

// settle posts a charge, or voids it if nothing is billed.
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

// checkSettled returns nil if a charge that is no longer held was settled with
// the same outcome, and an error otherwise.
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
		return fmt.Errorf("%w: more units billed than held", ledger.ErrState)
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

// release moves every held unit: billed ones to entries, first packs first, the
// others back to their packs.
func (s *pendingCharge) release(tx *db.Tx, calls []ledger.Call, billed int64) error {
	parts, err := s.parts(tx, billed)
	if err != nil {
		return err
	}
	next := 0 // call to look at for the next billed unit
	for _, p := range parts {
		posted := min(p.units, billed)
		billed -= posted
		if p.pack != postpaid {
			n, err := tx.Exec(`UPDATE pack SET units_held = units_held - ?, units_left = units_left + ?, version = version + 1
				WHERE id = ?`, p.units, p.units-posted, p.pack)
			if err != nil {
				return err
			}
			if n != 1 {
				return fmt.Errorf("ledger: pack %s of charge %s is missing", p.pack, s.id)
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
			if err := s.addEntry(tx, p.pack, code, codes[code]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *pendingCharge) addEntry(tx *db.Tx, pack string, code int, units int64) error {
	_, err := tx.Exec(`INSERT INTO entry (charge_id, account_id, pack_id, delta, reason, api, user_id, bucket, code, day, at)
		VALUES (?, ?, ?, ?, 'post', ?, ?, ?, ?, ?, ?)`,
		s.id, s.caller.Account, pack, -units, s.caller.API, s.caller.User, s.caller.Bucket, code, s.day, s.at)
	return err
}

// chargePart is the part of a charge that one pack holds.
type chargePart struct {
	pack  string
	units int64
}

// parts returns what holds the charge, in the order in which packs are used;
// postpaid units come last.
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
		case a.pack == postpaid:
			return 1
		case b.pack == postpaid:
			return -1
		}
		return billing.Order(order[a.pack], order[b.pack])
	})
	return parts, err
}
