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
// units, and ErrUnknown. Because it can be repeated, it is if the outcome of its
// commit is unknown.
func (s *Store) Post(ctx context.Context, id string, o ledger.Outcome) error {
	post := func() error {
		return s.engine.Write(ctx, func(tx *db.Tx) error { return s.settle(tx, id, o) })
	}
	err := post()
	if errors.Is(err, db.ErrUncertain) {
		err = post()
	}
	return err
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
	parts  []pendingPart
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
	open := false
	err := tx.Run(
		db.Do(`UPDATE charge SET state = ?, units_posted = ?, code = ?, calls = ?, decided_at = ?, reply_ct = ?
			WHERE id = ? AND state = 'held' AND units_held >= ? RETURNING account_id, user_id, key_id, bucket, api, units_held, day`,
			string(state), billed, code, s.encodeCalls(o.Calls), c.at, o.Reply, id, billed).
			Each(func(scan func(...any) error) error {
				open = true
				return scan(&c.caller.Account, &c.caller.User, &c.caller.Key, &c.caller.Bucket, &c.caller.API, &c.held, &c.day)
			}),
		findParts(id, &c.parts))
	if err != nil {
		return err
	}
	if !open {
		return checkSettled(tx, id, state, o.Calls)
	}
	statements := c.release(o.Calls, billed)
	statements = append(statements, s.countCalls(c.caller, c.day, o.Calls, held)...)
	if o.Result != nil {
		statements = append(statements, storeResult(c.caller.Account, c.at, *o.Result)...)
	}
	return tx.Queue(statements...)
}

// checkSettled returns nil if a charge that is no longer held was settled with
// the same outcome, and an error otherwise.
func checkSettled(tx *db.Tx, id string, state ledger.State, calls []ledger.Call) error {
	var is ledger.State
	var text string
	err := tx.Row(`SELECT state, calls FROM charge WHERE id = ?`, id).Scan(&is, &text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return unknownCharge(id)
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
func (c *pendingCharge) release(calls []ledger.Call, billed int64) (statements []db.Statement) {
	slices.SortFunc(c.parts, inOrderOfUse)
	next := 0 // call to look at for the next billed unit
	for _, p := range c.parts {
		posted := min(p.units, billed)
		billed -= posted
		if p.pack != postpaid {
			statements = append(statements, db.Do(`UPDATE pack SET units_held = units_held - ?, units_left = units_left + ?, version = version + 1
				WHERE id = ?`, p.units, p.units-posted, p.pack).
				OrFail(fmt.Errorf("ledger: pack %s of charge %s is missing", p.pack, c.id)))
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
			statements = append(statements, c.entry(p.pack, code, codes[code]))
		}
	}
	return statements
}

func (c *pendingCharge) entry(pack string, code int, units int64) db.Statement {
	return db.Do(`INSERT INTO entry (charge_id, account_id, pack_id, delta, reason, api, user_id, bucket, code, day, at)
		VALUES (?, ?, ?, ?, 'post', ?, ?, ?, ?, ?, ?)`,
		c.id, c.caller.Account, pack, -units, c.caller.API, c.caller.User, c.caller.Bucket, code, c.day, c.at)
}

// chargePart is the part of a charge that one pack holds.
type chargePart struct {
	pack  string
	units int64
}

// pendingPart is a part of a held charge.
type pendingPart struct {
	chargePart
	of billing.Pack // the pack's ID, kind and validity, which order the packs
}

// inOrderOfUse compares parts as their packs are used; postpaid units come last.
func inOrderOfUse(a, b pendingPart) int {
	switch {
	case a.pack == postpaid:
		return 1
	case b.pack == postpaid:
		return -1
	}
	return billing.Order(a.of, b.of)
}

// findParts reads what holds a charge.
func findParts(id string, parts *[]pendingPart) db.Statement {
	return db.Do(`SELECT t.pack_id, t.units, COALESCE(p.kind, ''), COALESCE(p.valid_from, 0), COALESCE(p.valid_to, 0)
		FROM charge_part t LEFT JOIN pack p ON p.id = t.pack_id WHERE t.charge_id = ?`, id).
		Each(func(scan func(...any) error) error {
			var p pendingPart
			var from, to int64
			err := scan(&p.pack, &p.units, &p.of.Kind, &from, &to)
			p.of.ID, p.of.Valid = p.pack, billing.Span{From: db.FromMicros(from), To: db.FromMicros(to)}
			*parts = append(*parts, p)
			return err
		})
}
