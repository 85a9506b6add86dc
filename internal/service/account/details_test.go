package account

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) *time.Time { t := noon.Add(-d); return &t }

func TestStandingOfDetails(t *testing.T) {
	for _, c := range []struct {
		d    Account
		want Standing
	}{
		{Account{}, Active},
		{Account{Balance: -1, NegativeSince: ago(billing.Grace - 1)}, Active},
		{Account{Balance: -1, NegativeSince: ago(billing.Grace)}, Arrears},
		{Account{Balance: 0, NegativeSince: ago(100 * time.Hour)}, Active},
		{Account{Closed: true, Balance: -1, NegativeSince: ago(100 * time.Hour)}, Closed},
	} {
		if got := c.d.Standing(noon); got != c.want {
			t.Errorf("%+v.Standing() = %v, want %v", c.d, got, c.want)
		}
	}
}

// A user has at most two usable keys of a kind; unusable ones do not count.
func TestCheckKeyCount(t *testing.T) {
	live, disabled, expired, expiring := Key{Kind: Signing}, Key{Kind: Signing, Disabled: ago(0)}, Key{Kind: Signing, Expires: ago(0)}, Key{Kind: Signing, Expires: ago(-1)}
	other := Key{Kind: Bearer}
	for _, c := range []struct {
		keys []Key
		room bool
	}{
		{nil, true},
		{[]Key{live}, true},
		{[]Key{live, live}, false},
		{[]Key{live, expiring}, false},
		{[]Key{live, expired, disabled}, true},
		{[]Key{live, other, other}, true},
	} {
		if err := CheckKeyCount(c.keys, Signing, noon); (err == nil) != c.room || err != nil && !errors.Is(err, ErrTooMany) {
			t.Errorf("CheckKeyCount(%+v) = %v, want room %v", c.keys, err, c.room)
		}
	}
}

func TestNames(t *testing.T) {
	for name, good := range map[string]bool{
		"cards": true, "支付": true, "a b": true, "": false, " a": false, "a\n": false, "a\x1b[0m": false, strings.Repeat("x", 129): false, "a\xff": false,
	} {
		if err := CheckName("name", name); (err == nil) != good {
			t.Errorf("check of %q: %v, want it to be valid: %v", name, err, good)
		}
	}
	for name, good := range map[string]bool{"cards-1": true, "": false, "Cards": false, strings.Repeat("x", 65): false, "a/b": false} {
		if err := CheckBucket(name); (err == nil) != good {
			t.Errorf("check of %q: %v, want it to be valid: %v", name, err, good)
		}
	}
}
