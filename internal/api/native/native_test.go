package native

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/secret"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/pan"
)

func decode(t *testing.T, a answer) (r cardsReply) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("status %d: %s, want 200", a.status, a.text)
	}
	if err := json.Unmarshal([]byte(a.text), &r); err != nil {
		t.Fatalf("the reply %s: %v", a.text, err)
	}
	return r
}

// Every form of body gives the same card, and each image that has one costs a unit.
func TestCards(t *testing.T) {
	s := start(t, func(o *Options) { o.Fetcher = fetcher{} })
	formType, formBody := form("card")
	for _, q := range []request{
		{contentType: "image/jpeg", body: "card"},
		{contentType: "application/octet-stream", body: "card"},
		{contentType: "application/json", body: `{"image":"` + base64.StdEncoding.EncodeToString([]byte("card")) + `"}`},
		{contentType: "application/json; charset=utf-8", body: `{"url":"https://img.example.com/card.png"}`},
		{contentType: formType, body: formBody},
	} {
		q.path = PathCards
		before := s.left(t)
		r := decode(t, s.send(t, q))
		if len(r.Pictures) != 1 || len(r.Pictures[0].Cards) != 1 || r.Pictures[0].Cards[0].Number != specimen || r.Pictures[0].Error != nil {
			t.Errorf("%s: %+v, want one card with the number", q.contentType, r.Pictures)
		}
		if r.ID == "" || r.Versions.Kahao != "test" || r.Versions.Models["digits"] != "1" {
			t.Errorf("%s: id %q, versions %+v", q.contentType, r.ID, r.Versions)
		}
		if spent := before - s.left(t); spent != 1 {
			t.Errorf("%s: %d units, want 1", q.contentType, spent)
		}
	}
	if a := s.send(t, request{path: PathCards, body: "card"}); a.code() != "used_up" || a.status != http.StatusPaymentRequired {
		t.Errorf("the sixth of five units: %d %s, want 402 used_up", a.status, a.code())
	}
}

// Images without a card, and ones that fail next to others, cost nothing.
func TestSeveralImages(t *testing.T) {
	s := start(t, nil)
	kind, text := form("card", "none", "damaged", "rejected", "panic")
	r := decode(t, s.send(t, request{path: PathCards, contentType: kind, body: text}))
	if len(r.Pictures) != 5 || s.left(t) != 4 {
		t.Fatalf("%d pictures, %d units left, want 5 and 4", len(r.Pictures), s.left(t))
	}
	p := r.Pictures
	if len(p[0].Cards) != 1 || len(p[1].Cards) != 0 || p[1].Reasons[0].Code != kahao.ReasonNoCard || len(p[3].Cards) != 1 {
		t.Errorf("pictures %+v, want a card, none, and a rejected one", p)
	}
	if p[2].Error == nil || p[2].Error.Code != "image_malformed" || p[4].Error == nil || p[4].Error.Code != "server_fault" {
		t.Errorf("errors %+v and %+v, want image_malformed and server_fault", p[2].Error, p[4].Error)
	}
	if strings.Contains(s.log.String(), specimen) {
		t.Error("the log has the number of a panic")
	}
}

// A stream has one line for each image, each with its own charge; a retry repeats
// the lines and costs nothing.
func TestStream(t *testing.T) {
	s := start(t, nil)
	kind, text := form("card", "damaged", "two")
	q := request{path: PathCards, contentType: kind, body: text, header: map[string]string{"Accept": linesType, "Idempotency-Key": "order 7"}}
	first := s.send(t, q)
	lines := strings.Split(strings.TrimSpace(first.text), "\n")
	if first.status != 200 || first.header.Get("Content-Type") != linesType || len(lines) != 3 || s.left(t) != 3 {
		t.Fatalf("status %d, %s, %d lines, %d units left, want 200, 3 lines and 3 units", first.status, first.header.Get("Content-Type"), len(lines), s.left(t))
	}
	for i, line := range lines {
		var got cardsLine
		if err := json.Unmarshal([]byte(line), &got); err != nil || got.Index != i {
			t.Errorf("line %d: %v, index %d", i, err, got.Index)
		}
	}
	if again := s.send(t, q); again.text != first.text || s.left(t) != 3 {
		t.Errorf("the retry: %q, %d units left, want the same lines and 3", again.text, s.left(t))
	}
	q.body = strings.Replace(q.body, "two", "one", 1)
	if other := s.send(t, q); !strings.Contains(other.text, "idempotency_mismatch") {
		t.Errorf("another third image with the same key: %s, want idempotency_mismatch in its line", other.text)
	}
}

