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

// callsOf counts the calls of all charges. It also returns the first charge
// whose calls say that other units were billed than were posted.
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
			wrong = cmp.Or(wrong, "charge "+id+": its calls cannot be read")
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

// callsKept are the counts of the calls of charges, as they are kept.
func storedCalls(tx *db.Tx) (map[callKey]int64, error) {
	kept := map[callKey]int64{}
	err := tx.Each(func(scan func(...any) error) error {
		var k callKey
		var n int64
		err := scan(&k.account, &k.user, &k.bucket, &k.api, &k.day, &k.code, &k.bin, &n)
		kept[k] = n
		return err
	}, `SELECT account_id, user_id, bucket, api, day, code, bin, n FROM call_day WHERE n > 0`)
	return kept, err
}

// lacking is what the kept counts lack of what they should be, or, below zero,
// have too much.
func difference(kept, should map[callKey]int64) map[callKey]int64 {
	lack := map[callKey]int64{}
	for k, n := range should {
		if n != kept[k] {
			lack[k] = n - kept[k]
		}
	}
	for k, n := range kept {
		if _, ok := should[k]; !ok {
			lack[k] = -n
		}
	}
	return lack
}

// callBreak compares the counts of calls with the charges that they come from.
func checkCalls(tx *db.Tx) (string, error) {
	should, wrong, err := countedCalls(tx)
	if err != nil || wrong != "" {
		return wrong, err
	}
	kept, err := storedCalls(tx)
	if err != nil {
		return "", err
	}
	lack := difference(kept, should)
	if len(lack) == 0 {
		return "", nil
	}
	k := slices.MinFunc(slices.Collect(maps.Keys(lack)), compareCalls)
	return fmt.Sprintf("account %s, %s, user %s, bucket %s, %s, code %d, bin %d: the calls of a day: %d, but charges come to %d",
		k.account, k.day, k.user, k.bucket, k.api, k.code, k.bin, kept[k], should[k]), nil
}

// usageLack is what the usage of days lacks of what the entries come to; the
// bin of its keys means nothing.
func usageDifference(tx *db.Tx) (map[callKey]int64, error) {
	lack := map[callKey]int64{}
	err := tx.Each(func(scan func(...any) error) error {
		var k callKey
		var n int64
		err := scan(&k.account, &k.user, &k.bucket, &k.api, &k.day, &k.code, &n)
		lack[k] = n
		return err
	}, `SELECT account_id, user_id, bucket, api, day, code, CAST(SUM(entered) - SUM(units) AS BIGINT)
		FROM (SELECT account_id, user_id, bucket, api, day, code, units, 0 AS entered FROM usage_day
			UNION ALL SELECT account_id, user_id, bucket, api, day, code, 0, -delta FROM entry WHERE reason = 'post') u
		GROUP BY account_id, user_id, bucket, api, day, code HAVING SUM(units) <> SUM(entered)`)
	return lack, err
}

// Rebuild makes the counts by day what the books say: usage what the entries
// come to, and calls what the charges do. The calls of requests that never had
// a charge have no other source, and stay.
//
// It looks for what the counts lack on a snapshot, which nobody waits for, and
// adds that: charges that are made meanwhile add their own. So it must not run
// twice at once, or what is lacking is added twice.
func (s *Store) Rebuild(ctx context.Context) error {
	var usage, calls map[callKey]int64
	err := s.engine.Read(ctx, func(tx *db.Tx) (err error) {
		if usage, err = usageDifference(tx); err != nil {
			return err
		}
		should, _, err := countedCalls(tx)
		if err != nil {
			return err
		}
		kept, err := storedCalls(tx)
		calls = difference(kept, should)
		return err
	})
	if err != nil || len(usage)+len(calls) == 0 {
		return err
	}
	return s.engine.Write(ctx, func(tx *db.Tx) error { return correct(tx, usage, calls) })
}

// add corrects counts. A row that is there is changed where it is: the checks of
// an inserted one would not let a negative number pass.
func correct(tx *db.Tx, usage, calls map[callKey]int64) error {
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
