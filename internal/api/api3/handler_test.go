package api3

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ratelimit"
)

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func base64Of(content string) string { return base64.StdEncoding.EncodeToString([]byte(content)) }

// The reply has the fields of the published sample, in its order.
func TestSampleReply(t *testing.T) {
	s := start(t, func(o *Options) { o.NewID = func() string { return "ID" } })
	const want = `{"Response":{"CardNo":"6225768888888888","BankInfo":"招商银行(03080000)","ValidDate":"07/2023","CardType":"贷记卡",` +
		`"CardName":"招商银行信用卡","BorderCutImage":null,"CardNoImage":null,"WarningCode":null,"QualityValue":null,` +
		`"CardCategory":"标准实体银行卡","RequestId":"ID"}}`
	if a := s.do(t, jsonCall(object{"ImageBase64": encoded})); a.text != want {
		t.Errorf("reply\n%s\nwant\n%s", a.text, want)
	}
	const poor = `{"Response":{"CardNo":"6225768888888888","BankInfo":"","ValidDate":"","CardType":"","CardName":"",` +
		`"BorderCutImage":null,"CardNoImage":null,"WarningCode":null,"QualityValue":null,"CardCategory":"标准实体银行卡","RequestId":"ID"}}`
	if a := s.do(t, jsonCall(object{"ImageBase64": base64Of("poor")})); a.text != poor {
		t.Errorf("reply of a card without a bank and a date\n%s\nwant\n%s", a.text, poor)
	}
}

// Images in the variants that clients send.
func TestImageTexts(t *testing.T) {
	s := start(t, nil)
	raw := strings.TrimRight(encoded, "=")
	for _, text := range []string{
		encoded, raw, strings.NewReplacer("+", "-", "/", "_").Replace(raw), "data:image/jpeg;base64," + encoded,
		" " + encoded[:20] + "\r\n" + encoded[20:] + "\n",
	} {
		s.clock.Pass(10 * time.Millisecond)
		if a := s.do(t, jsonCall(object{"ImageBase64": text})); a.object["CardNo"] != number {
			t.Errorf("%q: %s", text, a.text)
		}
	}
}

// The ways to send a request.
func TestTransports(t *testing.T) {
	s := start(t, nil)
	multipart := "--x\r\nContent-Disposition: form-data; name=\"ImageBase64\"\r\n\r\n" + encoded +
		"\r\n--x\r\nContent-Disposition: form-data; name=\"RetCardNoImage\"\r\n\r\nfalse\r\n--x--\r\n"
	escaped := strings.NewReplacer("/", "%2F", "=", "%3D").Replace(encoded)
	for name, c := range map[string]testCall{
		"JSON":                     {body: []byte(`{"ImageBase64":"` + encoded + `","RetCardNoImage":false,"ImageUrl":null}`)},
		"JSON with a charset":      {body: []byte(`{"ImageBase64":"` + encoded + `"}`), contentType: "application/json; charset=utf-8"},
		"multipart":                {body: []byte(multipart), contentType: "multipart/form-data; boundary=x"},
		"form":                     {body: []byte("ImageBase64=" + escaped), contentType: formType},
		"GET":                      {method: "GET", query: "RetCardNoImage=false&ImageBase64=" + escaped},
		"GET in another order":     {method: "GET", query: "ImageBase64=" + escaped + "&EnableCopyCheck=false"},
		"a path":                   {path: "/some/path/", body: []byte(`{"ImageBase64":"` + encoded + `"}`)},
		"header names in any case": {body: []byte(`{"ImageBase64":"` + encoded + `"}`), change: func(r *http.Request) { r.Header["x-tc-action"] = r.Header["X-Tc-Action"]; r.Header.Del("X-TC-Action") }},
		"a region":                 {body: []byte(`{"ImageBase64":"` + encoded + `"}`), header: map[string]string{"X-TC-Region": "nowhere"}},
	} {
		s.clock.Pass(10 * time.Millisecond)
		if a := s.do(t, c); a.object["CardNo"] != number {
			t.Errorf("%s: %s", name, a.text)
		}
	}
	for _, method := range []string{"POST", "GET"} {
		for _, algorithm := range []string{"HmacSHA1", "HmacSHA256", ""} {
			s.clock.Pass(time.Second / 2)
			a := send(t, s.form(t, method, func(f map[string]string) {
				f["Timestamp"], f["SignatureMethod"], f["EnableQualityValue"] = "1700000003", algorithm, "false"
			}))
			if a.object["CardNo"] != number {
				t.Errorf("v1 by %s with %q: %s", method, algorithm, a.text)
			}
		}
	}
}

