package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// The bars of B12.
const (
	stopRate  = 200 // requests a second
	stopTime  = 20 * time.Second
	stopEvery = 20 // of the requests one is a card, the others are quickly refused
	drain     = 500 * time.Millisecond
	afterStop = drain + 300*time.Millisecond // for which requests come after the signal
)

// stopping starts the server, loads it, sends SIGTERM at a random time, and
// looks at every request that was sent: over and over. A request counts as
// accepted when its connection was: from then on it must be answered in full,
// with whatever code. Clients take no notice of /readyz and of Retry-After:
// they come until they are refused, each over a new connection, as the worst
// of them do, or over one that is kept, as most do.
func stopping(r *rig) error {
	picture, err := os.ReadFile(filepath.Join(r.root, "testdata", "card.jpg"))
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(12, 12))
	var sum tally
	for range pick(r, 3, 100) {
		if r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		if err := r.stopOnce(picture, time.Duration(300+rng.IntN(700))*time.Millisecond, &sum); err != nil {
			return err
		}
	}
	dropped := sum.dropped[fresh] + sum.dropped[kept]
	r.say("  %d stops under %d requests a second: %d accepted, %d answered (%d with a card, %d sent elsewhere), %d refused at the door",
		sum.stops, stopRate, sum.answered+dropped, sum.answered, sum.cards, sum.elsewhere, sum.refused)
	r.say("  dropped %d on new connections, %d on kept ones; longest stop %.2f s", sum.dropped[fresh], sum.dropped[kept], sum.longest.Seconds())
	r.check(dropped == 0, "%d accepted requests were dropped, such as: %v", dropped, sum.why)
	r.check(sum.cards > 0 && sum.elsewhere > 0, "no card was read or nobody was sent elsewhere: nothing was tried")
	r.timed(sum.longest <= stopTime, "a stop took %v", sum.longest)
	return nil
}

// tally counts what became of requests.
type tally struct {
	mu        sync.Mutex
	stops     int
	answered  int
	cards     int
	elsewhere int           // answered 503
	refused   int           // no connection
	dropped   [kept + 1]int // a connection, and no whole reply
	why       error
	longest   time.Duration
}

// stopped is a server that will be.
type stopped struct {
	*server.Server
	authorization string
}

// stopOnce is one server's life: load, SIGTERM after a while, and load until
// some time after it has stopped to listen.
func (r *rig) stopOnce(picture []byte, life time.Duration, sum *tally) error {
	started, err := r.start("--drain", drain.String(), "--log-level", "warn")
	if err != nil {
		return err
	}
	defer started.Kill()
	s := &stopped{started, started.Authorization()}
	keeping, closing := client(stopRate), client(0)
	closing.Transport.(*http.Transport).DisableKeepAlives = true
	defer keeping.CloseIdleConnections()
	card, cardType := s.Form(picture)
	note, noteType := s.Form([]byte("no picture"))

	var flying sync.WaitGroup
	begun := time.Now()
	var asked time.Time
	tick := time.NewTicker(time.Second / stopRate)
	defer tick.Stop()
	for i := 0; asked.IsZero() || time.Since(asked) < afterStop; i++ {
		<-tick.C
		if asked.IsZero() && time.Since(begun) > life {
			asked = time.Now()
			if err := s.Terminate(); err != nil {
				return err
			}
		}
		web, body, contentType := keeping, note, noteType
		if i%2 == 1 {
			web = closing
		}
		if i%stopEvery == i/stopEvery%2 { // by turns over both kinds of connection
			body, contentType = card, cardType
		}
		flying.Go(func() { sum.count(s.request(web, contentType, body)) })
	}
	ended := s.Wait(stopTime + 10*time.Second)
	sum.stops++
	sum.longest = max(sum.longest, time.Since(asked))
	flying.Wait()
	r.check(ended == nil, "it ended with: %v: %s", ended, s.Log())
	return nil
}

// way is how a request came to the server.
type way int

const (
	refused way = iota // there was no connection for it
	fresh              // over a new one
	kept               // over one that had been used
)

// request sends one and reports by which way.
func (s *stopped) request(web *http.Client, contentType string, body []byte) (by way, reply *server.Reply, err error) {
	trace := &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
		by = fresh
		if c.Reused {
			by = kept
		}
	}}
	q, err := http.NewRequestWithContext(httptrace.WithClientTrace(context.Background(), trace), http.MethodPost, s.Endpoint(), bytes.NewReader(body))
	if err != nil {
		return refused, nil, err
	}
	q.Header.Set("Authorization", s.authorization)
	q.Header.Set("Content-Type", contentType)
	reply, err = server.Send(web, q)
	return by, reply, err
}

// count notes what became of a request.
func (t *tally) count(by way, reply *server.Reply, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err != nil && by == refused:
		t.refused++
	case err != nil:
		t.dropped[by]++
		t.why = err
	default:
		t.answered++
		if reply.Code == 0 {
			t.cards++
		}
		if reply.Status == http.StatusServiceUnavailable {
			t.elsewhere++
		}
	}
}
