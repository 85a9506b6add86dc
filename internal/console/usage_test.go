package console

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/login"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// charge books one request of a user with the outcomes of its images, now.
func (r *rig) charge(user, bucket, api string, calls ...ledger.Call) {
	r.Helper()
	id, err := ledger.NewID(r.clock.Now(), r.store.Accounts.Random)
	if err != nil {
		r.Fatalf("NewID: %v", err)
	}
	h := ledger.Hold{ID: id, At: r.clock.Now(), Units: int64(len(calls)), Caller: ledger.Caller{Account: r.a.AppID, User: user, Key: r.a.SecretID, Bucket: bucket, API: api}}
	if _, err := r.store.Ledger.Hold(r.Context(), h); err != nil {
		r.Fatalf("Hold: %v", err)
	}
	if err := r.store.Ledger.Post(r.Context(), id, ledger.Outcome{At: r.clock.Now(), Calls: calls}); err != nil {
		r.Fatalf("Post: %v", err)
	}
}

// seed books calls on four days: 5 + 3 + 1 + 2.
func (r *rig) seed() {
	r.Helper()
	main := r.mainOf(r.a.AppID)
	good := ledger.Call{Billed: true, Took: 120 * time.Millisecond}
	now := r.clock.Now()
	for _, d := range []struct {
		days  int
		calls func()
	}{
		{40, func() { r.charge(main, "cards", "legacy", good, good) }},
		{29, func() { r.charge(main, "cards", "legacy", good) }},
		{1, func() {
			r.charge(r.plain.ID, "", "api3", ledger.Call{Code: 0, Billed: true, Took: 90 * time.Millisecond}, ledger.Call{Code: -9013, Took: time.Second})
			r.charge(main, "cards", "legacy", ledger.Call{Code: -9013, Took: 80 * time.Millisecond})
		}},
		{0, func() { r.charge(main, "cards", "legacy", good, good, good, good, ledger.Call{Code: -1102}) }},
	} {
		r.clock.Set(now.AddDate(0, 0, -d.days))
		d.calls()
	}
	r.clock.Set(now)
}

// tile is the figure of a page with a name.
func tile(page, name string) string {
	return strings.TrimSpace(between(page, "<dt>"+name+"</dt><dd>", "</dd>"))
}

// The figures of the page are those of kahao usage, which come from UsageRows
// and Summarise, and those of the ledger's journal.
func TestUsageEqualsTheLedger(t *testing.T) {
	r := newRig(t)
	r.seed()
	b := r.as(r.mainOf(r.a.AppID))
	at := "/a/" + r.a.AppID + "/usage"
	for query, from := range map[string]string{"": "2026-11-01", "?span=365d": "2025-12-01", "?span=today": "2026-11-30", "?from=2026-11-01&to=2026-11-30": "2026-11-01", "?span=nonsense": "2026-11-01"} {
		rows, err := ledgerdb.UsageRows(t.Context(), r.store.Engine, usage.Filter{From: dayOf(from), Accounts: []string{r.a.AppID}})
		if err != nil {
			t.Fatalf("UsageRows: %v", err)
		}
		want := usage.Summarise(rows)
		page := b.get(at + query)
		b.wants("usage"+query, page, 200)
		for name, n := range map[string]int64{"Calls": want.Total, "Billed": want.Billed, "Succeeded": want.Succeeded, "Failed": want.Failed} {
			if got := tile(page.body, name); got != fmt.Sprint(n) {
				t.Errorf("usage%s: %s is %s, want %d", query, name, got, n)
			}
		}
		var billed int64
		err = r.store.Engine.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`SELECT COALESCE(SUM(-delta), 0) FROM entry WHERE account_id = ? AND day >= ?`, r.a.AppID, from).Scan(&billed)
		})
		if err != nil || tile(page.body, "Billed") != fmt.Sprint(billed) {
			t.Errorf("usage%s: %s billed, the journal has %d, %v", query, tile(page.body, "Billed"), billed, err)
		}
		// The rows of the table sum to the total.
		var sum int64
		for _, row := range strings.Split(between(page.body, `<caption`, `<tfoot>`), `<th scope="row">`)[1:] {
			n, _ := strconv.ParseInt(between(row, `<td>`, `</td>`), 10, 64)
			sum += n
		}
		if sum != want.Total {
			t.Errorf("usage%s: the rows sum to %d calls, want %d", query, sum, want.Total)
		}
	}
	page := b.get(at)
	b.wants("the last 30 days", page, 200, "80.0%", "-9013", "ERROR_NOT_A_CREDITCARD", "Calls from 2026-11-01 to 2026-11-30: 9 in all, 5 on the busiest day")
	b.wants("one code", b.get(at+"?code=-9013"), 200, "Only calls with code -9013")
	b.wants("one user", b.get(at+"?user="+r.plain.ID+"&by=interface"), 200, "API 3.0")
	b.wants("another period", b.get(at+"?from=2026-01-01&to=2026-01-02"), 200, "No calls in this period")
}