// What v1 refuses.
func TestForms(t *testing.T) {
	for name, c := range map[string]struct {
		change func(map[string]string)
		want   Condition
	}{
		"a changed parameter": {func(f map[string]string) { f["Signature"] = "jk1F0RIGNLORgmWNB0BHECHdOV8=" }, SignatureMismatch},
		"no nonce":            {func(f map[string]string) { delete(f, "Nonce") }, NoParameter},
		"nonce 0":             {func(f map[string]string) { f["Nonce"] = "0" }, InvalidParameter},
		"negative nonce":      {func(f map[string]string) { f["Nonce"] = "-1" }, InvalidParameter},
		"63 bits":             {func(f map[string]string) { f["Nonce"] = "9223372036854775807" }, OK},
		"64 bits":             {func(f map[string]string) { f["Nonce"] = "9223372036854775808" }, InvalidParameter},
		"no SecretId":         {func(f map[string]string) { delete(f, "SecretId") }, NoParameter},
		"unknown SecretId":    {func(f map[string]string) { f["SecretId"] = "NOBODY" }, UnknownKey},
		"no timestamp":        {func(f map[string]string) { delete(f, "Timestamp") }, NoParameter},
		"late":                {func(f map[string]string) { f["Timestamp"] = "1699999699" }, SignatureExpired},
		"early":               {func(f map[string]string) { f["Timestamp"] = "1700000301" }, SignatureExpired},
		"no time":             {func(f map[string]string) { f["Timestamp"] = "now" }, InvalidParameter},
		"no action":           {func(f map[string]string) { delete(f, "Action") }, NoAction},
		"no version":          {func(f map[string]string) { delete(f, "Version") }, NoParameter},
		"a token":             {func(f map[string]string) { f["Token"] = "x" }, TokenInvalid},
		"empty values":        {func(f map[string]string) { f["Region"], f["Token"], f["Language"], f["RequestClient"] = "", "", "", "" }, OK},
		"a wrong boolean":     {func(f map[string]string) { f["RetCardNoImage"] = "yes" }, InvalidParameter},
		"an unknown name":     {func(f map[string]string) { f["Foo.0.Bar"] = "1" }, UnknownParameter},
		"no signature":        {func(f map[string]string) { f["Signature"] = "" }, SignatureMismatch},
	} {
		s := start(t, nil)
		if a := send(t, s.form(t, "POST", c.change)); a.code() != c.want.Row().Code {
			t.Errorf("%s: %s, want %s", name, a.text, c.want)
		}
	}
	s := start(t, nil)
	for name, body := range map[string]string{"": "AuthFailure.InvalidAuthorization", "a=1": "AuthFailure.InvalidAuthorization", "a=%": "InvalidParameter", "a=1&a=1": "InvalidParameter"} {
		req, _ := http.NewRequest("POST", s.URL+"/", strings.NewReader(name))
		req.Header.Set("Content-Type", formType)
		if a := send(t, req); a.code() != body {
			t.Errorf("form %q: %s, want %s", name, a.text, body)
		}
	}
}

