package api3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/api/openapi/openapitest"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/recognition"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/service/signature/tc3"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/testutil"
	"github.com/kahao/kahao/issuer"
	"github.com/kahao/kahao/pan"
)

// The made-up account of docs/api3.md
var demo = account.Credentials{
	AppID: testutil.AppID, Bucket: testutil.Bucket, SecretID: testutil.SecretID, SecretKey: testutil.SecretKey,
}

// bucketKey is a key of the demo account that is limited to its bucket.
var bucketKey = account.Credentials{SecretID: "BUCKETKEYID", SecretKey: "BUCKETKEY"}

// second is the time of every test server: that of the published vectors.
const second = 1700000000

// picture is what the fake reader knows as a good image, and encoded its base64.
var picture = []byte("\xff\xd8\xff\xe0an image of a card")

const encoded = "/9j/4GFuIGltYWdlIG9mIGEgY2FyZA=="

// number is the one that the fake reader reads: the published sample.
const number = "6225768888888888"

// reader reads nothing: it answers by what the image begins with.
type reader struct {
	mu     sync.Mutex
	extras capture.Extras // of the latest call
	checks capture.Checks // of every card and image, if asked for
}

// lastExtras are those of the latest reading.
func (r *reader) lastExtras() capture.Extras {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.extras
}

func (r *reader) ReadWith(ctx context.Context, image []byte, extras capture.Extras) (*kahao.Reading, error) {
	r.mu.Lock()
	r.extras = extras
	r.mu.Unlock()
	reading, err := r.read(ctx, image)
	if err != nil {
		return nil, err
	}
	if extras.Checks || extras.Measured {
		reading.Checks = &r.checks
	}
	for _, card := range reading.Cards {
		card.Checks = reading.Checks
		if extras.CardCrop {
			card.Crop = crop(40, 25)
		}
		if extras.NumberCrop {
			card.Number.Crop = crop(30, 3)
		}
	}
	return reading, nil
}

// anyCardReader reads the same card in every image.
type anyCardReader struct{}

func (anyCardReader) ReadWith(context.Context, []byte, capture.Extras) (*kahao.Reading, error) {
	return example(), nil
}

// crop is an image of a size.
func crop(width, height int) *image.RGBA { return image.NewRGBA(image.Rect(0, 0, width, height)) }

func (r *reader) read(ctx context.Context, image []byte) (*kahao.Reading, error) {
	reasons := func(codes ...kahao.ReasonCode) *kahao.Reading {
		reading := &kahao.Reading{Width: 800, Height: 500}
		for _, code := range codes {
			reading.Reasons = append(reading.Reasons, kahao.Reason{Code: code})
		}
		return reading
	}
	starts := func(with string) bool { return bytes.HasPrefix(image, []byte(with)) }
	switch {
	case bytes.Equal(image, picture):
		return example(), nil
	case starts("GIF8"):
		return nil, &kahao.ImageError{Kind: kahao.ErrUnsupported, Detail: "GIF is not read"}
	case starts("BM"):
		return nil, kahao.ErrTooLarge
	case starts("none"):
		return reasons(kahao.ReasonNoCard), nil
	case starts("blur"):
		return reasons(kahao.ReasonNoNumber), nil
	case starts("illegal"):
		return &kahao.Reading{Cards: []*kahao.Card{{}}}, nil
	case starts("smear"):
		return reasons(kahao.ReasonNoNumber, kahao.ReasonBlur), nil
	case starts("heavy"):
		return nil, recognition.ErrOverloaded
	case starts("fault"):
		return nil, errors.New("weights gone at " + number)
	case starts("panic"):
		panic("reading " + number)
	case starts("slow"):
		<-ctx.Done()
		return nil, ctx.Err()
	case starts("poor"):
		e := example()
		e.Cards[0].Issuer, e.Cards[0].Expiry = issuer.Result{}, kahao.Date{}
		return e, nil
	}
	return nil, kahao.ErrMalformed
}

