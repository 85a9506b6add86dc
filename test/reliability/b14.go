package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/kahao/kahao/pan"
	"github.com/kahao/kahao/test/reliability/server"
)

// canary sends requests that are full of card numbers, half of them failing,
// and then looks for the numbers wherever the server might have left them.
func canary(r *rig) error {
	requests, distinct := pick(r, 100, 10_000), pick(r, 10, 300)
	drawn, err := r.draw(distinct, 14, 480, 0)
	if err != nil {
		return err
	}
	metrics, err := freeAddress()
	if err != nil {
		return err
	}
	dirs := map[string]string{}
	for _, name := range []string{"data", "temp", "working"} {
		dirs[name] = filepath.Join(r.dir, "canary-"+name)
		if err := os.Mkdir(dirs[name], 0o700); err != nil {
			return err
		}
	}
	s, err := server.Start(r.binary, server.Options{
		Args: []string{"--data", dirs["data"], "--free-units", plenty, "--drain", "0s", "--log-level", "debug", "--metrics-listen", metrics},
		Env:  []string{"TMPDIR=" + dirs["temp"], "GOTRACEBACK=crash"},
		Dir:  dirs["working"],
	})
	if err != nil {
		return err
	}
	defer s.Kill()
	c := &canaries{rig: r, Server: s, drawn: drawn, web: client(8)}
	defer c.web.CloseIdleConnections()
	if err := c.fly(requests); err != nil {
		return err
	}
	sinks := map[string][]byte{
		"replies to failures": c.failures,
		"stdout":              nil, // filled in once it has ended
	}
	for name, url := range map[string]string{
		"/metrics": "http://" + metrics + "/metrics", "/healthz": s.URL("/healthz"), "/readyz": s.URL("/readyz"),
		"/debug/vars": s.URL("/debug/vars"), "/debug/pprof/": s.URL("/debug/pprof/goroutine?debug=2"),
	} {
		if sinks[name], err = c.get(url); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	r.check(len(sinks["/metrics"]) > 500, "/metrics says next to nothing")
	core, err := image(s.Process.Pid)
	if err != nil {
		r.say("  memory was not searched: %v", err)
	}
	if err := c.abort(); err != nil {
		return err
	}
	sinks["log and stacks"] = []byte(s.Log())
	sinks["stdout"] = []byte(s.Out())
	r.check(strings.Contains(s.Log(), "goroutine "), "SIGQUIT left no stacks")
	for name, dir := range dirs {
		if sinks[name+" folder"], err = contents(dir); err != nil {
			return err
		}
	}
	search := newSearch(c.numbers)
	bytes, hits := 0, 0
	for _, name := range sorted(sinks) {
		bytes += len(sinks[name])
		for form, n := range search.hits(sinks[name]) {
			hits += n
			r.check(false, "%d numbers in the %s, %s", n, name, form)
		}
	}
	r.say("  %d requests with %d numbers, %d cards read, %d failures; %d sinks of %.1f MiB searched in 10 forms: %d hits",
		c.read+c.failed, len(c.numbers), c.read, c.failed, len(sinks), mib(int64(bytes)), hits)
	r.say("  not judged: the process's memory, as a core would have it, %.0f MiB: %v", mib(int64(len(core))), search.hits(core))
	r.check(c.read > 0 && c.read+c.failed == requests, "%d of %d requests were answered, %d with a card", c.read+c.failed, requests, c.read)
	return nil
}

// canaries are the requests.
type canaries struct {
	*rig
	*server.Server
	drawn []drawing
	web   *http.Client

	mu           sync.Mutex
	numbers      []string
	read, failed int
	failures     []byte // the replies to failures, with their headers
}

// fly sends the requests, four at a time: by turns a card, and a failure with
// a number of its own.
func (c *canaries) fly(requests int) error {
	for _, d := range c.drawn {
		c.numbers = append(c.numbers, d.numbers...)
	}
	rng := rand.New(rand.NewPCG(14, 14))
	for i := range requests/2 + 1 {
		c.numbers = append(c.numbers, invented(rng, 16+i%4))
	}
	invented := c.numbers[len(c.numbers)-requests/2-1:]
	var flying sync.WaitGroup
	places := make(chan struct{}, 4)
	problems := make(chan error, requests)
	for i := range requests {
		if c.ctx.Err() != nil {
			break
		}
		places <- struct{}{}
		flying.Go(func() {
			defer func() { <-places }()
			if i%2 == 0 {
				problems <- c.card(c.drawn[i/2%len(c.drawn)])
			} else {
				problems <- c.failure(i/2, invented[i/2])
			}
		})
	}
	flying.Wait()
	close(problems)
	var errs []error
	for err := range problems {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// invented is a number that passes the check digit, of a range that tests use.
func invented(rng *rand.Rand, length int) string {
	digits := []byte("622202")
	for len(digits) < length-1 {
		digits = append(digits, byte('0'+rng.IntN(10)))
	}
	return string(append(digits, pan.LuhnDigit(string(digits))))
}

func (c *canaries) card(d drawing) error {
	reply, err := c.Post(c.web, d.data)
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

// failure sends a request that must fail and has the number in a place of its
// own.
func (c *canaries) failure(i int, number string) error {
	reply, err := raw(c.Addr, leaks[i%len(leaks)](c.Account, number))
	if err != nil {
		return fmt.Errorf("leak %d: %w", i%len(leaks), err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed++
	c.failures = append(c.failures, reply...)
	return nil
}

// abort ends the server as a crash would, while it reads: the runtime writes
// every goroutine's stack.
func (c *canaries) abort() error {
	for i := range 4 {
		go func() { _, _ = c.Post(c.web, c.drawn[i%len(c.drawn)].data) }()
	}
	time.Sleep(50 * time.Millisecond)
	if err := c.Process.Signal(syscall.SIGQUIT); err != nil {
		return err
	}
	err := c.Wait(time.Minute)
	if c.Running() {
		return err
	}
	return nil
}

func (c *canaries) get(url string) ([]byte, error) {
	reply, err := c.web.Get(url)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	return io.ReadAll(reply.Body)
}

// raw sends a request as it is and returns all that comes back.
func raw(addr, request string) ([]byte, error) {
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
		err = nil // the connection may be reset once all was said
	}
	return reply, err
}

// contents are the names and bytes of all files below a folder.
func contents(dir string) ([]byte, error) {
	var all []byte
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		all = append(append(all, name...), text...)
		return err
	})
	return all, err
}

func sorted(m map[string][]byte) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// freeAddress is an address of this machine that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
