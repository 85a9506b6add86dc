package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
)

func (s *fixture) numbered(what string, i int) string {
	return fmt.Sprintf("%s-%s-%02d", s.account, what, i)
}

// together runs do for n callers at once and returns how many succeeded. The
// others must fail with one of the errors.
func together(s *fixture, n int, do func(i int) error, allowed ...error) int64 {
	s.Helper()
	var done atomic.Int64
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			err := do(i)
			if err == nil {
				done.Add(1)
				return
			}
			for _, e := range allowed {
				if errors.Is(err, e) {
					return
				}
			}
			s.Errorf("caller %d failed: %v, want one of %v", i, err, allowed)
		})
	}
	close(begin)
	all.Wait()
	return done.Load()
}

// nonce returns that of a signature valid for an hour.
func (s *fixture) nonce(value string) *ledger.Nonce {
	return &ledger.Nonce{Key: "KHID" + s.account, Value: value, Expires: s.at.Add(time.Hour)}
}

func (s *fixture) signed(value string, units int64) ledger.Hold {
	h := s.request(units)
	h.Nonce = s.nonce(value)
	return h
}

func (s *fixture) nonces() int64 {
	return s.number(`SELECT COUNT(*) FROM nonce WHERE key_id = ?`, "KHID"+s.account)
}

var nonceCases = []scenario{
	{"once", func(s *fixture) {
		s.begin(s.signed("n", 1))
		s.refused(s.signed("n", 1), ledger.ErrReplay)
		s.equal("nonces", s.nonces(), 1)
	}},
	{"again after the charge is posted", func(s *fixture) {
		s.post(s.begin(s.signed("n", 1)), good)
		s.refused(s.signed("n", 1), ledger.ErrReplay)
	}},
	{"again after the charge is void", func(s *fixture) {
		s.ok(s.ledger.Void(s.ctx, s.begin(s.signed("n", 1)), s.outcome(bad)))
		s.refused(s.signed("n", 1), ledger.ErrReplay)
	}},
	{"another key's", func(s *fixture) {
		s.begin(s.signed("n", 1))
		h := s.signed("n", 1)
		h.Nonce.Key += "2"
		s.begin(h)
	}},
	{"one that differs by case", func(s *fixture) {
		s.begin(s.signed("nonce", 1))
		s.begin(s.signed("Nonce", 1))
	}},
	{"one that differs by a trailing space", func(s *fixture) {
		s.begin(s.signed("n", 1))
		s.begin(s.signed("n ", 1))
	}},
	{"that of a refused request can be used", func(s *fixture) {
		s.refused(s.signed("n", 11), ledger.ErrUsedUp)
		s.equal("nonces", s.nonces(), 0)
		s.begin(s.signed("n", 1))
	}},
	{"that of a repeated id can be used", func(s *fixture) {
		h := s.request(1)
		s.begin(h)
		h.Nonce = s.nonce("n")
		s.refused(h, ledger.ErrInProgress)
		s.equal("nonces", s.nonces(), 0)
	}},
	{"that of a replayed charge is used up", func(s *fixture) {
		h := s.request(1)
		s.post(s.begin(h), good)
		h.Nonce = s.nonce("n")
		s.retold(h, ledger.Posted, 1)
		s.equal("nonces", s.nonces(), 1)
		s.refused(h, ledger.ErrReplay)
	}},
	{"replay comes before all else", func(s *fixture) {
		s.begin(s.signed("n", 1))
		s.exec(`UPDATE account SET state = 'closed' WHERE id = ?`, s.account)
		s.refused(s.signed("n", 1), ledger.ErrReplay)
	}},
	{"past its time, until it is swept", func(s *fixture) {
		s.begin(s.signed("n", 1))
		s.at = s.at.Add(2 * time.Hour)
		s.refused(s.signed("n", 1), ledger.ErrReplay)
		if _, err := s.ledger.Sweep(s.ctx, s.at); err != nil {
			s.Fatalf("Sweep failed: %v", err)
		}
		s.begin(s.signed("n", 1))
	}},
	{"of 64 callers with one signature one is served", func(s *fixture) {
		s.equal("held", together(s, 64, func(i int) error {
			h := s.signed("n", 1)
			h.ID = s.numbered("c", i)
			_, err := s.ledger.Hold(s.ctx, h)
			return err
		}, ledger.ErrReplay), 1)
		s.wantPack(s.free(), 9, 1)
	}},
	{"64 signatures, each sent twice", func(s *fixture) {
		s.pack("p", 1000, -1, 30)
		s.equal("held", together(s, 128, func(i int) error {
			h := s.signed(fmt.Sprint(i/2), 1)
			h.ID = s.numbered("c", i)
			_, err := s.ledger.Hold(s.ctx, h)
			return err
		}, ledger.ErrReplay), 64)
	}},
}

