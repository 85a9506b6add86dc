package fetch

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Every refused address is tried by three routes and never connected to.
func TestRefusedByEveryRoute(t *testing.T) {
	r := newRig(t, Options{}, func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, q.URL.Query().Get("to"), http.StatusFound)
	})
	refused := verdicts(t, "refuse")
	if len(refused) < 120 {
		t.Fatalf("only %d addresses, the bar is 120", len(refused))
	}
	target := func(a netip.Addr) string {
		return "http://" + netip.AddrPortFrom(a, r.trapPort).String() + "/latest/meta-data/"
	}
	through := func(host, to string) string {
		return fmt.Sprintf("http://%s:%d/?to=%s", host, r.publicAt.Port(), to)
	}
	var cases []string
	for i, a := range refused {
		name := fmt.Sprintf("rebound%d.test", i)
		r.names.bind(name, r.publicAt.Addr(), a)
		cases = append(cases,
			target(a),
			through(r.publicAt.Addr().String(), target(a)),
			through(name, fmt.Sprintf("http://%s:%d/", name, r.trapPort)))
	}
	var wait sync.WaitGroup
	places := make(chan struct{}, 16)
	for _, address := range cases {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			_, err := r.Fetch(t.Context(), address)
			var e *Error
			if !errors.As(err, &e) || e.Kind != Unreachable || e.Reason != NotPublic {
				t.Errorf("%s: got %v %#v", address, err, e)
			}
		})
	}
	wait.Wait()
	r.quiet(t)
	if got, want := r.hits.Load(), int64(2*len(refused)); got != want {
		t.Errorf("the public server was asked %d times, want %d: a route was not taken", got, want)
	}
	t.Logf("%d addresses x 3 routes = %d cases, %d connections to the trap, %d other sockets", len(refused), len(cases), r.trapped.Load(), r.elsewhere.Load())
}

// Names that resolve to refused addresses, by A or AAAA, do not help.
func TestRefusedByName(t *testing.T) {
	r := newRig(t, Options{}, http.NotFound)
	var wait sync.WaitGroup
	for i, a := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "fd00:ec2::254", "64:ff9b::7f00:1"} {
		name := fmt.Sprintf("n%d.test", i)
		r.names.bind(name, netip.MustParseAddr(a))
		wait.Go(func() {
			if _, err := r.Fetch(t.Context(), fmt.Sprintf("http://%s:%d/", name, r.trapPort)); !errors.Is(err, Unreachable) {
				t.Errorf("a name for %s: %v, want Unreachable", a, err)
			}
		})
	}
	wait.Wait()
	r.quiet(t)
}

// The trap does catch: with the guard told to let an address pass, it is hit.
func TestTrapCatches(t *testing.T) {
	r := newRig(t, Options{}, http.NotFound)
	for i, a := range []string{"127.0.0.1", "127.1.2.3", "0.0.0.0"} {
		at := netip.AddrPortFrom(netip.MustParseAddr(a), r.trapPort)
		r.permit = []netip.AddrPort{at}
		body, err := r.Fetch(t.Context(), "http://"+at.String()+"/")
		if err != nil || string(body) != "secret" || r.trapped.Load() != int64(i+1) || r.elsewhere.Load() != int64(i+1) {
			t.Errorf("%s: %q, %v, %d in the trap", a, body, err, r.trapped.Load())
		}
	}
}

