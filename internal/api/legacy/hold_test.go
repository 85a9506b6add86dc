package legacy

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/pan"
)

func keyed(call testCall, key string) testCall {
	call.header = map[string]string{metering.HeaderKey: key}
	return call
}

// A request that is sent again with its key gets the first one's reply, byte
// for byte and with its session id, and is not read again.
func TestIdempotency(t *testing.T) {
	drawn := uint64(0)
	s := start(t, func(o *Options) {
		o.Random = func() uint64 { drawn++; return drawn }
	})
	form := func(boundary string) testCall {
		c := formCall(text("appid", demo.AppID), file("image", picture))
		c.contentType = strings.ReplaceAll(c.contentType, "8d5f3c1b", boundary)
		c.body = []byte(strings.ReplaceAll(string(c.body), "8d5f3c1b", boundary))
		return keyed(c, "order 1")
	}
	first, again := s.do(t, form("11111111")), s.do(t, form("22222222"))
	if first.Code != 0 || again.text != first.text || first.header.Get(metering.HeaderReplayed) != "" || again.header.Get(metering.HeaderReplayed) != "true" {
		t.Errorf("%s\n%s\n%v", first.text, again.text, again.header)
	}
	if len(s.seen) != 1 || len(s.ledger.holds) != 1 || len(s.ledger.posted) != 1 {
		t.Errorf("%d readings, %d holds, %d settled", len(s.seen), len(s.ledger.holds), len(s.ledger.posted))
	}
	other := s.do(t, keyed(jsonCall(object{"appid": demo.AppID, "image": encoded + "AAAA"}), "order 1"))
	if other.status != 422 || other.Code != 3 || other.Message != "idempotency key used for another request" {
		t.Errorf("another request with the key: %d %s", other.status, other.text)
	}
	// A rejection that is not retryable is replayed, with its status.
	bad := keyed(jsonCall(object{"appid": demo.AppID, "image": "!!"}), "order 2")
	if a, b := s.do(t, bad), s.do(t, bad); a.Code != 21 || b.text != a.text || b.header.Get(metering.HeaderReplayed) != "true" {
		t.Errorf("%s, %s %v", a.text, b.text, b.header)
	}
	// What another try may change is tried again.
	fault := keyed(formCall(text("appid", demo.AppID), file("image", []byte("fault"))), "order 3")
	if a, b := s.do(t, fault), s.do(t, fault); a.Code != -5208 || b.Code != -5208 || b.header.Get(metering.HeaderReplayed) != "" {
		t.Errorf("%s, %s %v", a.text, b.text, b.header)
	}
	for _, key := range []string{strings.Repeat("x", 256), "caf\xc3\xa9"} {
		if a := s.do(t, keyed(jsonCall(object{"appid": demo.AppID, "image": encoded}), key)); a.status != 422 {
			t.Errorf("key %.10q: %d %s", key, a.status, a.text)
		}
	}
	s.ledger.fail(ledger.ErrInProgress, nil)
	if a := s.do(t, form("3")); a.status != 409 || a.header.Get("Retry-After") != "1" {
		t.Errorf("%d %v %s", a.status, a.header, a.text)
	}
}

// A used single-use signature is reported first, even if the account is in arrears
// or the key lacks the rights.
func TestReplayBeforeArrears(t *testing.T) {
	s := start(t, nil)
	once := jsonCall(object{"appid": demo.AppID, "image": encoded})
	once.auth = signed(func(p *signature.Params) { p.Expires, p.FileID = 0, "card.jpg" })
	if a := s.do(t, once); a.Code != 0 {
		t.Fatalf("the first use: %s", a.text)
	}
	change(t, s.store.Accounts, inArrears)
	if a := s.do(t, once); a.Code != 13 {
		t.Errorf("used before, in arrears: %s, want code 13", a.text)
	}
	for err, code := range map[error]int{
		ledger.ErrArrears: 3, ledger.ErrClosed: 24, ledger.ErrUsedUp: 25, signature.ErrExpired: 9, signature.ErrMalformed: 5,
		ledger.ErrUnknown: 213,
	} {
		s.ledger.fail(err, nil)
		if a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded})); a.Code != code {
			t.Errorf("%v: %s, want code %d", err, a.text, code)
		}
	}
	s.ledger.fail(nil, nil)
	change(t, s.store.Accounts, subAccount)
	if a := s.do(t, once); a.Code != 13 {
		t.Errorf("used, and now a sub-account's: %s, want code 13", a.text)
	}
	if a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded})); a.Code != 24 {
		t.Errorf("a sub-account's: %s, want code 24", a.text)
	}
	change(t, s.store.Accounts, `UPDATE user_ SET main = 1`)
	none := once
	none.auth = signed(func(p *signature.Params) { p.Expires, p.FileID = 0, "" })
	if a := s.do(t, none); a.Code != 5 {
		t.Errorf("a single-use signature for no file: %s, want code 5", a.text)
	}
}

