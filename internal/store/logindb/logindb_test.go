package logindb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/login"
	"github.com/kahao/kahao/internal/store/auditdb"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/migrate"
	"github.com/kahao/kahao/internal/store/postgres"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
	"github.com/kahao/kahao/internal/store/sqlite"
	"github.com/kahao/kahao/internal/testutil"
)

const (
	password = "rain on the roof"
	other    = "snow on the hill"
	here     = "192.0.2.1"
)

// users are those of the account 1250000001.
type users map[string]account.User

func (u users) FindUser(_ context.Context, appID, idOrName string) (account.User, error) {
	for _, user := range u {
		if appID == "" && user.ID == idOrName || appID == user.Account && (user.ID == idOrName || user.Name == idOrName) {
			return user, nil
		}
	}
	return account.User{}, account.ErrUnknown
}

// rig is a login service on a database.
type rig struct {
	*login.Service
	store   *Store
	engine  db.Engine
	keyring *envelope.Keyring
	keys    string // the text of the keyring
	clock   *testutil.Clock
	users   users
	mu      sync.Mutex
	slept   []time.Duration
}

// each runs a test on every engine.
func each(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Run("sqlite", func(t *testing.T) {
		e, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
		if err != nil {
			t.Fatalf("Open failed: %v", err)
		}
		test(t, newRig(t, e))
	})
	t.Run("postgres", func(t *testing.T) {
		e, err := postgres.Open(t.Context(), postgres.Options{URL: pgtest.URL(t)})
		if err != nil {
			t.Fatalf("Open failed: %v", err)
		}
		if _, err := migrate.Up(t.Context(), e, time.Now); err != nil {
			t.Fatalf("Up failed: %v", err)
		}
		test(t, newRig(t, e))
	})
}

func newRig(t *testing.T, e db.Engine) *rig {
	t.Helper()
	t.Cleanup(func() { _ = e.Close() })
	r := &rig{engine: e, clock: &testutil.Clock{}, users: users{
		"main": {ID: "100000000001", Account: "1250000001", Name: "main", Main: true},
		"anna": {ID: "100000000002", Account: "1250000001", Name: "anna"},
	}}
	r.keyring, r.keys = newKeyring(t, "k1", "")
	r.store = New(e, r.keyring, rand.Reader)
	r.clock.Set(time.Date(2026, 11, 30, 4, 0, 0, 0, time.UTC))
	var err error
	r.Service, err = login.New(login.Options{Users: r.users, Store: r.store, Now: r.clock.Now, Cost: login.Cost{Passes: 1, Memory: 64}, Sleep: func(_ context.Context, d time.Duration) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.slept = append(r.slept, d)
		return nil
	}})
	if err != nil {
		t.Fatalf("login.New: %v", err)
	}
	return r
}

// newKeyring returns a keyring with a new primary key in front of earlier lines,
// and its text.
func newKeyring(t *testing.T, id, earlier string) (k *envelope.Keyring, text string) {
	t.Helper()
	line, err := envelope.NewKey(id)
	if err != nil {
		t.Fatalf("NewKey: %v", err)
	}
	text = line + "\n" + earlier
	if k, err = envelope.ParseKeyring([]byte(text)); err != nil {
		t.Fatalf("ParseKeyring: %v", err)
	}
	return k, text
}

// accept invites a subject and sets its password.
func (r *rig) accept(t *testing.T, subject, password string) (session string) {
	t.Helper()
	link, err := r.Invite(t.Context(), subject)
	if err != nil {
		t.Fatalf("Invite(%s): %v", subject, err)
	}
	session, err = r.Accept(t.Context(), link, password, "")
	if err != nil {
		t.Fatalf("Accept for %s: %v", subject, err)
	}
	return session
}

func (r *rig) signedIn(t *testing.T, token, want string) {
	t.Helper()
	p, err := r.Session(t.Context(), token)
	if want == "" {
		if !errors.Is(err, login.ErrNoSession) {
			t.Errorf("Session = %+v, %v, want ErrNoSession", p, err)
		}
		return
	}
	if err != nil || p.Subject != want {
		t.Errorf("Session = %+v, %v, want %s", p, err, want)
	}
}

