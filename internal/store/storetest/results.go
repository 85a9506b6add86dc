package storetest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// dayKey stores the data key of the account's results.
func (s *fixture) dayKey(until time.Time) string {
	s.Helper()
	day := "day of " + s.account
	_, err := s.ledger.PutDataKey(s.ctx, ledgerdb.DataKey{Day: day, Wrapped: []byte("wrapped"), KEK: "kek1", Until: until})
	s.ok(err)
	return day
}

func (s *fixture) id(name string) [32]byte { return sha256.Sum256([]byte(s.account + name)) }

// kept posts a charge with a result.
func (s *fixture) kept(name, sealed string, expires time.Time) string {
	s.Helper()
	id := s.hold(1)
	s.ok(s.ledger.Post(s.ctx, id, s.withResult(name, sealed, expires)))
	return id
}

func (s *fixture) withResult(name, sealed string, expires time.Time) ledger.Outcome {
	o := s.outcome(good)
	o.Result = &ledger.Result{ID: s.id(name), Sealed: []byte(sealed), Day: "day of " + s.account, Expires: expires}
	return o
}

func (s *fixture) noResult(account, name string) {
	s.Helper()
	if r, err := s.ledger.Result(s.ctx, account, s.id(name), s.at); !errors.Is(err, ledger.ErrUnknown) || r.Sealed != nil {
		s.Errorf("Result = %+v, %v, want %v", r, err, ledger.ErrUnknown)
	}
}

func (s *fixture) result(name, want string) {
	s.Helper()
	r, err := s.ledger.Result(s.ctx, s.account, s.id(name), s.at)
	if err != nil || string(r.Sealed) != want || r.Day != "day of "+s.account || r.ID != s.id(name) {
		s.Errorf("Result = %+v, %v, want %q", r, err, want)
	}
}