// Parameters of the wrong type, and values that are none.
func TestParameters(t *testing.T) {
	s := start(t, nil)
	for body, want := range map[string]Condition{
		`{}`:                                  InvalidValue,
		`{"ImageBase64":null}`:                InvalidValue,
		`{"ImageUrl":""}`:                     InvalidValue,
		`{"ImageUrl":"","ImageBase64":""}`:    ImageEmpty,
		`{"ImageBase64":1}`:                   InvalidParameter,
		`{"ImageBase64":["` + encoded + `"]}`: InvalidParameter,
		`{"ImageUrl":true}`:                   InvalidParameter,
		`{"ImageBase64":"` + encoded + `","RetCardNoImage":"true"}`: InvalidParameter,
		`{"ImageBase64":"` + encoded + `","RetCardNoImage":1}`:      InvalidParameter,
		`{"ImageBase64":"` + encoded + `","RetCardNoImage":null}`:   OK,
		`{"ImageBase64":"` + encoded + `","imageurl":"x"}`:          UnknownParameter,
		`{"ImageBase64":"` + encoded + `","Action":"BankCardOCR"}`:  OK,
		`{"ImageBase64":"` + encoded + `"}x`:                        InvalidParameter,
		`[]`:                                                        InvalidParameter,
		`"x"`:                                                       InvalidParameter,
		``:                                                          InvalidParameter,
		`{"ImageBase64":"data:image/jpeg,"}`:                        InvalidValue,
	} {
		s.clock.Pass(100 * time.Millisecond)
		if a := s.do(t, testCall{body: []byte(body)}); a.code() != want.Row().Code {
			t.Errorf("%s: %s, want %v", body, a.text, want)
		}
	}
	if a := s.do(t, testCall{body: []byte(`{}`), contentType: "text/plain"}); a.code() != "InvalidParameter" {
		t.Errorf("text/plain: %s, want InvalidParameter", a.text)
	}
}

// What a request is counted and charged as: a success and an empty image are one
// unit, other failures none.
func TestCharges(t *testing.T) {
	s := start(t, nil)
	for _, c := range []struct {
		body   string
		number int
		billed bool
	}{
		{encoded, 0, true},
		{"", ImageEmpty.Row().Number, true},
		{base64Of("none"), NotACard.Row().Number, false},
		{base64Of("fault"), RecogniserFault.Row().Number, false},
		{base64Of("panic"), RecogniserFault.Row().Number, false},
	} {
		s.do(t, jsonCall(object{"ImageBase64": c.body}))
		hold, o := s.ledger.last()
		if len(o.Calls) != 1 || o.Calls[0].Code != c.number || o.Calls[0].Billed != c.billed {
			t.Errorf("%q: calls %+v, want number %d, billed %v", c.body, o.Calls, c.number, c.billed)
		}
		if hold.Units != 1 || hold.API != BankCardOCR || hold.Account != demo.AppID || hold.Key != demo.SecretID || hold.Bucket != "" {
			t.Errorf("%q: hold %+v, want one unit of BankCardOCR", c.body, hold)
		}
	}
	packs, err := s.store.Accounts.ListPacks(t.Context(), demo.AppID)
	if err != nil || len(packs) != 1 || packs[0].Left != 8 {
		t.Errorf("packs %+v, %v, want 8 of 10 units left", packs, err)
	}
	// A reading that the ledger does not have is not told.
	s.ledger.fail(nil, http.ErrHandlerTimeout)
	if a := s.do(t, jsonCall(object{"ImageBase64": encoded})); a.code() != "InternalError" || strings.Contains(a.text, number) {
		t.Errorf("with a broken ledger: %s, want InternalError", a.text)
	}
	if a := s.do(t, jsonCall(object{"ImageBase64": ""})); a.code() != "InternalError" {
		t.Errorf("an empty image with a broken ledger: %s, want InternalError", a.text)
	}
}

