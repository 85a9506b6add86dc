package ledgerdb

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/kahao/kahao/internal/store/db"
)

// callKey is a row of call_day.
type callKey struct {
	account, user, bucket, api, day string
	code, bin                       int
}

func compareCalls(a, b callKey) int {
	return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.day, b.day), cmp.Compare(a.user, b.user),
		cmp.Compare(a.bucket, b.bucket), cmp.Compare(a.api, b.api), cmp.Compare(a.code, b.code), cmp.Compare(a.bin, b.bin))
}

// countedCalls counts the calls of all charges. It also describes the first
// charge whose calls and posted units disagree.
func countedCalls(tx *db.Tx) (counts map[callKey]int64, wrong string, err error) {
	counts = map[callKey]int64{}
	err = tx.Each(func(scan func(...any) error) error {
		var k callKey
		var id, text string
		var posted, billed int64
		if err := scan(&id, &k.account, &k.user, &k.bucket, &k.api, &k.day, &text, &posted); err != nil {
			return err
		}
		calls, err := parseCalls(text)
		if err != nil {
			wrong = cmp.Or(wrong, "charge "+id+": its calls cannot be parsed")
			return nil
		}
		for _, c := range calls {
			k.code, k.bin = c.code, c.bin
			counts[k]++
			if c.billed {
				billed++
			}
		}
		if billed != posted {
			wrong = cmp.Or(wrong, fmt.Sprintf("charge %s: posted units: %d, but calls say %d", id, posted, billed))
		}
		return nil
	}, `SELECT id, account_id, user_id, bucket, api, day, calls, units_posted FROM charge WHERE state <> 'held' ORDER BY id`)
	return counts, wrong, err
}

// storedCalls returns the stored counts of calls of charges.
func storedCalls(tx *db.Tx) (map[callKey]int64, error) {
	stored := map[callKey]int64{}
	err := tx.Each(func(scan func(...any) error) error {
		var k callKey
		var n int64
		err := scan(&k.account, &k.user, &k.bucket, &k.api, &k.day, &k.code, &k.bin, &n)
		stored[k] = n
		return err
	}, `SELECT account_id, user_id, bucket, api, day, code, bin, n FROM call_day WHERE n > 0`)
	return stored, err
}

// difference returns what has to be added to the stored counts to get the
// expected ones; negative where too much is stored.
func difference(stored, want map[callKey]int64) map[callKey]int64 {
	diff := map[callKey]int64{}
	for k, n := range want {
		if n != stored[k] {
			diff[k] = n - stored[k]
		}
	}
	for k, n := range stored {
		if _, ok := want[k]; !ok {
			diff[k] = -n
		}
	}
	return diff
}

// checkCalls compares the counts of calls with the charges they come from, and
// describes the first difference.
func checkCalls(tx *db.Tx) (string, error) {
	want, wrong, err := countedCalls(tx)
	if err != nil || wrong != "" {
		return wrong, err
	}
	stored, err := storedCalls(tx)
	if err != nil {
		return "", err
	}
	diff := difference(stored, want)
	if len(diff) == 0 {
		return "", nil
	}
	k := slices.MinFunc(slices.Collect(maps.Keys(diff)), compareCalls)
	return fmt.Sprintf("account %s, %s, user %s, bucket %s, %s, code %d, bin %d: calls of a day: %d stored, but charges sum to %d",
		k.account, k.day, k.user, k.bucket, k.api, k.code, k.bin, stored[k], want[k]), nil
}

// usageDifference returns what has to be added to the usage by day to match the
// entries. The bin of its keys is unused.
func usageDifference(tx *db.Tx) (map[callKey]int64, error) {
	diff := map[callKey]int64{}
	err := tx.Each(func(scan func(...any) error) error {
		var k callKey
		var n int64
		err := scan(&k.account, &k.user, &k.bucket, &k.api, &k.day, &k.code, &n)
		diff[k] = n
		return err
	}, `SELECT account_id, user_id, bucket, api, day, code, CAST(SUM(entered) - SUM(units) AS BIGINT)
		FROM (SELECT account_id, user_id, bucket, api, day, code, units, 0 AS entered FROM usage_day
			UNION ALL SELECT account_id, user_id, bucket, api, day, code, 0, -delta FROM entry WHERE reason = 'post') u
		GROUP BY account_id, user_id, bucket, api, day, code HAVING SUM(units) <> SUM(entered)`)
	return diff, err
}

// Rebuild corrects the counts by day: usage from the entries, calls from the
// charges. Calls of requests without a charge have no other source and stay. The
// sums of past days are deleted, and Rollup computes them again.
//
// It computes the difference on a snapshot, without blocking anyone, and adds
// it: charges made meanwhile add their own counts. So two rebuilds must not run
// at once, or they add the difference twice.
func (s *Store) Rebuild(ctx context.Context) error {
	var usage, calls map[callKey]int64
	err := s.engine.Read(ctx, func(tx *db.Tx) (err error) {
		if usage, err = usageDifference(tx); err != nil {
			return err
		}
		want, _, err := countedCalls(tx)
		if err != nil {
			return err
		}
		stored, err := storedCalls(tx)
		calls = difference(stored, want)
		return err
	})
	if err != nil {
		return err
	}
	return s.engine.Write(ctx, func(tx *db.Tx) error {
		if err := forgetRollups(tx); err != nil {
			return err
		}
		return correct(tx, usage, calls)
	})
}

// correct adds differences to the counts. Existing rows are updated in place,
// because the CHECK of an inserted row refuses negative numbers.
func correct(tx *db.Tx, usage, calls map[callKey]int64) error {
	if len(usage)+len(calls) == 0 {
		return nil
	}
	for _, k := range slices.SortedFunc(maps.Keys(usage), compareCalls) {
		n, err := tx.Exec(`UPDATE usage_day SET units = units + ? WHERE account_id = ? AND day = ? AND user_id = ? AND bucket = ? AND api = ? AND code = ?`,
			usage[k], k.account, k.day, k.user, k.bucket, k.api, k.code)
		if err == nil && n == 0 {
			_, err = tx.Exec(`INSERT INTO usage_day (account_id, day, user_id, bucket, api, code, units) VALUES (?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (account_id, day, user_id, bucket, api, code) DO UPDATE SET units = usage_day.units + excluded.units`,
				k.account, k.day, k.user, k.bucket, k.api, k.code, usage[k])
		}
		if err != nil {
			return err
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(calls), compareCalls) {
		n, err := tx.Exec(`UPDATE call_day SET n = n + ? WHERE account_id = ? AND day = ? AND user_id = ? AND bucket = ? AND api = ? AND code = ? AND bin = ?`,
			calls[k], k.account, k.day, k.user, k.bucket, k.api, k.code, k.bin)
		if err == nil && n == 0 {
			_, err = tx.Exec(`INSERT INTO call_day (account_id, day, user_id, bucket, api, code, bin, n) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (account_id, day, user_id, bucket, api, code, bin) DO UPDATE SET n = call_day.n + excluded.n`,
				k.account, k.day, k.user, k.bucket, k.api, k.code, k.bin, calls[k])
		}
		if err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`DELETE FROM usage_day WHERE units = 0`); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM call_day WHERE n = 0 AND refused = 0`)
	return err
}