// Options are checked, and reach the reader.
func TestOptions(t *testing.T) {
	s := start(t, nil)
	r := decode(t, s.send(t, request{path: PathCards + "?luhn=off&max_cards=1&crop=card,number&checks=true", body: "two"}))
	if len(r.Pictures[0].Cards) != 1 || s.reader.luhn != kahao.LuhnOff {
		t.Errorf("%d cards, luhn %v, want 1 and off", len(r.Pictures[0].Cards), s.reader.luhn)
	}
	if e := s.reader.asked[0]; !e.Checks || !e.CardCrop || !e.NumberCrop {
		t.Errorf("the reader was asked for %+v, want checks and both crops", e)
	}
	if images := r.Pictures[0].Cards[0].Images; images == nil || len(images.Card) == 0 {
		t.Errorf("crops %+v, want that of the card", images)
	}
	if a := s.send(t, request{path: PathCards + "?deadline_ms=1", body: "slow"}); a.code() != "timeout" || a.status != http.StatusGatewayTimeout {
		t.Errorf("a deadline of 1 ms: %d %s, want 504 timeout", a.status, a.code())
	}
	for _, wrong := range []string{
		"luhn=yes", "max_cards=0", "max_cards=01", "crop=all", "checks=1", "deadline_ms=-1", "other=1", "luhn=off&luhn=off", "luhn=%zz", "keep=6,4",
	} {
		a := s.send(t, request{path: PathCards + "?" + wrong, body: "card"})
		if a.status != http.StatusBadRequest || a.code() != "invalid_parameter" {
			t.Errorf("?%s: %d %s, want 400 invalid_parameter", wrong, a.status, a.code())
		}
	}
}

// What refuses a request decides its code, and every problem document is complete.
func TestProblems(t *testing.T) {
	s := start(t, func(o *Options) { o.MaxBody, o.MaxImage, o.MaxImages = 1000, 100, 2 })
	twoType, two := form("card", "card", "card")
	otherType, other := form("file=x")
	noneType, none := form()
	for code, q := range map[string]request{
		"missing_key":          {path: PathCards, key: "-"},
		"invalid_key":          {path: PathCards, key: s.key[:len(s.key)-1] + "!"},
		"not_found":            {path: "/v1/other"},
		"method_not_allowed":   {path: PathCards, method: "GET"},
		"media_type":           {path: PathCards, contentType: "text/plain", body: "card"},
		"invalid_body":         {path: PathCards, contentType: "application/json", body: "["},
		"invalid_parameter":    {path: PathCards, contentType: otherType, body: other},
		"no_image":             {path: PathCards, contentType: noneType, body: none},
		"too_many_images":      {path: PathCards, contentType: twoType, body: two},
		"image_too_large":      {path: PathCards, body: strings.Repeat("x", 101)},
		"body_too_large":       {path: PathCards, body: strings.Repeat("x", 1001)},
		"image_empty":          {path: PathCards},
		"image_malformed":      {path: PathCards, body: "damaged"},
		"download_failed":      {path: PathCards, contentType: "application/json", body: `{"url":"http://a.example/x"}`},
		"bad_url":              {path: PathCards, contentType: "application/json", body: `{"url":"file:///etc/passwd"}`},
		"unknown_bucket":       {path: PathCards + "?bucket=other", body: "card"},
		"idempotency_mismatch": {path: PathCards, body: "card", header: map[string]string{"Idempotency-Key": "€"}},
		"result_not_found":     {path: PathResults + "x", method: "GET"},
		"nothing_found":        {path: PathRedactions, body: "none"},
		"server_fault":         {path: PathCards, body: "panic"},
	} {
		a := s.send(t, q)
		var p problem
		err := json.Unmarshal([]byte(a.text), &p)
		row := backendRow(code)
		if err != nil || p.Code != code || a.status != row.Status || p.Status != row.Status || p.Title != row.Title || p.Retryable != row.Retryable {
			t.Errorf("%s: %d %s, %v, want the row %+v", code, a.status, a.text, err, row)
		}
		if p.Type != problemPrefix+code || p.RequestID != "request-1" || a.header.Get(requestIDHeader) != "request-1" || a.header.Get(timingHeader) == "" {
			t.Errorf("%s: type %q, request id %q, headers %v", code, p.Type, p.RequestID, a.header)
		}
		if want := code == "missing_key" || code == "invalid_key"; (a.header.Get("WWW-Authenticate") != "") != want {
			t.Errorf("%s: WWW-Authenticate %q", code, a.header.Get("WWW-Authenticate"))
		}
	}
	if s.left(t) != 5 {
		t.Errorf("%d units left after refusals, want 5", s.left(t))
	}
}

