package ledgerdb_test

import (
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/accountdb"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/internal/store/migrate"
	"github.com/kahao/kahao/internal/store/postgres"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
	"github.com/kahao/kahao/internal/store/sqlite"
)

var now = time.Date(2026, 11, 23, 15, 59, 0, 0, time.UTC)

// Two users' calls, posted and refused, on two days of Beijing.
func TestRows(t *testing.T) {
	for name, open := range map[string]func(*testing.T) (db.Engine, error){
		"sqlite": func(t *testing.T) (db.Engine, error) { return sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{}) },
		"postgres": func(t *testing.T) (db.Engine, error) {
			return postgres.Open(t.Context(), postgres.Options{URL: pgtest.URL(t)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := open(t)
			if err != nil {
				t.Fatalf("open failed: %v", err)
			}
			defer e.Close()
			if _, err := migrate.Up(t.Context(), e, time.Now); err != nil {
				t.Fatalf("Up failed: %v", err)
			}
			testRows(t, e)
		})
	}
}

func testRows(t *testing.T, e db.Engine) {
	ctx := t.Context()
	line, _ := envelope.NewKey("a")
	ring, err := envelope.ParseKeyring([]byte(line))
	if err != nil {
		t.Fatalf("ParseKeyring failed: %v", err)
	}
	c, err := accountdb.New(accountdb.Options{Engine: e, Keyring: ring, Now: func() time.Time { return now }}).CreateAccount(ctx, account.NewAccount{Name: "a"})
	if err != nil {
		t.Fatalf("CreateAccount failed: %v", err)
	}
	b := ledgerdb.New(e, ledgerdb.Options{Free: 1000, Bin: usage.Bin})
	charge := func(id, user string, at time.Time, calls ...ledger.Call) {
		t.Helper()
		who := ledger.Caller{Account: c.AppID, User: user, Key: c.SecretID, Bucket: "cards", API: "legacy"}
		if _, err := b.Hold(ctx, ledger.Hold{ID: id, At: at, Units: int64(len(calls)), Caller: who}); err != nil {
			t.Fatalf("Hold failed: %v", err)
		}
		if err := b.Post(ctx, id, ledger.Outcome{At: at, Calls: calls}); err != nil {
			t.Fatalf("Post failed: %v", err)
		}
	}
	good := ledger.Call{Billed: true, Took: 100 * time.Millisecond}
	slow := ledger.Call{Billed: true, Took: time.Second}
	none := ledger.Call{Code: -9013, Took: 50 * time.Millisecond}
	charge("1", c.User, now, good, slow, none)
	charge("2", c.User, now.Add(time.Minute), good) // the next day in Beijing
	charge("3", "sub", now, none)
	refused := ledgerdb.Refused{Caller: ledger.Caller{Account: c.AppID, User: c.User, API: "legacy"}, At: now, Calls: []ledger.Call{{Code: 15}}}
	if err := b.CountRefused(ctx, []ledgerdb.Refused{refused, refused}); err != nil {
		t.Fatalf("CountRefused failed: %v", err)
	}
	get := func(f usage.Filter) usage.Summary {
		t.Helper()
		rows, err := ledgerdb.UsageRows(ctx, e, f)
		if err != nil {
			t.Fatalf("UsageRows failed: %v", err)
		}
		return usage.Summarise(rows)
	}
	for _, c := range []struct {
		what                             string
		f                                usage.Filter
		total, billed, succeeded, failed int64
	}{
		{"all", usage.Filter{}, 7, 3, 3, 4},
		{"a day", usage.Filter{From: "2026-11-23", To: "2026-11-23"}, 6, 2, 2, 4},
		{"the next", usage.Filter{From: "2026-11-24"}, 1, 1, 1, 0},
		{"a user", usage.Filter{Users: []string{"sub"}}, 1, 0, 0, 1},
		{"no bucket", usage.Filter{Buckets: []string{""}}, 2, 0, 0, 2},
		{"two buckets", usage.Filter{Buckets: []string{"", "cards"}}, 7, 3, 3, 4},
		{"the account", usage.Filter{Accounts: []string{c.AppID}, APIs: []string{"legacy"}}, 7, 3, 3, 4},
		{"another", usage.Filter{Accounts: []string{"1"}}, 0, 0, 0, 0},
		{"none", usage.Filter{Users: []string{}}, 0, 0, 0, 0},
	} {
		if s := get(c.f); s.Total != c.total || s.Billed != c.billed || s.Succeeded != c.succeeded || s.Failed != c.failed {
			t.Errorf("%s: %+v", c.what, s)
		}
	}
	if n, err := accountdb.CountAccounts(ctx, e); err != nil || n != 1 {
		t.Errorf("%d accounts, %v", n, err)
	}
	last, err := ledgerdb.LastCharges(ctx, e, c.AppID, 2)
	if err != nil || len(last) != 2 || last[0].ID != "3" || last[0].User != "sub" || last[0].State != "void" || *last[0].Code != -9013 || last[1].Posted != 1 || !last[1].At.Equal(now.Add(time.Minute)) {
		t.Errorf("%+v, %v", last, err)
	}
	if s := get(usage.Filter{}); len(s.Errors) != 2 || s.Errors[0] != (usage.Error{Code: -9013, Calls: 2}) || s.Latency.Count() != 3 {
		t.Errorf("%+v", s)
	}
}