// A link sets a password once; its time is limited, and a new one replaces it.
func TestLinks(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		link, err := r.Invite(ctx, login.Operator)
		if err != nil {
			t.Fatalf("Invite: %v", err)
		}
		if p, err := r.Invited(ctx, link); err != nil || !p.Operator() {
			t.Errorf("Invited = %+v, %v, want the operator", p, err)
		}
		if _, err := r.Accept(ctx, link, "short", ""); !errors.Is(err, login.ErrShort) {
			t.Errorf("Accept with a short password: %v, want ErrShort", err)
		}
		session, err := r.Accept(ctx, link, password, "")
		if err != nil {
			t.Fatalf("Accept: %v", err)
		}
		r.signedIn(t, session, login.Operator)
		if _, err := r.Accept(ctx, link, other, ""); !errors.Is(err, login.ErrLink) {
			t.Errorf("Accept of a used link: %v, want ErrLink", err)
		}
		first, _ := r.Invite(ctx, "100000000002")
		second, _ := r.Invite(ctx, "100000000002")
		if _, err := r.Invited(ctx, first); !errors.Is(err, login.ErrLink) {
			t.Errorf("Invited with a replaced link: %v, want ErrLink", err)
		}
		r.clock.Pass(login.InviteTime)
		if _, err := r.Invited(ctx, second); !errors.Is(err, login.ErrLink) {
			t.Errorf("Invited with an old link: %v, want ErrLink", err)
		}
		setup, _ := r.Invite(ctx, login.Operator)
		r.clock.Pass(login.SetupTime)
		if _, err := r.Accept(ctx, setup, other, ""); !errors.Is(err, login.ErrLink) {
			t.Errorf("Accept of a setup link after 30 minutes: %v, want ErrLink", err)
		}
		gone, _ := r.Invite(ctx, "100000000009")
		if _, err := r.Invited(ctx, gone); !errors.Is(err, login.ErrLink) {
			t.Errorf("Invited for a user that does not exist: %v, want ErrLink", err)
		}
	})
}

// Of two browsers that use a link at once, one sets the password.
func TestLinkIsUsedOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		link, err := r.Invite(t.Context(), login.Operator)
		if err != nil {
			t.Fatalf("Invite: %v", err)
		}
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() { _, errs[i] = r.Accept(t.Context(), link, password, "") })
		}
		wg.Wait()
		good := 0
		for _, err := range errs {
			if err == nil {
				good++
			} else if !errors.Is(err, login.ErrLink) {
				t.Errorf("Accept: %v, want ErrLink", err)
			}
		}
		if good != 1 {
			t.Errorf("%d of 4 used the link, want 1", good)
		}
	})
}

func TestSignIn(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		r.accept(t, login.Operator, password)
		r.accept(t, "100000000001", password)
		r.accept(t, "100000000002", other)
		for _, c := range []struct{ name, password, want string }{
			{"operator", password, login.Operator},
			{"1250000001", password, "100000000001"},
			{" 1250000001/main ", password, "100000000001"},
			{"1250000001/anna", other, "100000000002"},
			{"1250000001/100000000002", other, "100000000002"},
			{"1250000001/anna", password, ""},
			{"operator", other, ""},
			{"operator", "", ""},
			{"operator", strings.Repeat("x", 1<<20), ""},
			{"Operator", password, ""},
			{"1250000001/bert", password, ""},
			{"1250000009", password, ""},
			{"", password, ""},
			{"/", password, ""},
			{"/100000000001", password, ""},
			{"100000000001", password, ""},
			{strings.Repeat("x", 1<<20), password, ""},
		} {
			token, err := r.SignIn(ctx, c.name, c.password, here, "")
			if c.want == "" {
				if !errors.Is(err, login.ErrDenied) || token != "" {
					t.Errorf("SignIn(%.20q) = %q, %v, want ErrDenied", c.name, token, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("SignIn(%q): %v", c.name, err)
				continue
			}
			r.signedIn(t, token, c.want)
		}
	})
}