func backendRow(code string) Row {
	for _, c := range Conditions() {
		if c.String() == code {
			return c.Row()
		}
	}
	return Row{}
}

// Codes and numbers are unique, and every row is complete.
func TestTable(t *testing.T) {
	codes, numbers := map[string]bool{}, map[int]bool{}
	for _, c := range Conditions() {
		r := c.Row()
		if codes[r.Code] || numbers[r.Number] {
			t.Errorf("%s: code or number %d is used twice", r.Code, r.Number)
		}
		codes[r.Code], numbers[r.Number] = true, true
		if r.Code == "" || r.Title == "" || r.When == "" || r.Status == 0 {
			t.Errorf("condition %d: the row %+v is incomplete", int(c), r)
		}
		if text, ok := CodeText(r.Number); ok != (c != OK) || ok && text != r.Code {
			t.Errorf("CodeText(%d) = %q, %v", r.Number, text, ok)
		}
	}
}

// Each path needs its policy, and each route is in the matrix.
func TestPolicies(t *testing.T) {
	s := start(t, nil)
	claimType, claimed := form("card", "last4=1111")
	formType, formText := form("card")
	actions := []string{"", policy.Recognise, policy.Redact, policy.Verify, policy.QueryCalls}
	matrix := map[string]struct {
		request
		action string
	}{
		PathCards:         {request{path: PathCards, body: "card"}, policy.Recognise},
		PathRedactions:    {request{path: PathRedactions, body: "card"}, policy.Redact},
		PathVerifications: {request{path: PathVerifications, contentType: claimType, body: claimed}, policy.Verify},
		PathPresidio:      {request{path: PathPresidio, contentType: formType, body: formText}, policy.Redact},
		PathUsage:         {request{path: PathUsage, method: "GET"}, policy.QueryCalls},
		PathResults:       {request{path: PathResults + "x", method: "GET"}, policy.Recognise},
	}
	for path := range routes {
		if _, ok := matrix[path]; !ok {
			t.Errorf("%s is not in the matrix", path)
		}
	}
	for i, action := range actions {
		var may []string
		if action != "" {
			may = []string{action}
		}
		key := s.subAccount(t, "user"+string(rune('a'+i)), account.KeySettings{}, may...)
		for path, c := range matrix {
			c.key = key
			a := s.send(t, c.request)
			if refused := a.code() == "not_authorized"; refused != (action != c.action) {
				t.Errorf("%s with the policy %q: %d %s, want it refused: %v", path, action, a.status, a.code(), action != c.action)
			}
		}
	}
}

// The form of a key's numbers holds everywhere: in digits, candidates and crops, in
// replays, and for kept results.
func TestShapes(t *testing.T) {
	s := start(t, nil)
	whole := s.send(t, request{path: PathCards + "?crop=card", body: "card", header: map[string]string{"Idempotency-Key": "k"}})
	id := decode(t, whole).ID
	for _, c := range []struct {
		shape, number string
		candidates    int
	}{{`{"number":"bin_last4"}`, `^411111\*{6}1111$`, 2}, {`{"number":"token"}`, `^tok_[a-z2-7]{32}$`, 0}} {
		key := s.subAccount(t, c.shape[11:14], account.KeySettings{Shape: []byte(c.shape)}, policy.Recognise, policy.Redact)
		a := s.send(t, request{path: PathCards + "?crop=card", body: "card", key: key, header: map[string]string{"Idempotency-Key": "own " + c.shape}})
		p := decode(t, a).Pictures[0].Cards[0]
		if !regexp.MustCompile(c.number).MatchString(p.Number) || len(p.Candidates) != c.candidates || p.Images != nil {
			t.Errorf("%s: number %q, %d candidates, crops %v", c.shape, p.Number, len(p.Candidates), p.Images != nil)
		}
		if strings.Contains(a.text, specimen) || strings.Contains(a.text, "41111111") {
			t.Errorf("%s: the reply has digits that the form hides: %s", c.shape, a.text)
		}
		hidden := 0
		for _, d := range p.Digits {
			if d.Digit == "*" && len(d.Alternatives) == 0 {
				hidden++
			}
		}
		if want := map[int]int{2: 6, 0: 16}[c.candidates]; hidden != want {
			t.Errorf("%s: %d digits hidden, want %d", c.shape, hidden, want)
		}
		if a := s.send(t, request{path: PathCards + "?crop=card", body: "card", key: key, header: map[string]string{"Idempotency-Key": "k"}}); a.code() != "idempotency_mismatch" {
			t.Errorf("%s: the replay of a reply with whole numbers: %d %s, want idempotency_mismatch", c.shape, a.status, a.code())
		}
		if a := s.send(t, request{path: PathResults + id, method: "GET", key: key}); a.code() != "result_not_found" {
			t.Errorf("%s: a kept result with whole numbers: %d %s, want result_not_found", c.shape, a.status, a.code())
		}
		redacted := s.send(t, request{path: PathRedactions, body: "card", key: key})
		if has := strings.Contains(redacted.header.Get(redactionHeader), "1111"); has != (c.candidates > 0) {
			t.Errorf("%s: %s = %s", c.shape, redactionHeader, redacted.header.Get(redactionHeader))
		}
	}
	if a := s.send(t, request{path: PathResults + id, method: "GET"}); a.text != whole.text {
		t.Errorf("the kept result: %s, want the reply %s", a.text, whole.text)
	}
	replay := s.send(t, request{path: PathCards + "?crop=card", body: "card", header: map[string]string{"Idempotency-Key": "k"}})
	if replay.text != whole.text || replay.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the replay: %s, want the reply %s", replay.text, whole.text)
	}
}

