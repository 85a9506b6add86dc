package native

import (
	"net/url"
	"strings"
	"testing"

	"github.com/kahao/kahao"
)

// FuzzQuery expects that options are within their bounds, and that errors quote no
// value.
func FuzzQuery(f *testing.F) {
	f.Add("luhn=off&max_cards=3&crop=card,number&checks=true&deadline_ms=50")
	f.Add("keep=0,4&style=blur&fields=expiry&allow_empty=true")
	f.Add("from=2026-01-01&to=2026-02-01&by=month")
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		q, err := parseQuery(values, kahao.LuhnPrior)
		if err != nil {
			for _, list := range values {
				for _, v := range list {
					if len(v) > 12 && strings.Contains(err.Error(), v) {
						t.Errorf("the error %q quotes a value", err)
					}
				}
			}
			return
		}
		if q.maxCards < 0 || q.maxCards > maxCardsLimit || q.deadline < 0 || groupings[q.by] == nil || q.covers.Check() != nil {
			t.Errorf("parseQuery(%q) = %+v, which is out of bounds", text, q)
		}
	})
}

// FuzzClaim expects that what is parsed has something to compare, of its form.
func FuzzClaim(f *testing.F) {
	f.Add("1111", "08/27", "", true, true, false)
	f.Add("", "08/2027", strings.Repeat("0a", 32), false, true, true)
	f.Fuzz(func(t *testing.T, last4, expiry, mac string, hasLast, hasExpiry, hasMAC bool) {
		fields := map[string]string{}
		for name, v := range map[string]struct {
			text string
			has  bool
		}{"last4": {last4, hasLast}, "expiry": {expiry, hasExpiry}, "number_hmac": {mac, hasMAC}} {
			if v.has {
				fields[name] = v.text
			}
		}
		k, err := parseClaim(fields)
		if err != nil {
			return
		}
		if len(k.last4) != 4 && len(k.mac) != 32 {
			t.Errorf("parseClaim(%v) accepts a claim without digits", fields)
		}
		if hasExpiry != (k.month != 0) || k.month > 12 || k.month < 0 {
			t.Errorf("parseClaim(%v): month %d", fields, k.month)
		}
	})
}
