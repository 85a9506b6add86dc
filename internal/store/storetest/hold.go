package storetest

import (
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// The last and the first microsecond of months in Beijing.
var (
	december  = time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC)
	lastOfNov = december.Add(-time.Microsecond)
)

var holdCases = []scenario{
	{"the free pack is made when it is first needed", func(s *fixture) {
		s.hold(1)
		s.wantPack(s.free(), 9, 1)
		s.equal("total", s.number(`SELECT units_total FROM pack WHERE id = ?`, s.free()), 10)
	}},
	{"and once a month", func(s *fixture) {
		s.hold(1)
		s.hold(2)
		s.wantPack(s.free(), 7, 3)
		s.equal("packs", s.state().packs, 1)
	}},
	{"a month ends in Beijing", func(s *fixture) {
		s.at = lastOfNov
		s.hold(4)
		november := s.free()
		s.at = december
		s.hold(1)
		s.wantPack(november, 6, 4)
		s.wantPack(s.free(), 9, 1)
	}},
	{"what the free pack has left lapses", func(s *fixture) {
		s.charged(good)
		s.at = december
		for range 10 {
			s.charged(good)
		}
		s.refused(s.request(1), ledger.ErrUsedUp)
	}},
	{"the year ends in Beijing", func(s *fixture) {
		s.at = time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC)
		s.hold(1)
		s.wantPack("free:"+s.account+":2027-01", 9, 1)
	}},
	{"an account may have a time zone of its own", func(s *fixture) {
		s.exec(`UPDATE account SET zone = 'America/New_York' WHERE id = ?`, s.account)
		s.at = time.Date(2026, 12, 1, 4, 59, 59, 0, time.UTC) // 23:59:59 there
		s.hold(1)
		s.wantPack("free:"+s.account+":2026-11", 9, 1)
		s.at = s.at.Add(time.Second)
		s.hold(1)
		s.wantPack("free:"+s.account+":2026-12", 9, 1)
	}},
	{"the free pack begins when the account was opened", func(s *fixture) {
		s.exec(`UPDATE account SET created_at = ? WHERE id = ?`, noon.UnixMicro(), s.account)
		s.hold(1)
		s.equal("from", s.number(`SELECT valid_from FROM pack WHERE id = ?`, s.free()), noon.UnixMicro())
	}},
	{"there is none before the account was opened", func(s *fixture) {
		s.exec(`UPDATE account SET created_at = ? WHERE id = ?`, noon.Add(time.Microsecond).UnixMicro(), s.account)
		s.refused(s.request(1), ledger.ErrUsedUp)
	}},
	{"an operator may give none", func(s *fixture) {
		s.with(func(o *ledgerdb.Options) { o.Free = 0 }).refused(s.request(1), ledger.ErrUsedUp)
	}},
	{"a made pack stays as it is when the operator gives more", func(s *fixture) {
		s.hold(10)
		more := s.with(func(o *ledgerdb.Options) { o.Free = 20 })
		more.refused(s.request(1), ledger.ErrUsedUp)
	}},
	{"all units at once", func(s *fixture) {
		s.hold(10)
		s.wantPack(s.free(), 0, 10)
		s.refused(s.request(1), ledger.ErrUsedUp)
	}},
	{"one more than there is holds nothing", func(s *fixture) {
		s.hold(1)
		s.refused(s.request(10), ledger.ErrUsedUp)
		s.hold(9)
	}},
	{"a refused first hold makes no pack either", func(s *fixture) {
		s.refused(s.request(11), ledger.ErrUsedUp)
		s.equal("packs", s.state().packs, 0)
	}},
	{"post-pay takes what packs lack", func(s *fixture) {
		s.exec(`UPDATE account SET postpay = 1 WHERE id = ?`, s.account)
		id := s.hold(12)
		s.wantPack(s.free(), 0, 10)
		s.equal("on account", s.number(`SELECT units FROM charge_part WHERE charge_id = ? AND pack_id = ''`, id), 2)
	}},
	{"post-pay alone", func(s *fixture) {
		s.exec(`UPDATE account SET postpay = 1 WHERE id = ?`, s.account)
		none := s.with(func(o *ledgerdb.Options) { o.Free = 0 })
		none.charged(good, good)
		s.equal("on account", s.postpaid(), 2)
		s.equal("packs", s.state().packs, 0)
	}},
	{"no units", func(s *fixture) { s.fail(s.request(0)) }},
	{"fewer than none", func(s *fixture) { s.fail(s.request(-1)) }},
	{"no id", func(s *fixture) {
		h := s.request(1)
		h.ID = ""
		s.fail(h)
	}},
	{"more than any account has", func(s *fixture) { s.refused(s.request(1<<62), ledger.ErrUsedUp) }},
	{"app ids differ by case", func(s *fixture) {
		upper, lower := *s, *s
		upper.account, lower.account = s.open("App"+s.account), s.open("app"+s.account)
		upper.hold(3)
		lower.hold(1)
		upper.wantPack(upper.free(), 7, 3)
		lower.wantPack(lower.free(), 9, 1)
	}},
	{"charges differ by case", func(s *fixture) {
		h := s.request(1)
		h.ID = "x" + h.ID
		s.begin(h)
		h.ID = "X" + h.ID[1:]
		s.begin(h)
	}},
	{"users and buckets of any letters are what they are", func(s *fixture) {
		for _, name := range []string{"é", "e\u0301", "卡号", "a'b\"c?$1", "\U0001F4B3", " ", ""} {
			h := s.request(1)
			h.User, h.Bucket = name, name
			s.post(s.begin(h), good)
			s.equal(name, s.number(`SELECT units FROM usage_day WHERE account_id = ? AND user_id = ? AND bucket = ?`, s.account, name, name), 1)
		}
	}},
	{"of 64 callers for ten units ten get one", func(s *fixture) {
		s.hold(1)
		s.ledger.Void(s.ctx, s.account+"-0001", s.outcome())
		held := together(s, 64, func(i int) error {
			h := s.request(1)
			h.ID = s.numbered("c", i)
			_, err := s.ledger.Hold(s.ctx, h)
			return err
		}, ledger.ErrUsedUp)
		s.equal("held", held, 10)
		s.wantPack(s.free(), 0, 10)
	}},
	{"of 64 callers for the first unit of a month each finds the same pack", func(s *fixture) {
		held := together(s, 64, func(i int) error {
			h := s.request(1)
			h.ID = s.numbered("c", i)
			_, err := s.ledger.Hold(s.ctx, h)
			return err
		}, ledger.ErrUsedUp)
		s.equal("held", held, 10)
		s.equal("packs", s.state().packs, 1)
	}},
	{"64 callers for three units each over four packs", func(s *fixture) {
		for _, p := range []string{"a", "b", "c"} {
			s.pack(p, 10, -1, 10)
		}
		held := together(s, 64, func(i int) error {
			h := s.request(3)
			h.ID = s.numbered("c", i)
			_, err := s.ledger.Hold(s.ctx, h)
			return err
		}, ledger.ErrUsedUp)
		s.equal("held", held, 13) // 39 of 40
		s.equal("left", s.state().left, 1)
	}},
}