// A key that is limited to buckets counts for one of them.
func TestBuckets(t *testing.T) {
	s := start(t, nil)
	if err := s.store.Accounts.CreateBucket(t.Context(), s.account.AppID, "other"); err != nil {
		t.Fatalf("CreateBucket: %v", err)
	}
	one, both := []string{"cards"}, []string{"cards", "other"}
	single := s.subAccount(t, "single", account.KeySettings{Buckets: &one}, "ocr:*")
	double := s.subAccount(t, "double", account.KeySettings{Buckets: &both}, "ocr:*")
	for _, c := range []struct{ key, query, code, bucket string }{
		{single, "", "ok", "cards"}, {single, "?bucket=other", "bucket_not_allowed", ""}, {double, "", "bucket_not_allowed", ""},
		{double, "?bucket=other", "ok", "other"}, {"", "", "ok", ""}, {"", "?bucket=cards", "ok", "cards"},
	} {
		for len(s.seen) > 0 {
			<-s.seen
		}
		a := s.send(t, request{path: PathCards + c.query, body: "card", key: c.key})
		if o := <-s.seen; a.code() != c.code || c.code == "ok" && o.Bucket != c.bucket {
			t.Errorf("%s: %s, counted for %q, want %s and %q", c.query, a.code(), o.Bucket, c.code, c.bucket)
		}
	}
}

func TestRedactions(t *testing.T) {
	s := start(t, nil)
	q := request{path: PathRedactions + "?style=blur&keep=0,4&fields=number,expiry", body: "card", header: map[string]string{"Idempotency-Key": "r"}}
	for i := range 2 {
		a := s.send(t, q)
		if a.status != 200 || a.header.Get("Content-Type") != "image/png" || a.text != "covered blur" || s.left(t) != 4 {
			t.Errorf("call %d: %d %s %q, %d units left, want the covered image and 4", i, a.status, a.header.Get("Content-Type"), a.text, s.left(t))
		}
		var r redactionReport
		if err := json.Unmarshal([]byte(a.header.Get(redactionHeader)), &r); err != nil || r.Verdict != "redacted" || r.Count != 1 || r.Covers[0].Last4 != "1111" {
			t.Errorf("call %d: %s, %v", i, a.header.Get(redactionHeader), err)
		}
		if replayed := a.header.Get("Idempotent-Replayed") == "true"; replayed != (i == 1) {
			t.Errorf("call %d: replayed %v", i, replayed)
		}
	}
	if a := s.send(t, request{path: PathRedactions + "?allow_empty=true", body: "none"}); a.status != 200 || a.text != "none" || s.left(t) != 4 {
		t.Errorf("allow_empty: %d %q, %d units left, want the image and no charge", a.status, a.text, s.left(t))
	}
	for _, wrong := range []string{"keep=9,4", "keep=6", "style=mosaic", "fields=name", "luhn=off"} {
		if a := s.send(t, request{path: PathRedactions + "?" + wrong, body: "card"}); a.code() != "invalid_parameter" {
			t.Errorf("?%s: %d %s, want invalid_parameter", wrong, a.status, a.code())
		}
	}
}

