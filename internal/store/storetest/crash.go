package storetest

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// Environment of the child process. killsEnv sets how many children RunCrash
// kills.
const (
	childEnv = "KAHAO_STORETEST_CHILD" // the database's address
	roundEnv = "KAHAO_STORETEST_ROUND"
	pointEnv = "KAHAO_STORETEST_POINT" // where it kills itself; empty if the parent does
	killsEnv = "KAHAO_STORETEST_KILLS"
)

// points are the places at which a charge can be interrupted.
var points = []string{"before the hold", "in a transaction", "after the hold", "before the post", "after the post", ""}

const (
	crashAccount = "1251000000"
	crashUnits   = 1 << 40
	crashDay     = "2026-11-18"
)

// RunCrash starts processes that charge, kills each at random or at one of the
// points, and retries unanswered requests as a client would. Meanwhile they sum
// up the day of the charges. At the end every acknowledged charge is posted once,
// no other is, the ledger verifies, and the sums equal the counts.
func RunCrash(t *testing.T, e Engine) {
	kills := 2 * len(points)
	if text := os.Getenv(killsEnv); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatalf("%s: %v", killsEnv, err)
		}
	}
	c := &crash{T: t, address: e.Fresh(t), open: e.Open, posted: map[string]bool{}, free: map[string]bool{}}
	c.with(func(s *fixture) {
		s.open(crashAccount)
		s.account = crashAccount
		s.packAt("crash", crashUnits, noon.AddDate(0, -1, 0), noon.AddDate(1, 0, 0))
		_, err := s.ledger.PutDataKey(s.ctx, ledgerdb.DataKey{Day: crashDay, Wrapped: []byte{1}, Until: noon.AddDate(1, 0, 0)})
		s.ok(err)
	})
	for round := range kills {
		unanswered := c.kill(round, points[round%len(points)])
		c.with(func(s *fixture) { c.retry(s, round, unanswered) })
	}
	c.with(c.check)
	t.Logf("%d processes killed, %d charges acknowledged, %d free", kills, len(c.posted), len(c.free))
}

type crash struct {
	*testing.T
	address      string
	open         Open
	posted, free map[string]bool // acknowledged to clients
}

// with opens the database for a function.
func (c *crash) with(fn func(s *fixture)) {
	c.Helper()
	d, err := c.open(context.Background(), c.address)
	if err != nil {
		c.Fatal(err)
	}
	fn(&fixture{T: c.T, ctx: context.Background(), engine: d, ledger: crashBooks(d), account: crashAccount, at: noon})
	if err := d.Close(); err != nil {
		c.Fatal(err)
	}
}

func crashBooks(d db.Engine) *ledgerdb.Store {
	o := options()
	o.Free = 0
	return ledgerdb.New(d, o)
}

// kill runs a child until it is dead, and returns the charges that it was asked
// for and did not answer.
func (c *crash) kill(round int, point string) (unanswered map[string]bool) {
	c.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+c.address, fmt.Sprintf("%s=%d", roundEnv, round), pointEnv+"="+point)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.Fatal(err)
	}
	after := 1 + rand.IntN(200)
	unanswered = map[string]bool{}
	lines := bufio.NewScanner(out)
	for answers := 0; lines.Scan(); {
		said, id, _ := strings.Cut(lines.Text(), " ")
		switch said {
		case "asked":
			unanswered[id] = true
			continue
		case "posted":
			c.posted[id] = true
		case "free":
			c.free[id] = true
		default:
			c.Errorf("the child says %q", lines.Text())
		}
		delete(unanswered, id)
		if answers++; answers == after && point == "" {
			_ = cmd.Process.Kill() // its remaining output counts
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		c.Errorf("round %d, %q: the child was not killed: %v", round, point, err)
	}
	return unanswered
}

// retry resends unanswered requests, with the same ID and a new signature,
// until they are answered.
func (c *crash) retry(s *fixture, round int, unanswered map[string]bool) {
	c.Helper()
	for id := range unanswered {
		h := crashHold(id, fmt.Sprintf("again %d", round))
		charge, err := s.ledger.Hold(s.ctx, h)
		if errors.Is(err, ledger.ErrInProgress) { // held by the dead process
			if _, err := s.ledger.SweepHeld(s.ctx, noon.Add(time.Hour)); err != nil {
				c.Fatal(err)
			}
			charge, err = s.ledger.Hold(s.ctx, h)
		}
		switch {
		case err != nil:
			c.Errorf("%s again: %v", id, err)
		case charge.State == ledger.Held:
			s.ok(s.ledger.Post(s.ctx, id, crashOutcome(id)))
			c.posted[id] = !crashFree(id)
			if crashFree(id) {
				delete(c.posted, id)
				c.free[id] = true
			}
		case charge.State == ledger.Posted:
			c.posted[id] = true
		default:
			c.free[id] = true
		}
	}
}