// A session ends when its time is over, when it is not used, when its user
// signs out, is disabled or gets another password.
func TestSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		start := func() string {
			token, err := r.SignIn(ctx, "1250000001/anna", password, here, "")
			if err != nil {
				t.Fatalf("SignIn: %v", err)
			}
			return token
		}
		r.accept(t, "100000000002", password)
		token := start()
		for range 11 {
			r.clock.Pass(time.Hour - time.Second)
			r.signedIn(t, token, "100000000002")
		}
		r.clock.Pass(time.Hour - time.Second)
		r.clock.Pass(12 * time.Second)
		r.signedIn(t, token, "") // 12 hours
		token = start()
		r.clock.Pass(time.Hour)
		r.signedIn(t, token, "") // idle
		token = start()
		if err := r.SignOut(ctx, token); err != nil {
			t.Errorf("SignOut: %v", err)
		}
		r.signedIn(t, token, "")
		token = start()
		if _, err := r.ChangePassword(ctx, login.Principal{Subject: "100000000002", User: r.users["anna"]}, "wrong", other, here); !errors.Is(err, login.ErrDenied) {
			t.Errorf("ChangePassword with a wrong old one: %v, want ErrDenied", err)
		}
		r.signedIn(t, token, "100000000002")
		next, err := r.ChangePassword(ctx, login.Principal{Subject: "100000000002", User: r.users["anna"]}, password, other, here)
		if err != nil {
			t.Fatalf("ChangePassword: %v", err)
		}
		r.signedIn(t, token, "")
		r.signedIn(t, next, "100000000002")
		anna := r.users["anna"]
		now := r.clock.Now()
		anna.Disabled = &now
		r.users["anna"] = anna
		r.signedIn(t, next, "")
		if _, err := r.SignIn(ctx, "1250000001/anna", other, here, ""); !errors.Is(err, login.ErrDenied) {
			t.Errorf("SignIn of a disabled user: %v, want ErrDenied", err)
		}
		r.signedIn(t, "", "")
		r.signedIn(t, "no such token", "")
	})
}

// Session fixation: the token that a browser had before it signs in is worth
// nothing afterwards.
func TestSessionFixation(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		before := r.accept(t, "100000000002", password)
		r.accept(t, login.Operator, password)
		after, err := r.SignIn(t.Context(), "operator", password, here, before)
		if err != nil {
			t.Fatalf("SignIn: %v", err)
		}
		if after == before {
			t.Error("the token is the one from before")
		}
		r.signedIn(t, before, "")
		r.signedIn(t, after, login.Operator)
	})
}

// Brute force: failures slow down whoever guesses, by name and by network, and
// lock nobody out.
func TestBruteForce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		r.accept(t, login.Operator, password)
		for i := range 7 {
			if _, err := r.SignIn(ctx, "operator", "guess", fmt.Sprint("192.0.2.", i), ""); !errors.Is(err, login.ErrDenied) {
				t.Fatalf("a guess: %v, want ErrDenied", err)
			}
		}
		if want := []time.Duration{time.Second, 2 * time.Second}; fmt.Sprint(r.slept) != fmt.Sprint(want) {
			t.Errorf("7 guesses from 7 addresses waited %v, want %v", r.slept, want)
		}
		if _, err := r.SignIn(ctx, "operator", password, here, ""); err != nil {
			t.Errorf("the right password after 7 guesses: %v", err)
		}
		r.slept = nil
		if _, err := r.SignIn(ctx, "operator", "guess", here, ""); !errors.Is(err, login.ErrDenied) || len(r.slept) != 0 {
			t.Errorf("a guess after a success: %v, waited %v, want ErrDenied at once", err, r.slept)
		}
		for i := range 22 {
			_, _ = r.SignIn(ctx, fmt.Sprint("125000000", i), "guess", "198.51.100.7", "")
		}
		if want := []time.Duration{time.Second, 2 * time.Second}; fmt.Sprint(r.slept) != fmt.Sprint(want) {
			t.Errorf("22 names from one address waited %v, want %v", r.slept, want)
		}
		r.slept = nil
		r.clock.Pass(login.Window)
		_, _ = r.SignIn(ctx, "1250000001", "guess", "198.51.100.7", "")
		if len(r.slept) != 0 {
			t.Errorf("15 minutes later a guess waited %v, want nothing", r.slept)
		}
	})
}

