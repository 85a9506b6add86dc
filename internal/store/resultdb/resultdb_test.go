package resultdb

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/accountdb"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/internal/store/sqlite"
	"github.com/kahao/kahao/internal/testutil"
)

type rig struct {
	*testutil.Clock
	engine *sqlite.DB
	ledger *ledgerdb.Store
	lines  []string // of the keyring
	who    account.CreatedKey
}

// whole is the view of the zero Access.
var whole = account.Access{}.View("")

func start(t *testing.T) *rig {
	t.Helper()
	e, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatalf("Open failed: %v", err)
	}
	t.Cleanup(func() { _ = e.Close() })
	r := &rig{Clock: &testutil.Clock{}, engine: e, ledger: ledgerdb.New(e, ledgerdb.Options{Free: 1000, Bin: func(time.Duration) int { return 0 }})}
	r.Set(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	r.lines = []string{line(t, "a")}
	if r.who, err = accountdb.New(accountdb.Options{Engine: e, Keyring: r.ring(t), Now: r.Now}).
		CreateAccount(t.Context(), account.NewAccount{Name: "a"}); err != nil {
		t.Fatalf("CreateAccount: %v", err)
	}
	return r
}

func line(t *testing.T, id string) string {
	t.Helper()
	l, err := envelope.NewKey(id)
	if err != nil {
		t.Fatalf("NewKey failed: %v", err)
	}
	return l
}

func (r *rig) ring(t *testing.T) *envelope.Keyring {
	t.Helper()
	k, err := envelope.ParseKeyring([]byte(strings.Join(r.lines, "\n")))
	if err != nil {
		t.Fatalf("ParseKeyring failed: %v", err)
	}
	return k
}

// vault is one as a process that begins now has it.
func (r *rig) vault(t *testing.T) *Store { return New(r.ledger, r.ring(t), r.Now) }

// post makes a charge that ends with a reply.
func (r *rig) post(t *testing.T, v *Store, id, session, reply string, keep time.Duration) {
	t.Helper()
	ctx := t.Context()
	h := ledger.Hold{ID: id, At: r.Now(), Units: 1, Caller: ledger.Caller{Account: r.who.AppID, User: r.who.User, Key: r.who.SecretID, API: "legacy"}}
	if _, err := r.ledger.Hold(ctx, h); err != nil {
		t.Fatalf("Hold failed: %v", err)
	}
	result, err := v.Result(ctx, r.who.AppID, session, whole, []byte(reply), keep)
	if err != nil {
		t.Fatalf("Result failed: %v", err)
	}
	if strings.Contains(string(result.Sealed), reply) || strings.Contains(string(result.ID[:]), session) {
		t.Error("the reply or its id is in clear")
	}
	if err := r.ledger.Post(ctx, id, ledger.Outcome{At: r.Now(), Calls: []ledger.Call{{Billed: true}}, Result: result}); err != nil {
		t.Fatalf("Post failed: %v", err)
	}
}

func (r *rig) get(t *testing.T, v *Store, app, session string) string {
	t.Helper()
	reply, found, err := v.Get(t.Context(), app, session, account.Access{})
	if err != nil {
		t.Fatalf("Get failed: %v", err)
	}
	if !found {
		return "none"
	}
	return string(reply)
}

// A reply is there for its account until its time is over, in every process,
// and then neither in the tables nor in a copy of them.
func TestResult(t *testing.T) {
	r := start(t)
	v := r.vault(t)
	r.post(t, v, "1", "12500000010000000001", "reply one", time.Hour)
	r.Pass(12 * time.Hour) // another day, another key
	r.post(t, v, "2", "12500000010000000002", "reply two", 48*time.Hour)
	for _, v := range []*Store{v, r.vault(t)} {
		if one, two := r.get(t, v, r.who.AppID, "12500000010000000001"), r.get(t, v, r.who.AppID, "12500000010000000002"); one != "none" || two != "reply two" {
			t.Error(one, two)
		}
		if got := r.get(t, v, "1250000009", "12500000010000000002"); got != "none" {
			t.Errorf("another account got the reply %q", got)
		}
	}
	// The tables as they are now, with nothing swept yet: one row's time is over.
	if n := r.rows(t, "result"); n != 2 {
		t.Errorf("%d results", n)
	}
	r.Pass(37 * time.Hour)
	if _, err := r.ledger.Sweep(t.Context(), r.Now()); err != nil {
		t.Fatalf("Sweep failed: %v", err)
	}
	// The first day's key is gone, so that a copy of its replies is unreadable.
	if days := r.days(t); days != "2026-11-24 session-ids" {
		t.Errorf("keys of %s", days)
	}
	if _, err := v.key(t.Context(), "2026-11-23"); !errors.Is(err, ledger.ErrUnknown) {
		t.Errorf("the key of a day that is over: %v", err)
	}
	if got := r.get(t, v, r.who.AppID, "12500000010000000002"); got != "reply two" {
		t.Errorf("reply = %q, want reply two", got)
	}
	r.Pass(100 * time.Hour)
	if got := r.get(t, v, r.who.AppID, "12500000010000000002"); got != "none" {
		t.Errorf("late: %s", got)
	}
}

