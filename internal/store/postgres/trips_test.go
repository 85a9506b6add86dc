package postgres

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/internal/store/migrate"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
)

// trips counts round trips on the connections that it dials: answers that follow
// a request, however many statements the request has.
type trips struct{ n atomic.Int64 }

func (c *trips) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return &countedConn{Conn: conn, trips: c}, err
}

type countedConn struct {
	net.Conn
	trips *trips
	asked atomic.Bool // since the last answer
}

// Write sends a part of a request.
func (c *countedConn) Write(b []byte) (int, error) {
	c.asked.Store(true)
	return c.Conn.Write(b)
}

// Read receives a part of an answer.
func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.asked.Swap(false) {
		c.trips.n.Add(1)
	}
	return n, err
}

// counted opens a migrated database whose round trips are counted.
func counted(tb testing.TB) (*Engine, *trips) {
	tb.Helper()
	address := pgtest.URL(tb)
	config, err := configure(Options{URL: address})
	if err != nil {
		tb.Fatalf("configure failed: %v", err)
	}
	count := &trips{}
	config.ConnConfig.DialFunc = count.dial
	e, err := connect(tb.Context(), address, config)
	if err != nil {
		tb.Fatalf("connect failed: %v", err)
	}
	tb.Cleanup(func() { _ = e.Close() })
	if _, err := migrate.Up(tb.Context(), e, time.Now); err != nil {
		tb.Fatalf("Up failed: %v", err)
	}
	return e, count
}

func addAccount(tb testing.TB, e *Engine, id string, postpay int) {
	tb.Helper()
	if err := e.Write(tb.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO account (id, postpay, created_at) VALUES (?, ?, 0)`, id, postpay)
		return err
	}); err != nil {
		tb.Fatalf("the account is not written: %v", err)
	}
}

// A charge took fifteen round trips, one for each statement. Whatever a charge
// uses, its hold and its post take two each, once their statements are prepared.
func TestRoundTrips(t *testing.T) {
	e, count := counted(t)
	store := ledgerdb.New(e, ledgerdb.Options{Free: 10, Bin: func(time.Duration) int { return 1 }})
	if _, err := store.PutDataKey(t.Context(), ledgerdb.DataKey{Day: "2026-11-23", Wrapped: []byte{1}, Until: chargedAt.Add(time.Hour)}); err != nil {
		t.Fatalf("PutDataKey failed: %v", err)
	}
	chargeAll(t, e, store, "1250000001", func(string, int64) {})
	before := count.n.Load()
	chargeAll(t, e, store, "1250000002", func(what string, want int64) {
		n := count.n.Load()
		if n-before > want {
			t.Errorf("%s takes %d round trips, want at most %d", what, n-before, want)
		}
		before = n
	})
	if r, err := store.Verify(t.Context()); err != nil || r.Break != "" || r.Units != 20 {
		t.Errorf("Verify: %d units, %q, %v; want 20 units and no violation", r.Units, r.Break, err)
	}
}

var chargedAt = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// chargeAll makes charges of every kind for a new account. It calls done after
// each step, with the round trips that the step may take.
func chargeAll(t *testing.T, e *Engine, store *ledgerdb.Store, account string, done func(what string, trips int64)) {
	t.Helper()
	addAccount(t, e, account, 1)
	done("adding an account", 2)
	step := func(what string, trips int64, f func() error) {
		t.Helper()
		if err := f(); err != nil {
			t.Fatalf("%s failed: %v", what, err)
		}
		done(what, trips)
	}
	id := func(name string) string { return account + name }
	hold := func(name string) ledger.Hold {
		return ledger.Hold{ID: id(name), At: chargedAt, Units: 1, Caller: ledger.Caller{Account: account, User: "u", Key: "k", Bucket: "b", API: "legacy"}}
	}
	billed := ledger.Outcome{At: chargedAt, Calls: []ledger.Call{{Billed: true}}}
	// The first charge also makes the month's free pack.
	step("the first hold of a month", 4, func() error { _, err := store.Hold(t.Context(), hold("first")); return err })
	step("a post", 2, func() error { return store.Post(t.Context(), id("first"), billed) })

	all := hold("all")
	all.Nonce = &ledger.Nonce{Key: "k", Value: account, Expires: chargedAt.Add(time.Hour)}
	all.Idempotency = &ledger.Idempotency{Key: "i", Expires: chargedAt.Add(time.Hour)}
	step("a hold with a nonce and an idempotency key", 2, func() error { _, err := store.Hold(t.Context(), all); return err })
	withReplies := billed
	withReplies.Reply = []byte("reply")
	withReplies.Result = &ledger.Result{ID: sha256.Sum256([]byte(account)), Sealed: []byte("result"), Day: "2026-11-23", Expires: chargedAt.Add(2 * time.Hour)}
	step("a post with replies", 2, func() error { return store.Post(t.Context(), id("all"), withReplies) })

	// Nine images on the eight units that are left of the pack, and postpaid.
	several := hold("several")
	several.Units = 9
	step("a hold on a pack and postpaid", 2, func() error { _, err := store.Hold(t.Context(), several); return err })
	outcomes := ledger.Outcome{At: chargedAt}
	for i := range 9 {
		outcomes.Calls = append(outcomes.Calls, ledger.Call{Code: -i, Billed: i != 3})
	}
	step("a post of several codes", 2, func() error { return store.Post(t.Context(), id("several"), outcomes) })
	step("a hold to void", 2, func() error { _, err := store.Hold(t.Context(), hold("void")); return err })
	step("a void", 2, func() error { return store.Void(t.Context(), id("void"), billed) })
	step("a replay", 2, func() error {
		c, err := store.Hold(t.Context(), several)
		if err == nil && !c.Replayed {
			return fmt.Errorf("the charge %+v is not a replay", c)
		}
		return err
	})
}
