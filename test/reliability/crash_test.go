//go:build reliability && linux

package reliability

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// Settings of the crash tests: the server is killed over and over while clients
// charge, and the clients retry what was not answered with the same idempotency
// key.
const (
	crashClients  = 3
	readTimeout   = "1s"        // so that holds of dead servers expire soon
	manyFreeUnits = "100000000" // so that no account runs out
	maxPasses     = 120         // of retries, a second apart
)

// crashPoints are the places where the server kills itself, by turns. At an
// empty one the test kills it at a random time.
var crashPoints = []string{"hold", "", "held", "reading", "", "post", "posted", ""}

// crashLoop is the state of a crash test.
type crashLoop struct {
	*testing.T
	binary  string         // built with failpoints
	store   []string       // flags of the server and of the commands
	account server.Account // printed by the first server only
	image   []byte
	rng     *rand.Rand
	web     *http.Client

	mu        sync.Mutex
	sent      int
	answered  map[string]*server.Reply // by idempotency key: acknowledged
	waiting   map[string]bool          // by idempotency key: sent and not answered
	otherEnds map[string]int           // other replies, by status and code
}

// TestCrashSQLite kills servers on SQLite: no acknowledged charge may be lost,
// none made twice, none left held.
func TestCrashSQLite(t *testing.T) {
	c := newCrashLoop(t, "--data", filepath.Join(t.TempDir(), "data"))
	c.run(pick(100, 1000), func(int) {})
}

func newCrashLoop(t *testing.T, store ...string) *crashLoop {
	t.Helper()
	binary, err := server.Build(t.Context(), root, t.TempDir(), "-tags", "faults")
	if err != nil {
		t.Fatalf("building a server with failpoints: %v", err)
	}
	return &crashLoop{
		T: t, binary: binary, store: store, image: card(t), rng: rand.New(rand.NewPCG(7, 7)), web: newClient(t, crashClients),
		answered: map[string]*server.Reply{}, waiting: map[string]bool{}, otherEnds: map[string]int{},
	}
}

// start starts a server; env says where it kills itself.
func (c *crashLoop) start(env ...string) *server.Server {
	c.Helper()
	args := append([]string{"--read-timeout", readTimeout, "--free-units", manyFreeUnits, "--keep-results", "1h", "--log-level", "error"}, c.store...)
	s, err := server.Start(c.binary, server.Options{Args: args, Env: env})
	if err != nil {
		c.Fatalf("starting the server: %v", err)
	}
	if s.SecretKey != "" {
		c.account = s.Account
	}
	s.Account = c.account
	return s
}

// run kills servers, has a last one answer what is left, and audits the ledger.
// disturb is called while the server of each round is under load.
func (c *crashLoop) run(kills int, disturb func(round int)) {
	started := time.Now()
	for round := range kills {
		c.crash(round, disturb)
		if round%50 == 49 {
			c.Logf("%d killed in %.0f s: %d requests, %d acknowledged", round+1, time.Since(started).Seconds(), c.sent, len(c.answered))
		}
	}
	unanswered := len(c.waiting)
	c.retry()
	c.Logf("%d servers killed; %d requests, %d without an answer, retried; other replies: %v", kills, c.sent, unanswered, c.otherEnds)
	if unanswered == 0 {
		c.Error("every request was answered: no kill hit one")
	}
	c.audit()
}

// crash is one round: a server, clients, and its end.
func (c *crashLoop) crash(round int, disturb func(int)) {
	point, env := crashPoints[round%len(crashPoints)], []string(nil)
	if point != "" {
		env = []string{fmt.Sprintf("FAULT_KAHAO=%s:%d", point, 1+c.rng.IntN(6))}
	}
	s := c.start(env...)
	defer s.Kill()
	var clients sync.WaitGroup
	for n := range crashClients {
		clients.Go(func() {
			for i := 0; i < 40 && c.post(s, fmt.Sprintf("%d-%d-%d", round, n, i)); i++ {
			}
		})
	}
	disturb(round)
	if point == "" {
		time.Sleep(time.Duration(20+c.rng.IntN(300)) * time.Millisecond)
		s.Kill()
	}
	clients.Wait()
}

// post sends a request with an idempotency key, records the reply, and reports
// whether there was one.
func (c *crashLoop) post(s *server.Server, key string) bool {
	body, contentType := s.Form(c.image)
	q, err := http.NewRequest(http.MethodPost, s.Endpoint(), bytes.NewReader(body))
	if err != nil {
		panic(err) // the URL is the server's own
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
		if earlier := c.answered[key]; earlier != nil && (earlier.Data.SessionID != reply.Data.SessionID || earlier.Number() != reply.Number()) {
			c.Errorf("key %s got two different replies", key)
		}
		c.answered[key] = reply
	default:
		c.otherEnds[fmt.Sprintf("%d/%d", reply.Status, reply.Code)]++
	}
	return err == nil
}

// retry sends what has no answer until it has one: what a dead server held is
// released after a while. Then it replays some answered requests.
func (c *crashLoop) retry() {
	s := c.start()
	defer s.Kill()
	for pass := 0; len(c.waiting) > 0 && pass < maxPasses; pass++ {
		if pass > 0 {
			time.Sleep(time.Second)
		}
		for key := range c.waiting {
			c.post(s, key)
		}
	}
	if n := len(c.waiting); n != 0 {
		c.Errorf("%d requests never got an answer: their holds are stuck", n)
	}
	n := 0
	for key, reply := range c.answered {
		if n++; n > pick(50, 300) {
			break
		}
		c.post(s, key)
		q, err := http.NewRequest(http.MethodGet, s.URL("/ocr/session/"+reply.Data.SessionID), nil)
		if err != nil {
			c.Fatalf("session %s: %v", reply.Data.SessionID, err)
		}
		q.Header.Set("Authorization", s.Authorization())
		kept, err := server.Send(c.web, q)
		switch {
		case err != nil:
			c.Errorf("fetching the result of %s: %v", key, err)
		case kept.Code != 0 || kept.Number() != reply.Number():
			c.Errorf("the kept result of %s differs: code %d %s", key, kept.Code, kept.Message)
		}
	}
	if err := s.Stop(); err != nil {
		c.Fatalf("stopping the last server: %v", err)
	}
}

// audit verifies the ledger: nothing is held, and there are as many charges as
// acknowledged requests.
func (c *crashLoop) audit() {
	args := append([]string{"ledger", "verify", "--json"}, c.store...)
	out, err := server.Command(c.Context(), c.binary, args...).Output()
	if err != nil {
		c.Fatalf("kahao ledger verify: %v: %s", err, out)
	}
	var ledger struct {
		Whole       bool
		Break       string
		Units, Held int64
	}
	if err := json.Unmarshal(out, &ledger); err != nil {
		c.Fatalf("parsing the output of kahao ledger verify: %v: %s", err, out)
	}
	acknowledged := int64(len(c.answered))
	c.Logf("acknowledged %d, charged %d, held %d, ledger verified: %v", acknowledged, ledger.Units, ledger.Held, ledger.Whole)
	if !ledger.Whole {
		c.Errorf("the ledger does not verify: %s", ledger.Break)
	}
	if ledger.Held != 0 {
		c.Errorf("%d charges are still held", ledger.Held)
	}
	if ledger.Units < acknowledged {
		c.Errorf("%d acknowledged charges are lost", acknowledged-ledger.Units)
	}
	if ledger.Units > acknowledged {
		c.Errorf("%d charges were made twice", ledger.Units-acknowledged)
	}
}