func (r *rig) rows(t *testing.T, table string) (n int) {
	t.Helper()
	if err := r.engine.Read(context.Background(), func(tx *db.Tx) error { return tx.Row(`SELECT COUNT(*) FROM ` + table).Scan(&n) }); err != nil {
		t.Fatalf("Read failed: %v", err)
	}
	return n
}

func (r *rig) days(t *testing.T) string {
	t.Helper()
	var days []string
	err := r.engine.Read(context.Background(), func(tx *db.Tx) error {
		return tx.Each(func(scan func(...any) error) error {
			var day string
			err := scan(&day)
			days = append(days, day)
			return err
		}, `SELECT day FROM dek ORDER BY day`)
	})
	if err != nil {
		t.Fatalf("engine.Read: %v", err)
	}
	return strings.Join(days, " ")
}

// What was recorded for a charge opens for that charge alone.
func TestRecord(t *testing.T) {
	r := start(t)
	v, ctx := r.vault(t), t.Context()
	sealed, err := v.Record(ctx, r.who.AppID, "charge 1", whole, []byte("reply"), r.Now().Add(24*time.Hour))
	if err != nil || strings.Contains(string(sealed), "reply") {
		t.Fatalf("%q, %v", sealed, err)
	}
	for _, v := range []*Store{v, r.vault(t)} {
		if got, err := v.Recorded(ctx, r.who.AppID, "charge 1", sealed, account.Access{}); err != nil || string(got) != "reply" {
			t.Errorf("%q, %v", got, err)
		}
	}
	for name, open := range map[string]func() ([]byte, error){
		"another charge":  func() ([]byte, error) { return v.Recorded(ctx, r.who.AppID, "charge 2", sealed, account.Access{}) },
		"another account": func() ([]byte, error) { return v.Recorded(ctx, "1250000009", "charge 1", sealed, account.Access{}) },
		"cut": func() ([]byte, error) {
			return v.Recorded(ctx, r.who.AppID, "charge 1", sealed[:len(sealed)-1], account.Access{})
		},
		"nothing": func() ([]byte, error) { return v.Recorded(ctx, r.who.AppID, "charge 1", nil, account.Access{}) },
		"another day": func() ([]byte, error) {
			return v.Recorded(ctx, r.who.AppID, "charge 1", append([]byte("2020-01-01"), sealed[10:]...), account.Access{})
		},
	} {
		if got, err := open(); !errors.Is(err, ErrReply) || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// Rotation: the new key is put first, everything is rewrapped, the old key is
// removed.
func TestRewrap(t *testing.T) {
	r := start(t)
	r.post(t, r.vault(t), "1", "12500000010000000001", "reply one", time.Hour)
	old := r.lines[0]
	r.lines = []string{line(t, "b"), old}
	if n, err := r.vault(t).Rewrap(t.Context()); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	r.lines = r.lines[:1]
	if got := r.get(t, r.vault(t), r.who.AppID, "12500000010000000001"); got != "reply one" {
		t.Errorf("reply = %q, want reply one", got)
	}
	r.lines = []string{old}
	if _, _, err := r.vault(t).Get(t.Context(), r.who.AppID, "12500000010000000001", account.Access{}); !errors.Is(err, envelope.ErrKey) {
		t.Errorf("with the old key: %v", err)
	}
}

// TestDaysAreBounded expects that the data keys in memory do not grow with the
// days, and that a reply of an earlier day is still read.
func TestDaysAreBounded(t *testing.T) {
	r := start(t)
	v := r.vault(t)
	const keep = 200 * 24 * time.Hour
	r.post(t, v, "first", "session", "reply", keep)
	for range 2 * maxDays {
		r.Pass(24 * time.Hour)
		if _, _, err := v.today(t.Context(), r.Now().Add(time.Hour)); err != nil {
			t.Fatalf("today: %v", err)
		}
		if n := len(v.days); n > maxDays {
			t.Fatalf("%d data keys are in memory, want at most %d", n, maxDays)
		}
	}
	got, found, err := v.Get(t.Context(), r.who.AppID, "session", account.Access{})
	if err != nil || !found || string(got) != "reply" {
		t.Errorf("Get of the first day's reply = %q, %v, %v; want reply", got, found, err)
	}
}