// oddities are texts that some parser takes for an address of this machine.
// PORT is the trap's.
var oddities = []string{
	"http://2130706433:PORT/", "http://0x7f.1:PORT/", "http://0177.0.0.1:PORT/", "http://127.1:PORT/", "http://0x7f000001:PORT/",
	"http://017700000001:PORT/", "http://127.0.0.1.:PORT/", "http://0:PORT/", "http://00000177.1:PORT/", "http://0x7F.0x0.0x0.0x1:PORT/",
	"http://localhost:PORT/", "http://LOCALHOST.:PORT/", "http://[::1]:PORT/", "http://[::]:PORT/", "http://[::1%25lo]:PORT/", "http://[fe80::1%25eth0]:PORT/",
	"http://[::ffff:7f00:1]:PORT/", "http://[::127.0.0.1]:PORT/", "http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/", "http://[127.0.0.1]:PORT/",
	"http://①②⑦.⓪.⓪.①:PORT/", "http://127。0。0。1:PORT/", "http://１２７.0.0.1:PORT/", "http://ⓛocalhost:PORT/",
	"http://%31%32%37.0.0.1:PORT/", "http://127.0.0.1%00.example.com:PORT/", "http://127.0.0.1%2f@example.com:PORT/",
	"http://example.com@127.0.0.1:PORT/", "http://user:password@127.0.0.1:PORT/", "http://example.com:80@127.0.0.1:PORT/", "http://@127.0.0.1:PORT/",
	"http://127.0.0.1:PORT\\@example.com/", "http://example.com\\@127.0.0.1:PORT/", "http://127.0.0.1:PORT#@example.com/", "http://127.0.0.1:PORT?@example.com/",
	"http:127.0.0.1:PORT", "http:///127.0.0.1:PORT/", "http:////127.0.0.1:PORT/", "//127.0.0.1:PORT/", "127.0.0.1:PORT", "",
	"file:///etc/passwd", "gopher://127.0.0.1:PORT/_GET", "ftp://127.0.0.1:PORT/", "dict://127.0.0.1:PORT/", "jar:http://127.0.0.1:PORT/!/", "unix:///run/x.sock", "data:,x", "javascript:1",
	"http://127.0.0.1:PORT@/", "http://:PORT/", "http://./", "http://a..b/", "http://-a.test/", "http://a-.test/", "http://a b.test/", "http://a\r\nHost: b/", "http://a\tb/", " http://127.0.0.1:PORT/",
	"http://127.0.0.1:22/", "http://127.0.0.1:65617/", "http://127.0.0.1:-1/", "http://127.0.0.1:+80/", "http://127.0.0.1:0x50/", "http://example.com:6379/",
	"http://" + strings.Repeat("a", 64) + ".test/", "http://" + strings.Repeat("a.", 127) + "test/", "http://a.test/" + strings.Repeat("a", 2048),
}

func TestOddities(t *testing.T) {
	r := newRig(t, Options{}, func(w http.ResponseWriter, q *http.Request) {
		w.Header()["Location"] = []string{q.URL.Query().Get("to")}
		w.WriteHeader(http.StatusFound)
	})
	var wait sync.WaitGroup
	for _, odd := range oddities {
		address := strings.ReplaceAll(odd, "PORT", fmt.Sprint(r.trapPort))
		wait.Go(func() {
			if _, err := r.Fetch(t.Context(), address); !errors.Is(err, BadURL) && !errors.Is(err, Unreachable) {
				t.Errorf("Fetch(%q) = %v, want BadURL or Unreachable", address, err)
			}
		})
	}
	wait.Wait()
	if r.hits.Load() != 0 {
		t.Error("the public server was asked")
	}
	// As a redirect some are paths of the public server, which leads in
	// circles.
	for _, odd := range oddities {
		address := strings.ReplaceAll(odd, "PORT", fmt.Sprint(r.trapPort))
		if len(address) > maxURLLen/2 {
			continue
		}
		wait.Go(func() {
			if _, err := r.Fetch(t.Context(), r.public.URL+"/?to="+url.QueryEscape(address)); err == nil {
				t.Errorf("a redirect to %q was followed to an end", address)
			}
		})
	}
	wait.Wait()
	r.quiet(t)
	if r.hits.Load() < int64(len(oddities)-1) {
		t.Errorf("the public server was asked %d times", r.hits.Load())
	}
}

// The check alone, with the arguments of a dialer.
func TestControl(t *testing.T) {
	f, err := New(Options{})
	if err != nil {
		t.Fatalf("setting up the test: %v", err)
	}
	r := &request{Fetcher: f}
	for _, c := range []struct {
		network, address string
		want             bool
	}{
		{"tcp4", "8.8.8.8:80", true}, {"tcp6", "[2606:4700::1]:443", true},
		{"tcp", "8.8.8.8:80", false}, {"udp4", "8.8.8.8:80", false}, {"unix", "/run/x.sock", false},
		{"tcp4", "8.8.8.8:22", false}, {"tcp4", "10.0.0.1:80", false}, {"tcp6", "[::ffff:8.8.8.8%eth0]:80", false},
		{"tcp4", "", false}, {"tcp4", "8.8.8.8", false}, {"tcp4", "example.com:80", false},
	} {
		if err := r.control(c.network, c.address, nil); (err == nil) != c.want {
			t.Errorf("control(%s, %s) = %v, want allowed = %v", c.network, c.address, err, c.want)
		}
	}
}
