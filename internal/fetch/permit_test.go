package fetch

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// Permit opens one address on one port, for what New makes and nothing else,
// by whatever way that address is come to.
func TestPermit(t *testing.T) {
	hits := 0
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		hits++
		answers(w, q)
	}))
	defer store.Close()
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the neighbour was reached") }))
	defer other.Close()
	at := netip.MustParseAddrPort(store.Listener.Addr().String())

	open := func(o Options) *Fetcher {
		f, err := New(o)
		if err != nil {
			t.Fatalf("setting up the test: %v", err)
		}
		f.test.noDelay = true
		return f
	}
	f := open(Options{Permit: []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom16(at.Addr().As16()), at.Port())}})
	for range 2 {
		if body, err := f.Fetch(t.Context(), store.URL+"/picture"); err != nil || string(body) != "0123456789" {
			t.Fatalf("Fetch from a permitted address = %q, %v; want 0123456789", body, err)
		}
	}
	_, err := f.Fetch(t.Context(), other.URL+"/picture")
	expect(t, "another port", err, BadURL, Syntax)
	_, err = f.Fetch(t.Context(), store.URL+"/to?l="+other.URL)
	expect(t, "a redirect to it", err, Unreachable, BadRedirect)
	_, err = f.Fetch(t.Context(), strings.Replace(store.URL, "127.0.0.1", "127.0.0.2", 1)+"/picture")
	expect(t, "another address", err, Unreachable, NotPublic)
	_, err = open(Options{}).Fetch(t.Context(), "http://127.0.0.1/picture")
	expect(t, "without it", err, Unreachable, NotPublic)

	hits = 0
	listed := open(Options{Permit: []netip.AddrPort{at}, AllowHosts: []string{"example.com"}})
	_, err = listed.Fetch(t.Context(), store.URL+"/picture")
	expect(t, "a host that is not allowed", err, Unreachable, NotListed)
	within, _ := f.Within([]string{"example.com"})
	_, err = within.Fetch(t.Context(), store.URL+"/picture")
	expect(t, "a host that is not the account's", err, Unreachable, NotListed)
	if hits != 0 {
		t.Error("a host that is not allowed was reached")
	}

	for _, wrong := range []netip.AddrPort{{}, netip.MustParseAddrPort("127.0.0.1:0"), netip.MustParseAddrPort("0.0.0.0:80"), netip.MustParseAddrPort("[ff02::1]:80"), netip.MustParseAddrPort("[fe80::1%eth0]:80")} {
		if _, err := New(Options{Permit: []netip.AddrPort{wrong}}); err == nil {
			t.Errorf("New accepted the permit %v", wrong)
		}
	}
}
