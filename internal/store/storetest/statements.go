package storetest

import (
	"context"
	"errors"

	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

func putting(key string, n int64) db.Statement {
	return db.Do(`INSERT INTO lease (key, full_at) VALUES (?, ?)`, key, n)
}

func adding(key string, n int64) db.Statement {
	return db.Do(`UPDATE lease SET full_at = full_at + ? WHERE key = ?`, n, key)
}

// statementCases are about statements that are sent together.
var statementCases = []scenario{
	{"statements that run together have their answers in order", func(s *fixture) {
		var inserted, updated, none int64
		var read []int64
		s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error {
			read = nil
			return tx.Run(putting(s.account, 1).Count(&inserted), adding(s.account, 41).Count(&updated), adding("none", 1).Count(&none),
				db.Do(`SELECT full_at FROM lease WHERE key = ?`, s.account).Each(func(scan func(...any) error) error {
					var n int64
					err := scan(&n)
					read = append(read, n)
					return err
				}))
		}))
		s.equal("inserted", inserted, 1)
		s.equal("updated", updated, 1)
		s.equal("updated of none", none, 0)
		if len(read) != 1 || read[0] != 42 {
			s.Errorf("the query read %v, want [42]", read)
		}
	}},
	{"what is queued comes before what is run", func(s *fixture) {
		var seen int64
		s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error {
			s.ok(tx.Queue(putting(s.account, 1)))
			s.ok(tx.Queue(adding(s.account, 2)))
			return tx.Row(`SELECT full_at FROM lease WHERE key = ?`, s.account).Scan(&seen)
		}))
		s.equal("seen", seen, 3)
	}},
	{"what is queued last is committed", func(s *fixture) {
		s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error { return tx.Queue(putting(s.account+"a", 1), putting(s.account+"b", 1)) }))
		s.equal("rows", s.rows(""), 2)
	}},
	{"a failing statement of the queue fails the transaction", func(s *fixture) {
		err := s.engine.Write(s.ctx, func(tx *db.Tx) error {
			return tx.Queue(putting(s.account+"a", 1), putting(s.account+"b", 1), putting(s.account+"a", 1), putting(s.account+"c", 1))
		})
		if !s.engine.Dialect().IsUnique(err) {
			s.Errorf("Write = %v, want a unique violation", err)
		}
		s.equal("rows", s.rows(""), 0)
	}},
	{"an error after the queue rolls it back", func(s *fixture) {
		s.fails(s.engine.Write(s.ctx, func(tx *db.Tx) error {
			s.ok(tx.Queue(putting(s.account, 1)))
			return errMine
		}), errMine)
		s.equal("rows", s.rows(""), 0)
	}},
	{"a statement that must change a row fails with its error", func(s *fixture) {
		for _, queued := range []bool{false, true} {
			err := s.engine.Write(s.ctx, func(tx *db.Tx) error {
				statements := []db.Statement{putting(s.account, 1).OrFail(errOther), adding("none", 1).OrFail(errMine), putting(s.account+"b", 1)}
				if queued {
					return tx.Queue(statements...)
				}
				return tx.Run(statements...)
			})
			s.fails(err, errMine)
			s.equal("rows", s.rows(""), 0)
		}
	}},
	{"a statement that changes the row it must is no failure", func(s *fixture) {
		s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error {
			return tx.Queue(putting(s.account, 1).OrFail(errMine), adding(s.account, 2).OrFail(errMine),
				db.Do(`DELETE FROM lease WHERE key = ?`, s.account).OrFail(errMine), putting(s.account, 5).OrFail(errMine))
		}))
		s.equal("value", s.number(`SELECT full_at FROM lease WHERE key = ?`, s.account), 5)
	}},
	{"a query cannot be queued", func(s *fixture) {
		err := s.engine.Write(s.ctx, func(tx *db.Tx) error {
			return tx.Queue(db.Do(`SELECT 1`).Each(func(func(...any) error) error { return nil }))
		})
		if err == nil {
			s.Error("Write with a queued query = nil, want an error")
		}
	}},
	{"a transaction that need not be synced is seen by the next", func(s *fixture) {
		s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error {
			tx.SkipSync()
			return tx.Queue(putting(s.account, 7))
		}))
		s.equal("value", s.number(`SELECT full_at FROM lease WHERE key = ?`, s.account), 7)
	}},
	{"a transaction without statements succeeds", func(s *fixture) {
		s.ok(s.engine.Write(s.ctx, func(*db.Tx) error { return nil }))
		s.fails(s.engine.Write(s.ctx, func(*db.Tx) error { return errMine }), errMine)
		s.ok(s.engine.Read(s.ctx, func(*db.Tx) error { return nil }))
	}},
}

// uncertain is an engine whose writes take effect, or do not, and say that their
// outcome is unknown.
type uncertain struct {
	db.Engine
	committed bool
	left      int // how many
}

// Write loses the answer to the commit.
func (u *uncertain) Write(ctx context.Context, fn func(*db.Tx) error) error {
	if u.left == 0 {
		return u.Engine.Write(ctx, fn)
	}
	u.left--
	if u.committed {
		if err := u.Engine.Write(ctx, fn); err != nil {
			return err
		}
	}
	return errors.Join(db.ErrUncertain, errMine)
}

var uncertainCases = []scenario{
	{"a post whose outcome is unknown is made once", func(s *fixture) {
		for _, committed := range []bool{false, true} {
			id := s.hold(1)
			store := ledgerdb.New(&uncertain{s.engine, committed, 1}, options())
			s.ok(store.Post(s.ctx, id, s.outcome(good)))
			s.wantState(id, "posted", 1)
		}
		s.equal("used", s.used(), 2)
	}},
	{"a post whose outcome stays unknown is an error", func(s *fixture) {
		id := s.hold(1)
		store := ledgerdb.New(&uncertain{s.engine, false, 1000}, options())
		s.fails(store.Post(s.ctx, id, s.outcome(good)), db.ErrUncertain)
		s.wantState(id, "held", 0)
	}},
	{"a hold whose outcome is unknown is an error", func(s *fixture) {
		h := s.request(1)
		store := ledgerdb.New(&uncertain{s.engine, true, 1}, options())
		_, err := store.Hold(s.ctx, h)
		s.fails(err, db.ErrUncertain)
		s.wantState(h.ID, "held", 0)
	}},
}
