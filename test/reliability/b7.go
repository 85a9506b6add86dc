package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// The crash loops (spec/reliability.md, R30 and R31): a server that is killed
// over and over while clients charge, at random and where it hurts, and clients
// that ask again for what they got no answer to, with the same key.
const (
	crashClients = 3
	patience     = "1s"        // of the server, so that what a dead one held is given back soon
	plenty       = "100000000" // of free units, so that none runs out
	passes       = 120         // over what has no answer, a second apart
)

// faults are the places where the server kills itself; at the empty one the
// bar kills it.
var faults = []string{"hold", "", "held", "reading", "", "post", "posted", ""}

// crashing is one loop.
type crashing struct {
	*rig
	binary  string         // with places to die
	store   []string       // flags of the server and of the commands
	account server.Account // told by the first server alone
	picture []byte
	rng     *rand.Rand
	web     *http.Client

	mu       sync.Mutex
	sent     int
	answered map[string]*server.Reply // by idempotency key: acknowledged
	waiting  map[string]bool          // sent, and no answer
	other    map[string]int           // what else was answered
}

// crashesSQLite is B7.
func crashesSQLite(r *rig) error {
	c, err := r.crashing("--data", filepath.Join(r.dir, "crashes"))
	if err != nil {
		return err
	}
	return c.loop(pick(r, 100, 1000), func(int) error { return nil })
}

// crashing builds a server with places to die.
func (r *rig) crashing(store ...string) (*crashing, error) {
	picture, err := os.ReadFile(filepath.Join(r.root, "testdata", "card.jpg"))
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(r.dir, "faults")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	binary, err := server.Build(r.ctx, r.root, dir, "-tags", "faults")
	if err != nil {
		return nil, err
	}
	return &crashing{
		rig: r, binary: binary, store: store, picture: picture, rng: rand.New(rand.NewPCG(7, 7)), web: client(crashClients),
		answered: map[string]*server.Reply{}, waiting: map[string]bool{}, other: map[string]int{},
	}, nil
}

// start starts the server; env says where it shall die.
func (c *crashing) start(env ...string) (*server.Server, error) {
	args := append([]string{"--read-timeout", patience, "--free-units", plenty, "--keep-results", "1h", "--log-level", "error"}, c.store...)
	s, err := server.Start(c.binary, server.Options{Args: args, Env: env})
	if err != nil {
		return nil, err
	}
	if s.SecretKey != "" {
		c.account = s.Account
	}
	s.Account = c.account
	return s, nil
}

// loop kills so many servers, lets a last one answer what is left, and goes
// over the books. Disturb is called while the server of each round is under
// load.
func (c *crashing) loop(kills int, disturb func(round int) error) error {
	begun := time.Now()
	for round := range kills {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if err := c.kill(round, disturb); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		if round%50 == 49 {
			c.say("  %d killed in %.0f s: %d requests, %d acknowledged", round+1, time.Since(begun).Seconds(), c.sent, len(c.answered))
		}
	}
	unanswered := len(c.waiting)
	if err := c.askAgain(); err != nil {
		return err
	}
	c.say("  %d servers killed; %d requests, %d without an answer, asked again; other answers: %v", kills, c.sent, unanswered, c.other)
	c.check(unanswered > 0, "every request was answered: nothing was tried")
	return c.audit()
}

// kill is one round: a server, clients, and its end.
func (c *crashing) kill(round int, disturb func(int) error) error {
	point, env := faults[round%len(faults)], []string(nil)
	if point != "" {
		env = []string{fmt.Sprintf("FAULT_KAHAO=%s:%d", point, 1+c.rng.IntN(6))}
	}
	s, err := c.start(env...)
	if err != nil {
		return err
	}
	defer s.Kill()
	var clients sync.WaitGroup
	for n := range crashClients {
		clients.Go(func() {
			for i := 0; i < 40 && c.ask(s, fmt.Sprintf("%d-%d-%d", round, n, i)); i++ {
			}
		})
	}
	err = disturb(round)
	if point == "" {
		time.Sleep(time.Duration(20+c.rng.IntN(300)) * time.Millisecond)
		s.Kill()
	}
	clients.Wait()
	return err
}

// ask sends a request with a key, notes what came of it, and reports whether
// anything did.
func (c *crashing) ask(s *server.Server, key string) bool {
	body, contentType := s.Form(c.picture)
	q, err := http.NewRequestWithContext(c.ctx, http.MethodPost, s.Endpoint(), bytes.NewReader(body))
	if err != nil {
		panic(err) // the address is the server's own
	}
	q.Header.Set("Authorization", s.Authorization())
	q.Header.Set("Content-Type", contentType)
	q.Header.Set("Idempotency-Key", key)
	c.mu.Lock()
	c.sent++
	c.waiting[key] = true
	c.mu.Unlock()
	reply, err := server.Send(c.web, q)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
	case reply.Status == http.StatusOK && reply.Code == 0 && reply.Data.SessionID != "":
		delete(c.waiting, key)
		if earlier := c.answered[key]; earlier != nil {
			c.check(earlier.Data.SessionID == reply.Data.SessionID && earlier.Number() == reply.Number(), "one key, two answers")
		}
		c.answered[key] = reply
	default:
		c.other[fmt.Sprintf("%d/%d", reply.Status, reply.Code)]++
	}
	return err == nil
}

// askAgain sends what has no answer until it has one: a charge that a dead
// server held is given back in a while.
func (c *crashing) askAgain() error {
	s, err := c.start()
	if err != nil {
		return err
	}
	defer s.Kill()
	for pass := 0; len(c.waiting) > 0 && pass < passes && c.ctx.Err() == nil; pass++ {
		if pass > 0 {
			time.Sleep(time.Second)
		}
		for key := range c.waiting {
			c.ask(s, key)
		}
	}
	c.check(len(c.waiting) == 0, "%d requests never got an answer: their holds are stuck", len(c.waiting))
	// Some who were answered before ask again, and get the same; and every
	// reply is there under its session id.
	n := 0
	for key, reply := range c.answered {
		if n++; n > pick(c.rig, 50, 300) {
			break
		}
		c.ask(s, key)
		q, err := http.NewRequestWithContext(c.ctx, http.MethodGet, s.URL("/ocr/session/"+reply.Data.SessionID), nil)
		if err != nil {
			return err
		}
		q.Header.Set("Authorization", s.Authorization())
		kept, err := server.Send(c.web, q)
		c.check(err == nil && kept.Code == 0 && kept.Number() == reply.Number(), "the reply to %s is not to be had again: %v %v", key, kept, err)
	}
	return s.Stop()
}

// audit goes over the books: they verify, nothing is held, and there are as
// many charges as there are acknowledged requests.
func (c *crashing) audit() error {
	args := append([]string{"ledger", "verify", "--json"}, c.store...)
	out, err := exec.CommandContext(c.ctx, c.binary, args...).Output()
	if err != nil {
		return fmt.Errorf("kahao ledger verify: %w: %s", err, out)
	}
	var books struct {
		Whole       bool
		Break       string
		Units, Held int64
	}
	if err := json.Unmarshal(out, &books); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	acknowledged := int64(len(c.answered))
	c.say("  acknowledged %d, charged %d, held %d, books whole: %v", acknowledged, books.Units, books.Held, books.Whole)
	c.check(books.Whole, "the books do not verify: %s", books.Break)
	c.check(books.Held == 0, "%d charges are still held", books.Held)
	c.check(books.Units >= acknowledged, "%d acknowledged charges are lost", acknowledged-books.Units)
	c.check(books.Units <= acknowledged, "%d charges were made twice", books.Units-acknowledged)
	return nil
}