// keyed returns a request with an idempotency key and a body.
func (s *fixture) keyed(key, body string, units int64) ledger.Hold {
	h := s.request(units)
	h.Idempotency = &ledger.Idempotency{Key: key, Expires: s.at.Add(day)}
	copy(h.Idempotency.Request[:], body)
	return h
}

// replied posts with a stored reply.
func (s *fixture) replied(id, reply string, calls ...ledger.Call) {
	s.Helper()
	o := s.outcome(calls...)
	o.Reply = []byte(reply)
	s.ok(s.ledger.Post(s.ctx, id, o))
}

// repeated expects the stored reply to be replayed.
func (s *fixture) repeated(h ledger.Hold, first string, state ledger.State, units int64, reply string) {
	s.Helper()
	c := s.retold(h, state, units)
	if c.ID != first || !bytes.Equal(c.Reply, []byte(reply)) {
		s.Errorf("replayed charge %s with reply %q, want %s with %q", c.ID, c.Reply, first, reply)
	}
}

var idempotencyCases = []scenario{
	{"in progress", func(s *fixture) {
		s.begin(s.keyed("k", "a", 1))
		s.refused(s.keyed("k", "a", 1), ledger.ErrInProgress)
	}},
	{"another request, in progress", func(s *fixture) {
		s.begin(s.keyed("k", "a", 1))
		s.refused(s.keyed("k", "b", 1), ledger.ErrMismatch)
	}},
	{"answered", func(s *fixture) {
		id := s.begin(s.keyed("k", "a", 3))
		s.replied(id, "sealed", good, good, bad)
		s.repeated(s.keyed("k", "a", 3), id, ledger.Posted, 2, "sealed")
		s.wantPack(s.free(), 8, 0)
	}},
	{"answered, another request", func(s *fixture) {
		s.replied(s.begin(s.keyed("k", "a", 1)), "sealed", good)
		s.refused(s.keyed("k", "b", 1), ledger.ErrMismatch)
	}},
	{"a failure is replayed, too", func(s *fixture) {
		id := s.begin(s.keyed("k", "a", 1))
		s.replied(id, "sealed", bad)
		s.repeated(s.keyed("k", "a", 1), id, ledger.Void, 0, "sealed")
	}},
	{"posted without a reply", func(s *fixture) {
		id := s.begin(s.keyed("k", "a", 1))
		s.post(id, good)
		s.repeated(s.keyed("k", "a", 1), id, ledger.Posted, 1, "")
	}},
	{"void without a reply frees the key", func(s *fixture) {
		s.ok(s.ledger.Void(s.ctx, s.begin(s.keyed("k", "a", 1)), s.outcome(bad)))
		second := s.begin(s.keyed("k", "a", 1))
		s.replied(second, "sealed", good)
		s.repeated(s.keyed("k", "a", 1), second, ledger.Posted, 1, "sealed")
	}},
	{"but not for another request", func(s *fixture) {
		s.ok(s.ledger.Void(s.ctx, s.begin(s.keyed("k", "a", 1)), s.outcome(bad)))
		s.refused(s.keyed("k", "b", 1), ledger.ErrMismatch)
	}},
	{"a dead server's charge frees the key when it is swept", func(s *fixture) {
		s.begin(s.keyed("k", "a", 1))
		s.refused(s.keyed("k", "a", 1), ledger.ErrInProgress)
		if _, err := s.ledger.SweepHeld(s.ctx, s.at.Add(time.Second)); err != nil {
			s.Fatalf("SweepHeld failed: %v", err)
		}
		s.begin(s.keyed("k", "a", 1))
	}},
	{"to its last moment", func(s *fixture) {
		id := s.begin(s.keyed("k", "a", 1))
		s.replied(id, "sealed", good)
		s.at = s.at.Add(day - time.Microsecond)
		s.repeated(s.keyed("k", "a", 1), id, ledger.Posted, 1, "sealed")
	}},
	{"past its time the key is new, swept or not", func(s *fixture) {
		id := s.begin(s.keyed("k", "a", 1))
		s.replied(id, "sealed", good)
		s.at = s.at.Add(day)
		s.begin(s.keyed("k", "b", 1))
		s.equal("old replies", s.number(`SELECT COUNT(*) FROM charge WHERE account_id = ? AND reply_ct IS NOT NULL`, s.account), 0)
	}},
	{"another account's key", func(s *fixture) {
		s.begin(s.keyed("k", "a", 1))
		o := s.other()
		o.begin(o.keyed("k", "b", 1))
	}},
	{"keys differ by case, and by any letter", func(s *fixture) {
		for _, k := range []string{"key", "Key", "key ", "é", "e\u0301", "'", strings.Repeat("k", 255), strings.Repeat("k", 254)} {
			s.begin(s.keyed(k, "a", 1))
		}
	}},
	{"a refused request uses no key up", func(s *fixture) {
		s.refused(s.keyed("k", "a", 11), ledger.ErrUsedUp)
		s.begin(s.keyed("k", "b", 1))
	}},
	{"a replayed request uses its signature up", func(s *fixture) {
		s.replied(s.begin(s.keyed("k", "a", 1)), "sealed", good)
		h := s.keyed("k", "a", 1)
		h.Nonce = s.nonce("n")
		s.retold(h, ledger.Posted, 1)
		s.refused(h, ledger.ErrReplay)
	}},
	{"one in progress does not", func(s *fixture) {
		s.begin(s.keyed("k", "a", 1))
		h := s.keyed("k", "a", 1)
		h.Nonce = s.nonce("n")
		s.refused(h, ledger.ErrInProgress)
		s.equal("nonces", s.nonces(), 0)
	}},
	{"replayed in arrears", func(s *fixture) {
		id := s.begin(s.keyed("k", "a", 1))
		s.replied(id, "sealed", good)
		s.owes(1, s.at.Add(-2*day))
		s.repeated(s.keyed("k", "a", 1), id, ledger.Posted, 1, "sealed")
		s.refused(s.keyed("l", "a", 1), ledger.ErrArrears)
	}},
	{"of 64 callers with one key one is served", func(s *fixture) {
		s.equal("held", together(s, 64, func(i int) error {
			h := s.keyed("k", "a", 1)
			h.ID = s.numbered("c", i)
			_, err := s.ledger.Hold(s.ctx, h)
			return err
		}, ledger.ErrInProgress), 1)
	}},
	{"of 64 callers with a freed key one is served", func(s *fixture) {
		s.ok(s.ledger.Void(s.ctx, s.begin(s.keyed("k", "a", 1)), s.outcome(bad)))
		s.equal("held", together(s, 64, func(i int) error {
			h := s.keyed("k", "a", 1)
			h.ID = s.numbered("c", i)
			_, err := s.ledger.Hold(s.ctx, h)
			return err
		}, ledger.ErrInProgress), 1)
		s.wantPack(s.free(), 9, 1)
	}},
	{"a context that is done holds nothing", func(s *fixture) {
		ctx, cancel := context.WithCancel(s.ctx)
		cancel()
		if _, err := s.ledger.Hold(ctx, s.signed("n", 1)); !errors.Is(err, context.Canceled) {
			s.Errorf("Hold with a cancelled context = %v, want %v", err, context.Canceled)
		}
		s.begin(s.signed("n", 1))
	}},
}
