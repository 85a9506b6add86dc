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
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

func (s *shop) numbered(what string, i int) string {
	return fmt.Sprintf("%s-%s-%02d", s.account, what, i)
}

// together lets n callers do something at once and returns how many of them
// succeeded. The others must have had one of the errors.
func together(s *shop, n int, do func(i int) error, or ...error) int64 {
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
			for _, e := range or {
				if errors.Is(err, e) {
					return
				}
			}
			s.Errorf("caller %d: %v", i, err)
		})
	}
	close(begin)
	all.Wait()
	return done.Load()
}

// nonce is that of a signature, good for an hour.
func (s *shop) nonce(value string) *ledger.Nonce {
	return &ledger.Nonce{Key: "KHID" + s.account, Value: value, Expires: s.at.Add(time.Hour)}
}

func (s *shop) signed(value string, units int64) ledger.Hold {
	h := s.request(units)
	h.Nonce = s.nonce(value)
	return h
}

func (s *shop) nonces() int64 {
	return s.number(`SELECT COUNT(*) FROM nonce WHERE key_id = ?`, "KHID"+s.account)
}

// oneOff is a one-off signature of the account.
func (s *shop) oneOff(random uint32) signature.Claims {
	s.Helper()
	c, err := signature.Parse(signature.Sign("secret", signature.Params{
		AppID: s.account, Bucket: "b", SecretID: "KHID" + s.account, Created: s.at.Unix(), Random: random, FileID: "f"}))
	s.ok(err)
	return c
}

var nonceCases = []scenario{
	{"once", func(s *shop) {
		s.begin(s.signed("n", 1))
		s.refused(s.signed("n", 1), ledger.ErrReplay)
		s.equal("nonces", s.nonces(), 1)
	}},
	{"again after the charge is posted", func(s *shop) {
		s.post(s.begin(s.signed("n", 1)), good)
		s.refused(s.signed("n", 1), ledger.ErrReplay)
	}},
	{"again after the charge is void", func(s *shop) {
		s.ok(s.books.Void(s.ctx, s.begin(s.signed("n", 1)), s.outcome(bad)))
		s.refused(s.signed("n", 1), ledger.ErrReplay)
	}},
	{"another key's", func(s *shop) {
		s.begin(s.signed("n", 1))
		h := s.signed("n", 1)
		h.Nonce.Key += "2"
		s.begin(h)
	}},
	{"one that differs by case", func(s *shop) {
		s.begin(s.signed("nonce", 1))
		s.begin(s.signed("Nonce", 1))
	}},
	{"one that differs by a trailing space", func(s *shop) {
		s.begin(s.signed("n", 1))
		s.begin(s.signed("n ", 1))
	}},
	{"that of a refused request can be used", func(s *shop) {
		s.refused(s.signed("n", 11), ledger.ErrUsedUp)
		s.equal("nonces", s.nonces(), 0)
		s.begin(s.signed("n", 1))
	}},
	{"that of a repeated id can be used", func(s *shop) {
		h := s.request(1)
		s.begin(h)
		h.Nonce = s.nonce("n")
		s.refused(h, ledger.ErrInProgress)
		s.equal("nonces", s.nonces(), 0)
	}},
	{"that of a charge told again is used up", func(s *shop) {
		h := s.request(1)
		s.post(s.begin(h), good)
		h.Nonce = s.nonce("n")
		s.retold(h, ledger.Posted, 1)
		s.equal("nonces", s.nonces(), 1)
		s.refused(h, ledger.ErrReplay)
	}},
	{"replay comes before all else", func(s *shop) {
		s.begin(s.signed("n", 1))
		s.exec(`UPDATE account SET state = 'closed' WHERE id = ?`, s.account)
		s.refused(s.signed("n", 1), ledger.ErrReplay)
	}},
	{"past its time, until it is swept", func(s *shop) {
		s.begin(s.signed("n", 1))
		s.at = s.at.Add(2 * time.Hour)
		s.refused(s.signed("n", 1), ledger.ErrReplay)
		if _, err := s.books.Sweep(s.ctx, s.at); err != nil {
			s.Fatal(err)
		}
		s.begin(s.signed("n", 1))
	}},
	{"of 64 callers with one signature one is served", func(s *shop) {
		s.equal("held", together(s, 64, func(i int) error {
			h := s.signed("n", 1)
			h.ID = s.numbered("c", i)
			_, err := s.books.Hold(s.ctx, h)
			return err
		}, ledger.ErrReplay), 1)
		s.wantPack(s.free(), 9, 1)
	}},
	{"64 signatures, each sent twice", func(s *shop) {
		s.pack("p", 1000, -1, 30)
		s.equal("held", together(s, 128, func(i int) error {
			h := s.signed(fmt.Sprint(i/2), 1)
			h.ID = s.numbered("c", i)
			_, err := s.books.Hold(s.ctx, h)
			return err
		}, ledger.ErrReplay), 64)
	}},
	{"by themselves: once", func(s *shop) {
		c := s.oneOff(1)
		s.use(c, true)
		s.use(c, false)
		s.use(s.oneOff(2), true)
	}},
	{"by themselves, and then with a charge", func(s *shop) {
		c := s.oneOff(1)
		s.use(c, true)
		h := s.request(1)
		h.Nonce = s.claimed(c)
		s.refused(h, ledger.ErrReplay)
	}},
	{"with a charge, and then by themselves", func(s *shop) {
		c := s.oneOff(1)
		h := s.request(1)
		h.Nonce = s.claimed(c)
		s.begin(h)
		s.use(c, false)
	}},
	{"by themselves: too old", func(s *shop) {
		c := s.oneOff(1)
		s.at = s.at.Add(oneOffAge)
		if first, err := s.uses().Use(s.ctx, c.ID(), c); first || !errors.Is(err, signature.ErrExpired) {
			s.Error(first, err)
		}
	}},
	{"by themselves: 64 callers with one", func(s *shop) {
		c := s.oneOff(1)
		s.equal("first", together(s, 64, func(int) error {
			first, err := s.uses().Use(s.ctx, c.ID(), c)
			if err == nil && !first {
				err = signature.ErrReplayed
			}
			return err
		}, signature.ErrReplayed), 1)
	}},
}

