package download

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/fetch"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/testutil"
	"github.com/kahao/kahao/pan"
)

var demo = account.Account{AppID: testutil.AppID, Bucket: testutil.Bucket, SecretID: testutil.SecretID, SecretKey: testutil.SecretKey}

// reader takes every picture for a card, and remembers what it was given.
type reader struct {
	mu   sync.Mutex
	seen []string
}

func (r *reader) Read(_ context.Context, picture []byte) (legacy.Reading, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, string(picture))
	n, err := pan.New("514958888888888")
	return legacy.Reading{Found: true, Number: n}, err
}

// store is a server of pictures on this machine.
func store(t *testing.T) (*httptest.Server, netip.AddrPort) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/card.jpg":
			fmt.Fprint(w, "a picture")
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

// endpoint is the legacy interface with a real fetcher.
func endpoint(t *testing.T, f *fetch.Fetcher, hosts ...string) (url string, r *reader, log func() string) {
	t.Helper()
	customer := demo.Customer()
	customer.FetchHosts = hosts
	directory, err := account.NewDirectory(customer)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	r = &reader{}
	h, err := legacy.New(legacy.Options{Accounts: directory, Reader: r, Fetcher: New(f), Logger: slog.New(slog.NewTextHandler(&b, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL, r, func() string {
		s.Close() // until which the log is not whole
		return b.String()
	}
}

// ask returns the code and the text of the reply to a request for a picture.
func ask(t *testing.T, url, picture string) (code int, text string) {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"appid": demo.AppID, "url": picture})
	req, _ := http.NewRequest("POST", url+legacy.Path, strings.NewReader(string(body)))
	req.Header.Set("Content-Type", "application/json")
	now := time.Now().Unix()
	req.Header.Set("Authorization", signature.Sign(demo.SecretKey, signature.Params{AppID: demo.AppID, SecretID: demo.SecretID, Created: now, Expires: now + 60}))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var reply struct{ Code int }
	if err := json.Unmarshal(all, &reply); err != nil {
		t.Fatal(err)
	}
	return reply.Code, string(all)
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
		t.Fatal(err)
	}
	return f
}

// From a request to the picture's server and back: the picture is read, and
// every way in which that fails has its documented code.
func TestPictureByURL(t *testing.T) {
	s, at := store(t)
	url, r, log := endpoint(t, fetcherOf(t, patient(at)))
	for path, want := range map[string]int{
		"/card.jpg": 0, "/away.jpg": 0, "/empty.jpg": -1300,
		"/none.jpg": -1403, "/large.jpg": -1408, "/torn.jpg": -1308, "/round.jpg": -1308,
	} {
		if code, text := ask(t, url, s.URL+path); code != want {
			t.Errorf("%s: %s, want %d", path, text, want)
		}
	}
	for address, want := range map[string]int{
		"ftp://example.org/x": -1505, "http://user@example.org/x": -1505, "http://example.org:22/x": -1505, "http://[::1%25lo]/": -1505,
	} {
		if code, text := ask(t, url, address); code != want {
			t.Errorf("%s: %s, want %d", address, text, want)
		}
	}
	if len(r.seen) != 2 || r.seen[0] != "a picture" || r.seen[1] != "a picture" {
		t.Errorf("%q was read", r.seen)
	}
	lines := log()
	for _, want := range []string{"download.kind=bad_url download.reason=syntax", "download.kind=bad_status download.reason=status download.status=404"} {
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
	s, at := store(t)
	o := patient(at)
	o.Timeout, o.ConnectTimeout = 2*time.Second, 2*time.Second
	url, _, _ := endpoint(t, fetcherOf(t, o))
	if code, text := ask(t, url, s.URL+"/stalls.jpg"); code != -1506 {
		t.Error(text)
	}
	if code, text := ask(t, url, s.URL+"/inside.jpg"); code != -1507 {
		t.Error(text)
	}
}

// Whoever may not be connected to is told like whoever cannot be, in the same
// words; the log tells them apart.
func TestEqualAnswers(t *testing.T) {
	trap, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
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
		t.Fatal(err)
	}
	gone := netip.MustParseAddrPort(closed.Addr().String())
	closed.Close()
	// The trap's port may be named, its address is another than is permitted.
	other := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), netip.MustParseAddrPort(trap.Addr().String()).Port())
	url, r, log := endpoint(t, fetcherOf(t, brief(gone, other)))
	first := ""
	for _, address := range []string{
		"http://" + gone.String() + "/", "http://" + trap.Addr().String() + "/", "http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[fd00::1]/",
	} {
		code, text := ask(t, url, address)
		if first == "" {
			first = text
		}
		if code != -1507 || text != first {
			t.Errorf("%s: %s", address, text)
		}
	}
	if lines := log(); len(r.seen) != 0 || strings.Count(lines, "reason=not_public")+strings.Count(lines, "reason=no_connect") != 8 {
		t.Errorf("%d read\n%s", len(r.seen), lines)
	}
}

// An account's own hosts narrow what the operator allows to all; without any,
// that applies alone.
func TestAccountHosts(t *testing.T) {
	s, at := store(t)
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
			url, _, _ := endpoint(t, fetcherOf(t, o), c.account...)
			if code, text := ask(t, url, address+"/card.jpg"); code != want {
				t.Errorf("%+v: %s: %s, want %d", c, address, text, want)
			}
		}
	}
}

// Every kind of error that fetch has is one that the wire knows.
func TestKinds(t *testing.T) {
	for k := fetch.Kind(1); k.String() != "unknown"; k++ {
		if errs[k] == nil {
			t.Errorf("%v is not translated", k)
		}
	}
	_, at := store(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := New(fetcherOf(t, patient(at))).Fetch(ctx, legacy.Download{Address: "http://" + at.String() + "/card.jpg", Limit: 10})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
