package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// The bars of B6.
const (
	slowTolerance = 2 * time.Second
	slowMemory    = 64 << 20
	slowLatency   = 1.5 // p99 of the healthy, beside what it was before
)

// slowKind is a way to be slow, and when the server is to have enough of it:
// docs/legacy.md, "Serving others".
type slowKind struct {
	name     string
	deadline time.Duration
	opening  string        // sent at once
	drip     string        // then sent byte by byte, over and over
	every    time.Duration // a byte; 0 sends nothing
	// answered: the deadline begins with the reply to the opening.
	answered bool
}

// slowKinds are those of a server without accounts to spare: none has a good
// signature.
func slowKinds(s *server.Server, keepAlive bool) []slowKind {
	body := "POST /ocr/bankcard HTTP/1.1\r\nHost: " + s.Addr + "\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{"
	kinds := []slowKind{
		{name: "says nothing", deadline: 5 * time.Second},
		{name: "drips its header", deadline: 5 * time.Second, opening: "POST /ocr/bankcard HTTP/1.1\r\n", drip: "X: y\r\n", every: time.Second},
		{name: "drips its body", deadline: 6 * time.Second, opening: body, drip: " ", every: time.Second},
		{name: "sends no body", deadline: 6 * time.Second, opening: body},
	}
	if keepAlive {
		kinds = append(kinds, slowKind{name: "keeps its connection", deadline: 60 * time.Second,
			opening: "GET /healthz HTTP/1.1\r\nHost: " + s.Addr + "\r\n\r\n", answered: true})
	}
	return kinds
}

// slowloris keeps slow clients connected, each anew when it is cut off, and
// watches the server's memory and an honest client.
func slowloris(r *rig) error {
	clients := pick(r, 320, 2048)
	beforehand, during := pick(r, 3*time.Second, time.Minute), pick(r, 10*time.Second, 5*time.Minute)
	figures, err := freeAddress()
	if err != nil {
		return err
	}
	s, err := r.start("--drain", "0s", "--log-level", "warn", "--max-connections", fmt.Sprint(clients+64), "--metrics-listen", figures)
	if err != nil {
		return err
	}
	defer s.Kill()
	picture, err := os.ReadFile(filepath.Join(r.root, "testdata", "card.jpg"))
	if err != nil {
		return err
	}
	alone, failures := healthy(s, picture, beforehand)
	r.check(failures == 0, "%d failures before anything was slow", failures)
	if err := resetPeak(s.Process.Pid); err != nil {
		return err
	}
	heldBefore, err := memory(s.Process.Pid, "VmRSS")
	if err != nil {
		return err
	}
	before, err := heap(figures)
	if err != nil {
		return err
	}
	had, err := processor(s.Process.Pid)
	if err != nil {
		return err
	}
	crowd := &crowd{addr: s.Addr, end: time.Now().Add(during)}
	kinds := slowKinds(s, !r.short)
	for i := range clients {
		crowd.Go(func() { crowd.live(kinds[i%len(kinds)]) })
	}
	peak := before
	crowd.Go(func() {
		for time.Now().Before(crowd.end) {
			if now, err := heap(figures); err == nil {
				peak.most(now)
			}
			time.Sleep(500 * time.Millisecond)
		}
	})
	among, failures := healthy(s, picture, during)
	held, err := memory(s.Process.Pid, "VmHWM")
	if err != nil {
		return err
	}
	crowd.Wait()
	has, err := processor(s.Process.Pid)
	if err != nil {
		return err
	}
	grown := peak.live - before.live
	r.say("  %d slow clients for %v, cut off %d times; furthest from its deadline %.2f s (%s)", clients, during, crowd.cuts.Load(), crowd.furthest.Seconds(), crowd.furthestKind)
	r.say("  live heap +%.1f MiB, with garbage +%.1f, stacks +%.1f, resident +%.1f; %.0f %% of a processor",
		mib(grown), mib(peak.inUse-before.inUse), mib(peak.stacks-before.stacks), mib(held-heldBefore), 100*(has-had).Seconds()/during.Seconds())
	r.say("  honest client alone p50 %s p99 %s (%d), among them p50 %s p99 %s (%d), turned away or failed %d",
		ms(alone.at(.5)), ms(alone.at(.99)), len(alone), ms(among.at(.5)), ms(among.at(.99)), len(among), failures)
	r.check(crowd.refused.Load() == 0, "%d slow clients could not connect", crowd.refused.Load())
	r.check(crowd.never.Load() == 0, "%d slow clients were never cut off", crowd.never.Load())
	r.check(int(crowd.cuts.Load()) >= clients/2, "only %d clients were cut off", crowd.cuts.Load())
	r.timed(crowd.furthest <= slowTolerance, "%s was cut %.2f s from its deadline, the bar is %v", crowd.furthestKind, crowd.furthest.Seconds(), slowTolerance)
	r.check(grown > 0 && grown <= slowMemory, "the heap grew by %.1f MiB, the bar is %d", mib(grown), slowMemory>>20)
	r.check(failures == 0, "%d honest requests failed", failures)
	ratio := float64(among.at(.99)) / float64(alone.at(.99))
	r.timed(ratio <= slowLatency, "the honest client's p99 is %.2f times what it was, the bar is %.1f", ratio, slowLatency)
	return r.slowCustomers(s, picture)
}