var resultCases = []scenario{
	{"what was kept", func(s *fixture) {
		s.dayKey(s.at.Add(day))
		s.kept("r", "sealed", s.at.Add(time.Hour))
		s.result("r", "sealed")
	}},
	{"what was never kept", func(s *fixture) { s.noResult(s.account, "r") }},
	{"another account's", func(s *fixture) {
		s.dayKey(s.at.Add(day))
		s.kept("r", "sealed", s.at.Add(time.Hour))
		s.noResult(s.other().account, "r")
	}},
	{"to its last moment, and not after", func(s *fixture) {
		s.dayKey(s.at.Add(day))
		s.kept("r", "sealed", s.at.Add(time.Hour))
		s.at = s.at.Add(time.Hour - time.Microsecond)
		s.result("r", "sealed")
		s.at = s.at.Add(time.Microsecond)
		s.noResult(s.account, "r")
	}},
	{"of a failure", func(s *fixture) {
		s.dayKey(s.at.Add(day))
		id := s.hold(1)
		o := s.withResult("r", "sealed", s.at.Add(time.Hour))
		o.Calls = []ledger.Call{bad}
		s.ok(s.ledger.Void(s.ctx, id, o))
		s.result("r", "sealed")
	}},
	{"without a data key nothing is posted", func(s *fixture) {
		id := s.hold(1)
		if s.ledger.Post(s.ctx, id, s.withResult("r", "sealed", s.at.Add(time.Hour))) == nil {
			s.Error("Post with a result but no data key succeeded")
		}
		s.wantState(id, ledger.Held, 0)
		s.wantPack(s.free(), 9, 1)
		s.equal("used", s.used(), 0)
	}},
	{"a session id that there is posts nothing", func(s *fixture) {
		s.dayKey(s.at.Add(day))
		s.kept("r", "sealed", s.at.Add(time.Hour))
		id := s.hold(1)
		if err := s.ledger.Post(s.ctx, id, s.withResult("r", "other", s.at.Add(time.Hour))); !s.engine.Dialect().IsUnique(err) {
			s.Errorf("Post with a session ID in use = %v, want a unique violation", err)
		}
		s.wantState(id, ledger.Held, 0)
		s.result("r", "sealed")
	}},
	{"any bytes, and a megabyte of them", func(s *fixture) {
		s.dayKey(s.at.Add(day))
		large := string(bytes.Repeat([]byte{0, 1, 0xff, '\''}, 1<<18))
		s.kept("r", large, s.at.Add(time.Hour))
		s.result("r", large)
		s.kept("e", "\x00", s.at.Add(time.Hour))
		s.result("e", "\x00")
	}},
	{"the key of a day is the first that was put", func(s *fixture) {
		d := s.dayKey(s.at.Add(day))
		k, err := s.ledger.PutDataKey(s.ctx, ledgerdb.DataKey{Day: d, Wrapped: []byte("second"), KEK: "kek2", Until: s.at})
		s.ok(err)
		if string(k.Wrapped) != "wrapped" || k.KEK != "kek1" || !k.Until.Equal(s.at.Add(day)) {
			s.Errorf("PutDataKey = %+v, want the first key until %v", k, s.at.Add(day))
		}
		got, err := s.ledger.DataKey(s.ctx, d)
		if err != nil || string(got.Wrapped) != "wrapped" {
			s.Errorf("DataKey = %+v, %v, want the first key", got, err)
		}
	}},
	{"64 servers make a day's key, and go on with one", func(s *fixture) {
		d := "shared " + s.account
		seen := make(chan string, 64)
		together(s, 64, func(i int) error {
			k, err := s.ledger.PutDataKey(s.ctx, ledgerdb.DataKey{Day: d, Wrapped: fmt.Append(nil, i), KEK: "k", Until: s.at})
			seen <- string(k.Wrapped)
			return err
		})
		first := <-seen
		for range 63 {
			if w := <-seen; w != first {
				s.Errorf("one server uses key %s, another %s", first, w)
			}
		}
	}},
	{"no key", func(s *fixture) {
		if _, err := s.ledger.DataKey(s.ctx, "1999-01-01"); !errors.Is(err, ledger.ErrUnknown) {
			s.Errorf("DataKey of a day without one = %v, want %v", err, ledger.ErrUnknown)
		}
	}},
	{"a result that lasts longer keeps its day's key", func(s *fixture) {
		d := s.dayKey(s.at.Add(time.Hour))
		s.kept("r", "sealed", s.at.Add(30*day))
		k, err := s.ledger.DataKey(s.ctx, d)
		if err != nil || !k.Until.Equal(s.at.Add(30*day)) {
			s.Errorf("DataKey = %+v, %v, want one until %v", k, err, s.at.Add(30*day))
		}
	}},
	{"keys are rewrapped", func(s *fixture) {
		d := s.dayKey(s.at.Add(day))
		n, err := s.ledger.Rewrap(s.ctx, func(k ledgerdb.DataKey) (ledgerdb.DataKey, error) {
			k.Wrapped, k.KEK = append([]byte("new "), k.Wrapped...), "kek9"
			return k, nil
		})
		if err != nil || n < 1 {
			s.Errorf("Rewrap = %d, %v, want at least 1", n, err)
		}
		if k, err := s.ledger.DataKey(s.ctx, d); err != nil || string(k.Wrapped) != "new wrapped" || k.KEK != "kek9" {
			s.Errorf("DataKey after Rewrap = %+v, %v, want it wrapped with kek9", k, err)
		}
	}},
	{"all or none of them", func(s *fixture) {
		s.dayKey(s.at.Add(day))
		mine := errors.New("mine")
		calls := 0
		_, err := s.ledger.Rewrap(s.ctx, func(k ledgerdb.DataKey) (ledgerdb.DataKey, error) {
			calls++
			k.KEK = "half"
			if calls > 1 {
				return k, mine
			}
			return k, nil
		})
		if calls > 1 {
			s.fails(err, mine)
			s.equal("half", s.number(`SELECT COUNT(*) FROM dek WHERE kek_id = 'half'`), 0)
		}
	}},
}