// example is the documented reply's reading.
func example() *kahao.Reading {
	n, _ := pan.New(number)
	return &kahao.Reading{Width: 800, Height: 500, Cards: []*kahao.Card{{
		PAN: n, Number: kahao.Number{Confidence: 0.99}, Verdict: kahao.VerdictAccept,
		Issuer:  issuer.Result{Type: issuer.Credit, CardName: "招商银行信用卡", Issuer: "招商银行", Code: "03080000"},
		Expiry:  kahao.Date{Text: "07/23", Month: 7, Year: 2023, Confidence: 0.9},
		Corners: kahao.Quad{{X: -3, Y: 10.4}, {X: 700, Y: 12}, {X: 702, Y: 460}, {X: 2, Y: 455.5}},
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
	mu      sync.Mutex
	seen    []Outcome
}

// outcomes returns those of all requests, once they have ended.
func (s *server) outcomes() []Outcome {
	s.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
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

// last returns the latest hold and outcome.
func (r *recorder) last() (ledger.Hold, ledger.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.holds[len(r.holds)-1], r.posted[len(r.posted)-1]
}

// provision sets up the demo account with a change.
func provision(t testing.TB, s *store.Store, change func(*account.FileAccount)) {
	t.Helper()
	a := account.FileAccount{AppID: demo.AppID, Name: demo.AppID, Buckets: []string{demo.Bucket}, Keys: []account.FileKey{
		{SecretID: demo.SecretID, Secret: demo.SecretKey},
		{SecretID: bucketKey.SecretID, Secret: bucketKey.SecretKey, Buckets: []string{demo.Bucket}},
	}}
	change(&a)
	if _, err := s.Accounts.Provision(t.Context(), []account.FileAccount{a}); err != nil {
		t.Fatalf("Provision: %v", err)
	}
}

// States of the demo account that no accounts file can declare.
const (
	inArrears = `UPDATE account SET balance = -1, negative_since = 0 WHERE id = '1250000001'`
	closed    = `UPDATE account SET state = 'closed' WHERE id = '1250000001'`
)

// change runs a statement, and clears the cache of accounts.
func (s *server) change(t *testing.T, query string) {
	t.Helper()
	err := s.store.Engine.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(query); return err })
	if err := errors.Join(err, s.store.Accounts.ChangeAccount(t.Context(), demo.AppID, account.Changes{})); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// subAccount creates a sub-account with policies, and returns a key of it.
func (s *server) subAccount(t *testing.T, documents ...string) account.CreatedKey {
	t.Helper()
	u, err := s.store.Accounts.CreateUser(t.Context(), demo.AppID, fmt.Sprint("clerk ", len(documents), s.clock.Now().UnixNano()))
	if err != nil {
		t.Fatalf("CreateUser: %v", err)
	}
	var policies []account.Policy
	for i, d := range documents {
		policies = append(policies, account.Policy{Name: fmt.Sprint("policy", i), Document: json.RawMessage(d)})
	}
	if err := s.store.Accounts.SetPolicies(t.Context(), u.ID, policies); err != nil {
		t.Fatalf("SetPolicies: %v", err)
	}
	key, err := s.store.Accounts.CreateKey(t.Context(), u.ID, account.KeySettings{})
	if err != nil {
		t.Fatalf("CreateKey: %v", err)
	}
	return key
}

func start(t testing.TB, change func(*Options)) *server {
	t.Helper()
	s := &server{reader: &reader{}, clock: &testutil.Clock{}, log: &testutil.Buffer{}}
	s.clock.Set(time.Unix(second, 0))
	settings := config.Defaults().Store
	settings.FreeUnits = 10
	var err error
	if s.store, err = store.Open(t.Context(), store.Options{Store: settings, Memory: true, Now: s.clock.Now}); err != nil {
		t.Fatalf("store.Open: %v", err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	provision(t, s.store, func(*account.FileAccount) {})
	s.ledger = &recorder{Ledger: s.store.Ledger}
	o := Options{
		Options: backend.Options{
			Accounts: s.store.Accounts,
			Meter:    &metering.Meter{Ledger: s.ledger, Replies: s.store.Results, Now: s.clock.Now},
			Logger:   slog.New(slog.NewJSONHandler(s.log, nil)),
			Now:      s.clock.Now,
		},
		Reader:  s.reader,
		Observe: func(_ context.Context, o Outcome) { s.mu.Lock(); defer s.mu.Unlock(); s.seen = append(s.seen, o) },
	}
	if change != nil {
		change(&o)
	}
	if s.handler, err = New(o); err != nil {
		t.Fatalf("New: %v", err)
	}
	s.Server = httptest.NewUnstartedServer(brokenBodies(s.handler))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// brokenBodies makes the body of a request with the header break off.
func brokenBodies(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Cut-Body") != "" {
			r.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
		}
		h.ServeHTTP(w, r)
	})
}

// testCall describes a call; what is empty is as a good client sends it.
type testCall struct {
	method, path, query, host string
	action, version           string // "-" sends none
	contentType, service      string
	timestamp                 int64
	date                      string // of the scope
	body                      []byte
	header                    map[string]string // set after signing; "-" removes
	key                       *account.Credentials
	change                    func(*http.Request) // at the end
}

type object = map[string]any

// jsonCall is a call with the value as its body.
func jsonCall(v any) testCall {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return testCall{body: body}
}

func or[T comparable](value, standard T) T {
	var zero T
	if value == zero {
		return standard
	}
	return value
}

// request makes a request signed with TC3.
func (c testCall) request(t testing.TB, base string) *http.Request {
	t.Helper()
	c.method = or(c.method, "POST")
	target := base + or(c.path, "/")
	if c.query != "" {
		target += "?" + c.query
	}
	req, err := http.NewRequest(c.method, target, bytes.NewReader(c.body))
	if err != nil {
		t.Fatalf("http.NewRequest: %v", err)
	}
	req.Host = or(c.host, req.Host)
	key := demo
	if c.key != nil {
		key = *c.key
	}
	standard := "application/json"
	if c.method == "GET" {
		standard = formType
	}
	c.timestamp = or(c.timestamp, second)
	h := req.Header
	h.Set("Content-Type", or(c.contentType, standard))
	h.Set("X-TC-Action", or(c.action, BankCardOCR))
	h.Set("X-TC-Version", or(c.version, version))
	h.Set("X-TC-Timestamp", strconv.FormatInt(c.timestamp, 10))
	signed := &tc3.Request{
		Authorization: tc3.Authorization{
			SecretID: key.SecretID, Date: or(c.date, time.Unix(c.timestamp, 0).UTC().Format(time.DateOnly)), Service: or(c.service, "ocr"),
			SignedHeaders: []string{"content-type", "host"},
		},
		Method: c.method, Host: req.Host, Query: c.query, Timestamp: h.Get("X-TC-Timestamp"),
		Header: map[string]string{"content-type": h.Get("Content-Type")}, PayloadHash: sha256.Sum256(c.body),
	}
	h.Set("Authorization", signed.Sign(key.SecretKey))
	for _, name := range []string{"X-TC-Action", "X-TC-Version"} {
		if h.Get(name) == "-" {
			h.Del(name)
		}
	}
	for name, value := range c.header {
		if value == "-" {
			h.Del(name)
		} else {
			h.Set(name, value)
		}
	}
	if c.change != nil {
		c.change(req)
	}
	return req
}

// answer is a reply.
type answer struct {
	status int
	header http.Header
	text   string
	object // the members of Response
}

// code returns the error's code, or "".
func (a answer) code() string {
	e, _ := a.object["Error"].(object)
	code, _ := e["Code"].(string)
	return code
}

func (a answer) message() string {
	e, _ := a.object["Error"].(object)
	text, _ := e["Message"].(string)
	return text
}

func (s *server) do(t *testing.T, c testCall) answer {
	t.Helper()
	return send(t, c.request(t, s.URL))
}

func send(t *testing.T, req *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("Do: %v", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("ReadAll: %v", err)
	}
	// Whatever is asked, and however, the reply is one that the document describes.
	openapitest.New(t, Describe()).Check(t, http.MethodPost, "/", resp.StatusCode, resp.Header.Get("Content-Type"), text)
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(text)}
	var e map[string]object
	if err := json.Unmarshal(text, &e); err != nil || len(e) != 1 || e["Response"] == nil {
		t.Fatalf("the reply is not {\"Response\":{…}}: %v\n%s", err, text)
	}
	a.object = e["Response"]
	return a
}

// form makes a request signed with v1, by POST or in the query of GET.
func (s *server) form(t *testing.T, method string, change func(map[string]string)) *http.Request {
	t.Helper()
	fields := map[string]string{
		"Action": BankCardOCR, "Version": version, "Region": "ap-guangzhou", "Timestamp": strconv.Itoa(second), "Nonce": "12345",
		"SecretId": demo.SecretID, "SignatureMethod": "HmacSHA256", "ImageBase64": encoded,
	}
	if change != nil {
		change(fields)
	}
	f := &tc3.Form{Method: method, Host: strings.TrimPrefix(s.URL, "http://")}
	values := url.Values{}
	for name, value := range fields {
		f.Parameters = append(f.Parameters, tc3.Parameter{Name: name, Value: value})
		values.Set(name, value)
	}
	if _, given := fields["Signature"]; !given {
		values.Set("Signature", f.Sign(signature.Secret(demo.SecretKey)))
	}
	target, body := s.URL+"/", ""
	if method == "GET" {
		target += "?" + values.Encode()
	} else {
		body = values.Encode()
	}
	req, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		t.Fatalf("http.NewRequest: %v", err)
	}
	if method == "POST" {
		req.Header.Set("Content-Type", formType)
	}
	return req
}
