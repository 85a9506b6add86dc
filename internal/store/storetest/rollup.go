package storetest

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// wait is longer than a day stays announced without sums.
const wait = 2 * time.Minute

// rollUp announces and computes the sums of the days that are over at a time.
func (s *fixture) rollUp(at time.Time) {
	s.Helper()
	for _, at := range []time.Time{at, at.Add(wait)} {
		_, err := s.ledger.Rollup(s.ctx, at)
		s.ok(err)
	}
}

// rolled returns the number of days with sums from one day to another.
func (s *fixture) rolled(from, to billing.Day) int64 {
	s.Helper()
	return s.number(`SELECT COUNT(*) FROM rollup WHERE totals IS NOT NULL AND length(period) = 10 AND period >= ? AND period <= ?`, string(from), string(to))
}

// wantTotals expects that the sums over all accounts equal those of the rows.
func (s *fixture) wantTotals(f usage.Filter) {
	s.Helper()
	rows, err := ledgerdb.UsageRows(s.ctx, s.engine, f)
	s.ok(err)
	for _, byAccount := range []bool{false, true} {
		var want []usage.Row
		for _, r := range rows {
			r.User, r.Bucket = "", ""
			if r.Code != usage.Success {
				r.Latency = nil
			}
			if byAccount {
				r.Day, r.API = "", ""
			} else {
				r.Account = ""
			}
			want = append(want, r)
		}
		totals, err := ledgerdb.UsageTotals(s.ctx, s.engine, f, byAccount)
		s.ok(err)
		is, err := json.Marshal(totals)
		s.ok(err)
		should, err := json.Marshal(usage.Merge(want))
		s.ok(err)
		if string(is) != string(should) {
			s.Errorf("UsageTotals(%+v, %v) = %s, want %s", f, byAccount, is, should)
		}
	}
}

// spread makes calls on days before noon: two APIs and users, billed, free and
// refused ones.
func (s *fixture) spread(days ...int) {
	s.Helper()
	s.exec(`UPDATE account SET postpay = 1 WHERE id = ?`, s.account)
	for _, d := range days {
		s.at = noon.AddDate(0, 0, -d)
		s.charged(good, good, bad)
		h := s.request(2)
		h.API, h.User, h.Bucket = "api3", "sub", ""
		s.post(s.begin(h), good, empty)
		s.ok(s.ledger.CountRefused(s.ctx, []ledgerdb.Refused{{Caller: h.Caller, At: s.at, Calls: []ledger.Call{bad}}}))
	}
	s.at = noon
}

