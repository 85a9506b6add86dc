package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/login"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/internal/testutil"
)

// password is everybody's.
const password = "rain on the roof"

// rig is a console on a database, with two accounts.
type rig struct {
	*testing.T
	store   *store.Store
	logins  *login.Service
	console *Console
	clock   *testutil.Clock
	log     *testutil.Buffer
	url     string

	a, b  account.CreatedKey // the accounts, with the keys of their main users
	packs [2]string          // a paid pack of each

	// Sub-accounts of a: one without policies, and one that may do everything.
	plain, full account.User
}

// newRig makes a rig on a database in memory.
func newRig(t *testing.T) *rig {
	t.Helper()
	return rigOn(t, store.Options{Store: config.Defaults().Store, Memory: true})
}

func rigOn(t *testing.T, o store.Options) *rig {
	t.Helper()
	r := &rig{T: t, clock: &testutil.Clock{}, log: &testutil.Buffer{}}
	r.clock.Set(time.Date(2026, 11, 30, 4, 0, 0, 0, time.UTC))
	o.Now = r.clock.Now
	var err error
	if r.store, err = store.Open(t.Context(), o); err != nil {
		t.Fatalf("store.Open: %v", err)
	}
	t.Cleanup(func() { _ = r.store.Close() })
	r.logins, err = login.New(login.Options{Users: r.store.Accounts, Store: r.store.Logins, Now: r.clock.Now, Cost: login.Cost{Passes: 1, Memory: 64},
		Sleep: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatalf("login.New: %v", err)
	}
	r.console = r.open(nil)
	r.serve(r.console)
	for i, to := range []*account.CreatedKey{&r.a, &r.b} {
		name := []string{"Alpha 有限公司", "Beta"}[i]
		if *to, err = r.store.Accounts.CreateAccount(t.Context(), account.NewAccount{Name: name, Bucket: "cards", PostPay: true}); err != nil {
			t.Fatalf("CreateAccount: %v", err)
		}
	}
	for i, appID := range []string{r.a.AppID, r.b.AppID} {
		k, err := r.store.Accounts.AddPack(t.Context(), account.NewPack{Account: appID, Units: 1000, Paid: true})
		if err != nil {
			t.Fatalf("AddPack: %v", err)
		}
		r.packs[i] = k.ID
	}
	r.plain, r.full = r.user("plain"), r.user("full", account.Policy{Name: "QcloudOCRFullAccess"})
	return r
}

// serve answers browsers with a console.
func (r *rig) serve(c *Console) {
	server := httptest.NewServer(c)
	r.Cleanup(server.Close)
	r.url = server.URL
}

// open makes a console on the rig's database.
func (r *rig) open(change func(*Options)) *Console {
	r.Helper()
	o := Options{
		Logins: r.logins, Accounts: r.store.Accounts, Audit: r.store.Audit, Usage: r.usage, Totals: r.totals, Times: r.times, Books: Books{r.store.Ledger.Verify, func() (time.Time, bool) { return time.Time{}, false }}, Status: r.status, Trial: r.trial(&fakeReader{}), API: "http://127.0.0.1:8080", Prices: r.store.Prices, Calendar: r.store.Calendar,
		Logger: slog.New(slog.NewTextHandler(r.log, nil)), Now: r.clock.Now,
	}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		r.Fatalf("New: %v", err)
	}
	return c
}

func (r *rig) usage(ctx context.Context, f usage.Filter) ([]usage.Row, error) {
	return ledgerdb.UsageRows(ctx, r.store.Engine, f)
}

func (r *rig) totals(ctx context.Context, f usage.Filter, byAccount bool) ([]usage.Row, error) {
	return ledgerdb.UsageTotals(ctx, r.store.Engine, f, byAccount)
}

func (r *rig) times(ctx context.Context, f usage.Filter, from, to time.Time) ([]usage.Moment, []usage.Quarter, error) {
	return ledgerdb.CallTimes(ctx, r.store.Engine, f, from, to)
}

// user makes a sub-account of a.
func (r *rig) user(name string, policies ...account.Policy) account.User {
	r.Helper()
	u, err := r.store.Accounts.CreateUser(r.Context(), r.a.AppID, name)
	if err == nil {
		err = r.store.Accounts.SetPolicies(r.Context(), u.ID, policies)
	}
	if err != nil {
		r.Fatalf("user %s: %v", name, err)
	}
	return u
}

// browser is a browser with its cookies.
type browser struct {
	*rig
	client  *http.Client
	session string
	header  http.Header
}