// check compares the ledger with the answers that clients had.
func (c *crash) check(s *fixture) {
	c.Helper()
	acknowledged := func(state string, want map[string]bool) {
		ids := map[string]bool{}
		s.ok(s.engine.Read(s.ctx, func(tx *db.Tx) error {
			return tx.Each(func(scan func(...any) error) error {
				var id string
				err := scan(&id)
				ids[id] = true
				return err
			}, `SELECT id FROM charge WHERE state = ?`, state)
		}))
		for id := range want {
			if !ids[id] {
				c.Errorf("lost: %s was acknowledged as %s", id, state)
			}
		}
		for id := range ids {
			if !want[id] {
				c.Errorf("%s is %s, but was not acknowledged", id, state)
			}
		}
	}
	acknowledged("posted", c.posted)
	acknowledged("void", c.free)
	acknowledged("held", nil)
	if len(c.posted) == 0 || len(c.free) == 0 {
		c.Errorf("%d charges and %d free ones: too few to say anything", len(c.posted), len(c.free))
	}
	n := int64(len(c.posted))
	s.equal("entries", s.number(`SELECT COUNT(*) FROM entry`), n)
	s.equal("units used", s.number(`SELECT CAST(-SUM(delta) AS BIGINT) FROM entry`), n)
	s.wantPack("crash", crashUnits-n, 0)
	for id := range c.posted {
		r, err := s.ledger.Result(s.ctx, crashAccount, sha256.Sum256([]byte(id)), noon)
		if err != nil || string(r.Sealed) != "result of "+id {
			c.Errorf("the result of %s: %q, %v", id, r.Sealed, err)
		}
	}
	s.verify()
	s.rollUp(noon.Add(20 * day))
	s.equal("days with sums", s.rolled(crashDay, crashDay), 1)
	s.wantTotals(usage.Filter{})
	s.verify()
}

// crashFree reports whether nothing is billed for the charge.
func crashFree(id string) bool { return strings.HasSuffix(id, "3") }

func crashHold(id, signature string) ledger.Hold {
	return ledger.Hold{ID: id, At: noon, Units: 2,
		Caller: ledger.Caller{Account: crashAccount, User: "main", Key: "KHID", Bucket: "b", API: "legacy"},
		Nonce:  &ledger.Nonce{Key: "KHID", Value: signature + " " + id, Expires: noon.Add(day)}}
}

func crashOutcome(id string) ledger.Outcome {
	if crashFree(id) {
		return ledger.Outcome{At: noon, Calls: []ledger.Call{bad, bad}}
	}
	return ledger.Outcome{At: noon, Calls: []ledger.Call{good, bad},
		Result: &ledger.Result{ID: sha256.Sum256([]byte(id)), Sealed: []byte("result of " + id), Day: crashDay, Expires: noon.Add(day)}}
}

// child charges until it dies, and prints each request and answer.
func child(address string, open Open) int {
	d, err := open(context.Background(), address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	k := &killer{Engine: d, point: os.Getenv(pointEnv), after: rand.Int64N(150)}
	b := crashBooks(k)
	var out sync.Mutex
	say := func(what, id string) {
		out.Lock()
		defer out.Unlock()
		_, _ = io.WriteString(os.Stdout, what+" "+id+"\n")
	}
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 100_000 {
				id := fmt.Sprintf("%s-%d-%d", os.Getenv(roundEnv), worker, i)
				say("asked", id)
				if err := k.charge(b, id); err != nil {
					fmt.Fprintln(os.Stderr, id, err)
					return
				}
				if crashFree(id) {
					say("free", id)
				} else {
					say("posted", id)
				}
			}
		})
	}
	go func() { // of the day of the charges, so that each charge deletes its sums
		for at := noon.Add(10 * day); ; at = at.Add(wait) {
			if _, err := b.Rollup(context.Background(), at); err != nil {
				fmt.Fprintln(os.Stderr, "rollup:", err)
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	all.Wait()
	return 2 // not reached
}

// killer ends its own process at a point after some charges.
type killer struct {
	db.Engine
	point  string
	after  int64
	passed atomic.Int64
}

func (k *killer) at(point string) {
	if point != k.point || k.passed.Add(1) <= k.after {
		return
	}
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
	select {} // wait for the kill
}

// Write dies with its transaction partly written.
func (k *killer) Write(ctx context.Context, fn func(*db.Tx) error) error {
	return k.Engine.Write(ctx, func(tx *db.Tx) error {
		err := fn(tx)
		k.at("in a transaction")
		return err
	})
}

func (k *killer) charge(b *ledgerdb.Store, id string) error {
	ctx := context.Background()
	k.at("before the hold")
	if _, err := b.Hold(ctx, crashHold(id, "first")); err != nil {
		return err
	}
	k.at("after the hold")
	time.Sleep(time.Duration(rand.Int64N(int64(time.Millisecond)))) // recognition
	k.at("before the post")
	if err := b.Post(ctx, id, crashOutcome(id)); err != nil {
		return err
	}
	k.at("after the post")
	return nil
}