var rollupCases = []scenario{
	{"sums of past days equal the rows, with and without them", func(s *fixture) {
		s.spread(9, 8, 5, 1, 0)
		s.other().spread(8, 7)
		filters := []usage.Filter{
			{}, {From: "2026-11-09"}, {To: "2026-11-12"}, {From: "2026-11-10", To: "2026-11-13"}, {From: "2026-11-13", To: "2026-11-13"},
			{From: "2026-11-17"}, {APIs: []string{"api3"}}, {APIs: []string{"none"}}, {Accounts: []string{s.account}}, {Users: []string{"sub"}}, {Buckets: []string{"b"}},
		}
		for _, f := range filters {
			s.wantTotals(f)
		}
		s.rollUp(noon)
		s.equal("days with sums, also those without calls", s.rolled("2026-11-09", "2026-11-16"), 8)
		s.equal("days that are not over everywhere", s.rolled("2026-11-17", "2026-11-30"), 0)
		for _, f := range filters {
			s.wantTotals(f)
		}
	}},
	{"a call of a past day deletes its sums", func(s *fixture) {
		s.spread(9, 8)
		s.rollUp(noon)
		s.at = noon.AddDate(0, 0, -9)
		s.charged(good)
		s.equal("the day", s.rolled("2026-11-09", "2026-11-09"), 0)
		s.equal("the next", s.rolled("2026-11-10", "2026-11-10"), 1)
		s.wantTotals(usage.Filter{From: "2026-11-08", To: "2026-11-11"})
		s.rollUp(noon)
		s.equal("the day again", s.rolled("2026-11-09", "2026-11-09"), 1)
		s.at = noon.AddDate(0, 0, -8)
		s.ok(s.ledger.CountRefused(s.ctx, []ledgerdb.Refused{{Caller: s.request(1).Caller, At: s.at, Calls: []ledger.Call{bad}}}))
		s.equal("the next, with a refused call", s.rolled("2026-11-10", "2026-11-10"), 0)
		s.wantTotals(usage.Filter{})
	}},
	{"a past month has sums, too", func(s *fixture) {
		s.spread(60, 50, 40, 20, 1)  // from 19 September on
		s.exec(`DELETE FROM rollup`) // earlier days than those known are announced the next day
		s.rollUp(noon)
		october := func() int64 {
			return s.number(`SELECT COUNT(*) FROM rollup WHERE totals IS NOT NULL AND period = '2026-10'`)
		}
		filters := []usage.Filter{
			{}, {From: "2026-09-19", To: "2026-11-17"}, {From: "2026-10-01", To: "2026-10-31"}, {From: "2026-10-02"}, {To: "2026-10-30"}, {From: "2026-09-20", To: "2026-10-31"},
			{From: "2026-10-01", APIs: []string{"legacy"}},
		}
		s.equal("October", october(), 1)
		for _, f := range filters {
			s.wantTotals(f)
		}
		s.at = noon.AddDate(0, 0, -40)
		s.charged(bad, good)
		s.equal("October after a call", october(), 0)
		for _, f := range filters {
			s.wantTotals(f)
		}
		s.rollUp(noon)
		s.equal("October again", october(), 1)
		s.exec(`UPDATE rollup SET accounts = (SELECT accounts FROM rollup WHERE period = '2026-10-09') WHERE period = '2026-10'`)
		r, err := s.ledger.Verify(s.ctx)
		s.ok(err)
		if want := "2026-10, sums of each account: "; !strings.HasPrefix(r.Break, want) {
			s.Errorf("Verify found %q, want %q", r.Break, want)
		}
		s.ok(s.ledger.Rebuild(s.ctx))
	}},
	{"a day has no sums when it is announced", func(s *fixture) {
		s.spread(40)
		s.exec(`DELETE FROM rollup`)
		n, err := s.ledger.Rollup(s.ctx, noon)
		s.ok(err)
		s.equal("computed at once", int64(n), 0)
		n, err = s.ledger.Rollup(s.ctx, noon.Add(wait))
		s.ok(err)
		if n < 39 {
			s.Errorf("%d days computed, want those from the first call on, at least 39", n)
		}
		n, err = s.ledger.Rollup(s.ctx, noon.Add(wait))
		s.ok(err)
		s.equal("computed again", int64(n), 0)
	}},
	{"sums that are computed while calls are made", func(s *fixture) {
		s.spread(9)
		s.rollUp(noon)
		at := noon.AddDate(0, 0, -9)
		s.equal("done", together(s, 40, func(i int) error {
			if i%4 == 0 {
				_, err := s.ledger.Rollup(s.ctx, noon.Add(wait))
				return err
			}
			h := s.request(1)
			h.ID, h.At = s.numbered("late", i), at
			if _, err := s.ledger.Hold(s.ctx, h); err != nil {
				return err
			}
			return s.ledger.Post(s.ctx, h.ID, ledger.Outcome{At: at, Calls: []ledger.Call{good}})
		}), 40)
		s.wantTotals(usage.Filter{})
		s.rollUp(noon)
		s.wantTotals(usage.Filter{})
	}},
	{"wrong sums are found, and computed again after a rebuild", func(s *fixture) {
		s.spread(9)
		s.rollUp(noon)
		for _, c := range []struct {
			column string
			packed []byte
			want   string
		}{
			{"totals", []byte{1, 0}, "2026-11-09, sums of all accounts: 0 calls and 0 units stored, but the counts sum to "},
			{"accounts", []byte{1, 0}, "2026-11-09, sums of each account: 0 calls and 0 units stored, but the counts sum to "},
			{"accounts", []byte{1, 9}, "2026-11-09, sums of each account: they cannot be parsed"},
		} {
			s.exec(`UPDATE rollup SET `+c.column+` = ? WHERE period = '2026-11-09'`, c.packed)
			r, err := s.ledger.Verify(s.ctx)
			s.ok(err)
			if !strings.Contains(r.Break, c.want) {
				s.Errorf("Verify found %q, want %q", r.Break, c.want)
			}
			s.ok(s.ledger.Rebuild(s.ctx))
			s.verify()
			s.equal("the day", s.rolled("2026-11-09", "2026-11-09"), 0)
			s.rollUp(noon)
			s.equal("the day again", s.rolled("2026-11-09", "2026-11-09"), 1)
			s.verify()
		}
	}},
}
