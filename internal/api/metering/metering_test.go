package metering

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/resultdb"
)

func start(t *testing.T) (*Meter, *store.Store, ledger.Caller) {
	t.Helper()
	settings := config.Defaults().Store
	settings.FreeUnits = 5
	s, err := store.Open(t.Context(), store.Options{Store: settings, Memory: true})
	if err != nil {
		t.Fatalf("store.Open: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c, err := s.Accounts.CreateAccount(t.Context(), account.NewAccount{Name: "a"})
	if err != nil {
		t.Fatalf("Accounts.CreateAccount: %v", err)
	}
	m := &Meter{Ledger: s.Ledger, Replies: s.Results, SingleUseAge: time.Hour, Now: time.Now}
	return m, s, ledger.Caller{Account: c.AppID, User: c.User, Key: c.SecretID, API: "legacy"}
}

func left(t *testing.T, s *store.Store, who ledger.Caller) int64 {
	t.Helper()
	packs, err := s.Accounts.ListPacks(t.Context(), who.Account)
	if err != nil {
		t.Fatalf("Accounts.ListPacks: %v", err)
	}
	if len(packs) == 0 {
		return -1
	}
	return packs[0].Left
}

// What is billed is taken, the rest goes back; nothing billed takes nothing.
func TestSettle(t *testing.T) {
	m, s, who := start(t)
	for _, c := range []struct {
		calls []ledger.Call
		left  int64
	}{
		{[]ledger.Call{{Billed: true}, {Code: 21}, {Billed: true}}, 3},
		{[]ledger.Call{{Code: -9013}}, 3},
		{nil, 3},
	} {
		charge, err := m.Hold(t.Context(), Request{Caller: who, Images: 3})
		if err != nil || charge.Earlier() != nil {
			t.Fatalf("Hold: %v, want a new charge", err)
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		for range 2 { // the second has no effect, and the client's disconnect has none
			if err := charge.Settle(gone, Settlement{Calls: c.calls}); err != nil || !charge.Counted() || charge.Open() || left(t, s, who) != c.left {
				t.Errorf("settling %+v: %v, counted %v, %d units left, want nil, true and %d", c.calls, err, charge.Counted(), left(t, s, who), c.left)
			}
		}
	}
	if _, err := m.Hold(t.Context(), Request{Caller: who, Images: 4}); !errors.Is(err, ledger.ErrUsedUp) {
		t.Errorf("holding 4 of 3 units: %v, want ErrUsedUp", err)
	}
	var none *Charge
	if err := none.Settle(t.Context(), Settlement{}); err != nil || none.Counted() || none.Open() || none.Earlier() != nil {
		t.Errorf("a nil charge: %v, counted %v, open %v", err, none.Counted(), none.Open())
	}
}

// failing is a ledger that posts nothing.
type failing struct {
	Ledger
	err error
}

func (f failing) Post(context.Context, string, ledger.Outcome) error { return f.err }

// A settlement that fails is reported, and is not counted.
func TestSettleFails(t *testing.T) {
	m, _, who := start(t)
	full := errors.New("disk full")
	m.Ledger = failing{m.Ledger, full}
	charge, err := m.Hold(t.Context(), Request{Caller: who, Images: 1})
	if err != nil {
		t.Fatalf("Hold: %v", err)
	}
	if err := charge.Settle(t.Context(), Settlement{}); !errors.Is(err, full) || charge.Counted() || charge.Open() {
		t.Errorf("Settle: %v, counted %v, open %v, want %v, false, false", err, charge.Counted(), charge.Open(), full)
	}
}

// The first reply is replayed to the same request and to no other. If it cannot be
// read, no other reply is sent.
func TestRecorded(t *testing.T) {
	m, s, who := start(t)
	h := Request{Caller: who, Images: 1, IdempotencyKey: "order 1", Digest: [32]byte{1}}
	first, err := m.Hold(t.Context(), h)
	if err != nil {
		t.Fatalf("Hold: %v", err)
	}
	if _, err := m.Hold(t.Context(), h); !errors.Is(err, ledger.ErrInProgress) {
		t.Errorf("while the first is answered: %v", err)
	}
	reply := &Recorded{Condition: "ok", Status: 200, Text: []byte(`{"code":0}`)}
	if err := first.Settle(t.Context(), Settlement{Calls: []ledger.Call{{Billed: true}}, Recorded: reply}); err != nil {
		t.Fatalf("first.Settle: %v", err)
	}
	again, err := m.Hold(t.Context(), h)
	if err != nil || again.Earlier() == nil || string(again.Earlier().Text) != `{"code":0}` || again.Earlier().Status != 200 || left(t, s, who) != 4 {
		t.Errorf("%+v, %v, %d left", again, err, left(t, s, who))
	}
	other := h
	other.Digest = [32]byte{2}
	if _, err := m.Hold(t.Context(), other); !errors.Is(err, ledger.ErrMismatch) {
		t.Errorf("another request: %v", err)
	}
	if err := s.Engine.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE charge SET reply_ct = ? WHERE reply_ct IS NOT NULL`, []byte("2026-01-01 and nothing that opens"))
		return err
	}); err != nil {
		t.Fatalf("Engine.Write: %v", err)
	}
	if _, err := m.Hold(t.Context(), h); !errors.Is(err, resultdb.ErrReply) {
		t.Errorf("a reply that was changed: %v", err)
	}
}

// One-off signatures are used up by what is held, for as long as they are
// accepted at all.
func TestOneOff(t *testing.T) {
	m, _, who := start(t)
	claims := func(random string, age time.Duration) signature.Claims {
		c, err := signature.Parse(signature.SignText("key", "a="+who.Account+"&k="+who.Key+"&e=0&t="+strconv.FormatInt(time.Now().Add(-age).Unix(), 10)+"&r="+random+"&u=0&f=x"))
		if err != nil {
			t.Fatalf("signature.Parse: %v", err)
		}
		return c
	}
	once := claims("1", 0)
	used := func(want bool) {
		t.Helper()
		if got, err := m.Used(t.Context(), once); err != nil || got != want {
			t.Errorf("used: %v, %v", got, err)
		}
	}
	used(false)
	for _, want := range []error{nil, ledger.ErrReplay} {
		if _, err := m.Hold(t.Context(), Request{Caller: who, Images: 1, Claims: once}); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	used(true)
	if _, err := m.Hold(t.Context(), Request{Caller: who, Images: 1, Claims: claims("2", 2*time.Hour)}); !errors.Is(err, signature.ErrExpired) {
		t.Errorf("Hold: %v, want signature.ErrExpired", err)
	}
	m.SingleUseFrom = time.Now()
	if _, err := m.Hold(t.Context(), Request{Caller: who, Images: 1, Claims: claims("4", 2*time.Second)}); !errors.Is(err, signature.ErrExpired) {
		t.Errorf("created before SingleUseFrom: %v, want ErrExpired", err)
	}
	m.SingleUseFrom = time.Time{}
	m.SingleUseAge = 0
	if _, err := m.Hold(t.Context(), Request{Caller: who, Images: 1, Claims: claims("3", 0)}); !errors.Is(err, signature.ErrMalformed) {
		t.Errorf("not accepted here: %v", err)
	}
}
