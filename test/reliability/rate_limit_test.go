//go:build reliability && linux

package reliability

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Bounds of TestRateLimit.
const (
	testRate    = 50
	testBurst   = 50
	maxRateLoss = 0.05 // of what one bucket would have let through
)

// rateLimitCode is the code of a request above the rate.
const rateLimitCode = 15

// TestRateLimit sends more to three replicas than the account's rate. Together
// they must let through no more than one token bucket would, and at most 5 %
// less.
func TestRateLimit(t *testing.T) {
	rate := pick(testRate/5, testRate) // a busy machine must exceed it, too
	r := startReplicas(t, "--rate", fmt.Sprint(rate), "--burst", fmt.Sprint(testBurst))
	span := pick(3*time.Second, 30*time.Second)
	web := newClient(t, 16)
	var passed, rejected, failed atomic.Int64
	started := time.Now()
	var clients sync.WaitGroup
	for n := range 4 * replicaCount {
		to := r.servers[n%replicaCount]
		clients.Go(func() {
			for time.Since(started) < span {
				switch reply, err := sendEmptyForm(web, to.Endpoint(), r.account, r.account.Authorization()); {
				case err != nil:
					failed.Add(1)
				case reply.Code == rateLimitCode:
					rejected.Add(1)
				default:
					passed.Add(1)
				}
			}
		})
	}
	clients.Wait()
	elapsed := time.Since(started).Seconds()
	limit := testBurst + elapsed*float64(rate)
	t.Logf("%d passed, %d rejected, %d failed in %.1f s: %.1f %% of the %.0f that one bucket lets through", passed.Load(), rejected.Load(), failed.Load(),
		elapsed, 100*float64(passed.Load())/limit, limit)
	if n := passed.Load(); float64(n) > limit {
		t.Errorf("%d passed, want at most %.0f", n, limit)
	}
	if rejected.Load() == 0 {
		t.Error("no request was rejected: the load was below the rate")
	}
	timed(t, float64(passed.Load()) >= (1-maxRateLoss)*limit, "%d passed, want at least %.0f", passed.Load(), (1-maxRateLoss)*limit)
}
