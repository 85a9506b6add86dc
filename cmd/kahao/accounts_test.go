package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
)

// shell runs commands on one data folder.
type shell struct{ data string }

// exits runs a command and returns what it prints; it must end with the code.
func (s shell) exits(t *testing.T, code int, args ...string) string {
	t.Helper()
	var out, errOut strings.Builder
	got := run(t.Context(), append(args, "--data", s.data), realEnv(&out, &errOut))
	if got != code {
		t.Fatalf("kahao %s: exit code %d, want %d: %s%s", strings.Join(args, " "), got, code, out.String(), errOut.String())
	}
	if code != exitOK && code != exitRefused && errOut.Len() == 0 {
		t.Errorf("kahao %s: it does not say what is wrong", strings.Join(args, " "))
	}
	return out.String()
}

// does runs a command that must work.
func (s shell) does(t *testing.T, args ...string) string {
	t.Helper()
	return s.exits(t, exitOK, args...)
}

// one runs a command with --json that prints one value.
func one[T any](t *testing.T, s shell, args ...string) (v T) {
	t.Helper()
	text := s.does(t, append(args, "--json")...)
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("kahao %s: %v: %s", strings.Join(args, " "), err, text)
	}
	return v
}

func newShell(t *testing.T) shell {
	t.Helper()
	s := shell{filepath.Join(t.TempDir(), "data")}
	s.exits(t, exitUnreadable, "account", "list")
	s.does(t, "db", "init")
	return s
}

// An account with everything, from its making to its end, as an operator types
// it.
func TestAccountCommands(t *testing.T) {
	s := newShell(t)
	a := one[createdKey](t, s, "account", "create", "Example 支付", "--bucket", "cards")
	if a.AppID == "" || a.SecretKey == "" || a.Bucket != "cards" {
		t.Fatalf("%+v", a)
	}
	s.does(t, "account", "set", a.AppID, "--post-pay", "--retention", "10m", "--rate", "5", "--fetch-hosts", "img.example.com, *.example.org")
	shown := s.does(t, "account", "show", a.AppID)
	for _, want := range []string{"Example 支付", "active", "5/s, burst 5", "10m0s", "img.example.com, *.example.org", a.SecretID, "main", "everything"} {
		if !strings.Contains(shown, want) {
			t.Errorf("show lacks %q:\n%s", want, shown)
		}
	}
	if strings.Contains(shown, a.SecretKey) {
		t.Error("the secret key is shown a second time")
	}
	s.exits(t, exitUsage, "account", "set", a.AppID)
	s.exits(t, exitUsage, "account", "list", "--bucket", "x")
	s.exits(t, exitUsage, "account")
	s.exits(t, exitUsage, "account", "remove", a.AppID)
	s.exits(t, exitUsage, "account", "show")
	s.exits(t, exitNotFound, "account", "show", "1")
	s.exits(t, exitRefused, "account", "create", "")
	s.exits(t, exitRefused, "account", "credit", a.AppID, "1.234")

	if got := one[account.Details](t, s, "account", "credit", a.AppID, "200", "--reason", "transfer 7"); got.Balance != 200_00 {
		t.Errorf("%+v", got)
	}
	p := one[account.PackDetails](t, s, "pack", "add", a.AppID, "1000")
	if p.Price != 120_00 || p.Left != 1000 {
		t.Errorf("%+v", p)
	}
	s.exits(t, exitRefused, "pack", "add", a.AppID, "10000") // the balance is 80
	s.exits(t, exitUsage, "pack", "add", a.AppID, "77")      // no such offer
	s.exits(t, exitRefused, "account", "close", a.AppID)     // a paid pack has units
	s.does(t, "pack", "refund", p.ID)
	s.does(t, "account", "close", a.AppID)
	if list := s.does(t, "account", "list"); !strings.Contains(list, "closed") || !strings.Contains(list, "200.00") {
		t.Error(list)
	}
	s.does(t, "account", "open", a.AppID)
	if list := s.does(t, "pack", "list"); !strings.Contains(list, "10000000  200,000.00") {
		t.Error(list)
	}
	if said := s.does(t, "ledger", "verify"); !strings.Contains(said, "the ledger is consistent") {
		t.Error(said)
	}
}

