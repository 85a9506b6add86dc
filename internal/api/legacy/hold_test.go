package legacy

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/pan"
)

// books are a ledger in memory: what was held, what became of it, and the
// replies to those who ask again.
type books struct {
	sync.Mutex
	refuse   error // of the next holds
	holds    []metering.Hold
	settled  []metering.Settlement
	recorded map[string]*metering.Recorded
	requests map[string][32]byte
	used     map[signature.ID]bool
	broken   error // of settlements
}

func (b *books) Hold(_ context.Context, h metering.Hold) (metering.Charge, error) {
	b.Lock()
	defer b.Unlock()
	if h.Claims.OneOff && b.used[h.Claims.ID()] {
		return nil, ledger.ErrReplay
	}
	if b.refuse != nil {
		return nil, b.refuse
	}
	if key := h.IdempotencyKey; key != "" {
		if first, known := b.requests[key]; known && first != h.Request {
			return nil, ledger.ErrMismatch
		}
		if r := b.recorded[key]; r != nil {
			return &bookCharge{b, h, r}, nil
		}
		if b.requests == nil {
			b.requests = map[string][32]byte{}
		}
		b.requests[key] = h.Request
	}
	if h.Claims.OneOff {
		if b.used == nil {
			b.used = map[signature.ID]bool{}
		}
		b.used[h.Claims.ID()] = true
	}
	b.holds = append(b.holds, h)
	return &bookCharge{b, h, nil}, nil
}

func (b *books) Used(_ context.Context, c signature.Claims) (bool, error) {
	b.Lock()
	defer b.Unlock()
	return b.used[c.ID()], nil
}

type bookCharge struct {
	*books
	hold  metering.Hold
	first *metering.Recorded
}

func (c *bookCharge) Earlier() *metering.Recorded { return c.first }

func (c *bookCharge) Settle(_ context.Context, s metering.Settlement) error {
	c.Lock()
	defer c.Unlock()
	c.settled = append(c.settled, s)
	if s.Recorded != nil {
		if c.recorded == nil {
			c.recorded = map[string]*metering.Recorded{}
		}
		c.recorded[c.hold.IdempotencyKey] = s.Recorded
	}
	return c.broken
}

func (b *books) last() metering.Settlement {
	b.Lock()
	defer b.Unlock()
	return b.settled[len(b.settled)-1]
}

func keyed(call testCall, key string) testCall {
	call.header = map[string]string{metering.HeaderKey: key}
	return call
}

// A request that is sent again with its key gets the first one's reply, byte
// for byte and with its session id, and is not read again.
func TestIdempotency(t *testing.T) {
	b := &books{}
	drawn := uint64(0)
	s := start(t, func(o *Options) {
		o.Meter, o.Ledger = b, true
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
	if len(s.seen) != 1 || len(b.holds) != 1 || len(b.settled) != 1 {
		t.Errorf("%d readings, %d holds, %d settled", len(s.seen), len(b.holds), len(b.settled))
	}
	other := s.do(t, keyed(jsonCall(object{"appid": demo.AppID, "image": encoded + "AAAA"}), "order 1"))
	if other.status != 422 || other.Code != 3 || other.Message != "idempotency key used for another request" {
		t.Errorf("another request with the key: %d %s", other.status, other.text)
	}
	// What no other try would change is told again, with its status.
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
	b.refuse = ledger.ErrInProgress
	if a := s.do(t, form("3")); a.status != 409 || a.header.Get("Retry-After") != "1" {
		t.Errorf("%d %v %s", a.status, a.header, a.text)
	}
}

// A ledger says itself whether an account is served: that its one-off
// signature was used before is told first, whatever it owes.
func TestReplayBeforeArrears(t *testing.T) {
	b := &books{}
	c := demo.Customer()
	c.Standing = account.Arrears // which is old news: the ledger knows better
	d := directory(t, c)
	s := start(t, func(o *Options) { o.Accounts, o.Meter, o.Ledger = d, b, true })
	once := jsonCall(object{"appid": demo.AppID, "image": encoded})
	once.auth = signed(func(p *signature.Params) { p.Expires, p.FileID = 0, "card.jpg" })
	if a := s.do(t, once); a.Code != 0 {
		t.Fatal(a.text)
	}
	b.refuse = ledger.ErrArrears
	if a := s.do(t, once); a.Code != 13 {
		t.Errorf("used before, in arrears: %s", a.text)
	}
	for err, code := range map[error]int{
		ledger.ErrArrears: 3, ledger.ErrClosed: 24, ledger.ErrUsedUp: 25, signature.ErrExpired: 9, signature.ErrMalformed: 5,
		ledger.ErrUnknown: 213,
	} {
		b.refuse = err
		if a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded})); a.Code != code {
			t.Errorf("%v: %s", err, a.text)
		}
	}
	b.refuse = nil
	if err := d.Replace(func() account.Customer { c := demo.Customer(); c.Keys[0].SubAccount = true; return c }()); err != nil {
		t.Fatal(err)
	}
	if a := s.do(t, once); a.Code != 13 {
		t.Errorf("used, and now a sub-account's: %s", a.text)
	}
	if a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded})); a.Code != 24 {
		t.Errorf("a sub-account's: %s", a.text)
	}
	if err := d.Replace(demo.Customer()); err != nil {
		t.Fatal(err)
	}
	none := once
	none.auth = signed(func(p *signature.Params) { p.Expires, p.FileID = 0, "" })
	if a := s.do(t, none); a.Code != 5 {
		t.Errorf("a one-off signature for no file: %s", a.text)
	}
}

