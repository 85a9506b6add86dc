package billing

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

// FuzzPrices: a list that is taken is written and read as the same list, each
// number of units has one tier, and no larger number has an earlier one.
func FuzzPrices(f *testing.F) {
	standard, err := json.Marshal(Default())
	if err != nil {
		f.Fatalf("Marshal: %v", err)
	}
	f.Add(standard, int64(10_000))
	f.Add([]byte(`{"currency":"CNY","free_units":0,"tiers":[{}],"packs":[]}`), int64(0))
	f.Add([]byte(`{"currency":"CNY","tiers":[{"up_to":1,"price":"0.15"},{"up_to":2},{"price":"-0.00"}],"packs":[{"units":1,"price":"90071992547409.91"}]}`), int64(1<<62))
	f.Add([]byte(`{"currency":"CNY","tiers":[{"up_to":1,"price":"0.15"},{"up_to":1},{}]}`), int64(1))
	f.Add([]byte(`{} {}`), int64(1))
	f.Fuzz(func(t *testing.T, text []byte, units int64) {
		p, err := ParsePrices(text)
		if err != nil {
			if !errors.Is(err, ErrPrices) {
				t.Fatalf("ParsePrices: %v, want ErrPrices", err)
			}
			return
		}
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatalf("Marshal(%+v): %v", p, err)
		}
		q, err := ParsePrices(again)
		if err != nil {
			if len(again) > maxListLen { // a text of numbers without a price may grow
				return
			}
			t.Fatalf("ParsePrices(%s): %v", again, err)
		}
		if third, err := json.Marshal(q); err != nil || string(third) != string(again) {
			t.Fatalf("%s is read and written as %s, %v", again, third, err)
		}
		if units < 0 {
			return
		}
		tier := p.Tier(units)
		i := 0
		for i < len(p.Tiers)-1 && units > p.Tiers[i].UpTo {
			i++
		}
		if !reflect.DeepEqual(tier, p.Tiers[i]) {
			t.Fatalf("%d units are of tier %+v, want number %d, %+v", units, tier, i+1, p.Tiers[i])
		}
	})
}
