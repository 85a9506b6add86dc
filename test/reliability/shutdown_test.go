//go:build reliability && linux

package reliability

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// Settings and bounds of TestShutdown.
const (
	shutdownRate = 200 // requests a second
	shutdownTime = 20 * time.Second
	cardEvery    = 20 // one request in 20 is a card, the others are rejected quickly
	drainTime    = 500 * time.Millisecond
	afterSignal  = drainTime + 300*time.Millisecond // how long requests go on after SIGTERM
)

// TestShutdown starts the server, loads it, and sends SIGTERM at a random time,
// over and over. A request counts as accepted once its connection was: then it
// must be answered in full, with whatever code. The clients ignore /readyz and
// Retry-After and go on until their connections are refused. Half of them use
// a new connection for each request.
func TestShutdown(t *testing.T) {
	image := card(t)
	rng := rand.New(rand.NewPCG(12, 12))
	var sum shutdownSummary
	for range pick(3, 100) {
		shutDownOnce(t, image, time.Duration(300+rng.IntN(700))*time.Millisecond, &sum)
	}
	dropped := sum.dropped[newConnection] + sum.dropped[keptConnection]
	t.Logf("%d stops under %d requests a second: %d accepted, %d answered (%d with a card, %d with 503), %d refused connections",
		sum.stops, shutdownRate, sum.answered+dropped, sum.answered, sum.cards, sum.unavailable, sum.refused)
	t.Logf("dropped %d on new connections, %d on kept ones; longest stop %.2f s", sum.dropped[newConnection], sum.dropped[keptConnection], sum.longest.Seconds())
	if dropped != 0 {
		t.Errorf("%d accepted requests were dropped, the last with: %v", dropped, sum.err)
	}
	if sum.cards == 0 || sum.unavailable == 0 {
		t.Errorf("%d cards read and %d requests answered 503, want some of both", sum.cards, sum.unavailable)
	}
	timed(t, sum.longest <= shutdownTime, "a stop took %v, want at most %v", sum.longest, shutdownTime)
}

// shutdownSummary counts how requests ended.
type shutdownSummary struct {
	mu          sync.Mutex
	stops       int
	answered    int
	cards       int
	unavailable int                     // answered 503
	refused     int                     // no connection
	dropped     [keptConnection + 1]int // a connection, but no complete reply
	err         error
	longest     time.Duration
}

// shutDownOnce loads a server, sends SIGTERM after its life, and goes on
// until some time after it has stopped listening.
func shutDownOnce(t *testing.T, image []byte, life time.Duration, sum *shutdownSummary) {
	t.Helper()
	s := start(t, "--drain", drainTime.String(), "--log-level", "warn")
	authorization := s.Authorization()
	keeping, closing := newClient(t, shutdownRate), newClient(t, 0)
	closing.Transport.(*http.Transport).DisableKeepAlives = true
	cardBody, cardType := s.Form(image)
	noteBody, noteType := s.Form([]byte("no image"))

	var requests sync.WaitGroup
	started := time.Now()
	var signalled time.Time
	tick := time.NewTicker(time.Second / shutdownRate)
	defer tick.Stop()
	for i := 0; signalled.IsZero() || time.Since(signalled) < afterSignal; i++ {
		<-tick.C
		if signalled.IsZero() && time.Since(started) > life {
			signalled = time.Now()
			if err := s.Terminate(); err != nil {
				t.Fatalf("sending SIGTERM: %v", err)
			}
		}
		web, body, contentType := keeping, noteBody, noteType
		if i%2 == 1 {
			web = closing
		}
		if i%cardEvery == i/cardEvery%2 { // by turns over both kinds of connection
			body, contentType = cardBody, cardType
		}
		requests.Go(func() { sum.count(tracedPost(web, s.Endpoint(), authorization, contentType, body)) })
	}
	err := s.Wait(shutdownTime + 10*time.Second)
	sum.stops++
	sum.longest = max(sum.longest, time.Since(signalled))
	requests.Wait()
	if err != nil {
		t.Errorf("the server ended with %v, want exit code 0: %s", err, s.Log())
	}
}

// connection is how a request reached the server.
type connection int

const (
	noConnection connection = iota
	newConnection
	keptConnection // used before
)

func tracedPost(web *http.Client, url, authorization, contentType string, body []byte) (by connection, reply *server.Reply, err error) {
	trace := &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
		by = newConnection
		if c.Reused {
			by = keptConnection
		}
	}}
	q, err := http.NewRequestWithContext(httptrace.WithClientTrace(context.Background(), trace), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return noConnection, nil, err
	}
	q.Header.Set("Authorization", authorization)
	q.Header.Set("Content-Type", contentType)
	reply, err = server.Send(web, q)
	return by, reply, err
}

func (s *shutdownSummary) count(by connection, reply *server.Reply, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil && by == noConnection:
		s.refused++
	case err != nil:
		s.dropped[by]++
		s.err = err
	default:
		s.answered++
		if reply.Code == 0 {
			s.cards++
		}
		if reply.Status == http.StatusServiceUnavailable {
			s.unavailable++
		}
	}
}
