package legacy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/recognition"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/accountdb"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/testutil"
	"github.com/kahao/kahao/issuer"
	"github.com/kahao/kahao/pan"
)

// The made-up account of docs/legacy.md
var demo = account.Credentials{
	AppID: testutil.AppID, Bucket: testutil.Bucket, SecretID: testutil.SecretID, SecretKey: testutil.SecretKey,
}

var other = account.Credentials{AppID: "1250000002", Bucket: "other", SecretID: "OTHERID", SecretKey: "OTHERKEY"}

// second is the time of every test server.
const second = 1700000050

// picture is what the fake reader knows as a good picture.
var picture = []byte("\xff\xd8\xff\xe0a picture of a card")

// reader reads nothing: it answers by what the picture begins with.
type reader struct {
	mu   sync.Mutex
	seen [][]byte
}

func (r *reader) ReadAll(ctx context.Context, image []byte) (*kahao.Reading, error) {
	r.mu.Lock()
	r.seen = append(r.seen, image)
	r.mu.Unlock()
	reasons := func(codes ...kahao.ReasonCode) *kahao.Reading {
		reading := &kahao.Reading{}
		for _, code := range codes {
			reading.Reasons = append(reading.Reasons, kahao.Reason{Code: code})
		}
		return reading
	}
	e := example()
	switch {
	case bytes.Equal(image, picture):
		return e, nil
	case bytes.HasPrefix(image, []byte("GIF8")):
		return nil, kahao.ErrUnsupported
	case bytes.HasPrefix(image, []byte("BM")):
		return nil, kahao.ErrTooLarge
	case bytes.HasPrefix(image, []byte("none")):
		return reasons(kahao.ReasonNoCard), nil
	case bytes.HasPrefix(image, []byte("blur")):
		return reasons(kahao.ReasonNoNumber), nil
	case bytes.HasPrefix(image, []byte("illegal")):
		return &kahao.Reading{Cards: []*kahao.Card{{}}}, nil
	case bytes.HasPrefix(image, []byte("smear")):
		return reasons(kahao.ReasonNoNumber, kahao.ReasonBlur), nil
	case bytes.HasPrefix(image, []byte("what?")):
		return nil, recognition.ErrUnclassified
	case bytes.HasPrefix(image, []byte("heavy")):
		return nil, recognition.ErrOverloaded
	case bytes.HasPrefix(image, []byte("NaN")):
		e.Cards[0].Expiry.Confidence = math.NaN()
		return e, nil
	case bytes.HasPrefix(image, []byte("fault")):
		return nil, errors.New("weights gone at 514958888888888")
	case bytes.HasPrefix(image, []byte("panic")):
		panic("reading 514958888888888")
	case bytes.HasPrefix(image, []byte("index")):
		return &kahao.Reading{Width: int(image[len(image)])}, nil
	case bytes.HasPrefix(image, []byte("slow")):
		<-ctx.Done()
		return nil, ctx.Err()
	case bytes.HasPrefix(image, []byte("poor")):
		e.Cards[0].Issuer.CardName, e.Cards[0].Expiry = "", kahao.Date{}
		return e, nil
	}
	return nil, kahao.ErrMalformed
}

// example is the documented reply's reading.
func example() *kahao.Reading {
	n, _ := pan.New("514958888888888")
	quad := func(x, y, w, h float64) kahao.Quad {
		return kahao.Quad{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}}
	}
	return &kahao.Reading{Cards: []*kahao.Card{{
		PAN: n, Number: kahao.Number{Quad: quad(28, 101, 244, 22), Confidence: 0.9542132019996644}, Verdict: kahao.VerdictAccept,
		Issuer: issuer.Result{Type: issuer.Credit, CardName: "中银万事达信用卡", Issuer: "中国银行", Code: "01040000"},
		Expiry: kahao.Date{Text: "08/08", Month: 8, Year: 2008, Quad: quad(117, 137, 55, 14), Confidence: 0.928840160369873},
	}}}
}