func dayOf(text string) billing.Day { return billing.Day(text) }

// The files have the rows of kahao usage --csv.
func TestUsageFiles(t *testing.T) {
	r := newRig(t)
	r.seed()
	b := r.as(r.mainOf(r.a.AppID))
	at := "/a/" + r.a.AppID + "/usage"
	got := b.get(at + ".csv?span=365d")
	b.wants("the CSV", got, 200)
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(got.body, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatalf("csv: %v", err)
	}
	var calls int64
	for _, line := range lines[1:] {
		n, _ := strconv.ParseInt(line[6], 10, 64)
		calls += n
	}
	if calls != 11 || !strings.Contains(got.header.Get("Content-Disposition"), "kahao-usage-"+r.a.AppID+"-2025-12-01-2026-11-30.csv") {
		t.Errorf("the CSV has %d calls, want 11; it is sent as %s", calls, got.header.Get("Content-Disposition"))
	}
	if got := b.get(at + ".xlsx"); got.status != 200 || !strings.HasPrefix(got.body, "PK") {
		t.Errorf("the workbook: %.100v", got)
	}
}

// Who may see whose usage is decided by the policies, as for kahao usage --as.
func TestUsageOfSubAccounts(t *testing.T) {
	r := newRig(t)
	r.seed()
	at := "/a/" + r.a.AppID + "/usage"
	for preset, want := range map[string]string{"QcloudOCRFullAccess": "9", "QcloudOCRReadOnlyaccess": "9", "QcloudOCRReadSelfUinUsage": "2"} {
		if err := r.store.Accounts.SetPolicies(t.Context(), r.plain.ID, []account.Policy{{Name: preset}}); err != nil {
			t.Fatalf("SetPolicies: %v", err)
		}
		b := r.as(r.plain.ID)
		for _, query := range []string{"", "?user=" + r.mainOf(r.a.AppID)} {
			page := b.get(at + query)
			b.wants(preset, page, 200)
			got := tile(page.body, "Calls")
			if query == "" && got != want || query != "" && want == "2" && got != "0" {
				t.Errorf("%s%s: %s calls, want %s, and none of another user", preset, query, got, want)
			}
		}
		if csv := b.get(at + ".csv").body; strings.Contains(csv, r.mainOf(r.a.AppID)) != (want == "9") {
			t.Errorf("%s: the CSV has the main user's calls: %v", preset, want != "9")
		}
	}
}