const oneOffAge = time.Hour

func (s *shop) uses() ledgerdb.Nonces {
	at := s.at
	return ledgerdb.Nonces{Books: s.books, Age: oneOffAge, Now: func() time.Time { return at }}
}

func (s *shop) use(c signature.Claims, want bool) {
	s.Helper()
	if first, err := s.uses().Use(s.ctx, c.ID(), c); first != want || err != nil {
		s.Errorf("used: %v, %v; want %v", first, err, want)
	}
}

func (s *shop) claimed(c signature.Claims) *ledger.Nonce {
	s.Helper()
	n, err := ledger.OneOff(c, oneOffAge, s.at)
	s.ok(err)
	return n
}

// keyed is a request with an idempotency key, of a body.
func (s *shop) keyed(key, body string, units int64) ledger.Hold {
	h := s.request(units)
	h.Idempotency = &ledger.Idempotency{Key: key, Expires: s.at.Add(day)}
	copy(h.Idempotency.Request[:], body)
	return h
}

// replied posts with a reply.
func (s *shop) replied(id, reply string, calls ...ledger.Call) {
	s.Helper()
	o := s.outcome(calls...)
	o.Reply = []byte(reply)
	s.ok(s.books.Post(s.ctx, id, o))
}

// repeated gets the reply again.
func (s *shop) repeated(h ledger.Hold, first string, state ledger.State, units int64, reply string) {
	s.Helper()
	c := s.retold(h, state, units)
	if c.ID != first || !bytes.Equal(c.Reply, []byte(reply)) {
		s.Errorf("told again: %s with %q, want %s with %q", c.ID, c.Reply, first, reply)
	}
}

