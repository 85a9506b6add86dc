package server

import (
	"net/http"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/console"
	"github.com/kahao/kahao/internal/secret"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
)

// Two servers on one PostgreSQL are one service: what one was told the other
// knows, and their rates are one rate.
func TestTwoServers(t *testing.T) {
	line, err := envelope.NewKey("k1")
	ok(t, err)
	settings := config.Defaults().Store
	settings.URL, settings.Keys, settings.AutoMigrate = config.DatabaseURL(pgtest.URL(t)), secret.Bytes(line), true
	s, err := store.Open(t.Context(), store.Options{Store: settings})
	ok(t, err)
	defer s.Close()
	c, err := s.Accounts.CreateAccount(t.Context(), account.NewAccount{Name: "a"})
	ok(t, err)
	reader := &fakeReader{}
	var both [2]*booked
	for i := range both {
		r := start(t, reader, func(c *Config) { c.Store = settings; c.API3Rate = 0.001 })
		both[i] = &booked{r, r.store, c.Credentials}
	}

	made := time.Now().Unix()
	once := func(_ *http.Request, p *signature.Params) { p.Expires, p.FileID, p.Created = 0, "a.jpg", made }
	for i, want := range []int{0, 13} {
		if code, text, _ := both[i].ask(t, c.Credentials, once); code != want {
			t.Errorf("a one-off signature, server %d: %s, want %d", i, text, want)
		}
	}
	key := func(r *http.Request, _ *signature.Params) { r.Header.Set("Idempotency-Key", "order 1") }
	_, first, _ := both[0].ask(t, c.Credentials, key)
	if _, again, header := both[1].ask(t, c.Credentials, key); again != first || header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%s\n%s", first, again)
	}
	if n := reader.n.Load(); n != 2 {
		t.Errorf("%d readings", n)
	}
	packs, err := s.Accounts.ListPacks(t.Context(), c.AppID)
	if err != nil || len(packs) != 1 || packs[0].Left != 998 {
		t.Errorf("%+v, %v", packs, err)
	}

	// A burst of four, and then one in a quarter of an hour: both servers
	// together let four pass.
	limited, err := s.Accounts.CreateAccount(t.Context(), account.NewAccount{Name: "limited"})
	ok(t, err)
	l := limit(0.001, 4)
	ok(t, s.Accounts.ChangeAccount(t.Context(), limited.AppID, account.Changes{Rate: &l}))
	passed := 0
	for i := range 12 {
		switch code, text, header := both[i%2].ask(t, limited.Credentials, nil); code {
		case 0:
			passed++
		case 15:
			if header.Get("Retry-After") == "" {
				t.Error("nobody says when to come back")
			}
		default:
			t.Error(text)
		}
	}
	if passed > 4 || passed < 2 {
		t.Errorf("%d passed a burst of 4", passed)
	}
	both[0].whole(t)

	// The rate of an action is one, too: here a single request.
	for i, want := range []string{"4000001234567899", "RequestLimitExceeded"} {
		if _, got := both[i].call(t, c.Credentials, "BankCardOCR", cardBody); got != want {
			t.Errorf("API 3.0, server %d: %s, want %s", i, got, want)
		}
	}
	seen(t, both[0].running, 2)
	ok(t, both[1].stop())
	seen(t, both[0].running, 1)
}

// seen waits until a server lists so many servers, all ready, one of them itself.
func seen(t *testing.T, r *running, want int) {
	t.Helper()
	var s console.Status
	for deadline := time.Now().Add(30 * time.Second); len(s.Replicas) != want && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		var err error
		s, err = r.status(t.Context())
		ok(t, err)
	}
	self := 0
	for _, one := range s.Replicas {
		if one.State != "ready" || one.Missing || one.Workers == 0 || one.Memory == 0 {
			t.Errorf("the server %+v is not ready", one)
		}
		if one.Self && one.URL == "http://"+r.Addr().String() {
			self++
		}
	}
	if len(s.Replicas) != want || self != 1 {
		t.Errorf("%d servers are seen, %d of them the one that answers, want %d and 1: %+v", len(s.Replicas), self, want, s.Replicas)
	}
}