var sweepCases = []scenario{
	{"what a dead server held", func(s *fixture) {
		id := s.hold(3)
		n, err := s.ledger.SweepHeld(s.ctx, s.at.Add(time.Microsecond))
		s.ok(err)
		if n < 1 {
			s.Errorf("SweepHeld = %d, want at least 1", n)
		}
		s.wantState(id, ledger.Void, 0)
		s.wantPack(s.free(), 10, 0)
		s.equal("calls", s.number(`SELECT COUNT(*) FROM call_day WHERE account_id = ?`, s.account), 0)
		s.unsettled(s.ledger.Post(s.ctx, id, s.outcome(good)), ledger.ErrState)
		s.ok(s.ledger.Void(s.ctx, id, s.outcome(bad)))
	}},
	{"not what is held since that time", func(s *fixture) {
		id := s.hold(1)
		if _, err := s.ledger.SweepHeld(s.ctx, s.at); err != nil {
			s.Fatalf("sweep failed: %v", err)
		}
		s.wantState(id, ledger.Held, 0)
	}},
	{"not what is decided", func(s *fixture) {
		id := s.charged(good)
		if _, err := s.ledger.SweepHeld(s.ctx, s.at.Add(day)); err != nil {
			s.Errorf("SweepHeld failed: %v", err)
		}
		s.wantState(id, ledger.Posted, 1)
	}},
	{"more than a batch of held charges", func(s *fixture) {
		p := s.pack("p", 1000, -1, 30)
		for range 130 {
			s.hold(1)
		}
		if n, err := s.ledger.SweepHeld(s.ctx, s.at.Add(day)); err != nil || n < 130 {
			s.Errorf("SweepHeld = %d, %v, want at least 130", n, err)
		}
		s.wantPack(p, 1000, 0)
	}},
	{"two sweepers and the charges' own server", func(s *fixture) {
		s.pack("p", 1000, -1, 30)
		var ids []string
		for range 20 {
			ids = append(ids, s.hold(1))
		}
		together(s, 22, func(i int) error {
			if i < 20 {
				return s.ledger.Post(s.ctx, ids[i], s.outcome(good))
			}
			_, err := s.ledger.SweepHeld(s.ctx, s.at.Add(day))
			return err
		}, ledger.ErrState)
		s.equal("held", s.state().held, 0)
		s.equal("used and left", s.used()+s.state().left, 1010)
	}},
	{"nonces past their time, more than a batch", func(s *fixture) {
		s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error {
			for i := range 2500 {
				at := s.at.Add(time.Duration(i%2) * time.Microsecond)
				if _, err := tx.Exec(`INSERT INTO nonce (key_id, nonce, expires_at) VALUES (?, ?, ?)`, "KHID"+s.account, fmt.Sprint(i), at.UnixMicro()); err != nil {
					return err
				}
			}
			return nil
		}))
		n, err := s.ledger.Sweep(s.ctx, s.at)
		s.ok(err)
		if n.Nonces < 1250 {
			s.Errorf("Sweep = %+v, want at least 1250 nonces", n)
		}
		s.equal("left", s.nonces(), 1250)
	}},
	{"keys past their time, with their replies", func(s *fixture) {
		id := s.begin(s.keyed("k", "a", 1))
		s.replied(id, "sealed", good)
		if _, err := s.ledger.Sweep(s.ctx, s.at.Add(day-time.Microsecond)); err != nil {
			s.Fatalf("sweep failed: %v", err)
		}
		s.equal("keys", s.state().keys, 1)
		if _, err := s.ledger.Sweep(s.ctx, s.at.Add(day)); err != nil {
			s.Fatalf("sweep failed: %v", err)
		}
		s.equal("keys", s.state().keys, 0)
		s.equal("replies", s.number(`SELECT COUNT(*) FROM charge WHERE account_id = ? AND reply_ct IS NOT NULL`, s.account), 0)
		s.wantState(id, ledger.Posted, 1)
	}},
	{"results past their time, and then the keys of their days", func(s *fixture) {
		d := s.dayKey(s.at)
		s.kept("r", "sealed", s.at.Add(time.Hour))
		if _, err := s.ledger.Sweep(s.ctx, s.at.Add(time.Hour-time.Microsecond)); err != nil {
			s.Fatalf("sweep failed: %v", err)
		}
		s.result("r", "sealed")
		if _, err := s.ledger.Sweep(s.ctx, s.at.Add(time.Hour)); err != nil {
			s.Fatalf("sweep failed: %v", err)
		}
		s.equal("results", s.number(`SELECT COUNT(*) FROM result WHERE account_id = ?`, s.account), 0)
		if _, err := s.ledger.DataKey(s.ctx, d); !errors.Is(err, ledger.ErrUnknown) {
			s.Errorf("DataKey after its last result expired = %v, want %v", err, ledger.ErrUnknown)
		}
	}},
	{"nothing", func(s *fixture) {
		if _, err := s.ledger.Sweep(s.ctx, time.Unix(0, 0)); err != nil {
			s.Errorf("Sweep of nothing failed: %v", err)
		}
	}},
}
