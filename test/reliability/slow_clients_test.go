//go:build reliability && linux

package reliability

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// Bounds of TestSlowClients.
const (
	slowTolerance = 2 * time.Second
	slowMemory    = 64 << 20
	slowLatency   = 1.5 // p99 of the honest client, relative to that without slow clients
)

// slowKind is a way to be slow, and the deadline that the server has for it.
type slowKind struct {
	name     string
	deadline time.Duration
	opening  string        // sent at once
	drip     string        // then sent byte by byte, over and over
	interval time.Duration // between bytes; 0 sends nothing
	answered bool          // the deadline starts with the reply to the opening
}

// slowKinds are clients without a valid signature.
func slowKinds(s *server.Server, keepAlive bool) []slowKind {
	body := "POST /ocr/bankcard HTTP/1.1\r\nHost: " + s.Addr + "\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{"
	kinds := []slowKind{
		{name: "sends nothing", deadline: 5 * time.Second},
		{name: "drips its header", deadline: 5 * time.Second, opening: "POST /ocr/bankcard HTTP/1.1\r\n", drip: "X: y\r\n", interval: time.Second},
		{name: "drips its body", deadline: 6 * time.Second, opening: body, drip: " ", interval: time.Second},
		{name: "sends no body", deadline: 6 * time.Second, opening: body},
	}
	if keepAlive {
		kinds = append(kinds, slowKind{name: "keeps its connection", deadline: 60 * time.Second,
			opening: "GET /healthz HTTP/1.1\r\nHost: " + s.Addr + "\r\n\r\n", answered: true})
	}
	return kinds
}

// TestSlowClients keeps many slow clients connected, each of which reconnects
// when it is cut off, and watches deadlines, the server's memory and an honest
// client.
func TestSlowClients(t *testing.T) {
	clients := pick(320, 2048)
	before, during := pick(3*time.Second, time.Minute), pick(10*time.Second, 5*time.Minute)
	metrics := freeAddress(t)
	s := start(t, "--drain", "0s", "--log-level", "warn", "--max-connections", fmt.Sprint(clients+64), "--metrics-listen", metrics)
	image, pid := card(t), s.Process.Pid
	alone, failures := postRegularly(t, s, image, before)
	if failures != 0 {
		t.Errorf("%d requests failed before there were slow clients", failures)
	}
	resetPeak(t, pid)
	heldBefore, cpu := processMemory(t, pid, "VmRSS"), cpuTime(t, pid)
	heapBefore, err := readHeap(metrics)
	if err != nil {
		t.Fatalf("reading the heap's size: %v", err)
	}

	crowd := &crowd{addr: s.Addr, end: time.Now().Add(during)}
	kinds := slowKinds(s, !testing.Short())
	for i := range clients {
		crowd.Go(func() { crowd.run(kinds[i%len(kinds)]) })
	}
	peak := heapBefore
	crowd.Go(func() {
		for time.Now().Before(crowd.end) {
			if now, err := readHeap(metrics); err == nil {
				peak.max(now)
			}
			time.Sleep(500 * time.Millisecond)
		}
	})
	among, failures := postRegularly(t, s, image, during)
	held := processMemory(t, pid, "VmHWM")
	crowd.Wait()
	cpu = cpuTime(t, pid) - cpu

	grown := peak.live - heapBefore.live
	t.Logf("%d slow clients for %v, cut off %d times; furthest from its deadline %.2f s (%s)", clients, during, crowd.cuts.Load(), crowd.furthest.Seconds(), crowd.furthestKind)
	t.Logf("live heap +%.1f MiB, with garbage +%.1f, stacks +%.1f, resident +%.1f; %.0f %% of a CPU",
		mib(grown), mib(peak.inUse-heapBefore.inUse), mib(peak.stacks-heapBefore.stacks), mib(held-heldBefore), 100*cpu.Seconds()/during.Seconds())
	t.Logf("honest client alone p50 %s p99 %s (%d), among them p50 %s p99 %s (%d), rejected or failed %d",
		ms(alone.quantile(.5)), ms(alone.quantile(.99)), len(alone), ms(among.quantile(.5)), ms(among.quantile(.99)), len(among), failures)
	crowd.judge(t, clients)
	if grown <= 0 || grown > slowMemory {
		t.Errorf("the heap grew by %.1f MiB, want at most %d and more than 0", mib(grown), slowMemory>>20)
	}
	if failures != 0 {
		t.Errorf("%d honest requests failed, want none", failures)
	}
	ratio := float64(among.quantile(.99)) / float64(alone.quantile(.99))
	timed(t, ratio <= slowLatency, "the honest client's p99 is %.2f times that without slow clients, want at most %.1f", ratio, slowLatency)
	logSlowAccount(t, s, image)
}

// heapSize is what the server reports of its memory, in bytes.
type heapSize struct {
	live   int64 // upper bound of what the last collection left alive
	inUse  int64 // with garbage
	stacks int64
}

func (h *heapSize) max(now heapSize) {
	h.live, h.inUse, h.stacks = max(h.live, now.live), max(h.inUse, now.inUse), max(h.stacks, now.stacks)
}

