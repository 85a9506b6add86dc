package legacy

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/signature"
)

// What an operator has set of an account decides, in the documented order.
func TestStanding(t *testing.T) {
	two := func(only int) func(*testing.T, *Options) {
		return with(func(a *account.FileAccount) {
			a.Buckets = append(a.Buckets, "two")
			a.Keys[0].Buckets = a.Buckets[only : only+1]
		})
	}
	both := func(first, second func(*testing.T, *Options)) func(*testing.T, *Options) {
		return func(t *testing.T, o *Options) { first(t, o); second(t, o) }
	}
	gone := with(func(a *account.FileAccount) { a.Buckets = nil })
	for name, c := range map[string]struct {
		options func(*testing.T, *Options)
		bucket  string
		code    int
	}{
		"as it is":                       {func(*testing.T, *Options) {}, demo.Bucket, 0},
		"arrears":                        {state(inArrears), "", 3},
		"closed":                         {with(func(a *account.FileAccount) { a.Standing = account.Closed }), "", 24},
		"a sub-account's key":            {state(subAccount), "", 24},
		"a sub-account's, in arrears":    {both(state(subAccount), state(inArrears)), "", 24},
		"a disabled key":                 {with(func(a *account.FileAccount) { a.Keys[0].Disabled = true }), "", 11},
		"a key for this bucket":          {two(0), demo.Bucket, 0},
		"a key for another bucket":       {two(1), demo.Bucket, 24},
		"the same, no bucket named":      {two(1), "", 24},
		"a bucket gone":                  {gone, demo.Bucket, 16},
		"a bucket gone, in arrears":      {both(gone, state(inArrears)), demo.Bucket, 16},
		"arrears, before its parameters": {state(inArrears), "", 3},
	} {
		s := start(t, func(o *Options) { c.options(t, o) })
		call := jsonCall(object{"appid": demo.AppID, "image": encoded})
		if strings.Contains(name, "parameters") {
			call = jsonCall(object{"appid": demo.AppID})
		}
		call.auth = signed(func(p *signature.Params) { p.Bucket = c.bucket })
		a := s.do(t, call)
		if a.Code != c.code {
			t.Errorf("%s: %s, want code %d", name, a.text, c.code)
		}
		if name == "arrears" && a.text != `{"code":3,"message":"account abnormal,errorno is:2"}` {
			t.Errorf("%s: %s", name, a.text)
		}
	}
}

// Requests count against the rates of their client IP address (its /64 for IPv6),
// with good and bad signatures, and those with good ones also against the rates of
// their app ID. A refused request costs no reading.
func TestRates(t *testing.T) {
	now := time.Unix(second, 0)
	clock := func() time.Time { return now }
	address := netip.MustParseAddr("203.0.113.7")
	s := start(t, func(o *Options) {
		o.Rate = ratelimit.New(ratelimit.Limit{PerSecond: 0.25, Burst: 2}, nil, clock)
		o.ClientRate = ratelimit.New(ratelimit.Limit{PerSecond: 1, Burst: 3}, nil, clock)
		o.ClientIP = func(*http.Request) netip.Addr { return address }
	})
	body := jsonCall(object{"appid": demo.AppID, "image": encoded}).body
	ask := func(auth string, code int, retry string) {
		t.Helper()
		if a := s.do(t, testCall{auth: auth, body: body}); a.Code != code || a.header.Get("Retry-After") != retry {
			t.Fatalf("code %d, Retry-After %q, want %d, %q", a.Code, a.header.Get("Retry-After"), code, retry)
		}
	}
	ask("", 0, "")
	ask("", 0, "")
	ask("", 15, "4") // of this address the third
	ask("abc", 15, "1")
	now = now.Add(3 * time.Second)
	for range 3 { // bad signatures count, too
		ask("abc", 5, "")
	}
	ask("abc", 15, "1")
	otherAuth := signature.Sign(other.SecretKey, signature.Params{AppID: other.AppID, SecretID: other.SecretID, Created: second, Expires: second + 9})
	ask(otherAuth, 15, "1")
	for _, a := range []string{"::ffff:203.0.113.7", "2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff::%eth0", "2001:db8:1:3::1"} {
		address = netip.MustParseAddr(a)
		now = now.Add(3 * time.Millisecond)
		s.do(t, testCall{auth: otherAuth, body: body})
	}
	now = now.Add(8 * time.Second)
	ask("", 0, "")
	if len(s.seen) != 3 {
		t.Errorf("%d readings", len(s.seen))
	}
}

// An error of the accounts has their code; its text is only in the log.
func TestAccountErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
	}{{errors.New("no database"), 107}, {account.ErrUnavailable, 108}, {context.DeadlineExceeded, 108}} {
		s := start(t, func(o *Options) { o.Accounts = brokenAccess{o.Accounts, c.err} })
		a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded}))
		if log := s.logged(); a.Code != c.code || strings.Contains(a.text, c.err.Error()) || !strings.Contains(log, c.err.Error()) {
			t.Error(a.text, log)
		}
	}
}

// brokenAccess are accounts that do not know what keys may do.
type brokenAccess struct {
	Accounts
	err error
}

func (b brokenAccess) Access(context.Context, string, string) (account.Access, error) {
	return account.Access{}, b.err
}
