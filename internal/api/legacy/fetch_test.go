package legacy

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/fetch"
	"github.com/kahao/kahao/internal/service/account"
)

// imageServer is a server of images on this machine.
func imageServer(t *testing.T) (*httptest.Server, netip.AddrPort) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/card.jpg":
			w.Write(picture)
		case "/large.jpg":
			w.Write(make([]byte, 1<<20+1))
		case "/empty.jpg":
		case "/stalls.jpg":
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case "/torn.jpg":
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "half")
		case "/away.jpg":
			http.Redirect(w, r, "/card.jpg", http.StatusFound)
		case "/round.jpg":
			http.Redirect(w, r, "/round.jpg", http.StatusFound)
		case "/inside.jpg":
			http.Redirect(w, r, "http://127.0.0.1/card.jpg", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s, netip.MustParseAddrPort(s.Listener.Addr().String())
}

// endpoint is a server with a real fetcher.
func endpoint(t *testing.T, f *fetch.Fetcher, hosts ...string) *server {
	return start(t, func(o *Options) {
		o.Fetcher = f
		with(func(a *account.FileAccount) { a.FetchHosts = hosts })(t, o)
	})
}

// ask returns the code and the text of the reply to a request for an image.
func ask(t *testing.T, s *server, url string) (code int, text string) {
	t.Helper()
	a := s.do(t, jsonCall(object{"appid": demo.AppID, "url": url}))
	return a.Code, a.text
}

// patient are options for a store that answers, however busy this machine is,
// and brief for one that must not be reached: a refusal takes as long as a
// connection may.
func patient(at ...netip.AddrPort) fetch.Options {
	return fetch.Options{Permit: at, Timeout: 10 * time.Second, ConnectTimeout: 10 * time.Second}
}

func brief(at ...netip.AddrPort) fetch.Options {
	return fetch.Options{Permit: at, Timeout: 10 * time.Second, ConnectTimeout: 10 * time.Millisecond}
}

func fetcherOf(t *testing.T, o fetch.Options) *fetch.Fetcher {
	t.Helper()
	f, err := fetch.New(o)
	if err != nil {
		t.Fatalf("fetch.New: %v", err)
	}
	return f
}

// From a request to the picture's server and back: the picture is read, and
// every way in which that fails has its documented code.
func TestImageByURL(t *testing.T) {
	s, at := imageServer(t)
	e := endpoint(t, fetcherOf(t, patient(at)))
	for path, want := range map[string]int{
		"/card.jpg": 0, "/away.jpg": 0, "/empty.jpg": -1300,
		"/none.jpg": -1403, "/large.jpg": -1408, "/torn.jpg": -1308, "/round.jpg": -1308,
	} {
		if code, text := ask(t, e, s.URL+path); code != want {
			t.Errorf("%s: %s, want %d", path, text, want)
		}
	}
	for address, want := range map[string]int{
		"ftp://example.org/x": -1505, "http://user@example.org/x": -1505, "http://example.org:22/x": -1505, "http://[::1%25lo]/": -1505,
	} {
		if code, text := ask(t, e, address); code != want {
			t.Errorf("%s: %s, want %d", address, text, want)
		}
	}
	if len(e.seen) != 2 || !bytes.Equal(e.seen[0], picture) || !bytes.Equal(e.seen[1], picture) {
		t.Errorf("%q was read", e.seen)
	}
	lines := e.logged()
	for _, want := range []string{`"download":{"kind":"bad_url","reason":"syntax"`, `"download":{"kind":"bad_status","reason":"status","status":404`} {
		if !strings.Contains(lines, want) {
			t.Errorf("the log lacks %s:\n%s", want, lines)
		}
	}
	if strings.Contains(lines, s.URL) {
		t.Error("the log has an address")
	}
}

// One that stalls once it is connected to, and one that sends its clients to
// where they may not go.
func TestStalls(t *testing.T) {
	s, at := imageServer(t)
	o := patient(at)
	o.Timeout, o.ConnectTimeout = 2*time.Second, 2*time.Second
	e := endpoint(t, fetcherOf(t, o))
	if code, text := ask(t, e, s.URL+"/stalls.jpg"); code != -1506 {
		t.Error(text)
	}
	if code, text := ask(t, e, s.URL+"/inside.jpg"); code != -1507 {
		t.Error(text)
	}
}

// A forbidden address gets the same reply as an unreachable one; only the log
// distinguishes them.
func TestEqualAnswers(t *testing.T) {
	trap, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("net.Listen: %v", err)
	}
	defer trap.Close()
	go func() {
		for {
			c, err := trap.Accept()
			if err != nil {
				return
			}
			c.Close()
			t.Error("a server on this machine was connected to")
		}
	}()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("net.Listen: %v", err)
	}
	gone := netip.MustParseAddrPort(closed.Addr().String())
	closed.Close()
	// The trap's port may be named, its address is another than is permitted.
	other := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), netip.MustParseAddrPort(trap.Addr().String()).Port())
	e := endpoint(t, fetcherOf(t, brief(gone, other)))
	first := ""
	for _, address := range []string{
		"http://" + gone.String() + "/", "http://" + trap.Addr().String() + "/", "http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[fd00::1]/",
	} {
		code, text := ask(t, e, address)
		if first == "" {
			first = text
		}
		if code != -1507 || text != first {
			t.Errorf("%s: %s", address, text)
		}
	}
	if lines := e.logged(); len(e.seen) != 0 || strings.Count(lines, `"reason":"not_public"`)+strings.Count(lines, `"reason":"no_connect"`) != 8 {
		t.Errorf("%d read\n%s", len(e.seen), lines)
	}
}

// An account's own hosts narrow what the operator allows to all; without any,
// that applies alone.
func TestAccountHosts(t *testing.T) {
	s, at := imageServer(t)
	named := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	both := []string{"127.0.0.1", "localhost"}
	for _, c := range []struct {
		operator, account []string
		byAddress, byName int
	}{
		{nil, nil, 0, 0},
		{nil, []string{"127.0.0.1"}, 0, -1507},
		{nil, []string{"*.example.org", "localhost"}, -1507, 0},
		{both, nil, 0, 0},
		{[]string{"localhost"}, nil, -1507, 0},
		{[]string{"localhost"}, both, -1507, 0},
		{both, []string{"127.0.0.1"}, 0, -1507},
		{[]string{"localhost"}, []string{"127.0.0.1"}, -1507, -1507},
		{nil, []string{"no host!"}, 202, 202},
	} {
		for address, want := range map[string]int{s.URL: c.byAddress, named: c.byName} {
			o := patient(at)
			if want == -1507 {
				o = brief(at)
			}
			o.AllowHosts = c.operator
			e := endpoint(t, fetcherOf(t, o), c.account...)
			if code, text := ask(t, e, address+"/card.jpg"); code != want {
				t.Errorf("%+v: %s: %s, want %d", c, address, text, want)
			}
		}
	}
}

// Every kind of error that fetch has is in the table.
func TestKinds(t *testing.T) {
	for k := fetch.Kind(1); k.String() != "unknown"; k++ {
		if _, ok := backend.Lookup(k, downloadErrors); !ok {
			t.Errorf("%v is not in downloadErrors", k)
		}
	}
	_, at := imageServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := fetcherOf(t, patient(at)).FetchFrom(ctx, nil, "http://"+at.String()+"/card.jpg", 10)
	if condition, ok := backend.Lookup(err, downloadErrors); !ok || condition != Timeout {
		t.Errorf("a canceled download: %v as %v, want %v", err, condition, Timeout)
	}
}
