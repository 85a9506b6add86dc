package accountdb

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/internal/store/migrate"
	"github.com/kahao/kahao/internal/store/postgres"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
	"github.com/kahao/kahao/internal/store/sqlite"
	"github.com/kahao/kahao/internal/testutil"
	"github.com/kahao/kahao/pan"
)

// engines are those that everything runs on.
var engines = map[string]func(*testing.T) db.Engine{
	"sqlite": func(t *testing.T) db.Engine {
		e, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
		if err != nil {
			t.Fatalf("Open failed: %v", err)
		}
		return e
	},
	"postgres": func(t *testing.T) db.Engine {
		e, err := postgres.Open(t.Context(), postgres.Options{URL: pgtest.URL(t)})
		if err != nil {
			t.Fatalf("Open failed: %v", err)
		}
		if _, err := migrate.Up(t.Context(), e, time.Now); err != nil {
			t.Fatalf("Up failed: %v", err)
		}
		return e
	},
}

// each runs a test on every engine.
func each(t *testing.T, test func(t *testing.T, e db.Engine)) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			e := open(t)
			t.Cleanup(func() {
				if err := e.Close(); err != nil {
					t.Errorf("Close failed: %v", err)
				}
			})
			test(t, e)
		})
	}
}

func keyring(t *testing.T, ids ...string) *envelope.Keyring {
	t.Helper()
	var lines []string
	for _, id := range ids {
		if keyLines[id] == "" {
			line, err := envelope.NewKey(id)
			if err != nil {
				t.Fatalf("NewKey failed: %v", err)
			}
			keyLines[id] = line
		}
		lines = append(lines, keyLines[id])
	}
	k, err := envelope.ParseKeyring([]byte(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatalf("ParseKeyring failed: %v", err)
	}
	return k
}

var keyLines = map[string]string{}

func open(t *testing.T, e db.Engine, clock *testutil.Clock) *Store {
	return New(Options{Engine: e, Keyring: keyring(t, "a"), Prices: billing.Default(), Now: clock.Now, Retention: time.Hour})
}

func at(text string) *testutil.Clock {
	now, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	c := &testutil.Clock{}
	c.Set(now)
	return c
}

// The wire's view: what changes is seen at once by the process that changed it,
// and within five seconds by others.
func TestAccess(t *testing.T) {
	each(t, func(t *testing.T, e db.Engine) {
		ctx, clock := t.Context(), at("2026-11-23T04:00:00Z")
		r, other := open(t, e, clock), open(t, e, clock)
		c, err := r.CreateAccount(ctx, account.NewAccount{Name: "a", Bucket: "cards"})
		if err != nil {
			t.Fatalf("CreateAccount failed: %v", err)
		}
		for _, r := range []*Store{r, other} {
			if known, err := r.App(ctx, c.AppID); err != nil || !known {
				t.Errorf("App of an account = %v, %v, want true", known, err)
			}
			if known, err := r.App(ctx, "1"); err != nil || known {
				t.Errorf("App of no account = %v, %v, want false", known, err)
			}
			k, found, err := r.Key(ctx, c.SecretID)
			if err != nil || !found || k.AppID != c.AppID || k.Secret != c.SecretKey || k.Disabled {
				t.Errorf("Key: app ID %s, disabled %v, found %v, %v, want the key of %s", k.AppID, k.Disabled, found, err, c.AppID)
			}
			if _, found, err := r.Key(ctx, "none"); err != nil || found {
				t.Errorf("Key of no SecretId: found %v, %v, want false", found, err)
			}
		}
		a, err := other.Access(ctx, c.AppID, c.SecretID)
		if err != nil || a.SubAccount || a.User != c.User || !a.HasBucket("cards") || !a.Allows("cards") || a.Standing != account.Active || a.Retention != time.Hour {
			t.Errorf("%+v, %v", a, err)
		}
		if a.Shape != nil {
			t.Errorf("a new key has the masker %v, want none", a.Shape)
		}
		if _, err := other.Access(ctx, "1", c.SecretID); !errors.Is(err, account.ErrUnavailable) {
			t.Errorf("Access: error %v, want %v", err, account.ErrUnavailable)
		}
		if got := other.UserOf(c.SecretID); got != c.User || other.UserOf("none") != "" || other.UserOf("never seen") != "" {
			t.Errorf("UserOf = %q, want %q, and none for unknown keys", got, c.User)
		}

		if err := r.DisableKey(ctx, c.SecretID, true); err != nil {
			t.Fatalf("DisableKey failed: %v", err)
		}
		disabled := func(r *Store) bool {
			k, _, err := r.Key(ctx, c.SecretID)
			if err != nil {
				t.Fatalf("Key failed: %v", err)
			}
			return k.Disabled
		}
		clock.Pass(Fresh - 1)
		if !disabled(r) || disabled(other) {
			t.Errorf("within %v: disabled here %v, elsewhere %v, want true and false", Fresh, disabled(r), disabled(other))
		}
		clock.Pass(1)
		if !disabled(other) {
			t.Error("a disabled key is accepted after five seconds")
		}
		// An end is kept to the second, whatever is remembered.
		if err := r.DisableKey(ctx, c.SecretID, false); err != nil {
			t.Fatalf("DisableKey failed: %v", err)
		}
		clock.Pass(Fresh)
		end := clock.Now().Add(time.Second)
		if err := r.SetKey(ctx, c.SecretID, account.KeySettings{Expires: &end}); err != nil {
			t.Fatalf("SetKey failed: %v", err)
		}
		if disabled(other) {
			t.Error("the key is disabled before it expires")
		}
		clock.Pass(time.Second)
		if !disabled(other) {
			t.Error("the key is accepted after it expired")
		}
	})
}

// What a key's replies carry of a number, by the key and the account: tokens of
// two accounts have nothing in common.
func TestShape(t *testing.T) {
	each(t, func(t *testing.T, e db.Engine) {
		ctx, clock := t.Context(), at("2026-11-23T04:00:00Z")
		r := open(t, e, clock)
		number, err := pan.New("6227000000000000003")
		if err != nil {
			t.Fatalf("New failed: %v", err)
		}
		seen := map[string]bool{}
		for _, name := range []string{"a", "b"} {
			c, err := r.CreateAccount(ctx, account.NewAccount{Name: name})
			if err != nil {
				t.Fatalf("CreateAccount failed: %v", err)
			}
			for _, form := range []string{`{"number":"token"}`, `{"number":"bin_last4"}`, `{}`} {
				if err := r.SetKey(ctx, c.SecretID, account.KeySettings{Shape: json.RawMessage(form)}); err != nil {
					t.Fatalf("SetKey failed: %v", err)
				}
				a, err := r.Access(ctx, c.AppID, c.SecretID)
				if err != nil {
					t.Fatalf("Access failed: %v", err)
				}
				if a.Shape == nil {
					seen["full"] = true
					continue
				}
				text, err := a.Shape.Number(number)
				if err != nil || strings.Contains(text, "00000000") {
					t.Errorf("%s: %s, %v", form, text, err)
				}
				seen[text] = true
			}
			for _, bad := range []string{`{"number":"all"}`, `no`} {
				if err := r.SetKey(ctx, c.SecretID, account.KeySettings{Shape: json.RawMessage(bad)}); !errors.Is(err, account.ErrIncomplete) {
					t.Errorf("%s: %v", bad, err)
				}
			}
		}
		if len(seen) != 4 || !seen["622700*********0003"] {
			t.Errorf("%v: two tokens, one masked number and the full one are wanted", seen)
		}
	})
}

// A sub-account's key is known as such, with its own rate and the account's.
func TestSubAccount(t *testing.T) {
	each(t, func(t *testing.T, e db.Engine) {
		ctx, clock := t.Context(), at("2026-11-23T04:00:00Z")
		r := open(t, e, clock)
		c, err := r.CreateAccount(ctx, account.NewAccount{Name: "a"})
		if err != nil {
			t.Fatalf("CreateAccount failed: %v", err)
		}
		u, err := r.CreateUser(ctx, c.AppID, "sub")
		if err != nil {
			t.Fatalf("CreateUser failed: %v", err)
		}
		own, of := ratelimit.Limit{PerSecond: 3, Burst: 4}, ratelimit.Limit{PerSecond: 10}
		k, err := r.CreateKey(ctx, u.ID, account.KeySettings{Rate: &own})
		if err != nil {
			t.Fatalf("CreateKey failed: %v", err)
		}
		if err := r.ChangeAccount(ctx, c.AppID, account.Changes{Rate: &of}); err != nil {
			t.Fatalf("ChangeAccount failed: %v", err)
		}
		if r.Limit(c.AppID) != (ratelimit.Limit{}) || r.KeyLimit(k.SecretID) != (ratelimit.Limit{}) {
			t.Error("Limit or KeyLimit is set before the key was read")
		}
		a, err := r.Access(ctx, c.AppID, k.SecretID)
		if err != nil || !a.SubAccount || a.User != u.ID {
			t.Errorf("%+v, %v", a, err)
		}
		if _, err := r.App(ctx, c.AppID); err != nil || r.Limit(c.AppID) != of || r.KeyLimit(k.SecretID) != own {
			t.Errorf("Limit = %v, KeyLimit = %v, %v", r.Limit(c.AppID), r.KeyLimit(k.SecretID), err)
		}
		if err := r.DisableUser(ctx, u.ID, true); err != nil {
			t.Fatalf("DisableUser failed: %v", err)
		}
		if k, _, err := r.Key(ctx, k.SecretID); err != nil || !k.Disabled {
			t.Errorf("the key of a disabled user is accepted, %v", err)
		}
	})
}

// No secret stands in the tables, none opens in another place, and one whose
// key is gone is a key without its secret.
func TestSealed(t *testing.T) {
	each(t, func(t *testing.T, e db.Engine) {
		ctx, clock := t.Context(), at("2026-11-23T04:00:00Z")
		r := open(t, e, clock)
		a, err := r.CreateAccount(ctx, account.NewAccount{Name: "a"})
		if err != nil {
			t.Fatalf("CreateAccount failed: %v", err)
		}
		b, err := r.CreateAccount(ctx, account.NewAccount{Name: "b"})
		if err != nil {
			t.Fatalf("CreateAccount failed: %v", err)
		}
		rotated := New(Options{Engine: e, Keyring: keyring(t, "b", "a"), Now: clock.Now})
		if n, err := rotated.Rewrap(ctx); err != nil || n != 4 {
			t.Errorf("%d, %v", n, err)
		}
		if n, err := rotated.Rewrap(ctx); err != nil || n != 0 {
			t.Errorf("again: %d, %v", n, err)
		}
		if got, err := New(Options{Engine: e, Keyring: keyring(t, "b")}).Secret(ctx, a.SecretID); err != nil || got.SecretKey != a.SecretKey {
			t.Errorf("Secret with the new keyring: %v, want the same secret", err)
		}
		clock.Pass(Fresh)
		if k, found, err := r.Key(ctx, a.SecretID); err != nil || !found || k.Secret != "" {
			t.Errorf("sealed under a key that is not there: found %v, %v", found, err)
		}
		if _, err := r.Secret(ctx, a.SecretID); !errors.Is(err, envelope.ErrKey) {
			t.Errorf("Secret: error %v, want %v", err, envelope.ErrKey)
		}
		err = e.Write(ctx, func(tx *db.Tx) error {
			var sealed []byte
			if err := tx.Row(`SELECT secret_ct FROM api_key WHERE secret_id = ?`, a.SecretID).Scan(&sealed); err != nil {
				return err
			}
			if strings.Contains(string(sealed), string(a.SecretKey)) {
				t.Error("the database contains a secret in clear")
			}
			_, err := tx.Exec(`UPDATE api_key SET secret_ct = ? WHERE secret_id = ?`, sealed, b.SecretID)
			return err
		})
		if err != nil {
			t.Fatalf("Write: %v", err)
		}
		if _, err := rotated.Secret(ctx, b.SecretID); !errors.Is(err, envelope.ErrOpen) {
			t.Errorf("a secret moved to another row opens: %v", err)
		}
	})
}

// When a key was last used is noted by the day.
func TestUsed(t *testing.T) {
	each(t, func(t *testing.T, e db.Engine) {
		ctx, clock := t.Context(), at("2026-11-23T15:59:59Z")
		r := open(t, e, clock)
		c, err := r.CreateAccount(ctx, account.NewAccount{Name: "a"})
		if err != nil {
			t.Fatalf("CreateAccount failed: %v", err)
		}
		for _, day := range []string{"2026-11-23", "2026-11-24"} { // the day of Beijing
			r.Used(c.SecretID)
			r.Used("none")
			if err := r.FlushUsed(ctx); err != nil {
				t.Fatalf("FlushUsed failed: %v", err)
			}
			keys, err := r.ListKeys(ctx, c.AppID)
			if err != nil || keys[0].LastUsed != day {
				t.Errorf("%+v, %v", keys, err)
			}
			r.Used(c.SecretID)
			if len(r.used.pending) != 0 {
				t.Error("the day of use was written twice")
			}
			clock.Pass(time.Second)
		}
	})
}

// A database that is gone says that accounts cannot be asked.
func TestUnavailable(t *testing.T) {
	e := engines["sqlite"](t)
	r := open(t, e, at("2026-11-23T04:00:00Z"))
	c, err := r.CreateAccount(t.Context(), account.NewAccount{Name: "a"})
	if err != nil {
		t.Fatalf("CreateAccount failed: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatalf("Close failed: %v", err)
	}
	for _, ask := range []func(context.Context) error{
		func(ctx context.Context) error { _, err := r.App(ctx, c.AppID); return err },
		func(ctx context.Context) error { _, _, err := r.Key(ctx, c.SecretID); return err },
		func(ctx context.Context) error { _, err := r.Access(ctx, c.AppID, c.SecretID); return err },
	} {
		if err := ask(t.Context()); !errors.Is(err, account.ErrUnavailable) || !errors.Is(err, db.ErrClosed) {
			t.Errorf("ask: error %v, want %v", err, account.ErrUnavailable)
		}
	}
}

// The specification's second example of a bill: 2,500 calls with one pack of
// 1,000 are 75 for 500 on account, and 120 for the pack.
func TestBill(t *testing.T) {
	each(t, func(t *testing.T, e db.Engine) {
		ctx, clock := t.Context(), at("2026-11-23T04:00:00Z")
		r := open(t, e, clock)
		c, err := r.CreateAccount(ctx, account.NewAccount{Name: "a", PostPay: true})
		if err != nil {
			t.Fatalf("CreateAccount failed: %v", err)
		}
		if _, err := r.AddPack(ctx, account.NewPack{Account: c.AppID, Units: 1000, Price: 120_00, Paid: true}); err != nil {
			t.Fatalf("AddPack failed: %v", err)
		}
		b := ledgerdb.New(e, ledgerdb.Options{Free: 1000, Bin: func(time.Duration) int { return 0 }})
		call := func(id string, n int) {
			t.Helper()
			h := ledger.Hold{ID: id, At: clock.Now(), Units: int64(n), Caller: ledger.Caller{Account: c.AppID, User: c.User, Key: c.SecretID, API: "legacy"}}
			if _, err := b.Hold(ctx, h); err != nil {
				t.Fatalf("Hold failed: %v", err)
			}
			o := ledger.Outcome{At: clock.Now().Add(time.Minute)}
			for range n {
				o.Calls = append(o.Calls, ledger.Call{Billed: true})
			}
			if err := b.Post(ctx, id, o); err != nil {
				t.Fatalf("Post failed: %v", err)
			}
		}
		call("one", 900)
		call("two", 1600-1)
		// Held in the last second of the month and posted in the next month, it
		// is this month's.
		clock.Set(time.Date(2026, 11, 30, 15, 59, 59, 0, time.UTC))
		call("three", 1)
		clock.Pass(time.Hour)
		call("next month's", 7)
		clock.Pass(time.Hour)
		// The preview has the same figures, with the pack that was bought.
		preview, err := r.PreviewBill(ctx, c.AppID, "2026-11")
		if err != nil || preview.Units != 2500 || preview.Charge != 75_00 || len(preview.Lines) != 4 || preview.Lines[3].Kind != billing.LineBought {
			t.Errorf("PreviewBill = %+v, %v, want 2500 units for 75.00 and the pack", preview, err)
		}
		bill, fresh, err := r.BillMonth(ctx, c.AppID, "2026-11")
		if err != nil || !fresh || bill.Calls != 2500 || bill.Free != 1000 || bill.Pack != 1000 || bill.Postpaid != 500 || bill.Price != 15 || bill.Amount != 75_00 {
			t.Errorf("%+v, %v, %v", bill, fresh, err)
		}
		d, err := r.Account(ctx, c.AppID)
		if err != nil || d.Balance != -75_00 || d.NegativeSince == nil || d.Standing(clock.Now()) != account.Active {
			t.Errorf("%+v, %v", d, err)
		}
		clock.Pass(billing.Grace)
		if d.Standing(clock.Now()) != account.Arrears {
			t.Error("the account is served a day after the charge")
		}
		if report, err := b.Verify(ctx); err != nil || report.Break != "" {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

// Months that are over are billed each once, from the account's first on, and
// what cannot be billed keeps nothing else from it.
func TestBillDue(t *testing.T) {
	each(t, func(t *testing.T, e db.Engine) {
		ctx, clock := t.Context(), at("2026-09-30T15:00:00Z")
		r := open(t, e, clock)
		a, err := r.CreateAccount(ctx, account.NewAccount{Name: "a"})
		if err != nil {
			t.Fatalf("CreateAccount failed: %v", err)
		}
		if bills, err := r.BillDue(ctx); err != nil || len(bills) != 0 {
			t.Errorf("%+v, %v", bills, err)
		}
		clock.Set(time.Date(2026, 10, 15, 0, 0, 0, 0, time.UTC))
		if _, err := r.CreateAccount(ctx, account.NewAccount{Name: "b"}); err != nil {
			t.Fatalf("CreateAccount failed: %v", err)
		}
		clock.Set(time.Date(2026, 11, 30, 16, 59, 0, 0, time.UTC)) // November is not settled yet
		bills, err := r.BillDue(ctx)
		if err != nil || len(bills) != 3 {
			t.Errorf("%+v, %v", bills, err)
		}
		clock.Pass(time.Minute)
		if bills, err := r.BillDue(ctx); err != nil || len(bills) != 2 || bills[0].Month != "2026-11" {
			t.Errorf("%+v, %v", bills, err)
		}
		if all, err := r.ListBills(ctx, a.AppID); err != nil || len(all) != 3 || all[2].Month != "2026-09" {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// A wrong keyring is reported at the start, not at the first request.
func TestCheck(t *testing.T) {
	each(t, func(t *testing.T, e db.Engine) {
		r := open(t, e, at("2026-11-23T04:00:00Z"))
		if err := r.Check(t.Context()); err != nil {
			t.Errorf("empty tables: %v", err)
		}
		if _, err := r.CreateAccount(t.Context(), account.NewAccount{Name: "a"}); err != nil {
			t.Fatalf("CreateAccount failed: %v", err)
		}
		if err := r.Check(t.Context()); err != nil {
			t.Errorf("Check failed: %v", err)
		}
		if err := New(Options{Engine: e, Keyring: keyring(t, "b")}).Check(t.Context()); !errors.Is(err, envelope.ErrKey) {
			t.Errorf("Check: error %v, want %v", err, envelope.ErrKey)
		}
	})
}