func readHeap(metrics string) (h heapSize, err error) {
	reply, err := http.Get("http://" + metrics + "/metrics")
	if err != nil {
		return h, err
	}
	defer reply.Body.Close()
	wanted := map[string]*int64{"go_memstats_next_gc_bytes": &h.live, "go_memstats_heap_inuse_bytes": &h.inUse, "go_memstats_stack_inuse_bytes": &h.stacks}
	for lines := bufio.NewScanner(reply.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if to, ok := wanted[name]; ok {
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return h, err
			}
			*to = int64(n)
		}
	}
	if h.live == 0 || h.inUse == 0 || h.stacks == 0 {
		return h, errors.New("/metrics lacks the heap's size")
	}
	h.live /= 2 // the next collection is due at twice the live heap or more (GOGC=100)
	return h, nil
}

// postRegularly posts an image five times a second. It returns how long the
// replies took, and how many did not have code 0.
func postRegularly(t *testing.T, s *server.Server, image []byte, during time.Duration) (elapsed durations, failures int) {
	web := newClient(t, 1)
	for end := time.Now().Add(during); time.Now().Before(end); {
		started := time.Now()
		reply, err := s.Post(web, image)
		elapsed = append(elapsed, time.Since(started))
		if err != nil || reply.Code != 0 {
			failures++
		}
		time.Sleep(time.Until(started.Add(200 * time.Millisecond)))
	}
	return elapsed, failures
}

// crowd runs slow clients and counts how they end.
type crowd struct {
	sync.WaitGroup
	addr string
	end  time.Time

	cuts, refused, never atomic.Int64

	mu           sync.Mutex
	furthest     time.Duration // of a cut from its deadline
	furthestKind string
}

func (c *crowd) judge(t *testing.T, clients int) {
	t.Helper()
	if n := c.refused.Load(); n != 0 {
		t.Errorf("%d slow clients could not connect", n)
	}
	if n := c.never.Load(); n != 0 {
		t.Errorf("%d slow clients were never cut off", n)
	}
	if n := c.cuts.Load(); n < int64(clients/2) {
		t.Errorf("%d clients were cut off, want at least %d", n, clients/2)
	}
	timed(t, c.furthest <= slowTolerance, "a client that %s was cut off %.2f s from its deadline, want at most %v", c.furthestKind, c.furthest.Seconds(), slowTolerance)
}

// run is one slow client: it connects again whenever it is cut off.
func (c *crowd) run(k slowKind) {
	for time.Now().Before(c.end) {
		conn, err := net.Dial("tcp", c.addr)
		if err != nil {
			c.refused.Add(1)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		c.connect(k, conn)
		conn.Close()
	}
}

// connect is slow on one connection until it is cut off.
func (c *crowd) connect(k slowKind, conn net.Conn) {
	started := time.Now()
	if _, err := io.WriteString(conn, k.opening); err != nil {
		return
	}
	buffer := make([]byte, 4096)
	if k.answered {
		if _, err := conn.Read(buffer); err != nil {
			return
		}
		started = time.Now()
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for {
			if _, err := conn.Read(buffer); err != nil {
				return
			}
		}
	}()
	var tick <-chan time.Time
	if k.interval > 0 {
		ticker := time.NewTicker(k.interval)
		defer ticker.Stop()
		tick = ticker.C
	}
	end, late := time.After(time.Until(c.end)), time.After(k.deadline+20*time.Second)
	for i := 0; ; i++ {
		select {
		case <-closed:
			c.recordCut(k, time.Since(started))
			return
		case <-end: // of the test, not the server's doing
			return
		case <-late:
			c.never.Add(1)
			return
		case <-tick:
			_, _ = conn.Write([]byte{k.drip[i%len(k.drip)]})
		}
	}
}

func (c *crowd) recordCut(k slowKind, after time.Duration) {
	c.cuts.Add(1)
	off := (after - k.deadline).Abs()
	c.mu.Lock()
	defer c.mu.Unlock()
	if off > c.furthest {
		c.furthest, c.furthestKind = off, k.name
	}
}

// logSlowAccount has 32 clients with valid signatures drip their bodies, and
// logs how the honest client fares. There is no bound: how much of the server
// an account may occupy is a matter of its rate.
func logSlowAccount(t *testing.T, s *server.Server, image []byte) {
	const clients = 32
	during := pick(4*time.Second, 20*time.Second)
	opening := "POST /ocr/bankcard HTTP/1.1\r\nHost: " + s.Addr + "\r\nAuthorization: " + s.Authorization() +
		"\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{"
	crowd := &crowd{addr: s.Addr, end: time.Now().Add(during)}
	for range clients {
		crowd.Go(func() {
			crowd.run(slowKind{name: "signs and drips its body", deadline: 6 * time.Second, opening: opening, drip: " ", interval: time.Second})
		})
	}
	time.Sleep(500 * time.Millisecond) // until all are connected
	among, failures := postRegularly(t, s, image, during-500*time.Millisecond)
	crowd.Wait()
	t.Logf("with %d clients that sign and drip their bodies, %d of %d honest requests were rejected", clients, failures, len(among))
}

// freeAddress returns a local address on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("finding a free port: %v", err)
	}
	defer l.Close()
	return l.Addr().String()
}
