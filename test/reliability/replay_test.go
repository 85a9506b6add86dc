//go:build reliability && linux

package reliability

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/test/reliability/server"
)

var signatures = flag.Int("signatures", 1_000_000, "send `n` single-use signatures in the full form of TestReplay")

// replicaCount is the number of servers on one database.
const replicaCount = 3

// replicas are servers on one PostgreSQL database, with one account.
type replicas struct {
	database *database
	account  server.Account
	args     []string
	servers  []*server.Server
}

func startReplicas(t testing.TB, args ...string) *replicas {
	t.Helper()
	d := newDatabase(t)
	r := &replicas{database: d, account: createAccount(t, d.flags)}
	r.args = append(append(d.flags, "--log-level", "error", "--free-units", manyFreeUnits), args...)
	for range replicaCount {
		r.servers = append(r.servers, start(t, r.args...))
	}
	return r
}

// TestReplay sends single-use signatures, each to three replicas at once. One
// replica is killed half way and replaced. Each signature must be accepted
// exactly once.
func TestReplay(t *testing.T) {
	r := startReplicas(t)
	total := int64(pick(1_000, *signatures))
	web := newClient(t, 64)
	started := time.Now()
	var replacing sync.RWMutex // held for writing while a replica is replaced
	send := func(n int64, at int) (accepted bool, err error) {
		replacing.RLock()
		to := r.servers[at]
		replacing.RUnlock()
		return sendSingleUse(web, to.Endpoint(), r.account, started, n)
	}
	var next, nowhere, twice, lost atomic.Int64
	var clients sync.WaitGroup
	for range 16 {
		clients.Go(func() {
			for n := next.Add(1); n <= total; n = next.Add(1) {
				switch accepted, failed := sendToAll(send, n); {
				case accepted > 1:
					twice.Add(1)
				case accepted == 0 && failed == 0:
					nowhere.Add(1)
				case accepted == 0: // the replica that accepted it died before it replied
					lost.Add(1)
				}
			}
		})
	}
	for next.Load() < total/2 {
		time.Sleep(10 * time.Millisecond)
	}
	r.servers[1].Kill()
	replacement := start(t, r.args...)
	replacing.Lock()
	r.servers[1] = replacement
	replacing.Unlock()
	clients.Wait()
	elapsed := time.Since(started)

	again, samples := 0, min(total, 500)
	for n := int64(1); n <= samples; n++ { // used before and after the restart
		if ok, err := send(n*total/samples, 1); err != nil || ok {
			again++
		}
	}
	t.Logf("%d signatures, each to %d replicas at once, one of which was killed: %d requests in %.0f s, %.0f/s",
		total, replicaCount, total*replicaCount, elapsed.Seconds(), float64(total*replicaCount)/elapsed.Seconds())
	t.Logf("accepted twice %d, nowhere %d, by the replica that died %d, again after its restart %d", twice.Load(), nowhere.Load(), lost.Load(), again)
	if n := twice.Load(); n != 0 {
		t.Errorf("%d signatures were accepted twice", n)
	}
	if n := nowhere.Load(); n != 0 {
		t.Errorf("%d signatures were accepted nowhere", n)
	}
	if again != 0 {
		t.Errorf("%d signatures were accepted again after a restart", again)
	}
}

// sendToAll sends a signature to all replicas at once, and counts.
func sendToAll(send func(n int64, at int) (bool, error), n int64) (accepted, failed int64) {
	var accepts, failures atomic.Int64
	var copies sync.WaitGroup
	for at := range replicaCount {
		copies.Go(func() {
			switch ok, err := send(n, at); {
			case err != nil:
				failures.Add(1)
			case ok:
				accepts.Add(1)
			}
		})
	}
	copies.Wait()
	return accepts.Load(), failures.Load()
}

// replayCode is the code of a signature that was used before.
const replayCode = 13

// sendSingleUse sends the nth single-use signature and reports whether it was
// accepted. The request has no image, which makes it cheap.
func sendSingleUse(web *http.Client, endpoint string, a server.Account, created time.Time, n int64) (bool, error) {
	header := signature.Sign(signature.Secret(a.SecretKey), signature.Params{
		AppID: a.AppID, Bucket: a.Bucket, SecretID: a.SecretID, Created: created.Unix(),
		Random: uint32(n), FileID: fmt.Sprint("f", n),
	})
	reply, err := sendEmptyForm(web, endpoint, a, header)
	if err != nil {
		return false, err
	}
	if reply.Status != http.StatusOK {
		return false, fmt.Errorf("status %d", reply.Status)
	}
	return reply.Code != replayCode, nil
}

// sendEmptyForm sends a form without an image.
func sendEmptyForm(web *http.Client, endpoint string, a server.Account, authorization string) (*server.Reply, error) {
	body, contentType := a.Form(nil)
	q, err := http.NewRequest(http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	q.Header.Set("Authorization", authorization)
	q.Header.Set("Content-Type", contentType)
	return server.Send(web, q)
}
