package storetest

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/kahao/kahao/internal/store/db"
)

// put writes a row of a table that the ledger does not use.
func put(tx *db.Tx, key string, n int64) error {
	_, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES (?, ?)`, key, n)
	return err
}

func (s *fixture) rows(prefix string) int64 {
	s.Helper()
	return s.number(`SELECT COUNT(*) FROM lease WHERE key LIKE ?`, s.account+prefix+"%")
}

var errMine, errOther = errors.New("mine"), errors.New("other")

var engineCases = []scenario{
	{"a written row is read", func(s *fixture) {
		s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error { return put(tx, s.account, math.MaxInt64) }))
		s.equal("value", s.number(`SELECT full_at FROM lease WHERE key = ?`, s.account), math.MaxInt64)
		s.exec(`UPDATE lease SET full_at = ? WHERE key = ?`, int64(math.MinInt64), s.account)
		s.equal("value", s.number(`SELECT full_at FROM lease WHERE key = ?`, s.account), math.MinInt64)
	}},
	{"an error rolls back, and is returned", func(s *fixture) {
		s.fails(s.engine.Write(s.ctx, func(tx *db.Tx) error {
			s.ok(put(tx, s.account+"a", 1))
			s.ok(put(tx, s.account+"b", 1))
			return errMine
		}), errMine)
		s.equal("rows", s.rows(""), 0)
	}},
	{"a panic rolls back, and harms nobody", func(s *fixture) {
		err := s.engine.Write(s.ctx, func(tx *db.Tx) error {
			_ = put(tx, s.account+"a", 1)
			panic("a number")
		})
		var p *db.PanicError
		if !errors.As(err, &p) || strings.Contains(err.Error(), "number") {
			s.Errorf("Write = %v, want a PanicError that does not print the value", err)
		}
		s.equal("rows", s.rows(""), 0)
		s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error { return put(tx, s.account+"b", 1) }))
	}},
	{"a panic while reading", func(s *fixture) {
		var p *db.PanicError
		if err := s.engine.Read(s.ctx, func(*db.Tx) error { panic(1) }); !errors.As(err, &p) {
			s.Errorf("Read = %v, want a PanicError", err)
		}
	}},
	{"a goroutine that ends in a transaction harms nobody", func(s *fixture) {
		var all sync.WaitGroup
		all.Go(func() {
			_ = s.engine.Write(s.ctx, func(tx *db.Tx) error {
				_ = put(tx, s.account+"a", 1)
				runtime.Goexit()
				return nil
			})
		})
		all.Wait()
		s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error { return put(tx, s.account+"b", 1) }))
		s.equal("rows", s.rows(""), 1)
	}},
	{"of 64 writers at once the failing ones fail alone", func(s *fixture) {
		written := together(s, 64, func(i int) error {
			err := s.engine.Write(s.ctx, func(tx *db.Tx) error {
				if err := put(tx, s.numbered("", i), 1); err != nil || i%3 != 0 {
					return err
				}
				if i%2 == 0 {
					return put(tx, s.numbered("", i), 1) // which there is already
				}
				return errMine
			})
			if s.engine.Dialect().IsUnique(err) {
				return errMine
			}
			return err
		}, errMine)
		s.equal("written", written, 42)
		s.equal("rows", s.rows(""), 42)
	}},
	{"64 writers count on one row", func(s *fixture) {
		s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error { return put(tx, s.account, 0) }))
		together(s, 64, func(int) error {
			for range 4 {
				if err := s.engine.Write(s.ctx, func(tx *db.Tx) error {
					_, err := tx.Exec(`UPDATE lease SET full_at = full_at + 1 WHERE key = ?`, s.account)
					return err
				}); err != nil {
					return err
				}
			}
			return nil
		})
		s.equal("sum", s.number(`SELECT full_at FROM lease WHERE key = ?`, s.account), 256)
	}},
	{"a context that is done before a write cancels it", func(s *fixture) {
		ctx, cancel := context.WithCancel(s.ctx)
		cancel()
		s.fails(s.engine.Write(ctx, func(tx *db.Tx) error { return put(tx, s.account, 1) }), context.Canceled)
		s.equal("rows", s.rows(""), 0)
	}},
	{"a context that is done during a write does nothing to its outcome", func(s *fixture) {
		ctx, cancel := context.WithCancel(s.ctx)
		s.ok(s.engine.Write(ctx, func(tx *db.Tx) error {
			cancel()
			return put(tx, s.account, 1)
		}))
		s.equal("rows", s.rows(""), 1)
	}},
	{"nor to its error", func(s *fixture) {
		ctx, cancel := context.WithCancel(s.ctx)
		s.fails(s.engine.Write(ctx, func(*db.Tx) error {
			cancel()
			return errMine
		}), errMine)
	}},
	{"a reader sees one moment", func(s *fixture) {
		s.ok(s.engine.Read(s.ctx, func(tx *db.Tx) error {
			var before, after int64
			count := `SELECT COUNT(*) FROM lease WHERE key = ?`
			if err := tx.Row(count, s.account).Scan(&before); err != nil {
				return err
			}
			s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error { return put(tx, s.account, 1) }))
			if err := tx.Row(count, s.account).Scan(&after); err != nil {
				return err
			}
			s.equal("rows", after, before)
			return nil
		}))
		s.equal("rows", s.rows(""), 1)
	}},
	{"a reader cannot write", func(s *fixture) {
		if s.engine.Read(s.ctx, func(tx *db.Tx) error { return put(tx, s.account, 1) }) == nil {
			s.Error("a write in Read succeeded")
		}
		s.equal("rows", s.rows(""), 0)
	}},
	{"IsUnique recognises an existing row", func(s *fixture) {
		s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error { return put(tx, s.account, 1) }))
		d := s.engine.Dialect()
		err := s.engine.Write(s.ctx, func(tx *db.Tx) error { return put(tx, s.account, 1) })
		if !d.IsUnique(err) || d.IsCheck(err) {
			s.Errorf("inserting a row twice = %v, want a unique violation", err)
		}
		if d.IsUnique(errMine) || d.IsUnique(nil) {
			s.Error("IsUnique is true for other errors")
		}
	}},
	{"IsCheck recognises a violated CHECK", func(s *fixture) {
		s.hold(1)
		err := s.engine.Write(s.ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE pack SET units_left = units_left - 100 WHERE id = ?`, s.free())
			return err
		})
		if d := s.engine.Dialect(); !d.IsCheck(err) || d.IsUnique(err) {
			s.Errorf("a negative count = %v, want a CHECK violation", err)
		}
	}},
	{"entries are never changed", func(s *fixture) {
		s.charged(good)
		for _, query := range []string{`UPDATE entry SET delta = -2 WHERE account_id = ?`, `DELETE FROM entry WHERE account_id = ?`} {
			if s.engine.Write(s.ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(query, s.account)
				return err
			}) == nil {
				s.Errorf("%s succeeded, want an error", query)
			}
		}
		s.equal("delta", s.number(`SELECT delta FROM entry WHERE account_id = ?`, s.account), -1)
	}},
	{"a charge needs an account", func(s *fixture) {
		if s.engine.Write(s.ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO charge (id, account_id, user_id, key_id, bucket, api, state, units_held, created_at, day)
				VALUES (?, 'none', '', '', '', '', 'held', 1, 0, '')`, s.account)
			return err
		}) == nil {
			s.Error("a charge of an unknown account was inserted")
		}
	}},
	{"each stops at the first error", func(s *fixture) {
		for i := range 3 {
			s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error { return put(tx, s.numbered("", i), 1) }))
		}
		seen := 0
		s.fails(s.engine.Read(s.ctx, func(tx *db.Tx) error {
			return tx.Each(func(func(...any) error) error {
				seen++
				return errMine
			}, `SELECT key FROM lease WHERE key LIKE ?`, s.account+"%")
		}), errMine)
		s.equal("seen", int64(seen), 1)
	}},
	{"invalid SQL is an error, and harms nobody", func(s *fixture) {
		for range 2 {
			if s.engine.Write(s.ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(`INSERT INTO nowhere VALUES (?)`, 1)
				return err
			}) == nil {
				s.Error("an INSERT into no table succeeded")
			}
			if s.engine.Write(s.ctx, func(tx *db.Tx) error { return tx.Row(`SELEC`).Scan() }) == nil {
				s.Error("a statement that is no SQL succeeded")
			}
		}
		s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error { return put(tx, s.account, 1) }))
	}},
}

// closedCases ends the engine.
func closedCases(t *testing.T, e db.Engine) {
	s := newFixture(t, e)
	id := s.hold(1)
	for range 2 {
		s.ok(e.Close())
	}
	for name, err := range map[string]error{
		"read":  e.Read(s.ctx, func(*db.Tx) error { return nil }),
		"write": e.Write(s.ctx, func(*db.Tx) error { return nil }),
		"post":  s.ledger.Post(s.ctx, id, s.outcome(good)),
		"hold": func() error {
			_, err := s.ledger.Hold(s.ctx, s.request(1))
			return err
		}(),
		"verify": func() error {
			_, err := s.ledger.Verify(s.ctx)
			return err
		}(),
	} {
		if !errors.Is(err, db.ErrClosed) {
			t.Errorf("%s after Close = %v, want %v", name, err, db.ErrClosed)
		}
	}
}
