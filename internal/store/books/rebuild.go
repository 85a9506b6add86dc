package books

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
func callsOf(tx *db.Tx) (counts map[callKey]int64, wrong string, err error) {
	counts = map[callKey]int64{}
	err = tx.Each(func(scan func(...any) error) error {
		var k callKey
		var id, text string
		var posted, billed int64
		if err := scan(&id, &k.account, &k.user, &k.bucket, &k.api, &k.day, &text, &posted); err != nil {
			return err
		}
		calls, err := readCalls(text)
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

// callBreak compares the counts of calls with the charges that they come from.
func callBreak(tx *db.Tx) (string, error) {
	should, wrong, err := callsOf(tx)
	if err != nil || wrong != "" {
		return wrong, err
	}
	kept := map[callKey]int64{}
	err = tx.Each(func(scan func(...any) error) error {
		var k callKey
		var n int64
		err := scan(&k.account, &k.user, &k.bucket, &k.api, &k.day, &k.code, &k.bin, &n)
		kept[k] = n
		return err
	}, `SELECT account_id, user_id, bucket, api, day, code, bin, n FROM call_day WHERE n > 0`)
	if err != nil {
		return "", err
	}
	var breaks []callKey
	for k := range should {
		if kept[k] != should[k] {
			breaks = append(breaks, k)
		}
	}
	for k := range kept {
		if _, ok := should[k]; !ok {
			breaks = append(breaks, k)
		}
	}
	if len(breaks) == 0 {
		return "", nil
	}
	k := slices.MinFunc(breaks, compareCalls)
	return fmt.Sprintf("account %s, %s, user %s, bucket %s, %s, code %d, bin %d: the calls of a day: %d, but charges come to %d",
		k.account, k.day, k.user, k.bucket, k.api, k.code, k.bin, kept[k], should[k]), nil
}

// Rebuild makes the counts by day anew: usage from the entries, and calls from
// the charges. The calls of requests that never had a charge stay. Charges wait
// while it runs, which is some seconds for a million of them.
func (b *Books) Rebuild(ctx context.Context) error {
	return b.engine.Write(ctx, func(tx *db.Tx) error {
		for _, statement := range []string{
			`DELETE FROM usage_day`,
			`INSERT INTO usage_day (account_id, user_id, bucket, api, day, code, units)
				SELECT account_id, user_id, bucket, api, day, code, CAST(-SUM(delta) AS BIGINT) FROM entry
				WHERE reason = 'post' GROUP BY account_id, user_id, bucket, api, day, code`,
			`UPDATE call_day SET n = 0`,
		} {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		counts, _, err := callsOf(tx)
		if err != nil {
			return err
		}
		for _, k := range slices.SortedFunc(maps.Keys(counts), compareCalls) {
			_, err := tx.Exec(`INSERT INTO call_day (account_id, user_id, bucket, api, day, code, bin, n) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (account_id, day, user_id, bucket, api, code, bin) DO UPDATE SET n = excluded.n`,
				k.account, k.user, k.bucket, k.api, k.day, k.code, k.bin, counts[k])
			if err != nil {
				return err
			}
		}
		_, err = tx.Exec(`DELETE FROM call_day WHERE n = 0 AND refused = 0`)
		return err
	})
}
