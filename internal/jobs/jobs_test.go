package jobs

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/internal/testutil"
)

// rig is a runner with a clock that is set, an account and a log.
type rig struct {
	*Runner
	who account.CreatedKey
	log testutil.Buffer

	mu  sync.Mutex
	now time.Time
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) set(to time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = to
}

func start(t *testing.T) *rig {
	t.Helper()
	r := &rig{now: time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)}
	settings := config.Defaults().Store
	settings.Data, settings.FreeUnits = t.TempDir(), 10
	s, err := store.Open(t.Context(), store.Options{Store: settings, Now: r.clock})
	if err != nil {
		t.Fatalf("store.Open: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	r.Runner = New(Options{Store: s, Deadline: time.Minute, Logger: slog.New(slog.NewTextHandler(&r.log, nil))})
	if r.who, err = s.Accounts.CreateAccount(t.Context(), account.NewAccount{Name: "a", PostPay: true}); err != nil {
		t.Fatalf("Accounts.CreateAccount: %v", err)
	}
	return r
}

func (r *rig) hold(t *testing.T, id string, units int64) {
	t.Helper()
	h := ledger.Hold{ID: id, At: r.clock(), Units: units, Caller: ledger.Caller{Account: r.who.AppID, User: r.who.User, Key: r.who.SecretID, API: "legacy"}}
	if _, err := r.Ledger.Hold(t.Context(), h); err != nil {
		t.Fatalf("Ledger.Hold: %v", err)
	}
}

func (r *rig) post(t *testing.T, id string, units int) {
	t.Helper()
	o := ledger.Outcome{At: r.clock()}
	for range units {
		o.Calls = append(o.Calls, ledger.Call{Billed: true})
	}
	if err := r.Ledger.Post(t.Context(), id, o); err != nil {
		t.Fatalf("Ledger.Post: %v", err)
	}
}

func (r *rig) left(t *testing.T) int64 {
	t.Helper()
	packs, err := r.Accounts.ListPacks(t.Context(), r.who.AppID)
	if err != nil || len(packs) == 0 {
		t.Fatal(packs, err)
	}
	return packs[0].Left
}

// What a dead process held is given back after twice the longest request, and
// not before.
func TestSweep(t *testing.T) {
	r := start(t)
	r.hold(t, "dead", 3)
	held := r.clock()
	for _, c := range []struct {
		after time.Duration
		left  int64
	}{{0, 7}, {2 * time.Minute, 7}, {2*time.Minute + 1000, 10}} {
		r.set(held.Add(c.after))
		if err := r.Sweep(t.Context()); err != nil || r.left(t) != c.left {
			t.Errorf("after %v: %d left, %v", c.after, r.left(t), err)
		}
	}
	if r.Metrics().Expired.Load() != 1 || !strings.Contains(r.log.String(), "charges=1") {
		t.Error(r.log.String())
	}
}

// A server that has the ledger to itself releases the holds that it finds at once;
// one of several servers cannot know which server they belong to.
func TestInherit(t *testing.T) {
	r := start(t)
	r.hold(t, "dead", 3)
	r.set(r.clock().Add(time.Second))
	for _, c := range []struct {
		shared bool
		left   int64
	}{{true, 7}, {false, 10}} {
		r.Shared = c.shared
		if err := r.Inherit(t.Context()); err != nil || r.left(t) != c.left {
			t.Errorf("shared %v: %d left, %v", c.shared, r.left(t), err)
		}
	}
}

// A low pack is logged once at each level, and each month is billed once.
func TestAlertAndBill(t *testing.T) {
	r := start(t)
	ctx := t.Context()
	for _, c := range []struct {
		id     string
		units  int
		alerts uint64
	}{{"a", 8, 0}, {"b", 1, 1}, {"c", 1, 2}, {"d", 5, 2}} {
		r.hold(t, c.id, int64(c.units))
		r.post(t, c.id, c.units)
		for range 2 {
			if err := r.Alert(ctx); err != nil || r.Metrics().Alerts.Load() != c.alerts {
				t.Errorf("%s: %d alerts, %v", c.id, r.Metrics().Alerts.Load(), err)
			}
		}
	}
	if err := r.Bill(ctx); err != nil || r.Metrics().Billed.Load() != 0 {
		t.Error("billed before the month is over", err)
	}
	r.set(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
	for range 2 {
		if err := r.Bill(ctx); err != nil || r.Metrics().Billed.Load() != 1 {
			t.Error(r.Metrics().Billed.Load(), err)
		}
	}
	if d, err := r.Accounts.Account(ctx, r.who.AppID); err != nil || d.Balance != -75 {
		t.Errorf("%+v, %v", d, err)
	}
	if log := r.log.String(); !strings.Contains(log, "amount=0.75") || !strings.Contains(log, "level=empty") {
		t.Error(log)
	}
}

// A past day is summed up some time after it is over.
func TestRollup(t *testing.T) {
	r := start(t)
	r.hold(t, "a", 1)
	r.post(t, "a", 1)
	days := func() (n int64) {
		err := r.Engine.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`SELECT COUNT(*) FROM rollup WHERE totals IS NOT NULL AND length(period) = 10`).Scan(&n)
		})
		if err != nil {
			t.Fatalf("Engine.Read: %v", err)
		}
		return n
	}
	called := r.clock()
	for _, c := range []struct {
		after time.Duration
		want  int64
	}{{0, 0}, {24 * time.Hour, 0}, {49 * time.Hour, 0}, {49*time.Hour + 2*time.Minute, 1}} {
		r.set(called.Add(c.after))
		if err := r.Rollup(t.Context()); err != nil || days() != c.want {
			t.Errorf("%v after the call: %d days with sums, %v, want %d", c.after, days(), err, c.want)
		}
	}
}

