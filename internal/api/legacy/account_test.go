package legacy

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/signature"
)

// counter counts down, and knows which holds are open.
type counter struct {
	sync.Mutex
	left, open int
	broken     bool
}

func (*counter) Used(context.Context, signature.Claims) (bool, error) { return false, nil }

func (m *counter) Hold(_ context.Context, h metering.Hold) (metering.Charge, error) {
	m.Lock()
	defer m.Unlock()
	if h.Pictures > m.left {
		return nil, ledger.ErrUsedUp
	}
	m.left -= h.Pictures
	m.open++
	return &metering.Counting{Used: func(_ context.Context, used int) error {
		m.Lock()
		defer m.Unlock()
		m.open--
		m.left += h.Pictures - used
		if m.broken {
			return errors.New("disk full")
		}
		return nil
	}}, nil
}

// What an operator has set of an account decides, in the order of section 6.
func TestStanding(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*account.Customer)
		bucket string
		code   int
	}{
		"as it is":                       {func(*account.Customer) {}, demo.Bucket, 0},
		"arrears":                        {func(c *account.Customer) { c.Standing = account.Arrears }, "", 3},
		"closed":                         {func(c *account.Customer) { c.Standing = account.Closed }, "", 24},
		"a sub-account's key":            {func(c *account.Customer) { c.Keys[0].SubAccount = true }, "", 24},
		"a sub-account's, in arrears":    {func(c *account.Customer) { c.Keys[0].SubAccount, c.Standing = true, account.Arrears }, "", 24},
		"a disabled key":                 {func(c *account.Customer) { c.Keys[0].Disabled = true }, "", 11},
		"a key for this bucket":          {func(c *account.Customer) { c.Keys[0].Buckets = c.Buckets[:1] }, demo.Bucket, 0},
		"a key for another bucket":       {func(c *account.Customer) { c.Buckets = append(c.Buckets, "two"); c.Keys[0].Buckets = c.Buckets[1:] }, demo.Bucket, 24},
		"the same, no bucket named":      {func(c *account.Customer) { c.Buckets = append(c.Buckets, "two"); c.Keys[0].Buckets = c.Buckets[1:] }, "", 0},
		"a bucket gone":                  {func(c *account.Customer) { c.Buckets = nil }, demo.Bucket, 16},
		"a bucket gone, in arrears":      {func(c *account.Customer) { c.Buckets = nil; c.Standing = account.Arrears }, demo.Bucket, 16},
		"arrears, before its parameters": {func(c *account.Customer) { c.Standing = account.Arrears }, "", 3},
	} {
		s := start(t, func(o *Options) { customer(c.change)(t, o) })
		call := jsonCall(object{"appid": demo.AppID, "image": encoded})
		if strings.Contains(name, "parameters") {
			call = jsonCall(object{"appid": demo.AppID})
		}
		call.auth = signed(func(p *signature.Params) { p.Bucket = c.bucket })
		a := s.do(t, call)
		if a.Code != c.code {
			t.Errorf("%s: %s, want %d", name, a.text, c.code)
		}
		if name == "arrears" && a.text != `{"code":3,"message":"account abnormal,errorno is:2"}` {
			t.Error(a.text)
		}
	}
}

// Rates are taken of those whose signature is good, by app id and by address,
// of IPv6 by its /64; and what is refused costs no reading.
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
	for range 5 {
		ask("abc", 5, "")
	}
	ask("", 0, "")
	ask("", 0, "")
	ask("", 15, "4")
	otherAuth := signature.Sign(other.SecretKey, signature.Params{AppID: other.AppID, SecretID: other.SecretID, Created: second, Expires: second + 9})
	ask(otherAuth, 6, "") // of this address the third
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

// An error of the accounts is told as theirs, its text is for the log.
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

// brokenAccess is a directory that does not know what keys may do.
type brokenAccess struct {
	Accounts
	err error
}

func (b brokenAccess) Access(context.Context, string, string) (account.Access, error) {
	return account.Access{}, b.err
}

// What the memory of one-off signatures says is told by code, its text is for
// the log.
func TestUsesErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
	}{{errors.New("disk full"), 107}, {signature.ErrExpired, 9}, {signature.ErrMalformed, 5}} {
		s := start(t, func(o *Options) { o.Uses = brokenUses{c.err} })
		call := jsonCall(object{"appid": demo.AppID, "image": encoded})
		call.auth = signed(func(p *signature.Params) { p.Expires, p.FileID = 0, "card.jpg" })
		a := s.do(t, call)
		if log := s.logged(); a.Code != c.code || strings.Contains(a.text, "disk") || strings.Contains(log, "disk full") != (c.code == 107) {
			t.Error(a.text, log)
		}
	}
}

type brokenUses struct{ err error }

func (b brokenUses) Use(context.Context, signature.ID, signature.Claims) (bool, error) {
	return false, b.err
}
