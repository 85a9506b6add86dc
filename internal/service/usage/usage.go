// Package usage summarises calls: total, succeeded, failed and billed, and
// their latency, by day, API, account, user, bucket and code.
//
// It works on rows that a store keeps; days are those of the account's
// calendar.
package usage

import (
	"cmp"
	"maps"
	"slices"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/policy"
)

// Success is the code of successful calls.
const Success = 0

// Row counts the calls of one day that have all other attributes in common.
type Row struct {
	Day     billing.Day `json:"day"`
	API     string      `json:"interface"`
	Account string      `json:"account"`
	User    string      `json:"user"` // the main user or a sub-account
	Bucket  string      `json:"bucket"`
	Code    int         `json:"code"`
	Calls   int64       `json:"calls"`
	Units   int64       `json:"billed"`
	Latency Histogram   `json:"latency_bins,omitempty"`
}

// compare orders rows by their attributes.
func compare(a, b Row) int {
	return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.API, b.API), cmp.Compare(a.Account, b.Account),
		cmp.Compare(a.User, b.User), cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.Code, b.Code))
}

// Merge sums rows with equal attributes and returns them in order: by day, API,
// account, user, bucket and code.
func Merge(rows []Row) []Row {
	sorted := slices.SortedStableFunc(slices.Values(rows), compare)
	var merged []Row
	for _, r := range sorted {
		last := len(merged) - 1
		if last < 0 || compare(merged[last], r) != 0 {
			r.Latency = maps.Clone(r.Latency)
			merged = append(merged, r)
			continue
		}
		m := &merged[last]
		m.Calls += r.Calls
		m.Units += r.Units
		if m.Latency == nil {
			m.Latency = Histogram{}
		}
		m.Latency.add(r.Latency)
	}
	return merged
}

// Filter selects rows. The zero Filter selects all.
type Filter struct {
	From, To billing.Day // inclusive; empty means no limit
	// Values to select; nil selects all. An empty string is a value, too: that
	// of calls without a bucket.
	APIs, Accounts, Users, Buckets []string
}

// Select returns the matching rows.
func (f Filter) Select(rows []Row) []Row {
	named := func(names []string, name string) bool { return names == nil || slices.Contains(names, name) }
	var selected []Row
	for _, r := range rows {
		if (f.From == "" || r.Day >= f.From) && (f.To == "" || r.Day <= f.To) && named(f.APIs, r.API) && named(f.Accounts, r.Account) &&
			named(f.Users, r.User) && named(f.Buckets, r.Bucket) {
			selected = append(selected, r)
		}
	}
	return selected
}

// Visible returns the rows that a user of an account may see: those of the
// account for whom may see everyone's, as the main user may, his own, or none.
func Visible(rows []Row, account, user string, may policy.Usage) []Row {
	f := Filter{Accounts: []string{account}}
	switch may {
	case policy.Everyone:
	case policy.Own:
		f.Users = []string{user}
	default:
		return nil
	}
	return f.Select(rows)
}

// Summary is the sum of rows.
type Summary struct {
	Total     int64   `json:"calls"`
	Billed    int64   `json:"billed"` // units
	Succeeded int64   `json:"succeeded"`
	Failed    int64   `json:"failed"`
	Errors    []Error `json:"errors"` // the most frequent first
	// Latency is that of successful calls: early failures would hide how long
	// a reading takes.
	Latency Histogram `json:"latency_bins,omitempty"`
}

// Error is the number of calls with a code.
type Error struct {
	Code  int   `json:"code"`
	Calls int64 `json:"calls"`
}

// Rate returns the share of successful calls, 0 without calls.
func (s Summary) Rate() float64 {
	if s.Total == 0 {
		return 0
	}
	return float64(s.Succeeded) / float64(s.Total)
}

// Summarise sums rows.
func Summarise(rows []Row) Summary {
	s := Summary{Latency: Histogram{}}
	codes := map[int]int64{}
	for _, r := range rows {
		s.Total += r.Calls
		s.Billed += r.Units
		if r.Code == Success {
			s.Succeeded += r.Calls
			s.Latency.add(r.Latency)
			continue
		}
		s.Failed += r.Calls
		codes[r.Code] += r.Calls
	}
	for code, calls := range codes {
		if calls != 0 {
			s.Errors = append(s.Errors, Error{code, calls})
		}
	}
	slices.SortFunc(s.Errors, func(a, b Error) int { return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Code, b.Code)) })
	return s
}

// Group is the sum of the rows with a key.
type Group struct {
	Key string `json:"key"`
	Summary
}

// By sums rows by a key, such as their day, in the key's order.
func By(rows []Row, key func(Row) string) []Group {
	of := map[string][]Row{}
	for _, r := range rows {
		of[key(r)] = append(of[key(r)], r)
	}
	var groups []Group
	for _, k := range slices.Sorted(maps.Keys(of)) {
		groups = append(groups, Group{k, Summarise(of[k])})
	}
	return groups
}
