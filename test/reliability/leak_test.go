//go:build reliability && linux

package reliability

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kahao/kahao/pan"
	"github.com/kahao/kahao/test/reliability/server"
)

// TestNoLeaks sends requests that are full of card numbers, half of which fail,
// and then searches everything that the server wrote for the numbers.
func TestNoLeaks(t *testing.T) {
	requests, images := pick(100, 10_000), pick(10, 300)
	traces := newCollector(t)
	metrics := freeAddress(t)
	dirs := map[string]string{"data": t.TempDir(), "temporary": t.TempDir(), "working": t.TempDir()}
	c := &leakTest{images: generate(t, images, 14, 480, 0), web: newClient(t, 8)}
	c.Server = startWith(t, kahao, server.Options{
		Args: []string{"--data", dirs["data"], "--free-units", manyFreeUnits, "--keep-results", "10m", "--drain", "0s", "--log-level", "debug", "--metrics-listen", metrics, "--presidio"},
		Env:  []string{"TMPDIR=" + dirs["temporary"], "GOTRACEBACK=crash", "OTEL_EXPORTER_OTLP_ENDPOINT=" + traces.URL, "OTEL_BSP_SCHEDULE_DELAY=200"},
		Dir:  dirs["working"],
	})
	c.BearerKey = bearerKey(t, dirs["data"], c.AppID)
	if err := c.send(requests); err != nil {
		t.Fatalf("sending requests: %v", err)
	}
	sinks := map[string][]byte{"replies to failures": c.failures}
	for name, url := range map[string]string{
		"/metrics": "http://" + metrics + "/metrics", "/healthz": c.URL("/healthz"), "/readyz": c.URL("/readyz"),
		"/debug/vars": c.URL("/debug/vars"), "/debug/pprof/": c.URL("/debug/pprof/goroutine?debug=2"),
	} {
		sinks[name] = c.get(t, url)
	}
	if n := len(sinks["/metrics"]); n <= 500 {
		t.Errorf("/metrics has %d bytes: next to nothing was searched", n)
	}
	sinks["traces"] = traces.wait(t, 20*requests)
	for _, stage := range []string{"recognise", "decode", "detect", "rectify", "lines", "recognize", "ctc", "judge"} {
		if !strings.Contains(string(sinks["traces"]), stage) {
			t.Errorf("the traces lack the stage %s: they were not searched", stage)
		}
	}
	core, err := memoryImage(c.Process.Pid)
	if err != nil {
		t.Logf("memory was not searched: %v", err)
	}
	c.abort(t)
	sinks["log and stacks"], sinks["stdout"] = []byte(c.Log()), []byte(c.Out())
	if !strings.Contains(c.Log(), "goroutine ") {
		t.Error("SIGQUIT left no stacks in the log")
	}
	for name, dir := range dirs {
		sinks[name+" directory"] = readTree(t, dir)
	}

	search := newSearcher(c.numbers)
	size, hits := 0, 0
	for _, name := range slices.Sorted(maps.Keys(sinks)) {
		size += len(sinks[name])
		for encoding, n := range search.count(sinks[name]) {
			hits += n
			t.Errorf("%d numbers in the %s, %s", n, name, encoding)
		}
	}
	t.Logf("%d requests with %d numbers, %d cards read, %d failures; %d sinks of %.1f MiB searched in 10 encodings: %d hits",
		c.read+c.failed, len(c.numbers), c.read, c.failed, len(sinks), mib(int64(size)), hits)
	t.Logf("not judged: the process's memory, as a core dump would have it, %.0f MiB: %v", mib(int64(len(core))), search.count(core))
	if c.read == 0 || c.read+c.failed != requests {
		t.Errorf("%d of %d requests were answered, %d with a card", c.read+c.failed, requests, c.read)
	}
}

// leakTest sends the requests of TestNoLeaks.
type leakTest struct {
	*server.Server
	images []synthetic
	web    *http.Client

	mu           sync.Mutex
	numbers      []string
	read, failed int
	failures     []byte // replies to failures, with their headers
}