// Keys, users, buckets and policies.
func TestKeyCommands(t *testing.T) {
	s := newShell(t)
	a := one[createdKey](t, s, "account", "create", "a")
	s.does(t, "bucket", "create", a.AppID, "avatars")
	s.exits(t, exitRefused, "bucket", "create", a.AppID, "avatars")
	if got := s.does(t, "bucket", "list", a.AppID); got != "BUCKET\navatars\nkahao\n" {
		t.Error(got)
	}
	u := one[account.User](t, s, "user", "create", a.AppID, "reader")
	k := one[createdKey](t, s, "key", "create", a.AppID, "--user", "reader", "--buckets", "avatars", "--number", "bin_last4")
	if k.User != u.ID || k.Bucket != "avatars" {
		t.Errorf("%+v", k)
	}
	s.exits(t, exitRefused, "bucket", "remove", a.AppID, "avatars")
	s.does(t, "key", "set", k.SecretID, "--buckets", "", "--number", "token")
	s.does(t, "bucket", "remove", a.AppID, "avatars")
	keyFile := filepath.Join(t.TempDir(), "public.pem")
	if err := os.WriteFile(keyFile, []byte(publicKey), 0o600); err != nil {
		t.Fatal(err)
	}
	s.does(t, "key", "set", k.SecretID, "--encrypt", keyFile)
	if list := s.does(t, "key", "list", a.AppID); !strings.Contains(list, "token, encrypted") {
		t.Error(list)
	}
	s.does(t, "key", "set", k.SecretID, "--encrypt", "-", "--number", "full")
	s.exits(t, exitRefused, "key", "set", k.SecretID, "--number", "half")
	s.exits(t, exitUnreadable, "key", "set", k.SecretID, "--encrypt", keyFile+"x")

	fresh := one[createdKey](t, s, "key", "rotate", k.SecretID, "--overlap", "1h")
	s.exits(t, exitRefused, "key", "rotate", fresh.SecretID)
	s.does(t, "key", "disable", k.SecretID)
	if list := s.does(t, "key", "list", a.AppID); strings.Count(list, "disabled") != 1 || !strings.Contains(list, fresh.SecretID) {
		t.Error(list)
	}
	s.does(t, "key", "enable", k.SecretID)
	s.exits(t, exitNotFound, "key", "disable", "none")

	if got := s.does(t, "policy", "list"); strings.Count(got, "preset") != 3 {
		t.Error(got)
	}
	denied := func(code int, action ...string) {
		t.Helper()
		want := map[int]string{exitOK: "allowed\n", exitRefused: "denied\n"}[code]
		if got := s.exits(t, code, append([]string{"policy", "check", u.ID}, action...)...); got != want {
			t.Errorf("%v: %s", action, got)
		}
	}
	denied(exitRefused, "ocr:BankCardOCR")
	s.does(t, "policy", "attach", u.ID, "QcloudOCRFullAccess")
	denied(exitOK, "ocr:BankCardOCR")
	document := filepath.Join(t.TempDir(), "deny.json")
	if err := os.WriteFile(document, []byte(`{"version":"2.0","statement":[{"effect":"deny","action":["ocr:BankCardOCR"],"resource":"*"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s.does(t, "policy", "attach", u.ID, "no-cards", "--document", document)
	denied(exitRefused, "ocr:BankCardOCR")
	denied(exitOK, "ocr:QueryCallForConsole", "qcs::ocr:::subUin/1")
	if got := s.does(t, "policy", "list", u.ID); !strings.Contains(got, `"effect":"deny"`) {
		t.Error(got)
	}
	s.does(t, "policy", "detach", u.ID, "no-cards")
	denied(exitOK, "ocr:BankCardOCR")
	s.exits(t, exitNotFound, "policy", "detach", u.ID, "no-cards")
	s.exits(t, exitUsage, "policy", "attach", u.ID, "mine")
	s.exits(t, exitUnreadable, "policy", "attach", u.ID, "mine", "--document", document+"x")
	s.does(t, "user", "disable", u.ID)
	if got := s.does(t, "user", "list", a.AppID); !strings.Contains(got, "disabled") {
		t.Error(got)
	}
	s.does(t, "user", "enable", u.ID)
	s.exits(t, exitRefused, "user", "disable", a.User)
}

// publicKey is a key of P-256 that nobody uses.
const publicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
-----END PUBLIC KEY-----
`

// book makes calls in the books at a time that is over.
func (s shell) book(t *testing.T, a createdKey, at time.Time, n int) {
	t.Helper()
	c := config.Defaults().Store
	c.Data = s.data
	st, err := store.Open(t.Context(), store.Options{Store: c, Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	id := fmt.Sprint("charge at ", at)
	h := ledger.Hold{ID: id, At: at, Units: int64(n), Caller: ledger.Caller{Account: a.AppID, User: a.User, Key: a.SecretID, Bucket: a.Bucket, API: "legacy"}}
	if _, err := st.Books.Hold(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	o := ledger.Outcome{At: at}
	for range n {
		o.Calls = append(o.Calls, ledger.Call{Billed: true, Took: 80 * time.Millisecond})
	}
	if err := st.Books.Post(t.Context(), id, o); err != nil {
		t.Fatal(err)
	}
}

// back puts an account and its packs into the past, so that it has a month that
// is over.
func (s shell) back(t *testing.T, at time.Time) {
	t.Helper()
	c := config.Defaults().Store
	c.Data = s.data
	st, err := store.Open(t.Context(), store.Options{Store: c})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Engine.Write(t.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(`UPDATE account SET created_at = ?`, at.UnixMicro()); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE pack SET valid_from = ?`, at.UnixMicro())
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// The specification's second example, as an operator types it: 2,500 calls with
// one pack of 1,000 are 120 for the pack and 75 for 500 calls: 195.
func TestBillingExample(t *testing.T) {
	s := newShell(t)
	a := one[createdKey](t, s, "account", "create", "a", "--post-pay")
	s.does(t, "account", "credit", a.AppID, "195")
	s.does(t, "pack", "add", a.AppID, "1000")
	calendar, err := billing.NewCalendar("")
	if err != nil {
		t.Fatal(err)
	}
	span, err := calendar.MonthSpan(calendar.Month(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	last := span.From.Add(-48 * time.Hour) // in the month before this one
	s.back(t, last.Add(-time.Hour))
	s.book(t, a, last, 2500)
	month := string(calendar.Month(last))
	if time.Now().After(span.From.Add(time.Hour)) { // else it is not settled yet
		bills := s.does(t, "ledger", "bill")
		for _, want := range []string{month, "2500", "1000", "500", "0.15", "75.00"} {
			if !strings.Contains(bills, want) {
				t.Errorf("the bill lacks %s:\n%s", want, bills)
			}
		}
		if again := s.does(t, "ledger", "bill"); again != "" {
			t.Errorf("billed twice: %s", again)
		}
		b := one[account.BillDetails](t, s, "ledger", "bill", a.AppID, "--month", month)
		if d := one[account.Details](t, s, "account", "list"); d.Balance != 0 || b.Amount != 75_00 {
			t.Errorf("195 paid, and there is left %v; %+v", d.Balance, b)
		}
	}
	s.exits(t, exitRefused, "ledger", "bill", a.AppID, "--month", string(calendar.Month(time.Now())))
	s.does(t, "ledger", "verify")
}

// What the usage page shows, as a table with a chart, as JSON and for
// spreadsheets, whole or as a sub-account may see it.
func TestUsageCommand(t *testing.T) {
	s := newShell(t)
	a := one[createdKey](t, s, "account", "create", "a")
	if got := s.does(t, "usage"); got != "no calls\n" {
		t.Error(got)
	}
	u := one[account.User](t, s, "user", "create", a.AppID, "sub")
	at := time.Now()
	s.back(t, at.Add(-26*time.Hour))
	s.book(t, a, at.Add(-25*time.Hour), 3)
	s.book(t, a, at.Add(-time.Second), 4)
	s.book(t, createdKey{AppID: a.AppID, User: u.ID, SecretID: "k", Bucket: "other"}, at, 2)
	table := s.does(t, "usage", a.AppID)
	for _, want := range []string{"9 calls, 9 billed, 9 succeeded (100.0%), 0 failed", "██████████", "P50"} {
		if !strings.Contains(table, want) {
			t.Errorf("usage lacks %q:\n%s", want, table)
		}
	}
	type page struct{ Summary, _ struct{ Calls, Billed int } }
	for args, want := range map[string]int{
		"": 9, "--bucket other": 2, "--user sub": 2, "--user main": 7, "--days 1": 6, "--interface legacy": 9, "--interface api3": 0,
		"--as main": 9, "--as sub": 0, "--by user": 9, "--rebuild": 9,
	} {
		got := one[page](t, s, append([]string{"usage", a.AppID}, strings.Fields(args)...)...)
		if got.Summary.Calls != want && args != "--days 1" || got.Summary.Billed != got.Summary.Calls {
			t.Errorf("%s: %+v, want %d", args, got, want)
		}
	}
	s.does(t, "policy", "attach", u.ID, "QcloudOCRReadSelfUinUsage")
	if got := one[page](t, s, "usage", a.AppID, "--as", "sub"); got.Summary.Calls != 2 {
		t.Errorf("a sub-account sees %+v", got)
	}
	csv := s.does(t, "usage", "--csv")
	if lines := strings.Split(strings.TrimSpace(csv), "\n"); len(lines) < 4 || !strings.HasPrefix(lines[0], "day,interface,account") || !strings.Contains(csv, a.AppID) {
		t.Error(csv)
	}
	s.exits(t, exitUsage, "usage", "--by", "colour")
	s.exits(t, exitRefused, "usage", "--from", "yesterday")
	s.exits(t, exitNotFound, "usage", "1")
	if shown := s.does(t, "ledger", "show", a.AppID, "--last", "2"); strings.Count(shown, "posted") != 2 {
		t.Error(shown)
	}
	if swept := s.does(t, "ledger", "sweep"); !strings.Contains(swept, "released 0 holds") {
		t.Error(swept)
	}
}

// Broken books are told, with the first thing that is wrong, and their code.
func TestBrokenBooks(t *testing.T) {
	s := newShell(t)
	a := one[createdKey](t, s, "account", "create", "a")
	s.book(t, a, time.Now(), 1)
	c := config.Defaults().Store
	c.Data = s.data
	st, err := store.Open(t.Context(), store.Options{Store: c})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Engine.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(`UPDATE usage_day SET units = 7`); return err }); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	s.exits(t, exitVerification, "ledger", "verify")
	s.does(t, "usage", "--rebuild")
	s.does(t, "ledger", "verify")
}

// Backup, rotation of the keys, and the versions.
func TestStoreCommands(t *testing.T) {
	s := newShell(t)
	a := one[createdKey](t, s, "account", "create", "a")
	sign := func(s shell) string { return strings.TrimSpace(s.does(t, "sign", "--print", "secret-id")) }
	if sign(s) != a.SecretID {
		t.Error("sign takes another key than the only account's")
	}
	if got := s.does(t, "db", "version"); got != "sqlite, version 2 of 2\n" {
		t.Error(got)
	}
	s.does(t, "db", "migrate")
	backup := shell{t.TempDir()}
	s.does(t, "db", "backup", filepath.Join(backup.data, "kahao.db"))
	s.exits(t, exitUnreadable, "db", "backup", filepath.Join(backup.data, "kahao.db")) // which is there
	before, err := os.ReadFile(store.KeyFile(s.data))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.does(t, "db", "rotate-keys"); !strings.Contains(got, "2 secrets") || !strings.Contains(got, "key k2") {
		t.Error(got)
	}
	if sign(s) != a.SecretID {
		t.Error("after the rotation")
	}
	// The new key alone opens the database, the old one alone its backup.
	after, err := os.ReadFile(store.KeyFile(s.data))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(after), "\n")
	for _, c := range []struct {
		shell
		keys string
	}{{s, first}, {backup, string(before)}} {
		if err := os.WriteFile(store.KeyFile(c.data), []byte(c.keys), 0o600); err != nil {
			t.Fatal(err)
		}
		if sign(c.shell) != a.SecretID {
			t.Errorf("%s", c.data)
		}
	}
	s.exits(t, exitUsage, "db", "copy", "mysql://h/d")
}

// A data folder is moved to PostgreSQL, and the commands go on there.
func TestStoreCopy(t *testing.T) {
	address := pgtest.URL(t)
	s := newShell(t)
	a := one[createdKey](t, s, "account", "create", "a")
	s.book(t, a, time.Now(), 3)
	if got := s.does(t, "db", "copy", address); !strings.Contains(got, "1 charges, 1 entries") {
		t.Error(got)
	}
	s.exits(t, exitError, "db", "copy", address) // it is not empty any more
	there := []string{"--database-url", address, "--key-file", store.KeyFile(s.data)}
	if got := say(t, append([]string{"sign", "--print", "secret-id"}, there...)...); got != a.SecretID {
		t.Error(got)
	}
	if got := say(t, append([]string{"usage", "--json"}, there...)...); !strings.Contains(got, `"calls":3`) {
		t.Error(got)
	}
	if got := say(t, append([]string{"db", "version"}, there...)...); !strings.HasPrefix(got, "postgres, version 1") {
		t.Error(got)
	}
}
