// Package storetest is the test suite that every engine must pass to keep the
// ledger. Engines' tests run it on databases of their own.
//
// Run runs the cases by name; after each the ledger must verify. RunModel draws
// thousands of random operations and compares each answer with a ledger in
// memory. RunCrash kills processes in the middle of charges and checks the
// rest. There is one list of cases for all engines, without exceptions.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// Open opens the database at a URL or in a directory and migrates it.
type Open func(ctx context.Context, address string) (db.Engine, error)

// Engine is the engine under test.
type Engine struct {
	// Fresh returns the address of a new database that is removed after the
	// test.
	Fresh func(t testing.TB) string
	Open  Open
}

// Main runs the package's tests, or the child process that RunCrash starts and
// kills. Test binaries that call RunCrash use it as their TestMain.
func Main(m *testing.M, open Open) {
	if address := os.Getenv(childEnv); address != "" {
		os.Exit(child(address, open))
	}
	os.Exit(m.Run())
}

// Run tests an engine.
func Run(t *testing.T, e Engine) {
	ctx := context.Background()
	open := func(t testing.TB) db.Engine {
		t.Helper()
		d, err := e.Open(ctx, e.Fresh(t))
		if err != nil {
			t.Fatalf("cannot open the database: %v", err)
		}
		t.Cleanup(func() { _ = d.Close() })
		return d
	}
	shared := open(t)
	for _, group := range []struct {
		name  string
		cases []scenario
	}{
		{"engine", engineCases}, {"statements", statementCases}, {"hold", holdCases}, {"order", orderCases}, {"standing", standingCases}, {"replay", replayCases},
		{"nonce", nonceCases}, {"settle", settleCases}, {"uncertain", uncertainCases}, {"idempotency", idempotencyCases}, {"result", resultCases},
		{"sweep", sweepCases}, {"refund", refundCases}, {"count", countCases}, {"rollup", rollupCases}, {"alert", alertCases}, {"contract", contractCases},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) {
					s := newFixture(t, shared)
					c.run(s)
					s.verify()
				})
			}
		})
	}
	t.Run("verify", func(t *testing.T) { verifyCases(t, open(t)) })
	t.Run("closed", func(t *testing.T) { closedCases(t, open(t)) })
}

// scenario is a case with a fixture of its own.
type scenario struct {
	name string
	run  func(s *fixture)
}

// noon is in Beijing, on a day far from the ends of its month.
var noon = time.Date(2026, 11, 18, 4, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// fixture is an account and what is needed to charge it.
type fixture struct {
	*testing.T
	ctx     context.Context
	engine  db.Engine
	ledger  *ledgerdb.Store
	account string
	at      time.Time     // the clock
	charges *atomic.Int64 // started, also by together's goroutines
}

var fixtures atomic.Int64

// options give each free pack ten units, so that a few charges use it up.
func options() ledgerdb.Options {
	return ledgerdb.Options{Free: 10, Bin: func(d time.Duration) int { return int(d / (100 * time.Millisecond)) }}
}

func newFixture(t *testing.T, e db.Engine) *fixture {
	s := &fixture{T: t, ctx: context.Background(), engine: e, ledger: ledgerdb.New(e, options()), at: noon, charges: new(atomic.Int64)}
	s.account = s.open("")
	return s
}

// other returns a fixture of another account in the same ledger.
func (s *fixture) other() *fixture {
	o := *s
	o.account = s.open("")
	return &o
}

// with returns the fixture with a ledger of other options.
func (s *fixture) with(edit func(*ledgerdb.Options)) *fixture {
	o := options()
	edit(&o)
	c := *s
	c.ledger = ledgerdb.New(s.engine, o)
	return &c
}

// open creates an account; an empty name generates one.
func (s *fixture) open(name string) string {
	s.Helper()
	if name == "" {
		name = fmt.Sprintf("%d", 1_250_000_000+fixtures.Add(1))
	}
	s.exec(`INSERT INTO account (id, created_at) VALUES (?, ?)`, name, noon.AddDate(-1, 0, 0).UnixMicro())
	return name
}

// exec changes rows directly, as account administration does.
func (s *fixture) exec(query string, args ...any) {
	s.Helper()
	s.ok(s.engine.Write(s.ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}))
}

// number reads a single number.
func (s *fixture) number(query string, args ...any) (n int64) {
	s.Helper()
	s.ok(s.engine.Read(s.ctx, func(tx *db.Tx) error { return tx.Row(query, args...).Scan(&n) }))
	return n
}

func (s *fixture) equal(what string, got, want int64) {
	s.Helper()
	if got != want {
		s.Errorf("%s = %d, want %d", what, got, want)
	}
}

func (s *fixture) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatalf("unexpected error: %v", err)
	}
}

// fails expects an error.
func (s *fixture) fails(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Fatalf("got error %v, want %v", err, want)
	}
}

// pack adds a pack that becomes valid a number of days after noon, for a number
// of days.
func (s *fixture) pack(id string, units int64, from, days int) string {
	s.Helper()
	id = s.account + ":" + id
	s.packAt(id, units, noon.Add(time.Duration(from)*day), noon.Add(time.Duration(from+days)*day))
	return id
}

func (s *fixture) packAt(id string, units int64, from, to time.Time) {
	s.Helper()
	s.exec(`INSERT INTO pack (id, account_id, kind, units_total, units_left, valid_from, valid_to, price, source, created_at)
		VALUES (?, ?, 'paid', ?, ?, ?, ?, 0, 'grant', ?)`, id, s.account, units, units, from.UnixMicro(), to.UnixMicro(), s.at.UnixMicro())
}

