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
		d    Details
		want Standing
	}{
		{Details{}, Active},
		{Details{Balance: -1, NegativeSince: ago(billing.Grace - 1)}, Active},
		{Details{Balance: -1, NegativeSince: ago(billing.Grace)}, Arrears},
		{Details{Balance: 0, NegativeSince: ago(100 * time.Hour)}, Active},
		{Details{Closed: true, Balance: -1, NegativeSince: ago(100 * time.Hour)}, Closed},
	} {
		if got := c.d.Standing(noon); got != c.want {
			t.Errorf("%+v: %v, want %v", c.d, got, c.want)
		}
	}
}

// Two keys that can be used, and no more; those that cannot do not count.
func TestRoomForKey(t *testing.T) {
	live, disabled, expired, expiring := APIKey{}, APIKey{Disabled: ago(0)}, APIKey{Expires: ago(0)}, APIKey{Expires: ago(-1)}
	for _, c := range []struct {
		keys []APIKey
		room bool
	}{
		{nil, true},
		{[]APIKey{live}, true},
		{[]APIKey{live, live}, false},
		{[]APIKey{live, expiring}, false},
		{[]APIKey{live, expired, disabled}, true},
	} {
		if err := RoomForKey(c.keys, noon); (err == nil) != c.room || err != nil && !errors.Is(err, ErrTooMany) {
			t.Errorf("%+v: %v", c.keys, err)
		}
	}
}

func TestNames(t *testing.T) {
	for name, good := range map[string]bool{
		"cards": true, "支付": true, "a b": true, "": false, " a": false, "a\n": false, "a\x1b[0m": false, strings.Repeat("x", 129): false, "a\xff": false,
	} {
		if err := CheckName("name", name); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
	for name, good := range map[string]bool{"cards-1": true, "": false, "Cards": false, strings.Repeat("x", 65): false, "a/b": false} {
		if err := CheckBucket(name); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
}
