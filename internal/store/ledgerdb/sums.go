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

// group has the sums of a day or an account, and their keys in the same order, on
// their own for the processor's cache.
type group struct {
	keys []sumKey
	all  []*sum
}

// sumKey is what the calls of a sum have in common.
type sumKey struct {
	api  string
	code int
}

// sum counts the calls with an API and a code. Only successful calls have
// latencies, as in usage.Summarise: the others would take most of the memory.
type sum struct {
	sumKey
	calls, units int64
	bins         *[usage.Bins]int64 // nil without successful calls
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
	key := sumKey{api, code}
	for i := range g.keys {
		if g.keys[i] == key {
			return g.all[i]
		}
	}
	m := &sum{sumKey: key}
	g.keys, g.all = append(g.keys, key), append(g.all, m)
	return m
}

// sorted returns the sums in the order of rows.
func (g *group) sorted() []*sum {
	return slices.SortedFunc(slices.Values(g.all), func(a, b *sum) int { return cmp.Or(cmp.Compare(a.api, b.api), cmp.Compare(a.code, b.code)) })
}

// add counts calls of a latency bin.
func (m *sum) add(bin int, calls int64) {
	m.calls += calls
	if m.code != usage.Success {
		return
	}
	if m.bins == nil {
		m.bins = new([usage.Bins]int64)
	}
	m.bins[min(max(bin, 0), usage.Bins-1)] += calls
}

// latency returns the histogram of successful calls.
func (m *sum) latency() usage.Histogram {
	if m.bins == nil {
		return nil
	}
	n := 0
	for _, calls := range m.bins {
		if calls != 0 {
			n++
		}
	}
	h := make(usage.Histogram, n)
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
		for _, m := range s[name].sorted() {
			r := usage.Row{API: m.api, Code: m.code, Calls: m.calls, Units: m.units, Latency: m.latency()}
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