// The ledger gets the outcome of each image with the time it took, and of a
// refused request one call; only what the client gets is billed.
func TestSettlement(t *testing.T) {
	seen := make(chan Outcome, 1)
	s := start(t, func(o *Options) {
		o.Results = o.Meter.Replies
		keep := 10 * time.Minute
		if err := registry(o).ChangeAccount(t.Context(), demo.AppID, account.Changes{Retention: &keep}); err != nil {
			t.Fatalf("ChangeAccount: %v", err)
		}
		o.Observe = func(_ context.Context, o Outcome) { seen <- o }
	})
	a := s.do(t, jsonCall(object{"appid": demo.AppID, "bucket": demo.Bucket, "image": []string{encoded, "!!", encoded}}))
	got, outcome := s.ledger.last(), <-seen
	if len(got.Calls) != 3 {
		t.Fatalf("%d calls, want 3: %+v", len(got.Calls), got.Calls)
	}
	for i, want := range []ledger.Call{{Billed: true}, {Code: 21}, {Billed: true}} {
		if got.Calls[i].Took = 0; got.Calls[i] != want {
			t.Errorf("call %d: %+v, want %+v", i, got.Calls[i], want)
		}
	}
	if got.Result == nil || !got.Result.Expires.Equal(time.Unix(second, 0).Add(10*time.Minute)) || got.Reply != nil {
		t.Errorf("kept: %+v, want a result for ten minutes and no reply for a retry", got)
	}
	if kept, found, err := s.store.Results.Get(t.Context(), demo.AppID, a.List[0].Data.SessionID, account.Access{}); err != nil || !found || string(kept) != a.text {
		t.Errorf("the kept result: %s, %v, %v, want what was sent", kept, found, err)
	}
	if !outcome.Counted || outcome.Key != demo.SecretID || outcome.Bucket != demo.Bucket {
		t.Errorf("observed: %+v", outcome)
	}
	users, err := s.store.Accounts.ListUsers(t.Context(), demo.AppID)
	if err != nil {
		t.Fatalf("ListUsers: %v", err)
	}
	want := ledger.Caller{Account: demo.AppID, User: users[0].ID, Key: demo.SecretID, Bucket: demo.Bucket, API: "legacy"}
	if h := s.ledger.holds[0]; h.Caller != want || h.Units != 3 || h.Idempotency != nil {
		t.Errorf("held: %+v, want 3 units of %+v", h, want)
	}
	refused := func(what string, code int) {
		t.Helper()
		got := s.ledger.last()
		if len(got.Calls) != 1 || got.Calls[0].Code != code || got.Calls[0].Billed || got.Result != nil {
			t.Errorf("%s: %+v, want one unbilled call with code %d and no result", what, got, code)
		}
	}
	s.do(t, jsonCall(object{"appid": demo.AppID}))
	if refused("no image", 18); !(<-seen).Counted {
		t.Error("no image: not counted")
	}
	s.do(t, formCall(text("appid", demo.AppID), file("image", []byte("none"))))
	if refused("no card", -9013); (<-seen).Condition != NotACard {
		t.Error("no card: observed as something else")
	}
	s.do(t, jsonCall(object{"appid": other.AppID, "image": encoded}))
	if outcome := <-seen; outcome.Condition != TargetMismatch || outcome.Counted || outcome.AppID != demo.AppID {
		t.Errorf("refused before the hold: %+v", outcome)
	}
	s.ledger.fail(nil, errors.New("disk full"))
	if a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded})); a.Code != 213 || strings.Contains(a.text, "514958888888888") || (<-seen).Counted {
		t.Errorf("a reading that is not in the ledger is sent: %s", a.text)
	}
}

// A key's replies carry what its shape makes of the number, and nothing more
// where that fails.
func TestShape(t *testing.T) {
	shape := &shaper{text: "514958*****8888"}
	s := start(t, func(o *Options) { o.Accounts = shaping{o.Accounts, shape} })
	a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded}))
	if want := strings.ReplaceAll(documented, "514958888888888", "514958*****8888"); a.text != want {
		t.Errorf("%s\nwant %s", a.text, want)
	}
	shape.err = errors.New("no key for 514958888888888")
	if a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded})); a.Code != 200 || strings.Contains(a.text, "514958") {
		t.Error(a.text)
	}
	if log := s.logged(); strings.Contains(log, "514958888888888") || !strings.Contains(log, "no key for") {
		t.Error(log)
	}
}

type shaper struct {
	text string
	err  error
}

func (s *shaper) Number(pan.Number) (string, error) { return s.text, s.err }

func (s *shaper) Fingerprint() string { return s.text }

type shaping struct {
	Accounts
	shape account.Masker
}

func (r shaping) Access(ctx context.Context, appID, secretID string) (account.Access, error) {
	a, err := r.Accounts.Access(ctx, appID, secretID)
	a.Shape = r.shape
	return a, err
}

// TestSingleUseWithKey expects a single-use signature to be accepted once, also
// with an idempotency key, and the reply to be repeated for a new signature with
// the same key.
func TestSingleUseWithKey(t *testing.T) {
	s := start(t, nil)
	call := keyed(jsonCall(object{"appid": demo.AppID, "image": encoded}), "order 1")
	once := func(random uint32) testCall {
		c := call
		c.auth = signed(func(p *signature.Params) { p.Expires, p.FileID, p.Random = 0, "card.jpg", random })
		return c
	}
	first := s.do(t, once(1))
	if first.Code != 0 {
		t.Fatalf("the first request: %s", first.text)
	}
	if a := s.do(t, once(1)); a.Code != 13 {
		t.Errorf("the same signature and key: %s, want code 13", a.text)
	}
	for _, want := range []string{first.text, `{"code":13,"message":"replay attack"}`} {
		if a := s.do(t, once(2)); a.text != want {
			t.Errorf("a new signature and the same key: %s, want %s", a.text, want)
		}
	}
	if len(s.ledger.posted) != 1 {
		t.Errorf("%d charges settled, want 1", len(s.ledger.posted))
	}
}
