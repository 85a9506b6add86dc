package console

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/login"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// BenchmarkPages times every page on the database that KAHAO_CONSOLE_SEED names:
// those of the account with the most calls as its main user, and the
// operator's. It reports the median of the server's time for one request, the
// processor time of one, which other processes do not change, and the bytes of
// the page.
func BenchmarkPages(b *testing.B) {
	dir := os.Getenv("KAHAO_CONSOLE_SEED")
	if dir == "" {
		b.Skip("KAHAO_CONSOLE_SEED is not set: TestMakeSeed makes the directory that it names")
	}
	o := store.Options{Store: config.Defaults().Store}
	o.Data = dir
	s, err := store.Open(b.Context(), o)
	if err != nil {
		b.Fatalf("store.Open: %v", err)
	}
	defer func() { _ = s.Close() }()
	for _, at := range []time.Time{s.Now(), s.Now().Add(2 * time.Minute)} { // as the background job does
		start := time.Now()
		days, err := s.Ledger.Rollup(b.Context(), at)
		if err != nil {
			b.Fatalf("Rollup: %v", err)
		}
		b.Logf("%d days summed up in %v", days, time.Since(start))
	}
	logins, err := login.New(login.Options{Users: s.Accounts, Store: s.Logins, Now: s.Now, Cost: login.Cost{Passes: 1, Memory: 64}})
	if err != nil {
		b.Fatalf("login.New: %v", err)
	}
	pages, err := New(Options{
		Logins: logins, Accounts: s.Accounts, Audit: s.Audit, Prices: s.Prices, Calendar: s.Calendar, Logger: slog.New(slog.DiscardHandler), Now: s.Now,
		Usage: func(ctx context.Context, f usage.Filter) ([]usage.Row, error) {
			return ledgerdb.UsageRows(ctx, s.Engine, f)
		},
		Totals: func(ctx context.Context, f usage.Filter, byAccount bool) ([]usage.Row, error) {
			return ledgerdb.UsageTotals(ctx, s.Engine, f, byAccount)
		},
		Times: func(ctx context.Context, f usage.Filter, from, to time.Time) ([]usage.Moment, []usage.Quarter, error) {
			return ledgerdb.CallTimes(ctx, s.Engine, f, from, to)
		},
		Books:  Books{s.Ledger.Verify, func() (time.Time, bool) { return time.Time{}, false }},
		Status: func(context.Context) (Status, error) { return Status{}, nil },
	})
	if err != nil {
		b.Fatalf("New: %v", err)
	}
	totals, err := ledgerdb.UsageTotals(b.Context(), s.Engine, usage.Filter{}, true)
	if err != nil {
		b.Fatalf("UsageTotals: %v", err)
	}
	groups := usage.By(totals, groupings["account"])
	busiest := slices.MaxFunc(groups, func(a, b usage.Group) int { return cmp.Compare(a.Total, b.Total) }).Key
	main, err := s.Accounts.FindUser(b.Context(), busiest, "main")
	if err != nil {
		b.Fatalf("FindUser: %v", err)
	}
	at := "/a/" + busiest + "/"
	for _, c := range []struct{ name, subject, path string }{
		{"overview", main.ID, at}, {"usage/30d", main.ID, at + "usage"}, {"usage/365d", main.ID, at + "usage?span=365d"}, {"usage/365d-by-day", main.ID, at + "usage?span=365d&by=day"},
		{"usage/today", main.ID, at + "usage?span=today"}, {"bills", main.ID, at + "bills"}, {"keys", main.ID, at + "keys"}, {"users", main.ID, at + "users"}, {"user", main.ID, at + "users/" + main.ID},
		{"settings", main.ID, at + "settings"}, {"audit", main.ID, at + "audit"}, {"try", main.ID, at + "try"}, {"codes", main.ID, "/codes"}, {"second-factor", main.ID, "/second-factor"},
		{"operator/accounts", login.Operator, "/accounts"}, {"operator/usage-30d", login.Operator, "/usage"}, {"operator/usage-365d", login.Operator, "/usage?span=365d"},
		{"operator/usage-365d-by-account", login.Operator, "/usage?span=365d&by=account"}, {"operator/audit", login.Operator, "/audit"}, {"operator/books", login.Operator, "/books"},
	} {
		token := session(b, logins, c.subject)
		b.Run(c.name, func(b *testing.B) {
			var size int
			var took []time.Duration
			before := cpuTime()
			for b.Loop() {
				req := httptest.NewRequest("GET", c.path, nil)
				req.AddCookie(&http.Cookie{Name: sessionCookie, Value: token})
				w := httptest.NewRecorder()
				start := time.Now()
				pages.ServeHTTP(w, req)
				took = append(took, time.Since(start))
				if size = w.Body.Len(); w.Code != http.StatusOK {
					b.Fatalf("GET %s: status %d", c.path, w.Code)
				}
			}
			b.ReportMetric(float64((cpuTime()-before).Microseconds())/1000/float64(len(took)), "cpu-ms")
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
			b.ReportMetric(float64(size)/1000, "kB")
		})
	}
}

// session signs a subject in.
func session(b *testing.B, logins *login.Service, subject string) string {
	b.Helper()
	link, err := logins.Invite(b.Context(), subject)
	if err != nil {
		b.Fatalf("Invite: %v", err)
	}
	token, err := logins.Accept(b.Context(), link, password, "")
	if err != nil {
		b.Fatalf("Accept: %v", err)
	}
	return token
}

// The first load is the page with its stylesheet, script and icon: at most 150 kB
// as it is sent, without compression.
func TestFirstLoad(t *testing.T) {
	r := newRig(t)
	r.seed()
	assets, squeezed := 0, 0
	for name := range assetNames {
		body := r.as("").get(assetURL(name)).body
		assets += len(body)
		squeezed += gzipped(t, body)
	}
	op, main := r.as(login.Operator), r.as(r.mainOf(r.a.AppID))
	for _, rt := range routes() {
		if rt.method != "GET" || strings.Contains(rt.path, ".") {
			continue
		}
		b := main
		if rt.need == operator {
			b = op
		}
		if page := b.get(fill(rt.path, r.ids(false))); assets+len(page.body) > 150_000 {
			t.Errorf("GET %s: %d bytes with its files, want at most 150,000", rt.path, assets+len(page.body))
		}
	}
	t.Logf("stylesheet, script and icon: %d bytes, %d compressed", assets, squeezed)
}

func gzipped(t *testing.T, text string) int {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatalf("gzip: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatalf("gzip: %v", err)
	}
	return b.Len()
}
