package console

import (
	"context"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/login"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// A period of up to three days is drawn by the hour, with the largest number of
// calls in a second. The calls are those that the page totals.
func TestHours(t *testing.T) {
	r := newRig(t)
	r.seed() // at 12:00 Beijing time: 5 today, 3 yesterday
	main, at := r.as(r.mainOf(r.a.AppID)), "/a/"+r.a.AppID+"/usage"
	main.wants("today", main.get(at+"?span=today"), 200, "Calls by the hour", "Calls from 11-30 00:00 to 11-30 11:00: 0 in all")
	r.clock.Pass(time.Second)
	today := main.get(at + "?span=today")
	main.wants("a second later", today, 200, "Calls from 11-30 00:00 to 11-30 12:00: 5 in all, 5 on the busiest")
	if got := tile(today.body, "Calls a second, at most"); got != "5" {
		t.Errorf("the peak is %q, want 5", got)
	}
	two := main.get(at + "?from=2026-11-28&to=2026-11-30")
	main.wants("three days", two, 200, "Calls by the hour", "8 in all")
	if tile(two.body, "Calls") != "8" {
		t.Errorf("three days have %s calls, want 8", tile(two.body, "Calls"))
	}
	main.wants("one code", main.get(at+"?from=2026-11-28&to=2026-11-30&code=-9013"), 200, "2 in all")
	main.wants("four days", main.get(at+"?from=2026-11-27&to=2026-11-30"), 200, "Calls by day")
	op := r.as(login.Operator)
	op.wants("all accounts", op.get("/usage?from=2026-11-29&to=2026-11-30"), 200, "Calls by the hour", "8 in all")

	// A sub-account sees its own calls, whatever it asks for.
	if err := r.store.Accounts.SetPolicies(t.Context(), r.plain.ID, []account.Policy{{Name: "QcloudOCRReadSelfUinUsage"}}); err != nil {
		t.Fatalf("SetPolicies: %v", err)
	}
	plain := r.as(r.plain.ID)
	plain.wants("its own", plain.get(at+"?from=2026-11-29&to=2026-11-30"), 200, "2 in all")
	if got := plain.get(at + "?from=2026-11-29&to=2026-11-30&user=" + r.mainOf(r.a.AppID)); got.has("Calls by the hour") {
		t.Error("a sub-account sees the hours of another user")
	}

	// Calls that were refused without a charge are in the hour in which they came.
	who := ledger.Caller{Account: r.a.AppID, User: r.mainOf(r.a.AppID), Bucket: "cards", API: "legacy"}
	err := r.store.Ledger.CountRefused(t.Context(), []ledgerdb.Refused{
		{Caller: who, At: r.clock.Now().Add(-2 * time.Hour), Calls: []ledger.Call{{Code: -5108}, {Code: -5108}}},
		{Caller: who, At: r.clock.Now().AddDate(0, 0, -9), Calls: []ledger.Call{{Code: -5108}}},
	})
	if err != nil {
		t.Fatalf("CountRefused: %v", err)
	}
	refused := main.get(at + "?span=today")
	main.wants("refused calls", refused, 200, "7 in all, 5 on the busiest", "11-30 10:00: 2 calls, 2 failed")
	if got := tile(refused.body, "Calls"); got != "7" {
		t.Errorf("today has %s calls, want 7", got)
	}
	main.wants("their code", main.get(at+"?span=today&code=-5108"), 200, "2 in all")
	if got := plain.get(at + "?span=today"); got.has("11-30 10:00: 2 calls") {
		t.Error("a sub-account sees the refused calls of another user")
	}
	op.wants("those of all accounts", op.get("/usage?span=today"), 200, "7 in all")

	// Too many calls for their times: the days are drawn.
	c := r.open(func(o *Options) {
		o.Times = func(context.Context, usage.Filter, time.Time, time.Time) ([]usage.Moment, []usage.Quarter, error) {
			return nil, nil, ErrManyCalls
		}
	})
	r.serve(c)
	main.wants("too many", main.get(at+"?from=2026-11-29&to=2026-11-30"), 200, "Calls by day")
}

func TestPeak(t *testing.T) {
	at := time.Date(2026, 11, 30, 4, 0, 0, 0, time.UTC)
	all := []usage.Moment{{At: at}, {At: at.Add(999 * time.Millisecond)}, {At: at.Add(time.Second)}, {At: at.Add(-time.Nanosecond)}}
	if got := usage.Peak(all); got != 2 {
		t.Errorf("Peak = %d, want 2", got)
	}
	if got := usage.Peak(nil); got != 0 {
		t.Errorf("Peak of nothing = %d, want 0", got)
	}
}