// Refusals are counted in one go; what cannot be counted now is counted later,
// and what there is no room for shows.
// A client names an account as it likes, and of any length.
func TestRefusedNamesAreBounded(t *testing.T) {
	r := start(t)
	const n = 2000
	for range n {
		r.Refused(ledger.Caller{Account: strings.Repeat("a", 6000), Bucket: strings.Repeat("b", 6000), API: "legacy"}, 15, time.Millisecond)
	}
	pending := r.rejections.pending
	bytes := 0
	for _, p := range pending {
		bytes += names(p.Caller)
	}
	if bytes != r.rejections.bytes || bytes > maxPendingBytes || bytes < maxPendingBytes/2 {
		t.Errorf("%d bytes of names are kept, counted as %d, want at most %d and at least half of it", bytes, r.rejections.bytes, maxPendingBytes)
	}
	if left := r.Metrics().Uncounted.Load(); left != uint64(n-len(pending)) {
		t.Errorf("%d rejections are counted as left out, want %d", left, n-len(pending))
	}
	if err := r.Flush(t.Context()); err != nil || r.rejections.bytes != 0 {
		t.Errorf("Flush: %v, %d bytes left, want none", err, r.rejections.bytes)
	}
}

func TestRefused(t *testing.T) {
	r := start(t)
	who := ledger.Caller{Account: r.who.AppID, User: r.who.User, API: "legacy"}
	for range maxPending + 3 {
		r.Refused(who, 15, time.Millisecond)
	}
	if r.Metrics().Uncounted.Load() != 3 {
		t.Error(r.Metrics().Uncounted.Load())
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := r.Flush(gone); err == nil {
		t.Fatal("a flush that had no time")
	}
	for range 2 {
		if err := r.Flush(t.Context()); err != nil {
			t.Fatalf("Flush: %v", err)
		}
	}
	rows, err := ledgerdb.UsageRows(t.Context(), r.Engine, usage.Filter{})
	if s := usage.Summarise(rows); err != nil || s.Total != maxPending || s.Failed != maxPending {
		t.Errorf("%+v, %v", s, err)
	}
}

// The end of Run writes pending counts, and a correct ledger is reported as such.
func TestRun(t *testing.T) {
	r := start(t)
	r.hold(t, "a", 1)
	r.post(t, "a", 1)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	for r.Metrics().Broken.Load() == -1 {
		time.Sleep(time.Millisecond)
	}
	r.Refused(ledger.Caller{Account: r.who.AppID, User: r.who.User, API: "legacy"}, 15, 0)
	stop()
	<-done
	rows, err := ledgerdb.UsageRows(t.Context(), r.Engine, usage.Filter{})
	if s := usage.Summarise(rows); err != nil || s.Failed != 1 || s.Succeeded != 1 || r.Metrics().Broken.Load() != 0 || r.Metrics().Failed.Load() != 0 {
		t.Errorf("%+v, %v\n%s", s, err, r.log.String())
	}
}

// A failed job is reported, and the others continue.
func TestChoreFails(t *testing.T) {
	r := start(t)
	if err := r.Engine.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(`DROP TABLE alert`); return err }); err != nil {
		t.Fatalf("Engine.Write: %v", err)
	}
	r.try(t.Context(), "alert", r.Alert)
	if r.Metrics().Failed.Load() != 1 || !strings.Contains(r.log.String(), "job=alert") {
		t.Error(r.log.String())
	}
}