// Sub-accounts may do what their policies allow, and a denial wins. Their calls
// are theirs, and the account pays.
func TestSubAccounts(t *testing.T) {
	const allow = `{"version":"2.0","statement":[{"effect":"allow","action":["ocr:BankCardOCR"],"resource":"*"}]}`
	const deny = `{"version":"2.0","statement":[{"effect":"deny","action":"ocr:*","resource":"*"}]}`
	for name, c := range map[string]struct {
		policies []string
		want     Condition
	}{
		"none":           {nil, NotAuthorized},
		"allowed":        {[]string{allow}, OK},
		"denied":         {[]string{allow, deny}, NotAuthorized},
		"another action": {[]string{strings.Replace(allow, "BankCardOCR", "IDCardOCR", 1)}, NotAuthorized},
	} {
		s := start(t, nil)
		key := s.subAccount(t, c.policies...)
		call := jsonCall(object{"ImageBase64": encoded})
		call.key = &key.Credentials
		if a := s.do(t, call); a.code() != c.want.Row().Code {
			t.Errorf("%s: %s, want %v", name, a.text, c.want)
			continue
		}
		if c.want != OK {
			o := s.outcomes()
			if o[0].AppID != demo.AppID || o[0].Key != key.SecretID || o[0].Counted {
				t.Errorf("%s: %+v, want a call of the account and the key that the ledger does not count", name, o[0])
			}
			continue
		}
		if hold, _ := s.ledger.last(); hold.Account != demo.AppID || hold.User != key.User || hold.Key != key.SecretID {
			t.Errorf("%s: hold %+v, want account %s and user %s", name, hold, demo.AppID, key.User)
		}
	}
}

// A key's replies contain as much of the number as its policy says, and a replay
// is for keys with the same policy alone.
func TestMasking(t *testing.T) {
	s := start(t, nil)
	if err := s.store.Accounts.SetKey(t.Context(), demo.SecretID, account.KeySettings{Shape: []byte(`{"number":"bin_last4"}`)}); err != nil {
		t.Fatalf("SetKey: %v", err)
	}
	call := jsonCall(object{"ImageBase64": encoded})
	call.header = map[string]string{"Idempotency-Key": "order 1"}
	first := s.do(t, call)
	if first.object["CardNo"] != "622576******8888" {
		t.Errorf("masked: %s, want 622576******8888", first.text)
	}
	if again := s.do(t, call); again.text != first.text || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replay: %s, want the first reply %s", again.text, first.text)
	}
	if err := s.store.Accounts.SetKey(t.Context(), demo.SecretID, account.KeySettings{Shape: []byte(`{"number":"token"}`)}); err != nil {
		t.Fatalf("SetKey: %v", err)
	}
	if a := s.do(t, call); a.code() != IdempotencyMismatch.Row().Code {
		t.Errorf("replay with another policy: %s, want %s", a.text, IdempotencyMismatch.Row().Code)
	}
	call.header = nil
	if a := s.do(t, call); !strings.HasPrefix(a.object["CardNo"].(string), "tok_") || strings.Contains(a.text, number) {
		t.Errorf("token: %s", a.text)
	}
}

// Another request with the same key is refused, and a failure that may pass is not
// repeated.
func TestIdempotency(t *testing.T) {
	s := start(t, nil)
	keyed := func(v object) testCall {
		c := jsonCall(v)
		c.header = map[string]string{"Idempotency-Key": "order 1"}
		return c
	}
	for range 2 { // the second is read again
		fault := jsonCall(object{"ImageBase64": base64Of("fault")})
		fault.header = map[string]string{"Idempotency-Key": "order 0"}
		if a := s.do(t, fault); a.code() != "FailedOperation.UnKnowError" || a.header.Get("Idempotent-Replayed") != "" {
			t.Errorf("fault: %s, want FailedOperation.UnKnowError, not replayed", a.text)
		}
	}
	first := s.do(t, keyed(object{"ImageBase64": base64Of("none")}))
	if again := s.do(t, keyed(object{"ImageBase64": base64Of("none")})); first.code() != "FailedOperation.NoBankCardError" || again.text != first.text {
		t.Errorf("replay of a failure: %s, want %s", again.text, first.text)
	}
	for _, other := range []object{{"ImageBase64": encoded}, {"ImageBase64": base64Of("none"), "EnableCopyCheck": true}} {
		if a := s.do(t, keyed(other)); a.code() != IdempotencyMismatch.Row().Code {
			t.Errorf("%v: %s, want %s", other, a.text, IdempotencyMismatch.Row().Code)
		}
	}
}