// A verification tells match or not, and nothing of the number.
func TestVerifications(t *testing.T) {
	s := start(t, func(o *Options) { o.Logger = nil })
	n, err := pan.New(specimen)
	if err != nil {
		t.Fatalf("pan.New: %v", err)
	}
	mac := hex.EncodeToString(NumberHMAC(secret.Text(s.key), n))
	wrong := hex.EncodeToString(NumberHMAC("another key", n))
	free := &account.Changes{}
	on := true
	free.PostPay = &on
	if err := s.store.Accounts.ChangeAccount(t.Context(), s.account.AppID, *free); err != nil {
		t.Fatalf("ChangeAccount: %v", err)
	}
	for _, c := range []struct {
		fields  []string
		image   string
		match   bool
		verdict kahao.Verdict
	}{
		{[]string{"last4=1111"}, "card", true, kahao.VerdictAccept},
		{[]string{"last4=1112"}, "card", false, kahao.VerdictAccept},
		{[]string{"last4=1111", "expiry=08/27"}, "card", true, kahao.VerdictAccept},
		{[]string{"last4=1111", "expiry=08/2027"}, "card", true, kahao.VerdictAccept},
		{[]string{"last4=1111", "expiry=09/27"}, "card", false, kahao.VerdictAccept},
		{[]string{"number_hmac=" + mac}, "two", true, kahao.VerdictAccept},
		{[]string{"number_hmac=" + wrong}, "card", false, kahao.VerdictAccept},
		{[]string{"last4=1112", "number_hmac=" + mac}, "card", false, kahao.VerdictAccept},
		{[]string{"last4=1111"}, "rejected", false, kahao.VerdictReject},
		{[]string{"last4=1111"}, "none", false, kahao.VerdictReject},
	} {
		kind, text := form(append([]string{c.image}, c.fields...)...)
		a := s.send(t, request{path: PathVerifications, contentType: kind, body: text})
		var v verification
		if err := json.Unmarshal([]byte(a.text), &v); err != nil || a.status != 200 || v.Match != c.match || v.Verdict != c.verdict {
			t.Errorf("%v of %s: %d %s, want match %v, verdict %s", c.fields, c.image, a.status, a.text, c.match, c.verdict)
		}
		if strings.Contains(a.text, "1111") {
			t.Errorf("%v: the reply %s has digits of the number", c.fields, a.text)
		}
	}
	for _, fields := range [][]string{{}, {"expiry=08/27"}, {"last4=111"}, {"last4=111a"}, {"last4="}, {"last4=1111", "expiry=13/27"}, {"last4=1111", "expiry=8/27"}, {"number_hmac=00"}, {"first6=411111"}} {
		kind, text := form(append([]string{"card"}, fields...)...)
		if a := s.send(t, request{path: PathVerifications, contentType: kind, body: text}); a.code() != "invalid_parameter" {
			t.Errorf("%v: %d %s, want invalid_parameter", fields, a.status, a.code())
		}
	}
	if a := s.send(t, request{path: PathVerifications + "?last4=1111", body: "card"}); a.code() != "invalid_parameter" {
		t.Errorf("a claim in the query, which proxies log: %s, want invalid_parameter", a.code())
	}
}

// A caller cannot try digits until they match: claims that do not match are
// limited, those that match and images that cannot be read are not.
func TestVerificationIsNoOracle(t *testing.T) {
	s := start(t, nil)
	on := true
	if err := s.store.Accounts.ChangeAccount(t.Context(), s.account.AppID, account.Changes{PostPay: &on}); err != nil {
		t.Fatalf("ChangeAccount: %v", err)
	}
	try := func(image, last4 string) string {
		kind, text := form(image, "last4="+last4)
		return s.send(t, request{path: PathVerifications, contentType: kind, body: text}).code()
	}
	for i := range 2 * Mismatches.Burst {
		if code := try([]string{"card", "none"}[i%2], "1111"); code != "ok" {
			t.Fatalf("call %d that matches or cannot be read: %s, want ok", i, code)
		}
	}
	for i := range Mismatches.Burst {
		if code := try("card", "0000"); code != "ok" {
			t.Fatalf("wrong claim %d: %s, want ok", i, code)
		}
	}
	if code := try("card", "1111"); code != "too_many_mismatches" {
		t.Errorf("after %d wrong claims: %s, want too_many_mismatches", Mismatches.Burst, code)
	}
	s.clock.Pass(time.Minute)
	if code := try("card", "1111"); code != "ok" {
		t.Errorf("a minute later: %s, want ok", code)
	}
}