var idempotencyCases = []scenario{
	{"in progress", func(s *shop) {
		s.begin(s.keyed("k", "a", 1))
		s.refused(s.keyed("k", "a", 1), ledger.ErrInProgress)
	}},
	{"another request, in progress", func(s *shop) {
		s.begin(s.keyed("k", "a", 1))
		s.refused(s.keyed("k", "b", 1), ledger.ErrMismatch)
	}},
	{"answered", func(s *shop) {
		id := s.begin(s.keyed("k", "a", 3))
		s.replied(id, "sealed", good, good, bad)
		s.repeated(s.keyed("k", "a", 3), id, ledger.Posted, 2, "sealed")
		s.wantPack(s.free(), 8, 0)
	}},
	{"answered, another request", func(s *shop) {
		s.replied(s.begin(s.keyed("k", "a", 1)), "sealed", good)
		s.refused(s.keyed("k", "b", 1), ledger.ErrMismatch)
	}},
	{"a failure is told again too", func(s *shop) {
		id := s.begin(s.keyed("k", "a", 1))
		s.replied(id, "sealed", bad)
		s.repeated(s.keyed("k", "a", 1), id, ledger.Void, 0, "sealed")
	}},
	{"posted without a reply", func(s *shop) {
		id := s.begin(s.keyed("k", "a", 1))
		s.post(id, good)
		s.repeated(s.keyed("k", "a", 1), id, ledger.Posted, 1, "")
	}},
	{"void without a reply frees the key", func(s *shop) {
		s.ok(s.books.Void(s.ctx, s.begin(s.keyed("k", "a", 1)), s.outcome(bad)))
		second := s.begin(s.keyed("k", "a", 1))
		s.replied(second, "sealed", good)
		s.repeated(s.keyed("k", "a", 1), second, ledger.Posted, 1, "sealed")
	}},
	{"but not for another request", func(s *shop) {
		s.ok(s.books.Void(s.ctx, s.begin(s.keyed("k", "a", 1)), s.outcome(bad)))
		s.refused(s.keyed("k", "b", 1), ledger.ErrMismatch)
	}},
	{"a dead server's charge frees the key when it is swept", func(s *shop) {
		s.begin(s.keyed("k", "a", 1))
		s.refused(s.keyed("k", "a", 1), ledger.ErrInProgress)
		if _, err := s.books.SweepHeld(s.ctx, s.at.Add(time.Second)); err != nil {
			s.Fatal(err)
		}
		s.begin(s.keyed("k", "a", 1))
	}},
	{"to its last moment", func(s *shop) {
		id := s.begin(s.keyed("k", "a", 1))
		s.replied(id, "sealed", good)
		s.at = s.at.Add(day - time.Microsecond)
		s.repeated(s.keyed("k", "a", 1), id, ledger.Posted, 1, "sealed")
	}},
	{"past its time the key is new, swept or not", func(s *shop) {
		id := s.begin(s.keyed("k", "a", 1))
		s.replied(id, "sealed", good)
		s.at = s.at.Add(day)
		s.begin(s.keyed("k", "b", 1))
		s.equal("old replies", s.number(`SELECT COUNT(*) FROM charge WHERE account_id = ? AND reply_ct IS NOT NULL`, s.account), 0)
	}},
	{"another account's key", func(s *shop) {
		s.begin(s.keyed("k", "a", 1))
		o := s.other()
		o.begin(o.keyed("k", "b", 1))
	}},
	{"keys differ by case, and by any letter", func(s *shop) {
		for _, k := range []string{"key", "Key", "key ", "é", "e\u0301", "'", strings.Repeat("k", 255), strings.Repeat("k", 254)} {
			s.begin(s.keyed(k, "a", 1))
		}
	}},
	{"a refused request uses no key up", func(s *shop) {
		s.refused(s.keyed("k", "a", 11), ledger.ErrUsedUp)
		s.begin(s.keyed("k", "b", 1))
	}},
	{"a request told again uses its signature up", func(s *shop) {
		s.replied(s.begin(s.keyed("k", "a", 1)), "sealed", good)
		h := s.keyed("k", "a", 1)
		h.Nonce = s.nonce("n")
		s.retold(h, ledger.Posted, 1)
		s.refused(h, ledger.ErrReplay)
	}},
	{"one in progress does not", func(s *shop) {
		s.begin(s.keyed("k", "a", 1))
		h := s.keyed("k", "a", 1)
		h.Nonce = s.nonce("n")
		s.refused(h, ledger.ErrInProgress)
		s.equal("nonces", s.nonces(), 0)
	}},
	{"told again in arrears", func(s *shop) {
		id := s.begin(s.keyed("k", "a", 1))
		s.replied(id, "sealed", good)
		s.owes(1, s.at.Add(-2*day))
		s.repeated(s.keyed("k", "a", 1), id, ledger.Posted, 1, "sealed")
		s.refused(s.keyed("l", "a", 1), ledger.ErrArrears)
	}},
	{"of 64 callers with one key one is served", func(s *shop) {
		s.equal("held", together(s, 64, func(i int) error {
			h := s.keyed("k", "a", 1)
			h.ID = s.numbered("c", i)
			_, err := s.books.Hold(s.ctx, h)
			return err
		}, ledger.ErrInProgress), 1)
	}},
	{"of 64 callers with a freed key one is served", func(s *shop) {
		s.ok(s.books.Void(s.ctx, s.begin(s.keyed("k", "a", 1)), s.outcome(bad)))
		s.equal("held", together(s, 64, func(i int) error {
			h := s.keyed("k", "a", 1)
			h.ID = s.numbered("c", i)
			_, err := s.books.Hold(s.ctx, h)
			return err
		}, ledger.ErrInProgress), 1)
		s.wantPack(s.free(), 9, 1)
	}},
	{"a context that is done holds nothing", func(s *shop) {
		ctx, cancel := context.WithCancel(s.ctx)
		cancel()
		if _, err := s.books.Hold(ctx, s.signed("n", 1)); !errors.Is(err, context.Canceled) {
			s.Error(err)
		}
		s.begin(s.signed("n", 1))
	}},
}
