package ledgerdb

import (
	"cmp"
	"maps"
	"slices"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/usage"
)

// sums adds up counts by a day or an account, then by API and code. Its arrays
// of latencies take a fraction of the time of maps.
type sums map[string]*group

// group has the sums of a day or an account.
type group struct{ all []*sum }

// sum counts the calls with an API and a code.
type sum struct {
	api   string
	code  int
	units int64
	bins  [usage.Bins]int64
}

// group returns the sums of a day or an account, none at first.
func (s sums) group(name string) *group {
	g := s[name]
	if g == nil {
		g = &group{}
		s[name] = g
	}
	return g
}

// of returns the sum of an API and a code. A group has few of them.
func (g *group) of(api string, code int) *sum {
	for _, m := range g.all {
		if m.code == code && m.api == api {
			return m
		}
	}
	m := &sum{api: api, code: code}
	g.all = append(g.all, m)
	return m
}

// sort brings the sums into the order of rows.
func (g *group) sort() {
	slices.SortFunc(g.all, func(a, b *sum) int { return cmp.Or(cmp.Compare(a.api, b.api), cmp.Compare(a.code, b.code)) })
}

// add counts calls of a latency bin.
func (m *sum) add(bin int, calls int64) { m.bins[min(max(bin, 0), usage.Bins-1)] += calls }

// calls returns the number of calls.
func (m *sum) calls() (n int64) {
	for _, calls := range m.bins {
		n += calls
	}
	return n
}

// latency returns the histogram of the calls.
func (m *sum) latency() usage.Histogram {
	h := usage.Histogram{}
	for bin, calls := range m.bins {
		if calls != 0 {
			h[bin] = calls
		}
	}
	return h
}

// rows returns the sums in the order of usage.Merge. The groups are accounts or
// days.
func (s sums) rows(byAccount bool) (rows []usage.Row) {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		g := s[name]
		g.sort()
		for _, m := range g.all {
			r := usage.Row{API: m.api, Code: m.code, Calls: m.calls(), Units: m.units, Latency: m.latency()}
			if byAccount {
				r.Account = name
			} else {
				r.Day = billing.Day(name)
			}
			rows = append(rows, r)
		}
	}
	return rows
}
