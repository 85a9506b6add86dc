package main

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// The bar of B11: what is let through in so many seconds, by all replicas
// together.
const (
	paceRate  = 50
	paceBurst = 50
	paceLoss  = 0.05 // of what might have been let through
)

// pace is B11: more is asked of three replicas than the account's rate, and
// what they let through together is never more than that of one bucket.
func pace(r *rig) error {
	s, err := r.replicas("--rate", fmt.Sprint(paceRate), "--burst", fmt.Sprint(paceBurst))
	if err != nil {
		return err
	}
	defer s.kill()
	span := pick(r, 3*time.Second, 30*time.Second)
	account := s.servers[0].Account
	web := client(16)
	var passed, turned, failed atomic.Int64
	begun := time.Now()
	var clients sync.WaitGroup
	for n := range 4 * replicaCount {
		to := s.servers[n%replicaCount]
		clients.Go(func() {
			for time.Since(begun) < span && r.ctx.Err() == nil {
				switch code, err := r.cheap(web, to.Endpoint(), account); {
				case err != nil:
					failed.Add(1)
				case code == 15:
					turned.Add(1)
				default:
					passed.Add(1)
				}
			}
		})
	}
	clients.Wait()
	took := time.Since(begun).Seconds()
	most := float64(paceBurst) + took*paceRate
	r.say("  %d passed, %d turned away, %d failed in %.1f s: %.1f %% of the %.0f that one bucket lets through", passed.Load(), turned.Load(), failed.Load(),
		took, 100*float64(passed.Load())/most, most)
	r.check(float64(passed.Load()) <= most, "%d passed, and %.0f may", passed.Load(), most)
	r.check(turned.Load() > 0, "nobody was turned away: nothing was tried")
	r.timed(float64(passed.Load()) >= (1-paceLoss)*most, "%d passed, and %.0f might", passed.Load(), most)
	return nil
}

// cheap sends a signed request without a picture and returns its code.
func (r *rig) cheap(web *http.Client, endpoint string, a server.Account) (int, error) {
	body, contentType := a.Form(nil)
	q, err := http.NewRequestWithContext(r.ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	q.Header.Set("Authorization", a.Authorization())
	q.Header.Set("Content-Type", contentType)
	reply, err := server.Send(web, q)
	if err != nil {
		return 0, err
	}
	return reply.Code, nil
}