// send sends the requests, four at a time: by turns a card, and a failure with
// a number of its own.
func (c *leakTest) send(requests int) error {
	for _, s := range c.images {
		c.numbers = append(c.numbers, s.numbers...)
	}
	rng := rand.New(rand.NewPCG(14, 14))
	for i := range requests/2 + 1 {
		c.numbers = append(c.numbers, inventNumber(rng, 16+i%4))
	}
	invented := c.numbers[len(c.numbers)-requests/2-1:]
	var senders sync.WaitGroup
	slots := make(chan struct{}, 4)
	problems := make([]error, requests)
	for i := range requests {
		slots <- struct{}{}
		senders.Go(func() {
			defer func() { <-slots }()
			if i%2 == 0 {
				problems[i] = c.sendCard(c.images[i/2%len(c.images)])
			} else {
				problems[i] = c.sendFailure(i/2, invented[i/2])
			}
		})
	}
	senders.Wait()
	return errors.Join(problems...)
}

// inventNumber returns a number of a test range with a valid check digit.
func inventNumber(rng *rand.Rand, length int) string {
	digits := []byte("622202")
	for len(digits) < length-1 {
		digits = append(digits, byte('0'+rng.IntN(10)))
	}
	return string(append(digits, pan.LuhnDigit(string(digits))))
}

func (c *leakTest) sendCard(s synthetic) error {
	reply, err := c.Post(c.web, s.data)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if reply.Code == 0 {
		c.read++
	} else {
		c.failed++
		c.failures = append(c.failures, reply.Body...)
	}
	return nil
}

// sendFailure sends the nth kind of request that fails and carries a number.
func (c *leakTest) sendFailure(n int, number string) error {
	place := leakRequests[n%len(leakRequests)]
	reply, err := sendRaw(c.Addr, place.build(c.Account, number))
	if err != nil {
		return fmt.Errorf("number in %s: %w", place.place, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed++
	c.failures = append(c.failures, reply...)
	return nil
}

// traceCollector keeps what the server sends to it by OTLP.
type traceCollector struct {
	*httptest.Server
	mu   sync.Mutex
	sent []byte
}

func newCollector(t *testing.T) *traceCollector {
	c := &traceCollector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading spans: %v", err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sent = append(c.sent, body...)
	}))
	t.Cleanup(c.Close)
	return c
}

// wait returns what was sent, at least so many bytes.
func (c *traceCollector) wait(t *testing.T, least int) []byte {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		c.mu.Lock()
		sent := c.sent
		c.mu.Unlock()
		if len(sent) >= least {
			return sent
		}
		if time.Now().After(deadline) {
			t.Errorf("the collector got %d bytes of spans, want %d", len(sent), least)
			return sent
		}
	}
}

// abort makes the runtime write the stack of every goroutine while cards are
// being read, as a crash would.
func (c *leakTest) abort(t *testing.T) {
	t.Helper()
	for i := range 4 {
		go func() { _, _ = c.Post(c.web, c.images[i%len(c.images)].data) }()
	}
	time.Sleep(50 * time.Millisecond)
	if err := c.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatalf("sending SIGQUIT: %v", err)
	}
	if err := c.Wait(time.Minute); c.Running() {
		t.Fatalf("after SIGQUIT: %v", err)
	}
}

func (c *leakTest) get(t *testing.T, url string) []byte {
	t.Helper()
	reply, err := c.web.Get(url)
	if err != nil {
		t.Fatalf("fetching what is searched: %v", err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatalf("reading %s: %v", url, err)
	}
	return body
}

// sendRaw sends a request as it is and returns everything that comes back.
func sendRaw(addr, request string) ([]byte, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(conn, request); err != nil {
		return nil, err
	}
	reply, err := io.ReadAll(conn)
	if len(reply) > 0 {
		err = nil // the connection may be reset after the reply
	}
	return reply, err
}

// readTree returns the names and contents of all files in a directory.
func readTree(t *testing.T, dir string) (all []byte) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		all = append(append(all, name...), text...)
		return err
	})
	if err != nil {
		t.Fatalf("reading %s: %v", dir, err)
	}
	return all
}