// server is a Handler behind real HTTP, with a store in memory.
type server struct {
	*httptest.Server
	*reader
	handler *Handler
	store   *store.Store
	ledger  *recorder
	clock   *testutil.Clock
	log     *testutil.Buffer
	httpLog *testutil.Buffer // what net/http complains about
}

// recorder is a ledger that notes what passes, and fails on request.
type recorder struct {
	metering.Ledger
	mu     sync.Mutex
	refuse error // returned by Hold
	broken error // returned by Post, after it took effect
	holds  []ledger.Hold
	posted []ledger.Outcome
}

func (r *recorder) Hold(ctx context.Context, h ledger.Hold) (ledger.Charge, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse != nil {
		return ledger.Charge{}, r.refuse
	}
	c, err := r.Ledger.Hold(ctx, h)
	if err == nil && !c.Replayed {
		r.holds = append(r.holds, h)
	}
	return c, err
}

func (r *recorder) Post(ctx context.Context, id string, o ledger.Outcome) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posted = append(r.posted, o)
	return errors.Join(r.Ledger.Post(ctx, id, o), r.broken)
}

// fail sets what Hold and Post return.
func (r *recorder) fail(refuse, broken error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse, r.broken = refuse, broken
}

// last returns the latest outcome.
func (r *recorder) last() ledger.Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.posted[len(r.posted)-1]
}

// fileAccount declares an account with one key.
func fileAccount(a account.Credentials) account.FileAccount {
	return account.FileAccount{AppID: a.AppID, Name: a.AppID, Buckets: []string{a.Bucket}, Keys: []account.FileKey{{SecretID: a.SecretID, Secret: a.SecretKey}}}
}

// provision sets up the demo account with a change, and the other one.
func provision(t *testing.T, r *accountdb.Store, change func(*account.FileAccount)) {
	t.Helper()
	a := fileAccount(demo)
	change(&a)
	if _, err := r.Provision(t.Context(), []account.FileAccount{a, fileAccount(other)}); err != nil {
		t.Fatalf("Provision: %v", err)
	}
}

// States of the demo account that no accounts file can declare.
const (
	inArrears  = `UPDATE account SET balance = -1, negative_since = 0 WHERE id = '1250000001'`
	subAccount = `UPDATE user_ SET main = 0 WHERE account_id = '1250000001'`
)

// change runs a statement, and clears the registry's cache.
func change(t *testing.T, r *accountdb.Store, query string) {
	t.Helper()
	err := r.Engine.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(query); return err })
	if err := errors.Join(err, r.ChangeAccount(t.Context(), demo.AppID, account.Changes{})); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// registry returns the accounts of a server that start opens.
func registry(o *Options) *accountdb.Store { return o.Accounts.(*accountdb.Store) }

// with returns options for the demo account with a change.
func with(change func(*account.FileAccount)) func(*testing.T, *Options) {
	return func(t *testing.T, o *Options) { provision(t, registry(o), change) }
}

// state returns options for the demo account in a state.
func state(query string) func(*testing.T, *Options) {
	return func(t *testing.T, o *Options) { change(t, registry(o), query) }
}

