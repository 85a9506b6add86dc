package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/test/reliability/server"
)

// replicaCount is how many servers share one database in B9 and B11.
const replicaCount = 3

// replicas are servers on one PostgreSQL.
type replicas struct {
	*rig
	database *database
	args     []string
	servers  []*server.Server
}

func (r *rig) replicas(args ...string) (*replicas, error) {
	d, err := r.database()
	if err != nil {
		return nil, err
	}
	keys, err := d.keys()
	if err != nil {
		return nil, err
	}
	store := []string{"--database-url", d.url, "--key-file", keys, "--auto-migrate"}
	account, err := r.openAccount(store...)
	if err != nil {
		return nil, err
	}
	s := &replicas{rig: r, database: d, args: append(append(store, "--log-level", "error", "--free-units", plenty), args...)}
	for range replicaCount {
		one, err := r.start(s.args...)
		if err != nil {
			s.kill()
			return nil, err
		}
		s.servers = append(s.servers, one)
		one.Account = account
	}
	return s, nil
}

func (s *replicas) kill() {
	for _, one := range s.servers {
		one.Kill()
	}
}

// replays is B9: one-off signatures, each sent to every replica at once, one of
// which is killed in the midst of it and started anew.
func replays(r *rig) error {
	s, err := r.replicas()
	if err != nil {
		return err
	}
	defer s.kill()
	total := pick(r, 1_000, r.nonces)
	web := client(64)
	account := s.servers[0].Account
	var next, none, twice, lost atomic.Int64
	begun := time.Now()
	var gate sync.RWMutex // held for writing while a replica is being replaced
	send := func(n int64, at int) (accepted bool, err error) {
		gate.RLock()
		to := s.servers[at]
		gate.RUnlock()
		return oneOff(r.ctx, web, to.Endpoint(), account, begun, n)
	}
	var clients sync.WaitGroup
	for range 16 {
		clients.Go(func() {
			for n := next.Add(1); n <= int64(total) && r.ctx.Err() == nil; n = next.Add(1) {
				var accepted, failed atomic.Int64
				var copies sync.WaitGroup
				for at := range replicaCount {
					copies.Go(func() {
						switch ok, err := send(n, at); {
						case err != nil:
							failed.Add(1)
						case ok:
							accepted.Add(1)
						}
					})
				}
				copies.Wait()
				switch got := accepted.Load(); {
				case got > 1:
					twice.Add(1)
				case got == 0 && failed.Load() == 0:
					none.Add(1)
				case got == 0: // the replica that took it died before it said so
					lost.Add(1)
				}
			}
		})
	}
	for next.Load() < int64(total)/2 && r.ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	s.servers[1].Kill()
	fresh, err := r.start(s.args...)
	if err != nil {
		return err
	}
	gate.Lock()
	s.servers[1] = fresh
	gate.Unlock()
	clients.Wait()
	took := time.Since(begun)
	again := 0
	for n := int64(1); n <= min(int64(total), 500); n++ { // across the restart
		if ok, err := send(n*int64(total)/min(int64(total), 500), 1); err != nil || ok {
			again++
		}
	}
	r.say("  %d signatures, each to %d replicas at once, one of which was killed: %d requests in %.0f s, %.0f/s", total, replicaCount, total*replicaCount, took.Seconds(), float64(total*replicaCount)/took.Seconds())
	r.say("  accepted twice %d, never %d, taken by the replica that died %d, taken again after its restart %d", twice.Load(), none.Load(), lost.Load(), again)
	r.check(twice.Load() == 0, "%d signatures were accepted twice", twice.Load())
	r.check(none.Load() == 0, "%d signatures were accepted nowhere", none.Load())
	r.check(again == 0, "%d signatures were accepted after a restart", again)
	return nil
}

// oneOff sends a request with a one-off signature, always the same for one n, and no picture, which costs
// little, and reports whether the signature was taken.
func oneOff(ctx context.Context, web *http.Client, endpoint string, a server.Account, made time.Time, n int64) (bool, error) {
	header := signature.Sign(signature.Secret(a.SecretKey), signature.Params{
		AppID: a.AppID, Bucket: a.Bucket, SecretID: a.SecretID, Created: made.Unix(),
		Random: uint32(n), FileID: fmt.Sprint("f", n),
	})
	body, contentType := a.Form(nil)
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	q.Header.Set("Authorization", header)
	q.Header.Set("Content-Type", contentType)
	reply, err := server.Send(web, q)
	if err != nil {
		return false, err
	}
	if reply.Status != http.StatusOK {
		return false, fmt.Errorf("status %d", reply.Status)
	}
	return reply.Code != 13, nil
}
