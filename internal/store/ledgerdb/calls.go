package ledgerdb

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
)

// counted is a call as its charge stores it, so that the counts by day can be
// rebuilt: code:bin, with a b if it was billed.
type counted struct {
	code, bin int
	billed    bool
}

func (s *Store) encodeCalls(calls []ledger.Call) string {
	var text []byte
	for i, c := range calls {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, int64(c.Code), 10)
		text = append(text, ':')
		text = strconv.AppendInt(text, int64(s.options.Bin(c.Took)), 10)
		if c.Billed {
			text = append(text, 'b')
		}
	}
	return string(text)
}

func parseCalls(text string) ([]counted, error) {
	if text == "" {
		return nil, nil
	}
	var calls []counted
	for item := range strings.SplitSeq(text, ",") {
		var c counted
		item, c.billed = strings.CutSuffix(item, "b")
		code, bin, ok := strings.Cut(item, ":")
		var err error
		if c.code, err = strconv.Atoi(code); err == nil {
			c.bin, err = strconv.Atoi(bin)
		}
		if err != nil || !ok {
			return nil, fmt.Errorf("ledger: calls %.40q are not a list of code:bin", text)
		}
		calls = append(calls, c)
	}
	return calls, nil
}

// Refused is a request that was rejected before anything was held. It counts as
// calls, although it has no charge.
type Refused struct {
	ledger.Caller
	At    time.Time
	Calls []ledger.Call
}

// UnknownBucket is the bucket of the counts of requests that name a bucket which
// their account does not have. No bucket has this name. A name comes from the
// client: as a row of its own it would let a client fill the database.
const UnknownBucket = "(unknown)"

// refusedAccount is what CountRefused knows about an account.
type refusedAccount struct {
	calendar billing.Calendar
	buckets  map[string]bool
}

// CountRefused counts requests without a charge. It ignores unknown accounts,
// and counts unknown buckets as UnknownBucket. It takes many requests at once, so that a rejected request does not cost a
// commit.
func (s *Store) CountRefused(ctx context.Context, requests []Refused) error {
	return s.engine.Write(ctx, func(tx *db.Tx) error {
		accounts := map[string]*refusedAccount{}
		quarters := map[refusedKey]int64{}
		for _, r := range requests {
			a, read := accounts[r.Account]
			if !read {
				var err error
				if a, err = s.refusedAccount(tx, r.Account); err != nil {
					return err
				}
				accounts[r.Account] = a
			}
			if a == nil {
				continue
			}
			if r.Bucket != "" && !a.buckets[r.Bucket] {
				r.Bucket = UnknownBucket
			}
			if err := tx.Queue(s.countCalls(r.Caller, string(a.calendar.Day(r.At)), r.Calls, refused)...); err != nil {
				return err
			}
			for _, c := range r.Calls {
				quarters[refusedKey{r.Account, r.At.Truncate(quarter).UnixMicro(), r.User, r.Bucket, r.API, c.Code}]++
			}
		}
		return tx.Queue(countQuarters(quarters)...)
	})
}

// quarter is the length of the periods of refused_quarter. Every time zone is a
// multiple of it from UTC.
const quarter = 15 * time.Minute

// refusedKey is a row of refused_quarter.
type refusedKey struct {
	account           string
	at                int64
	user, bucket, api string
	code              int
}

func compareRefused(a, b refusedKey) int {
	return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.at, b.at), cmp.Compare(a.user, b.user),
		cmp.Compare(a.bucket, b.bucket), cmp.Compare(a.api, b.api), cmp.Compare(a.code, b.code))
}

// countQuarters adds calls without a charge to the counts of quarters.
func countQuarters(calls map[refusedKey]int64) (statements []db.Statement) {
	for _, k := range slices.SortedFunc(maps.Keys(calls), compareRefused) {
		statements = append(statements, db.Do(`INSERT INTO refused_quarter (account_id, at, user_id, bucket, api, code, n) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (account_id, at, user_id, bucket, api, code) DO UPDATE SET n = refused_quarter.n + excluded.n`,
			k.account, k.at, k.user, k.bucket, k.api, k.code, calls[k]))
	}
	return statements
}

// refusedAccount returns nil for an unknown account.
func (s *Store) refusedAccount(tx *db.Tx, id string) (*refusedAccount, error) {
	p, err := s.payer(tx, id)
	if isUnknown(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	a := &refusedAccount{buckets: map[string]bool{}}
	if a.calendar, err = s.calendar(p.zone); err != nil {
		return nil, err
	}
	err = tx.Each(func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		a.buckets[name] = true
		return err
	}, `SELECT name FROM bucket WHERE account_id = ?`, id)
	return a, err
}

// callColumn is one of the two counts in call_day.
type callColumn int

const (
	held    callColumn = iota // column n: calls of a charge
	refused                   // column refused: calls without a charge
)

// countCalls adds calls to the counts of a day.
func (s *Store) countCalls(who ledger.Caller, day string, calls []ledger.Call, in callColumn) (statements []db.Statement) {
	type place struct{ code, bin int }
	billed, all := map[int]int64{}, map[place]int64{}
	for _, c := range calls {
		all[place{c.Code, s.options.Bin(c.Took)}]++
		if c.Billed && in == held {
			billed[c.Code]++
		}
	}
	for _, code := range sorted(billed) {
		statements = append(statements, db.Do(`INSERT INTO usage_day (account_id, user_id, bucket, api, day, code, units) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (account_id, day, user_id, bucket, api, code) DO UPDATE SET units = usage_day.units + excluded.units`,
			who.Account, who.User, who.Bucket, who.API, day, code, billed[code]))
	}
	places := slices.SortedFunc(maps.Keys(all), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.bin, b.bin))
	})
	for _, p := range places {
		n := [2]int64{}
		n[in] = all[p]
		statements = append(statements, db.Do(`INSERT INTO call_day (account_id, user_id, bucket, api, day, code, bin, n, refused) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (account_id, day, user_id, bucket, api, code, bin)
			DO UPDATE SET n = call_day.n + excluded.n, refused = call_day.refused + excluded.refused`,
			who.Account, who.User, who.Bucket, who.API, day, p.code, p.bin, n[held], n[refused]))
	}
	return statements
}

// sorted returns the keys in order: rows are locked in one order, so that no
// two transactions deadlock.
func sorted(m map[int]int64) []int { return slices.Sorted(maps.Keys(m)) }