// openStore opens a store in memory with both accounts, ten free units a month
// and post-pay.
func openStore(t *testing.T, now func() time.Time) *store.Store {
	t.Helper()
	settings := config.Defaults().Store
	settings.FreeUnits = 10
	s, err := store.Open(t.Context(), store.Options{Store: settings, Memory: true, Now: now})
	if err != nil {
		t.Fatalf("store.Open: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	provision(t, s.Accounts, func(*account.FileAccount) {})
	return s
}

func start(t *testing.T, change func(*Options)) *server {
	t.Helper()
	s := &server{reader: &reader{}, clock: &testutil.Clock{}, log: &testutil.Buffer{}, httpLog: &testutil.Buffer{}}
	s.clock.Set(time.Unix(second, 0))
	s.store = openStore(t, s.clock.Now)
	s.ledger = &recorder{Ledger: s.store.Ledger}
	o := Options{
		Options: backend.Options{
			Accounts: s.store.Accounts,
			Meter:    &metering.Meter{Ledger: s.ledger, Replies: s.store.Results, SingleUseAge: time.Hour, Now: s.clock.Now},
			Logger:   slog.New(slog.NewJSONHandler(s.log, nil)),
			Now:      s.clock.Now,
		},
		Reader: s.reader,
		Random: func() uint64 { return 1579925413 },
	}
	if change != nil {
		change(&o)
	}
	h, err := New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	s.handler = h
	s.Server = httptest.NewUnstartedServer(brokenBodies(h))
	s.Config.ErrorLog = log.New(s.httpLog, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// brokenBodies makes the body of a request with the header panic when it is
// read, or break off.
func brokenBodies(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Broken-Body") != "" {
			r.Body = brokenBody{}
		}
		if r.Header.Get("X-Cut-Body") != "" {
			r.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
		}
		h.ServeHTTP(w, r)
	})
}

// handlerWithContext puts something into the contexts of requests.
func handlerWithContext(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, "the request's")))
	})
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { panic("a body") }

func (brokenBody) Close() error { return nil }

// logged closes the server and returns its log. A request is logged after its
// reply was sent: only once the handlers are done is the log whole.
func (s *server) logged() string {
	s.Close()
	return s.log.String()
}

// sign returns the header for the demo account, good at the tests' time.
func sign() string {
	return signature.Sign(demo.SecretKey, signature.Params{
		AppID: demo.AppID, Bucket: demo.Bucket, SecretID: demo.SecretID,
		Expires: second + 100, Created: second, Random: 54321,
	})
}

// request describes a call; what is empty is as a good client sends it.
type testCall struct {
	method, path, contentType, auth string
	noAuth                          bool
	body                            []byte
	header                          map[string]string
}

type response struct {
	status int
	closed bool // the server said that it closes the connection
	header http.Header
	text   string
	reply
	replies
}

func (s *server) do(t *testing.T, c testCall) response {
	t.Helper()
	if c.method == "" {
		c.method = "POST"
	}
	if c.path == "" {
		c.path = Path
	}
	if c.contentType == "" {
		c.contentType = "application/json"
	}
	req, err := http.NewRequest(c.method, s.URL+c.path, bytes.NewReader(c.body))
	if err != nil {
		t.Fatalf("http.NewRequest: %v", err)
	}
	if c.contentType != "-" {
		req.Header.Set("Content-Type", c.contentType)
	}
	if !c.noAuth {
		if c.auth == "" {
			c.auth = sign()
		}
		req.Header.Set("Authorization", c.auth)
	}
	for k, v := range c.header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("Do: %v", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("ReadAll: %v", err)
	}
	a := response{status: resp.StatusCode, closed: resp.Close, header: resp.Header, text: string(text)}
	if err := errors.Join(json.Unmarshal(text, &a.reply), json.Unmarshal(text, &a.replies)); err != nil {
		t.Fatalf("the reply is no JSON: %v\n%s", err, text)
	}
	return a
}

// jsonCall is a call with the value as its JSON body.
func jsonCall(v any) testCall {
	body, _ := json.Marshal(v)
	return testCall{body: body}
}

// part is a part of a form, with the header lines that a client writes.
type part struct{ header, body string }

// formCall is a call with a form of the given parts.
func formCall(parts ...part) testCall {
	const boundary = "----------------------------8d5f3c1b"
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\n" + p.header + "\r\n\r\n" + p.body + "\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return testCall{contentType: "multipart/form-data; boundary=" + boundary, body: []byte(b.String())}
}

func text(name, value string) part {
	return part{`Content-Disposition: form-data; name="` + name + `"`, value}
}

func file(name string, content []byte) part {
	return part{`Content-Disposition: form-data; name="` + name + `"; filename="card.jpg"` + "\r\nContent-Type: image/jpeg", string(content)}
}