func TestUsage(t *testing.T) {
	s := start(t, nil)
	kind, text := form("card", "card", "none")
	decode(t, s.send(t, request{path: PathCards + "?bucket=cards", contentType: kind, body: text}))
	for by, keys := range map[string][]string{
		"day": {"2026-11-30"}, "month": {"2026-11"}, "interface": {APICards}, "bucket": {"cards"}, "code": {"0", "4036"}, "user": {s.account.User},
	} {
		a := s.send(t, request{path: PathUsage + "?by=" + by, method: "GET"})
		var r usageReply
		if err := json.Unmarshal([]byte(a.text), &r); err != nil {
			t.Fatalf("%s: %v", a.text, err)
		}
		var got []string
		for _, row := range r.Rows {
			got = append(got, row.Key)
		}
		if !slices.Equal(got, keys) || r.Total.Calls != 3 || r.Total.Billed != 2 || r.Total.Errors[0].Text != "no_card" {
			t.Errorf("by %s: %s, want the keys %v, 3 calls and 2 units", by, a.text, keys)
		}
		if r.To != "2026-11-30" || r.From != "2026-11-01" {
			t.Errorf("by %s: from %s to %s, want the last 30 days", by, r.From, r.To)
		}
	}
	for _, wrong := range []string{"from=2026-13-01", "by=account", "to=x"} {
		if a := s.send(t, request{path: PathUsage + "?" + wrong, method: "GET"}); a.code() != "invalid_parameter" {
			t.Errorf("?%s: %d %s, want invalid_parameter", wrong, a.status, a.code())
		}
	}
	for _, wrong := range []string{"from=2026-12-01", "from=2020-01-01", "from=1564-10-10", "from=0001-01-01"} {
		if a := s.send(t, request{path: PathUsage + "?" + wrong, method: "GET"}); a.code() != "invalid_period" || a.status != http.StatusUnprocessableEntity {
			t.Errorf("?%s: %d %s, want 422 invalid_period", wrong, a.status, a.code())
		}
	}
	own := s.subAccount(t, "own", account.KeySettings{}, "ocr:*")
	if a := s.send(t, request{path: PathUsage, method: "GET", key: own}); a.status != 200 {
		t.Errorf("usage for a sub-account: %d", a.status)
	}
}

// Rates apply to the account, the key and the client, and keys are guessed no
// faster than the client's rate.
func TestRates(t *testing.T) {
	for name, change := range map[string]func(*Options, *ratelimit.Limiter){
		"account": func(o *Options, l *ratelimit.Limiter) { o.Rate = l },
		"key":     func(o *Options, l *ratelimit.Limiter) { o.KeyRate = l },
	} {
		s := start(t, func(o *Options) { change(o, ratelimit.New(ratelimit.Limit{PerSecond: 1, Burst: 1}, nil, o.Now)) })
		if a := s.send(t, request{path: PathUsage, method: "GET"}); a.status != 200 {
			t.Errorf("%s: the first request: %d %s", name, a.status, a.text)
		}
		if a := s.send(t, request{path: PathUsage, method: "GET"}); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "1" {
			t.Errorf("%s: the second request: %d, Retry-After %q, want 429 and 1", name, a.status, a.header.Get("Retry-After"))
		}
	}
}

// Ids of results cannot be guessed at will.
func TestResultLookupsAreLimited(t *testing.T) {
	s := start(t, nil)
	for i := range 30 {
		a := s.send(t, request{path: PathResults + "guess", method: "GET"})
		if want := map[bool]string{true: "result_not_found", false: "too_frequent"}[i < 20]; a.code() != want {
			t.Errorf("guess %d: %s, want %s", i, a.code(), want)
		}
	}
}

// A trace context comes back, and anything else does not.
func TestTrace(t *testing.T) {
	s := start(t, nil)
	for value, want := range map[string]bool{
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01": true, "00-4111111111111111": false, "x": false,
	} {
		a := s.send(t, request{path: PathUsage, method: "GET", header: map[string]string{"traceparent": value}})
		if got := a.header.Get("Traceparent"); (got == value) != want {
			t.Errorf("traceparent %q came back as %q, want it back: %v", value, got, want)
		}
		if strings.Contains(s.log.String(), value) {
			t.Errorf("the log has the caller's traceparent %q", value)
		}
	}
}