func TestOverview(t *testing.T) {
	r := newRig(t)
	r.seed()
	b := r.as(r.mainOf(r.a.AppID))
	b.wants("the overview", b.get("/a/"+r.a.AppID+"/"), 200, "Alpha 有限公司", "legacy, /ocr/bankcard", "API 3.0", "free, monthly")
	end := r.clock.Now().Add(time.Hour)
	if err := r.store.Accounts.SetKey(t.Context(), r.a.SecretID, account.KeySettings{Expires: &end}); err != nil {
		t.Fatalf("SetKey: %v", err)
	}
	if _, err := r.store.Accounts.Pay(t.Context(), r.a.AppID, -5000, ""); err != nil {
		t.Fatalf("Pay: %v", err)
	}
	b.wants("alerts", b.get("/a/"+r.a.AppID+"/"), 200, "expires at 2026-11-30 13:00", "The balance is -50.00")
	r.clock.Pass(25 * time.Hour)
	b = r.as(r.mainOf(r.a.AppID))
	b.wants("arrears", b.get("/a/"+r.a.AppID+"/"), 200, "service is stopped")
	op := r.as(login.Operator)
	op.wants("all accounts", op.get("/usage?by=account"), 200, r.a.AppID)
}

// The operator adds packs and payments; the month is shown line by line, to the
// cent.
func TestBills(t *testing.T) {
	r := newRig(t)
	op, main := r.as(login.Operator), r.as(r.mainOf(r.a.AppID))
	at := "/a/" + r.a.AppID + "/bills"
	op.wants("a payment", op.post(at+"/pay", "amount", "1,000.50", "reason", "transfer 7"), 303)
	op.wants("a wrong amount", op.post(at+"/pay", "amount", "1.234"), 422, "not an amount")
	op.wants("a pack", op.post(at+"/pack", "units", "1,000"), 303)
	op.wants("a pack without a price", op.post(at+"/pack", "units", "7"), 422)
	op.wants("a pack that is too dear", op.post(at+"/pack", "units", "1000000"), 422, "the balance is 880.50")
	page := main.get(at)
	main.wants("the customer's page", page, 200, "880.50", "bought", "120.00")
	if page.has("Add a pack") {
		t.Error("a customer may add packs")
	}
	var id string
	packs, _ := r.store.Accounts.ListPacks(t.Context(), r.a.AppID)
	for _, k := range packs {
		if k.Price > 0 {
			id = k.ID
		}
	}
	op.wants("returning it", op.post(at+"/pack/"+id+"/refund"), 303)
	op.wants("returning it again", op.post(at+"/pack/"+id+"/refund"), 422, "cannot be returned")
	op.wants("the balance", op.get(at), 200, "1,000.50", "returned")
	r.seed()
	main.wants("the month so far", main.get(at), 200, "2026-11 (so far)", "Free")
	op.wants("the ledger", op.get("/books"), 200, "not yet")
	op.wants("the ledger, verified now", op.post("/books"), 200, "consistent", "Units billed")
	// The bill of the month before is in the list, with how it was computed.
	if _, _, err := r.store.Accounts.BillMonth(t.Context(), r.a.AppID, "2026-10"); err != nil {
		t.Fatalf("BillMonth: %v", err)
	}
	main.wants("a bill", main.get(at), 200, "2026-10", "2 × 0.15 = 0.30")
}