// The limits of an action are those of an account: ten a second for BankCardOCR.
func TestRates(t *testing.T) {
	limits := map[string]ratelimit.Limit{}
	s := start(t, func(o *Options) {
		o.PerSecond = DefaultPerSecond
		now := o.Now
		o.NewRate = func(action string, l ratelimit.Limit) Rate {
			limits[action] = l
			return ratelimit.New(l, nil, now)
		}
	})
	if limits[BankCardOCR] != (ratelimit.Limit{PerSecond: 10, Burst: 10}) {
		t.Errorf("limits %v, want 10 for BankCardOCR", limits)
	}
	call := jsonCall(object{"ImageBase64": encoded})
	for i := range 12 {
		a := s.do(t, call)
		if want := i >= 10; (a.code() == "RequestLimitExceeded") != want {
			t.Errorf("request %d: %s", i, a.text)
		}
		if i == 11 && !strings.Contains(a.message(), "equals to `12` in a second, which exceeds the frequency limit `10` ") {
			t.Errorf("request %d: %s", i, a.text)
		}
	}
}

// The trace id comes back, if it can be a header.
func TestTrace(t *testing.T) {
	s := start(t, nil)
	for given, want := range map[string]string{"abc-1": "abc-1", strings.Repeat("x", 129): "", "ü": ""} {
		c := jsonCall(object{"ImageBase64": encoded})
		c.header = map[string]string{"X-TC-TraceId": given}
		if got := s.do(t, c).header.Get("X-TC-TraceId"); got != want {
			t.Errorf("X-TC-TraceId %q: %q, want %q", given, got, want)
		}
	}
}

// Numbers reach neither the log nor an error's reply.
func TestLog(t *testing.T) {
	s := start(t, nil)
	for _, content := range []string{string(picture), "fault", "panic"} {
		a := s.do(t, jsonCall(object{"ImageBase64": base64Of(content)}))
		if content != string(picture) && strings.Contains(a.text, number) {
			t.Errorf("%s: the reply has the number: %s", content, a.text)
		}
	}
	if len(s.outcomes()) != 3 {
		t.Errorf("%d outcomes, want 3", len(s.seen))
	}
	log := s.log.String()
	if strings.Contains(log, number) || strings.Count(log, `"msg":"request"`) != 3 || !strings.Contains(log, `"action":"BankCardOCR"`) {
		t.Errorf("log: %s", log)
	}
}

// What is wrong with an image stands in the log, not in the reply.
func TestDetail(t *testing.T) {
	s := start(t, nil)
	a := s.do(t, jsonCall(object{"ImageBase64": base64Of("GIF89a")}))
	if strings.Contains(a.text, "GIF") {
		t.Errorf("the reply is %s, want no detail in it", a.text)
	}
	if log := s.log.String(); !strings.Contains(log, `"detail":"GIF is not read"`) {
		t.Errorf("log: %s\nwant the detail in it", log)
	}
}

// Which requests are of this API.
func TestWants(t *testing.T) {
	for _, c := range []struct {
		method, target, header, value string
		want                          bool
	}{
		{"POST", "/", "", "", true},
		{"GET", "/", "", "", false},
		{"GET", "/", "Accept", "text/html", false},
		{"GET", "/?Action=BankCardOCR&Signature=x", "", "", true},
		{"GET", "/?ImageUrl=x&Signature=x", "", "", true},
		{"GET", "/", "X-TC-Action", "BankCardOCR", true},
		{"GET", "/", "Authorization", "TC3-HMAC-SHA256 x", true},
		{"GET", "/", "Authorization", "Bearer x", false},
		{"PUT", "/", "X-TC-Action", "BankCardOCR", true},
		{"POST", "/path/", "", "", false},
		{"POST", "/path/", "Content-Type", formType, true},
		{"POST", "/path", "Content-Type", formType, false},
		{"POST", "/path/", "X-Tc-Action", "BankCardOCR", true},
	} {
		r, err := http.NewRequest(c.method, "http://127.0.0.1:8080"+c.target, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.header != "" {
			r.Header.Set(c.header, c.value)
		}
		if got := Wants(r); got != c.want {
			t.Errorf("%s %s %s: %s: %v, want %v", c.method, c.target, c.header, c.value, got, c.want)
		}
	}
}