// heapFigures are what the server says of its heap, in bytes.
type heapFigures struct {
	live   int64 // at most this was alive after the last collection
	inUse  int64 // with what was not collected yet
	stacks int64
}

// most keeps the largest of both.
func (h *heapFigures) most(now heapFigures) {
	h.live, h.inUse, h.stacks = max(h.live, now.live), max(h.inUse, now.inUse), max(h.stacks, now.stacks)
}

func heap(figures string) (h heapFigures, err error) {
	reply, err := http.Get("http://" + figures + "/metrics")
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
		return h, errors.New("/metrics does not tell the heap")
	}
	h.live /= 2 // the next collection is due at twice the live heap and more (GOGC=100)
	return h, nil
}

// healthy posts a card five times a second and returns how long the replies
// took, and how many did not say 0.
func healthy(s *server.Server, picture []byte, during time.Duration) (took times, failures int) {
	web := client(1)
	defer web.CloseIdleConnections()
	for end := time.Now().Add(during); time.Now().Before(end); {
		begun := time.Now()
		reply, err := s.Post(web, picture)
		took = append(took, time.Since(begun))
		if err != nil || reply.Code != 0 {
			failures++
		}
		time.Sleep(time.Until(begun.Add(200 * time.Millisecond)))
	}
	return took, failures
}

// crowd are slow clients, and how they fared.
type crowd struct {
	sync.WaitGroup
	addr string
	end  time.Time

	cuts, refused, never atomic.Int64

	mu           sync.Mutex
	furthest     time.Duration
	furthestKind string
}

// live is slow, again and again, until the end.
func (c *crowd) live(k slowKind) {
	for time.Now().Before(c.end) {
		conn, err := net.Dial("tcp", c.addr)
		if err != nil {
			c.refused.Add(1)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		c.be(k, conn)
		conn.Close()
	}
}

// be is slow once.
func (c *crowd) be(k slowKind, conn net.Conn) {
	begun := time.Now()
	if _, err := io.WriteString(conn, k.opening); err != nil {
		return
	}
	buffer := make([]byte, 4096)
	if k.answered {
		if _, err := conn.Read(buffer); err != nil {
			return
		}
		begun = time.Now()
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for {
			if _, err := conn.Read(buffer); err != nil {
				return
			}
		}
	}()
	var tick <-chan time.Time
	if k.every > 0 {
		t := time.NewTicker(k.every)
		defer t.Stop()
		tick = t.C
	}
	end, late := time.After(time.Until(c.end)), time.After(k.deadline+20*time.Second)
	for i := 0; ; i++ {
		select {
		case <-gone:
			c.cut(k, time.Since(begun))
			return
		case <-end: // ours, not the server's
			return
		case <-late:
			c.never.Add(1)
			return
		case <-tick:
			_, _ = conn.Write([]byte{k.drip[i%len(k.drip)]})
		}
	}
}

func (c *crowd) cut(k slowKind, after time.Duration) {
	c.cuts.Add(1)
	off := time.Duration(math.Abs(float64(after - k.deadline)))
	c.mu.Lock()
	defer c.mu.Unlock()
	if off > c.furthest {
		c.furthest, c.furthestKind = off, k.name
	}
}

// slowCustomers has clients with a good signature send their bodies slowly,
// and says what becomes of others. It has no bar: how much of the server one
// account may hold is a question of accounts.
func (r *rig) slowCustomers(s *server.Server, picture []byte) error {
	const many = 32
	during := pick(r, 4*time.Second, 20*time.Second)
	opening := "POST /ocr/bankcard HTTP/1.1\r\nHost: " + s.Addr + "\r\nAuthorization: " + s.Authorization() +
		"\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{"
	crowd := &crowd{addr: s.Addr, end: time.Now().Add(during)}
	for range many {
		crowd.Go(func() {
			crowd.live(slowKind{name: "signed", deadline: 6 * time.Second, opening: opening, drip: " ", every: time.Second})
		})
	}
	time.Sleep(500 * time.Millisecond) // until they are all there
	among, failures := healthy(s, picture, during-500*time.Millisecond)
	crowd.Wait()
	r.say("  besides, %d clients with good signatures that drip their bodies: %d of %d honest requests turned away", many, failures, len(among))
	return nil
}
