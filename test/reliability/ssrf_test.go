//go:build reliability && linux

package reliability

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const minSSRFCases = 360

var ssrfSummary = regexp.MustCompile(`(\d+) addresses x 3 routes = (\d+) cases, (\d+) connections to the trap, (\d+) other sockets`)

// TestSSRF tries to make the server connect to addresses that are not public.
func TestSSRF(t *testing.T) {
	t.Run("guard", testFetchGuard)
	t.Run("binary", testFetchBinary)
}

// testFetchGuard runs the tests of internal/fetch, which try three routes to
// every refused address. One of them, DNS rebinding, needs a resolver that the
// binary has no setting for.
func testFetchGuard(t *testing.T) {
	c := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "-run", "^(TestRefusedByEveryRoute|TestRefusedByName|TestOddities|TestTrapCatches)$", "./internal/fetch")
	c.Dir = root
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("the tests of internal/fetch failed: %v: %s", err, out)
	}
	m := ssrfSummary.FindStringSubmatch(string(out))
	if m == nil {
		t.Fatalf("the tests of internal/fetch did not log their summary: %s", out)
	}
	t.Log(m[0])
	if cases, _ := strconv.Atoi(m[2]); cases < minSSRFCases {
		t.Errorf("%d cases, want at least %d", cases, minSSRFCases)
	}
	if m[3] != "0" || m[4] != "0" {
		t.Errorf("%s connections to the trap and %s other sockets, want none", m[3], m[4])
	}
}

// unreachableCodes are those of a URL that must not or cannot be fetched.
var unreachableCodes = []int{-1507, -1505}

// testFetchBinary has the binary fetch the refused addresses, directly and by
// redirects from a server that it may fetch from.
func testFetchBinary(t *testing.T) {
	targets := refusedURLs(t)
	trapped := startTrap(t)
	var redirected atomic.Int64
	redirector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		redirected.Add(1)
		w.Header()["Location"] = []string{q.URL.Query().Get("to")}
		w.WriteHeader(http.StatusFound)
	}))
	defer redirector.Close()
	s := start(t, "--drain", "0s", "--log-level", "warn", "--fetch", "--fetch-permit", redirector.Listener.Addr().String())
	web := newClient(t, 16)
	codes := map[int]int{}
	var mu sync.Mutex
	var requests sync.WaitGroup
	slots := make(chan struct{}, 16)
	for _, to := range targets {
		for _, address := range []string{to, redirector.URL + "/?to=" + url.QueryEscape(to)} {
			slots <- struct{}{}
			requests.Go(func() {
				defer func() { <-slots }()
				body, _ := json.Marshal(map[string]string{"appid": s.AppID, "url": address})
				reply, err := s.PostBody(web, s.Authorization(), "application/json", body)
				if err != nil {
					t.Errorf("asking for %s: %v", address, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				codes[reply.Code]++
				if !slices.Contains(unreachableCodes, reply.Code) {
					t.Errorf("asking for %s: code %d, want one of %v", address, reply.Code, unreachableCodes)
				}
			})
		}
	}
	requests.Wait()
	t.Logf("%d addresses x 2 routes, %d connections to the trap; by code: %v", len(targets), trapped.Load(), codes)
	if n := trapped.Load(); n != 0 {
		t.Errorf("%d connections to this machine, want none", n)
	}
	if n := redirected.Load(); n != int64(len(targets)) {
		t.Errorf("%d of %d requests were redirected: a route was not tried", n, len(targets))
	}
}

// refusedURLs returns a URL for each address that internal/fetch's vectors
// refuse, or for every tenth in the short form: each costs seconds, because a
// refusal takes as long as a timeout.
func refusedURLs(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "internal", "fetch", "testdata", "verdicts.txt"))
	if err != nil {
		t.Fatalf("reading the addresses: %v", err)
	}
	var urls []string
	n := 0
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if fields[0] != "refuse" {
			continue
		}
		address, err := netip.ParseAddr(fields[1])
		if err != nil {
			t.Fatalf("parsing an address: %v", err)
		}
		if n%pick(10, 1) == 0 {
			urls = append(urls, "http://"+netip.AddrPortFrom(address, 80).String()+"/")
		}
		n++
	}
	return urls
}

// startTrap listens on port 80 of every address of this machine, and counts
// connections.
func startTrap(t *testing.T) *atomic.Int64 {
	t.Helper()
	var trapped atomic.Int64
	trap, err := net.Listen("tcp", ":80")
	if err != nil {
		t.Logf("no trap on port 80, connections are not counted: %v", err)
		return &trapped
	}
	t.Cleanup(func() { trap.Close() })
	go func() {
		for {
			c, err := trap.Accept()
			if err != nil {
				return
			}
			trapped.Add(1)
			c.Close()
		}
	}()
	return &trapped
}
