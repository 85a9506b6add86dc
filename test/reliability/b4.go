package main

import (
	"encoding/json"
	"fmt"
	"iter"
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
)

const leastCases = 360

var casesLine = regexp.MustCompile(`(\d+) addresses x 3 routes = (\d+) cases, (\d+) connections to the trap, (\d+) other sockets`)

// addresses runs the test of the guard, which holds every refused address by
// three routes against a trap: rebinding needs a resolver of its own, which
// the binary has no setting for. Then the binary is sent the same addresses,
// by two routes.
func addresses(r *rig) error {
	if err := r.guard(); err != nil {
		return err
	}
	return r.fetching()
}

func (r *rig) guard() error {
	c := exec.CommandContext(r.ctx, "go", "test", "-count=1", "-v", "-run", "^(TestRefusedByEveryRoute|TestRefusedByName|TestOddities|TestTrapCatches)$", "./internal/fetch")
	c.Dir = r.root
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	m := casesLine.FindStringSubmatch(string(out))
	if m == nil {
		return fmt.Errorf("the test does not print its figure: %s", out)
	}
	r.say("  %s", m[0])
	cases, _ := strconv.Atoi(m[2])
	r.check(cases >= leastCases, "%d cases, the bar is %d", cases, leastCases)
	r.check(m[3] == "0" && m[4] == "0", "%s connections and %s sockets to where nobody may go", m[3], m[4])
	return nil
}

// fetching sends the refused addresses to the binary: as they are, and as where
// a server that it may ask sends it on to.
func (r *rig) fetching() error {
	text, err := os.ReadFile(filepath.Join(r.root, "internal", "fetch", "testdata", "verdicts.txt"))
	if err != nil {
		return err
	}
	var targets []string
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(strings.TrimRight(line, "\n"), "\t"); fields[0] == "refuse" {
			at, err := netip.ParseAddr(fields[1])
			if err != nil {
				return err
			}
			targets = append(targets, "http://"+netip.AddrPortFrom(at, 80).String()+"/")
		}
	}
	if r.short { // each takes seconds: an address that may not be asked takes as long as one that is silent
		targets = slices.Collect(every(10, targets))
	}
	// The trap: whoever is led to this machine's port 80.
	var trapped atomic.Int64
	trap, err := net.Listen("tcp", ":80")
	if err != nil {
		r.say("  without a trap on port 80 (%v): connections are not counted", err)
	} else {
		defer trap.Close()
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
	}
	var asked atomic.Int64
	leads := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		asked.Add(1)
		w.Header()["Location"] = []string{q.URL.Query().Get("to")}
		w.WriteHeader(http.StatusFound)
	}))
	defer leads.Close()
	s, err := r.start("--drain", "0s", "--log-level", "warn", "--fetch", "--fetch-permit", leads.Listener.Addr().String())
	if err != nil {
		return err
	}
	defer s.Kill()
	web := client(16)
	defer web.CloseIdleConnections()
	codes := map[int]int{}
	var mu sync.Mutex
	var sending sync.WaitGroup
	places := make(chan struct{}, 16)
	for _, to := range targets {
		for _, address := range []string{to, leads.URL + "/?to=" + url.QueryEscape(to)} {
			places <- struct{}{}
			sending.Go(func() {
				defer func() { <-places }()
				body, _ := json.Marshal(map[string]string{"appid": s.AppID, "url": address})
				reply, err := s.PostBody(web, s.Authorization(), "application/json", body)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					r.check(false, "%s: %v", address, err)
					return
				}
				codes[reply.Code]++
				r.check(slices.Contains(unreachable, reply.Code), "%s: code %d", address, reply.Code)
			})
		}
	}
	sending.Wait()
	r.say("  kahao serve --fetch: %d addresses x 2 routes, %d connections to the trap; by code: %v", len(targets), trapped.Load(), codes)
	r.check(trapped.Load() == 0, "%d connections to this machine", trapped.Load())
	r.check(asked.Load() == int64(len(targets)), "%d of %d were led on: a route was not taken", asked.Load(), len(targets))
	return nil
}

// every yields each nth element.
func every[T any](n int, all []T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for i := 0; i < len(all) && yield(all[i]); i += n {
		}
	}
}

// unreachable are the codes of an address that is not fetched from: it may not
// be connected to, or is none.
var unreachable = []int{-1507, -1505}
