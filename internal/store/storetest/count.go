package storetest

import (
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

var countCases = []scenario{
	{"a rejected request is a call", func(s *fixture) {
		r := s.request(1)
		s.ok(s.ledger.CountRefused(s.ctx, []ledgerdb.Refused{
			{Caller: r.Caller, At: s.at, Calls: []ledger.Call{bad}},
			{Caller: r.Caller, At: s.at, Calls: []ledger.Call{good, bad}},
			{Caller: ledger.Caller{Account: "none"}, At: s.at, Calls: []ledger.Call{bad}},
		}))
		s.equal("calls", s.calls(bad.Code), 2)
		s.equal("calls", s.calls(0), 1)
		s.equal("used", s.used(), 0)
		s.equal("refused", s.number(`SELECT refused FROM call_day WHERE account_id = ? AND code = ?`, s.account, bad.Code), 2)
		s.equal("refused in the quarter of an hour", s.number(`SELECT n FROM refused_quarter WHERE account_id = ? AND code = ? AND at = ?`, s.account, bad.Code, s.at.UnixMicro()), 2)
	}},
	{"rejected and answered calls come to one total", func(s *fixture) {
		s.charged(good)
		s.ok(s.ledger.CountRefused(s.ctx, []ledgerdb.Refused{{Caller: s.request(1).Caller, At: s.at, Calls: []ledger.Call{good}}}))
		s.equal("calls", s.calls(0), 2)
	}},
	{"a free outcome moves no units and is counted", func(s *fixture) {
		s.charged(good)
		s.ok(s.ledger.Void(s.ctx, s.hold(1), s.outcome(bad)))
		s.equal("good", s.calls(0), 1)
		s.equal("bad", s.calls(bad.Code), 1)
		s.wantPack(s.free(), 9, 0)
	}},
	{"counts are rebuilt from the ledger", func(s *fixture) {
		s.charged(good, bad)
		s.ok(s.ledger.Void(s.ctx, s.hold(1), s.outcome(bad)))
		s.ok(s.ledger.CountRefused(s.ctx, []ledgerdb.Refused{{Caller: s.request(1).Caller, At: s.at, Calls: []ledger.Call{bad}}}))
		s.exec(`UPDATE usage_day SET units = units + 3 WHERE account_id = ?`, s.account)
		s.exec(`UPDATE call_day SET n = n + 7 WHERE account_id = ?`, s.account)
		s.exec(`INSERT INTO usage_day (account_id, user_id, bucket, api, day, code, units) VALUES (?, '', '', '', '2020-01-01', 1, 1)`, s.account)
		s.ok(s.ledger.Rebuild(s.ctx))
		s.equal("used", s.used(), 1)
		s.equal("good", s.calls(0), 1)
		s.equal("bad", s.calls(bad.Code), 3)
	}},
	{"while charges are made", func(s *fixture) {
		s.pack("p", 1000, -1, 30)
		s.charged(good)
		s.exec(`UPDATE usage_day SET units = units + 5 WHERE account_id = ?`, s.account)
		s.exec(`DELETE FROM call_day WHERE account_id = ?`, s.account)
		s.equal("done", together(s, 33, func(i int) error {
			if i == 0 {
				return s.ledger.Rebuild(s.ctx)
			}
			h := s.request(1)
			h.ID = s.numbered("c", i)
			if _, err := s.ledger.Hold(s.ctx, h); err != nil {
				return err
			}
			return s.ledger.Post(s.ctx, h.ID, s.outcome(good))
		}), 33)
		s.equal("used", s.used(), 33)
		s.equal("calls", s.calls(0), 33)
	}},
	{"and stay as they were where they are right", func(s *fixture) {
		s.charged(good, empty, bad)
		rows := s.number(`SELECT COUNT(*) FROM call_day`)
		s.ok(s.ledger.Rebuild(s.ctx))
		s.equal("rows", s.number(`SELECT COUNT(*) FROM call_day`), rows)
		s.equal("used", s.used(), 2)
	}},
	{"a zone that was changed since changes no day", func(s *fixture) {
		s.at = lastOfNov
		s.charged(good)
		s.exec(`UPDATE account SET zone = 'Pacific/Auckland' WHERE id = ?`, s.account)
		s.ok(s.ledger.Rebuild(s.ctx))
		s.equal("units", s.number(`SELECT units FROM usage_day WHERE account_id = ? AND day = '2026-11-30'`, s.account), 1)
	}},
}

// contractCases are the rules of docs/accounts.md, What is billed. Amounts of
// money are tested in package billing.
var contractCases = []scenario{
	{"1: free pack, then a paid one, then post-pay, then refused", func(s *fixture) {
		p := s.pack("p", 2, -1, 30)
		for range 12 {
			s.charged(good)
		}
		s.wantPack(s.free(), 0, 0)
		s.wantPack(p, 0, 0)
		s.refused(s.request(1), ledger.ErrUsedUp)
		s.exec(`UPDATE account SET postpay = 1 WHERE id = ?`, s.account)
		s.charged(good)
		s.equal("on account", s.postpaid(), 1)
	}},
	{"1: a thousand free units, and the 1,001st", func(s *fixture) {
		s = s.with(func(o *ledgerdb.Options) { o.Free = 1000 })
		s.charged(times(1000, good)...)
		s.refused(s.request(1), ledger.ErrUsedUp)
	}},
	{"2: the pack that took effect first is emptied first", func(s *fixture) {
		s.charged(times(10, good)...)
		large, small := s.pack("1", 100, -20, 365), s.pack("2", 10, -10, 365)
		for range 100 {
			s.charged(good)
		}
		s.wantPack(large, 0, 0)
		s.wantPack(small, 10, 0)
		s.charged(good)
		s.wantPack(small, 9, 0)
	}},
	{"3: a pack that ends during a call", func(s *fixture) {
		s.charged(times(10, good)...)
		p := s.pack("p", 1, -365, 365)
		s.at = noon.Add(-time.Microsecond)
		id := s.hold(1)
		s.at = noon.Add(time.Second)
		s.post(id, good)
		s.wantPack(p, 0, 0)
	}},
	{"4: two sub-accounts draw on one free pack", func(s *fixture) {
		for _, user := range []string{"100001", "100002", "100002"} {
			h := s.request(1)
			h.User = user
			s.post(s.begin(h), good)
		}
		s.wantPack(s.free(), 7, 0)
		by := `SELECT units FROM usage_day WHERE account_id = ? AND user_id = ?`
		s.equal("first", s.number(by, s.account, "100001"), 1)
		s.equal("second", s.number(by, s.account, "100002"), 2)
		s.equal("sum", s.used(), 3)
	}},
	{"5: a free outcome", func(s *fixture) {
		s.post(s.hold(1), bad)
		s.wantPack(s.free(), 10, 0)
		s.equal("calls", s.calls(bad.Code), 1)
	}},
	{"6: in arrears at both interfaces", func(s *fixture) {
		s.hold(1)
		s.owes(15, s.at.Add(-day))
		for _, api := range []string{"legacy", "api3"} {
			h := s.request(1)
			h.API = api
			s.refused(h, ledger.ErrArrears)
		}
		s.pays(15)
		s.hold(1)
		s.wantPack(s.free(), 8, 2)
	}},
	{"8: a legacy call and one of API 3.0 count in one total", func(s *fixture) {
		for _, api := range []string{"legacy", "api3"} {
			h := s.request(1)
			h.API = api
			s.post(s.begin(h), good)
		}
		s.equal("used", s.used(), 2)
		s.wantPack(s.free(), 8, 0)
	}},
}