// fail wants an error that is none of the ledger's.
func (s *fixture) fail(h ledger.Hold) {
	s.Helper()
	before := s.state()
	if _, err := s.ledger.Hold(s.ctx, h); err == nil {
		s.Error("no error")
	}
	if after := s.state(); after != before {
		s.Errorf("it changed %v to %v", before, after)
	}
}

var orderCases = []scenario{
	{"free before paid", func(s *fixture) {
		p := s.pack("p", 5, -300, 310)
		s.hold(11)
		s.wantPack(s.free(), 0, 10)
		s.wantPack(p, 4, 1)
	}},
	{"the pack that took effect first, whatever their sizes", func(s *fixture) {
		small, large := s.pack("a", 1, -1, 365), s.pack("z", 1000, -2, 365)
		s.hold(12)
		s.wantPack(large, 998, 2)
		s.wantPack(small, 1, 0)
	}},
	{"of those that did at once, the one that ends first", func(s *fixture) {
		long, short := s.pack("a", 5, -1, 30), s.pack("b", 5, -1, 20)
		s.hold(11)
		s.wantPack(short, 4, 1)
		s.wantPack(long, 5, 0)
	}},
	{"of those that end at once, the id's order, capitals first", func(s *fixture) {
		a, b, c := s.pack("a", 1, -1, 30), s.pack("B", 1, -1, 30), s.pack("é", 1, -1, 30)
		s.hold(11)
		s.wantPack(b, 0, 1)
		s.hold(1)
		s.wantPack(a, 0, 1)
		s.hold(1)
		s.wantPack(c, 0, 1)
	}},
	{"a pack takes effect at its first moment", func(s *fixture) {
		p := s.pack("p", 5, 0, 1)
		s.hold(11)
		s.wantPack(p, 4, 1)
	}},
	{"and not before", func(s *fixture) {
		s.pack("p", 5, 0, 1)
		s.at = noon.Add(-time.Microsecond)
		s.refused(s.request(11), ledger.ErrUsedUp)
	}},
	{"a pack is used to its last moment", func(s *fixture) {
		p := s.pack("p", 5, -1, 1)
		s.at = noon.Add(-time.Microsecond)
		s.hold(11)
		s.wantPack(p, 4, 1)
	}},
	{"and not after", func(s *fixture) {
		s.pack("p", 5, -1, 1)
		s.refused(s.request(11), ledger.ErrUsedUp)
	}},
	{"a pack that was returned is not used", func(s *fixture) {
		p := s.pack("p", 5, -1, 10)
		s.exec(`UPDATE pack SET refunded_at = ? WHERE id = ?`, s.at.UnixMicro(), p)
		s.refused(s.request(11), ledger.ErrUsedUp)
	}},
	{"another account's pack is not used", func(s *fixture) {
		s.other().pack("p", 50, -1, 10)
		s.refused(s.request(11), ledger.ErrUsedUp)
	}},
	{"one charge over five packs", func(s *fixture) {
		var packs []string
		for i, name := range []string{"a", "b", "c", "d"} {
			packs = append(packs, s.pack(name, 2, i-10, 365))
		}
		id := s.hold(17)
		for _, p := range packs[:3] {
			s.wantPack(p, 0, 2)
		}
		s.wantPack(packs[3], 1, 1)
		s.equal("parts", s.number(`SELECT COUNT(*) FROM charge_part WHERE charge_id = ?`, id), 5)
	}},
	{"of what is given back the last pack gets it first", func(s *fixture) {
		a, b := s.pack("z", 2, -10, 365), s.pack("a", 2, -9, 365)
		id := s.hold(14)
		s.post(id, append(times(11, good), bad, bad, bad)...)
		s.wantPack(s.free(), 0, 0)
		s.wantPack(a, 1, 0)
		s.wantPack(b, 2, 0)
	}},
	{"what is on account is given back before packs", func(s *fixture) {
		s.exec(`UPDATE account SET postpay = 1 WHERE id = ?`, s.account)
		id := s.hold(12)
		s.post(id, append(times(9, good), bad, bad, bad)...)
		s.wantPack(s.free(), 1, 0)
		s.equal("on account", s.postpaid(), 0)
	}},
	{"a pack that ends during the call is billed", func(s *fixture) {
		p := s.pack("p", 1, -1, 1)
		s.at = noon.Add(-time.Microsecond)
		id := s.hold(11)
		s.at = noon.Add(time.Minute)
		s.post(id, times(11, good)...)
		s.wantPack(p, 0, 0)
		s.equal("used", s.used(), 11)
	}},
	{"what it gives back lapses", func(s *fixture) {
		p := s.pack("p", 1, -1, 1)
		s.at = noon.Add(-time.Microsecond)
		id := s.hold(11)
		s.at = noon.Add(time.Minute)
		s.ok(s.ledger.Void(s.ctx, id, s.outcome(bad)))
		s.wantPack(p, 1, 0)
		s.refused(s.request(11), ledger.ErrUsedUp)
	}},
	{"two users of an account use one free pack", func(s *fixture) {
		for i := range 10 {
			h := s.request(1)
			h.User = []string{"main", "sub"}[i%2]
			s.post(s.begin(h), good)
		}
		h := s.request(1)
		h.User = "sub"
		s.refused(h, ledger.ErrUsedUp)
		s.equal("sub", s.number(`SELECT units FROM usage_day WHERE account_id = ? AND user_id = 'sub'`, s.account), 5)
		s.equal("both", s.used(), 10)
	}},
	{"two interfaces use one free pack", func(s *fixture) {
		h := s.request(5)
		h.API = "api3"
		s.begin(h)
		s.hold(5)
		s.refused(s.request(1), ledger.ErrUsedUp)
	}},
}

func times(n int, c ledger.Call) (calls []ledger.Call) {
	for range n {
		calls = append(calls, c)
	}
	return calls
}
