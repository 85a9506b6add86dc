package native

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/api/openapi/openapitest"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/fetch"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/redaction"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/service/recognition"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/internal/testutil"
	"github.com/kahao/kahao/internal/vision/imagein"
	"github.com/kahao/kahao/pan"
)

// specimen is a published test number.
const specimen = "4111111111111111"

// freeUnits are the readings that the account has.
const freeUnits = 5

// reader answers by the content of the image, which is a word.
type reader struct {
	mu    sync.Mutex
	asked []capture.Extras
	luhn  kahao.LuhnMode
}

func (r *reader) ReadWith(ctx context.Context, content []byte, extras capture.Extras) (*kahao.Reading, error) {
	r.mu.Lock()
	r.asked = append(r.asked, extras)
	r.mu.Unlock()
	n, _ := pan.New(specimen)
	other, _ := pan.New("4111111111111112")
	card := &kahao.Card{
		PAN: n, Verdict: kahao.VerdictAccept, Expiry: kahao.Date{Text: "08/27", Month: 8, Year: 2027, Verdict: kahao.VerdictAccept},
		Number: kahao.Number{Confidence: 0.99, Candidates: []kahao.Candidate{{PAN: n, P: 0.99}, {PAN: other, P: 0.01}}},
	}
	for i := range specimen {
		card.Number.Digits = append(card.Number.Digits, kahao.Digit{Value: specimen[i], P: 0.99, Alternatives: []kahao.Alternative{{Value: '7', P: 0.01}}})
	}
	if extras.CardCrop {
		card.Crop = image.NewRGBA(image.Rect(0, 0, 8, 5))
	}
	reading := &kahao.Reading{Width: 320, Height: 200, Cards: []*kahao.Card{card}}
	switch string(content) {
	case "two":
		reading.Cards = append(reading.Cards, card)
	case "none":
		return &kahao.Reading{Width: 320, Height: 200, Reasons: []kahao.Reason{{Code: kahao.ReasonNoCard}}}, nil
	case "rejected":
		card.Verdict = kahao.VerdictReject
	case "damaged":
		return nil, &kahao.ImageError{Kind: kahao.ErrMalformed}
	case "slow":
		<-ctx.Done()
		return nil, ctx.Err()
	case "panic":
		panic("number " + specimen)
	}
	return reading, nil
}

// server is a Handler under test.
type server struct {
	*httptest.Server
	store   *store.Store
	clock   *testutil.Clock
	log     *testutil.Buffer
	reader  *reader
	account account.CreatedKey
	key     string // of the main user
	seen    chan Outcome
}