// as returns a browser in which a subject is signed in; nobody for "".
func (r *rig) as(subject string) *browser {
	r.Helper()
	b := &browser{rig: r, header: http.Header{"Accept-Language": {"en"}},
		client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if subject == "" {
		return b
	}
	link, err := r.logins.Invite(r.Context(), subject)
	if err == nil {
		b.session, err = r.logins.Accept(r.Context(), link, password, "")
	}
	if err != nil {
		r.Fatalf("signing in as %s: %v", subject, err)
	}
	return b
}

// reply is what a browser got.
type reply struct {
	status int
	header http.Header
	body   string
}

// has reports whether the page contains a text.
func (r reply) has(text string) bool { return strings.Contains(r.body, text) }

func (b *browser) send(method, path, contentType string, body io.Reader) reply {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), method, b.url+path, body)
	if err != nil {
		b.Fatalf("NewRequest: %v", err)
	}
	for name, values := range b.header {
		req.Header[name] = values
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if b.session != "" {
		req.AddCookie(&http.Cookie{Name: sessionCookie, Value: b.session})
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatalf("%s %s: %v", method, path, err)
	}
	for _, c := range resp.Cookies() {
		if c.Name == sessionCookie {
			b.session = c.Value
		}
	}
	return reply{resp.StatusCode, resp.Header, string(text)}
}

func (b *browser) get(path string) reply { b.Helper(); return b.send("GET", path, "", nil) }

// post sends a form of names and values.
func (b *browser) post(path string, fields ...string) reply {
	b.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.send("POST", path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// wants checks the status of a reply, and that it contains texts.
func (b *browser) wants(what string, got reply, status int, texts ...string) {
	b.Helper()
	if got.status != status {
		b.Errorf("%s: status %d, want %d\n%.1500s", what, got.status, status, got.body)
		return
	}
	for _, text := range texts {
		if !got.has(text) && !strings.Contains(got.header.Get("Location"), text) {
			b.Errorf("%s: the page lacks %q:\n%s", what, text, got.body)
		}
	}
}

// fill replaces the parameters of a route's path.
func fill(path string, values map[string]string) string {
	path = strings.TrimSuffix(path, "{$}")
	for name, value := range values {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	return path
}

func (r *rig) mainOf(appID string) string {
	r.Helper()
	u, err := r.store.Accounts.FindUser(r.Context(), appID, "main")
	if err != nil {
		r.Fatalf("FindUser: %v", err)
	}
	return u.ID
}

func (r reply) String() string { return fmt.Sprintf("%d %.300s", r.status, r.body) }

// status is the state of a server with one of everything.
func (r *rig) status(context.Context) (Status, error) {
	at := r.clock.Now()
	return Status{
		Ready: errors.New("the disk is full"), Started: at.Add(-26 * time.Hour), Versions: kahao.Versions{Kahao: "v1.2.3", Table: "table-7", Models: []kahao.Model{{Name: "digits", Version: "digits-8", SHA256: "0123456789abcdef"}}},
		Listeners: []ListenerStatus{{Name: "api", URL: "https://192.0.2.1:8080", Open: 7, Refused: 3, CertificateEnd: at.AddDate(0, 1, 0)}},
		Replicas: []ReplicaStatus{
			{Self: true, Host: "kahao-0", URL: "https://192.0.2.1:8080", Version: "v1.2.3", State: "notready", Started: at, Seen: at, Workers: 4, Reading: 2, Queue: 64, Queued: 5, Memory: 300 << 20},
			{Missing: true, Host: "kahao-1", URL: "https://192.0.2.2:8080", Version: "v1.2.2", State: "ready", Started: at, Seen: at.Add(-time.Hour)},
		},
		Workers: 4, Reading: 2, Queue: 64, Queued: 5, MaxBodies: 1 << 30, Memory: 300 << 20, MaxMemory: 2 << 30, RejectedFull: 11, RejectedQueue: 13,
		Stages:   []StageStatus{{"read", usage.Histogram{usage.Bin(100 * time.Millisecond): 9}}},
		Database: DatabaseStatus{Engine: "SQLite", Directory: "/var/lib/kahao", Bytes: 5 << 20, Free: 3 << 30},
		Jobs:     []JobStatus{{Name: "check", Every: 24 * time.Hour, Last: at, Took: 5 * time.Millisecond, Failed: 1, Cause: "no such table"}},
		Ledger:   LedgerStatus{At: at}, Errors: []LogLine{{at, "ERROR", "something <b>failed</b> for 4000001234567899"}},
	}, nil
}