// What became of each picture gets into the books with the time it took, what
// was refused as a request's one call; and only what the client is told of is
// billed.
func TestSettlement(t *testing.T) {
	b := &books{}
	seen := make(chan Outcome, 1)
	s := start(t, func(o *Options) {
		o.Meter, o.Ledger, o.Accounts = b, true, retaining{o.Accounts, 10 * time.Minute}
		o.Results = brokenResults{}
		o.Observe = func(_ context.Context, o Outcome) { seen <- o }
	})
	a := s.do(t, jsonCall(object{"appid": demo.AppID, "bucket": demo.Bucket, "image": []string{encoded, "!!", encoded}}))
	got, outcome := b.last(), <-seen
	if len(got.Calls) != 3 || got.Calls[0].Code != 0 || !got.Calls[0].Billed || got.Calls[1].Code != 21 || got.Calls[1].Billed || !got.Calls[2].Billed {
		t.Errorf("%+v", got.Calls)
	}
	if got.Keep != 10*time.Minute || string(got.Reply) != a.text || got.SessionID != a.List[0].Data.SessionID || got.Recorded != nil {
		t.Errorf("%+v", got)
	}
	if !outcome.Counted || outcome.Key != demo.SecretID || outcome.Bucket != demo.Bucket {
		t.Errorf("%+v", outcome)
	}
	want := ledger.Caller{Account: demo.AppID, User: "100001", Key: demo.SecretID, Bucket: demo.Bucket, API: "legacy"}
	if h := b.holds[0]; h.Caller != want || h.Pictures != 3 || h.IdempotencyKey != "" {
		t.Errorf("%+v", h)
	}
	s.do(t, jsonCall(object{"appid": demo.AppID}))
	if got, outcome := b.last(), <-seen; len(got.Calls) != 1 || got.Calls[0].Code != 18 || got.Calls[0].Billed || got.Keep != 0 || !outcome.Counted {
		t.Errorf("%+v, %+v", got, outcome)
	}
	s.do(t, formCall(text("appid", demo.AppID), file("image", []byte("none"))))
	if got := b.last(); (<-seen).Condition != NotACard || len(got.Calls) != 1 || got.Calls[0].Code != -9013 || got.Calls[0].Billed || got.Keep != 0 {
		t.Errorf("%+v", got)
	}
	s.do(t, jsonCall(object{"appid": other.AppID, "image": encoded}))
	if outcome := <-seen; outcome.Condition != TargetMismatch || outcome.Counted || outcome.AppID != demo.AppID {
		t.Errorf("refused before the hold: %+v", outcome)
	}
	b.broken = errors.New("disk full")
	if a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded})); a.Code != 213 || strings.Contains(a.text, "514958888888888") || (<-seen).Counted {
		t.Errorf("a reading that is not in the books is told: %s", a.text)
	}
}

// retaining is a directory of accounts whose replies are kept.
type retaining struct {
	Accounts
	keep time.Duration
}

func (r retaining) Access(ctx context.Context, appID, secretID string) (account.Access, error) {
	a, err := r.Accounts.Access(ctx, appID, secretID)
	a.Retention, a.User = r.keep, "100001"
	return a, err
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

type shaping struct {
	Accounts
	shape account.Shaper
}

func (r shaping) Access(ctx context.Context, appID, secretID string) (account.Access, error) {
	a, err := r.Accounts.Access(ctx, appID, secretID)
	a.Shape = r.shape
	return a, err
}