func start(t *testing.T, change func(*Options)) *server {
	t.Helper()
	s := &server{clock: &testutil.Clock{}, log: &testutil.Buffer{}, reader: &reader{}, seen: make(chan Outcome, 10_000)}
	s.clock.Set(time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC))
	settings := config.Defaults().Store
	settings.FreeUnits = freeUnits
	var err error
	if s.store, err = store.Open(t.Context(), store.Options{Store: settings, Memory: true, Now: s.clock.Now, Retention: time.Hour}); err != nil {
		t.Fatalf("store.Open: %v", err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	if s.account, err = s.store.Accounts.CreateAccount(t.Context(), account.NewAccount{Name: "a", Bucket: "cards"}); err != nil {
		t.Fatalf("CreateAccount: %v", err)
	}
	s.key = s.newKey(t, s.account.User, account.KeySettings{})
	o := Options{
		Options: backend.Options{
			Accounts: s.store.Accounts,
			Meter:    &metering.Meter{Ledger: s.store.Ledger, Replies: s.store.Results, Now: s.clock.Now},
			Logger:   slog.New(slog.NewJSONHandler(s.log, nil)),
			Now:      s.clock.Now,
		},
		Keys:   s.store.Accounts,
		Reader: func(m kahao.LuhnMode) (recognition.ExtrasReader, error) { s.reader.luhn = m; return s.reader, nil },
		Redact: redactFake, Results: s.store.Results, Calendar: s.store.Calendar,
		Usage: func(ctx context.Context, f usage.Filter) ([]usage.Row, error) {
			return ledgerdb.UsageRows(ctx, s.store.Engine, f)
		},
		Observe:   func(_ context.Context, o Outcome) { s.seen <- o },
		RequestID: func(*http.Request) string { return "request-1" },
		Versions:  kahao.Versions{Kahao: "test", Models: []kahao.Model{{Name: "digits", Version: "1"}}},
	}
	if change != nil {
		change(&o)
	}
	h, err := New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	s.Server = httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// redactFake covers one number, or none of an image that is "none".
func redactFake(_ context.Context, content []byte, o redaction.Options) (*redaction.Result, error) {
	r := &redaction.Result{File: content, Format: imagein.PNG, From: imagein.PNG, Verdict: redaction.Nothing}
	if redaction.IsPDF(content) {
		return &redaction.Result{
			File: []byte("%PDF-covered"), PDF: true, Verdict: redaction.Unsure, Reasons: []redaction.Reason{{Code: redaction.ReasonText, Pages: []int{1}}},
			Covers: []redaction.Cover{{Kind: pipeline.RegionNumber, Last: specimen[12:], Page: 2, Image: "page-2-image-7"}},
		}, nil
	}
	switch string(content) {
	case "none":
	case "damaged":
		return nil, &kahao.ImageError{Kind: kahao.ErrMalformed}
	default:
		r.File, r.Verdict = []byte("covered "+string(o.Style)), redaction.Redacted
		r.Covers = []redaction.Cover{{Kind: pipeline.RegionNumber, Last: specimen[12:]}}
	}
	return r, nil
}

func (s *server) newKey(t *testing.T, user string, set account.KeySettings) string {
	t.Helper()
	set.Kind = account.Bearer
	c, err := s.store.Accounts.CreateKey(t.Context(), user, set)
	if err != nil {
		t.Fatalf("CreateKey: %v", err)
	}
	return string(c.SecretKey)
}

// subAccount returns the key of a new sub-account that may do the actions.
func (s *server) subAccount(t *testing.T, name string, set account.KeySettings, actions ...string) string {
	t.Helper()
	u, err := s.store.Accounts.CreateUser(t.Context(), s.account.AppID, name)
	if err != nil {
		t.Fatalf("CreateUser: %v", err)
	}
	if len(actions) > 0 {
		list, _ := json.Marshal(actions)
		document := json.RawMessage(`{"version":"2.0","statement":[{"effect":"allow","action":` + string(list) + `,"resource":"` + policy.All + `"}]}`)
		if err := s.store.Accounts.SetPolicies(t.Context(), u.ID, []account.Policy{{Name: "some", Document: document}}); err != nil {
			t.Fatalf("SetPolicies: %v", err)
		}
	}
	return s.newKey(t, u.ID, set)
}

// request is a request with its defaults.
type request struct {
	method, path, key, contentType, body string
	header                               map[string]string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	text   string
}

// code is the code of a problem document or of an error in Presidio's form, or ok.
func (a answer) code() string {
	if a.header.Get("Content-Type") != problemType && a.status < http.StatusBadRequest {
		return "ok"
	}
	var p problem
	_ = json.Unmarshal([]byte(a.text), &p)
	return p.Code
}

func (s *server) send(t *testing.T, q request) answer {
	t.Helper()
	if q.method == "" {
		q.method = http.MethodPost
	}
	if q.contentType == "" {
		q.contentType = "image/png"
	}
	r, err := http.NewRequestWithContext(t.Context(), q.method, s.URL+q.path, strings.NewReader(q.body))
	if err != nil {
		t.Fatalf("NewRequest: %v", err)
	}
	r.Header.Set("Content-Type", q.contentType)
	switch q.key {
	case "-":
	case "":
		r.Header.Set("Authorization", "Bearer "+s.key)
	default:
		r.Header.Set("Authorization", "Bearer "+q.key)
	}
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("Do: %v", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("reading the reply: %v", err)
	}
	path, _, _ := strings.Cut(q.path, "?")
	part := Describe()
	if path == PathPresidio {
		part = DescribePresidio()
	}
	openapitest.New(t, part).Check(t, q.method, path, resp.StatusCode, resp.Header.Get("Content-Type"), text)
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// left returns the units that the account has left this month.
func (s *server) left(t *testing.T) int64 {
	t.Helper()
	packs, err := s.store.Accounts.ListPacks(t.Context(), s.account.AppID)
	if err != nil {
		t.Fatalf("ListPacks: %v", err)
	}
	if len(packs) == 0 {
		return freeUnits // the month's pack is made by the first charge
	}
	left := int64(0)
	for _, p := range packs {
		left += p.Left
	}
	return left
}

// fetcher serves some URLs.
type fetcher struct{}

func (fetcher) FetchFrom(_ context.Context, _ []string, url string, _ int64) ([]byte, error) {
	if strings.HasSuffix(url, "card.png") {
		return []byte("card"), nil
	}
	return nil, fetch.BadStatus
}

// form makes a multipart form of images, and of fields name=value.
func form(images ...string) (contentType, text string) {
	var b bytes.Buffer
	for _, content := range images {
		name := "image"
		if field, value, ok := strings.Cut(content, "="); ok {
			name, content = field, value
		}
		b.WriteString("--limit\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"x\"\r\n\r\n" + content + "\r\n")
	}
	b.WriteString("--limit--\r\n")
	return "multipart/form-data; boundary=limit", b.String()
}