// free returns the ID of the free pack of the clock's month.
func (s *fixture) free() string {
	return "free:" + s.account + ":" + string(billing.Calendar{}.Month(s.at))
}

// request returns a Hold as an API makes it.
func (s *fixture) request(units int64) ledger.Hold {
	return ledger.Hold{
		ID: fmt.Sprintf("%s-%04d", s.account, s.charges.Add(1)), At: s.at, Units: units,
		Caller: ledger.Caller{Account: s.account, User: "main", Key: "KHID", Bucket: "b", API: "legacy"},
	}
}

func (s *fixture) hold(units int64) string {
	s.Helper()
	return s.begin(s.request(units))
}

// begin holds units, which must succeed.
func (s *fixture) begin(h ledger.Hold) string {
	s.Helper()
	c, err := s.ledger.Hold(s.ctx, h)
	s.ok(err)
	if c.State != ledger.Held || c.Replayed || c.ID != h.ID || c.Units != h.Units || c.Reply != nil {
		s.Fatalf("Hold = %+v, want a new held charge %s of %d units", c, h.ID, h.Units)
	}
	return c.ID
}

// refused tries to hold units, which must fail and change nothing.
func (s *fixture) refused(h ledger.Hold, want error) {
	s.Helper()
	before := s.state()
	c, err := s.ledger.Hold(s.ctx, h)
	s.fails(err, want)
	if c.ID != "" {
		s.Errorf("Hold returned %+v with its error, want none", c)
	}
	if after := s.state(); after != before {
		s.Errorf("a refused hold changed %v to %v", before, after)
	}
}

// Outcomes of images.
var (
	good  = ledger.Call{Code: 0, Billed: true, Took: 250 * time.Millisecond}
	empty = ledger.Call{Code: -1100, Billed: true, Took: 50 * time.Millisecond}
	bad   = ledger.Call{Code: -9013, Took: 120 * time.Millisecond}
)

func (s *fixture) outcome(calls ...ledger.Call) ledger.Outcome {
	return ledger.Outcome{At: s.at, Calls: calls}
}

func (s *fixture) post(id string, calls ...ledger.Call) {
	s.Helper()
	s.ok(s.ledger.Post(s.ctx, id, s.outcome(calls...)))
}

// charged holds and posts units.
func (s *fixture) charged(calls ...ledger.Call) string {
	s.Helper()
	id := s.hold(int64(len(calls)))
	s.post(id, calls...)
	return id
}

// wantPack checks the left and held units of a pack.
func (s *fixture) wantPack(id string, left, held int64) {
	s.Helper()
	s.equal(id+" left", s.number(`SELECT units_left FROM pack WHERE id = ?`, id), left)
	s.equal(id+" held", s.number(`SELECT units_held FROM pack WHERE id = ?`, id), held)
}

func (s *fixture) wantState(id string, want ledger.State, units int64) {
	s.Helper()
	var state string
	var posted int64
	s.ok(s.engine.Read(s.ctx, func(tx *db.Tx) error {
		return tx.Row(`SELECT state, units_posted FROM charge WHERE id = ?`, id).Scan(&state, &posted)
	}))
	if state != string(want) || posted != units {
		s.Errorf("charge %s is %s with %d units, want %s with %d", id, state, posted, want, units)
	}
}

// postpaid returns the sum of entries that no pack paid for.
func (s *fixture) postpaid() int64 {
	return s.number(`SELECT COALESCE(CAST(-SUM(delta) AS BIGINT), 0) FROM entry WHERE account_id = ? AND pack_id = ''`, s.account)
}

// used returns the account's billed units by the counts of days.
func (s *fixture) used() int64 {
	return s.number(`SELECT COALESCE(CAST(SUM(units) AS BIGINT), 0) FROM usage_day WHERE account_id = ?`, s.account)
}

// calls returns the number of the account's calls with a code.
func (s *fixture) calls(code int) int64 {
	return s.number(`SELECT COALESCE(CAST(SUM(n + refused) AS BIGINT), 0) FROM call_day WHERE account_id = ? AND code = ?`, s.account, code)
}

// totals summarises an account, to detect changes.
type totals struct{ charges, entries, keys, left, held, packs int64 }

func (s *fixture) state() (t totals) {
	s.Helper()
	s.ok(s.engine.Read(s.ctx, func(tx *db.Tx) error {
		return tx.Row(`SELECT (SELECT COUNT(*) FROM charge WHERE account_id = ?), (SELECT COUNT(*) FROM entry WHERE account_id = ?),
			(SELECT COUNT(*) FROM idem WHERE account_id = ?), COUNT(*),
			COALESCE(CAST(SUM(units_left) AS BIGINT), 0), COALESCE(CAST(SUM(units_held) AS BIGINT), 0) FROM pack WHERE account_id = ?`,
			s.account, s.account, s.account, s.account).Scan(&t.charges, &t.entries, &t.keys, &t.packs, &t.left, &t.held)
	}))
	return t
}

func (s *fixture) verify() {
	s.Helper()
	r, err := s.ledger.Verify(s.ctx)
	s.ok(err)
	if r.Break != "" {
		s.Errorf("the ledger does not verify: %s", r.Break)
	}
}