// What all accounts are shown equals the sums of the rows, which kahao usage
// prints, and those of the ledger's journal: before past days are summed up and
// after.
func TestTotalsEqualTheRows(t *testing.T) {
	r := newRig(t)
	r.seed()
	r.totalsEqual(t)
	for _, after := range []time.Duration{0, 2 * time.Minute} {
		if _, err := r.store.Ledger.Rollup(t.Context(), r.clock.Now().Add(after)); err != nil {
			t.Fatalf("Rollup: %v", err)
		}
	}
	var days int
	err := r.store.Engine.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM rollup WHERE totals IS NOT NULL AND length(period) = 10`).Scan(&days)
	})
	if err != nil || days != 39 {
		t.Errorf("%d days are summed up, %v, want 39", days, err)
	}
	r.totalsEqual(t)
}

func (r *rig) totalsEqual(t *testing.T) {
	t.Helper()
	for _, f := range []usage.Filter{{}, {From: "2026-11-01"}, {APIs: []string{"api3"}}, {Accounts: []string{r.b.AppID}}, {From: "2026-11-29", To: "2026-11-29"}} {
		rows, err := ledgerdb.UsageRows(t.Context(), r.store.Engine, f)
		if err != nil {
			t.Fatalf("UsageRows: %v", err)
		}
		want := fmt.Sprint(usage.Summarise(rows))
		for _, byAccount := range []bool{false, true} {
			totals, err := ledgerdb.UsageTotals(t.Context(), r.store.Engine, f, byAccount)
			if got := fmt.Sprint(usage.Summarise(totals)); err != nil || got != want {
				t.Errorf("UsageTotals(%+v, %v) sums to %s, %v, want %s", f, byAccount, got, err, want)
			}
		}
		byDay, err := ledgerdb.UsageTotals(t.Context(), r.store.Engine, f, false)
		if got, want := fmt.Sprint(usage.By(byDay, groupings["day"])), fmt.Sprint(usage.By(rows, groupings["day"])); err != nil || got != want {
			t.Errorf("UsageTotals(%+v) by day is %s, %v, want %s", f, got, err, want)
		}
	}
	var billed int64
	err := r.store.Engine.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT SUM(-delta) FROM entry WHERE reason = 'post'`).Scan(&billed)
	})
	if err != nil {
		t.Fatalf("the journal: %v", err)
	}
	op := r.as(login.Operator)
	page := op.get("/usage?by=account&span=365d")
	op.wants("all accounts", page, 200, r.a.AppID)
	if got := tile(page.body, "Calls"); got != "11" {
		t.Errorf("all accounts have %s calls, want 11", got)
	}
	if got := tile(page.body, "Billed"); got != fmt.Sprint(billed) {
		t.Errorf("all accounts have %s billed units, want the journal's %d", got, billed)
	}
}

// The table by account has those with the most calls, and says so.
func TestMostCalls(t *testing.T) {
	r := newRig(t)
	const n = maxRows + 5
	for i := range n {
		a, err := r.store.Accounts.CreateAccount(t.Context(), account.NewAccount{Name: fmt.Sprint("account ", i), PostPay: true})
		if err != nil {
			t.Fatalf("CreateAccount: %v", err)
		}
		calls := make([]ledger.Call, i+1)
		err = r.store.Ledger.CountRefused(t.Context(), []ledgerdb.Refused{{Caller: ledger.Caller{Account: a.AppID, User: a.User, API: "legacy"}, At: r.clock.Now(), Calls: calls}})
		if err != nil {
			t.Fatalf("CountRefused: %v", err)
		}
	}
	op := r.as(login.Operator)
	page := op.get("/usage?by=account")
	op.wants("all accounts", page, 200, fmt.Sprintf("The %d with the most calls of %d.", maxRows, n))
	first, last := strings.Index(page.body, fmt.Sprintf(`<td>%d</td>`, n)), strings.Index(page.body, fmt.Sprintf(`<td>%d</td>`, n-maxRows+1))
	if first < 0 || last < first {
		t.Errorf("the account with %d calls is at %d and that with %d at %d, want both, in this order", n, first, n-maxRows+1, last)
	}
	if strings.Contains(page.body, fmt.Sprintf(`<td>%d</td>`, n-maxRows)) {
		t.Errorf("the account with %d calls is in the table, want the %d with the most", n-maxRows, maxRows)
	}
}

// Each code of a failure leads to its explanation.
func TestCodesAreExplained(t *testing.T) {
	r := newRig(t)
	r.seed()
	main := r.as(r.mainOf(r.a.AppID))
	codes := main.get("/codes")
	page := main.get("/a/" + r.a.AppID + "/usage")
	links := strings.Split(page.body, `href="/codes#`)[1:]
	if len(links) != 2 {
		t.Errorf("%d codes have a link, want 2", len(links))
	}
	for _, rest := range links {
		if id, _, _ := strings.Cut(rest, `"`); !codes.has(`id="` + id + `"`) {
			t.Errorf("the page of codes has no %q", id)
		}
	}
}