// Attempts at once with one name from one network are limited, so that waiting
// cannot be evaded by guessing in parallel.
func TestParallelGuesses(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var wg sync.WaitGroup
		errs := make([]error, 10)
		for i := range errs {
			wg.Go(func() { _, errs[i] = r.SignIn(t.Context(), "operator", "guess", here, "") })
		}
		wg.Wait()
		busy := 0
		for _, err := range errs {
			if errors.Is(err, login.ErrBusy) {
				busy++
			} else if !errors.Is(err, login.ErrDenied) {
				t.Errorf("SignIn: %v, want ErrDenied or ErrBusy", err)
			}
		}
		if busy == 0 {
			t.Error("10 guesses at once were all decided, want some refused")
		}
		if _, err := r.SignIn(t.Context(), "operator", "guess", here, ""); !errors.Is(err, login.ErrDenied) {
			t.Errorf("a guess afterwards: %v, want ErrDenied", err)
		}
	})
}

// Sweep deletes what has expired and nothing else. No table has a password, a
// token or a name in clear.
func TestSweep(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		rows := func() string {
			var n [4]int
			err := r.engine.Read(ctx, func(tx *db.Tx) error {
				return tx.Row(`SELECT (SELECT COUNT(*) FROM login), (SELECT COUNT(*) FROM login_session), (SELECT COUNT(*) FROM login_link), (SELECT COUNT(*) FROM login_failure)`).
					Scan(&n[0], &n[1], &n[2], &n[3])
			})
			if err != nil {
				t.Fatalf("Read: %v", err)
			}
			return fmt.Sprint(n)
		}
		r.accept(t, login.Operator, password)
		if _, err := r.Invite(ctx, "100000000002"); err != nil {
			t.Fatalf("Invite: %v", err)
		}
		_, _ = r.SignIn(ctx, "operator", "guess", here, "")
		for _, step := range []struct {
			pass time.Duration
			want string
		}{{0, "[1 1 1 1]"}, {login.Window, "[1 1 1 0]"}, {login.IdleTime, "[1 0 1 0]"}, {login.InviteTime, "[1 0 0 0]"}} {
			r.clock.Pass(step.pass)
			if err := r.store.Sweep(ctx, r.clock.Now()); err != nil {
				t.Fatalf("Sweep: %v", err)
			}
			if got := rows(); got != step.want {
				t.Errorf("%v later there are %s logins, sessions, links and failures, want %s", step.pass, got, step.want)
			}
		}
	})
}

// A password that is set, and an invitation, are in the audit log: without the
// password and the link.
func TestAudit(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := audit.With(t.Context(), audit.Entry{Account: "1250000001", Actor: audit.Operator, Origin: here, Action: "user.invite", Target: "100000000002"})
		link, err := r.Invite(ctx, "100000000002")
		if err != nil {
			t.Fatalf("Invite: %v", err)
		}
		ctx = audit.With(t.Context(), audit.Entry{Account: "1250000001", Actor: "100000000002", Action: "password.set", After: audit.Values{"note": "4000001234567899"}})
		if _, err := r.Accept(ctx, link, password, ""); err != nil {
			t.Fatalf("Accept: %v", err)
		}
		log := auditdb.New(r.engine)
		all, err := log.List(t.Context(), audit.Filter{Account: "1250000001", Limit: 10})
		if err != nil || len(all) != 2 || all[0].Action != "password.set" || all[1].Action != "user.invite" {
			t.Fatalf("List = %+v, %v, want the password, then the invitation", all, err)
		}
		if text := fmt.Sprintf("%+v", all); strings.Contains(text, password) || strings.Contains(text, link) || strings.Contains(text, "4000001234567899") {
			t.Errorf("the log contains a secret or a number: %s", text)
		}
		if older, err := log.List(t.Context(), audit.Filter{Before: all[0].Seq, Limit: 10}); err != nil || len(older) != 1 {
			t.Errorf("List before the newest = %+v, %v, want one", older, err)
		}
		if none, err := log.List(t.Context(), audit.Filter{Account: "1250000002", Limit: 10}); err != nil || len(none) != 0 {
			t.Errorf("List of another account = %+v, %v, want none", none, err)
		}
		for _, statement := range []string{`UPDATE audit SET actor = 'x'`, `DELETE FROM audit`} {
			if err := r.engine.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(statement); return err }); err == nil {
				t.Errorf("%s succeeded, want an error", statement)
			}
		}
	})
}
