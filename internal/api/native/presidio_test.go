package native

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/redaction"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// presidioFake is redactFake that notes its options and has an image that stays
// unsure.
func presidioFake(asked *redaction.Options) func(context.Context, []byte, redaction.Options) (*redaction.Result, error) {
	return func(ctx context.Context, content []byte, o redaction.Options) (*redaction.Result, error) {
		*asked = o
		switch string(content) {
		case "unsure":
			return &redaction.Result{File: []byte("half covered"), Format: imagein.JPEG, Verdict: redaction.Unsure, Reasons: []redaction.Reason{{Code: redaction.ReasonDamaged}}}, nil
		case "panic":
			panic("number " + specimen)
		}
		return redactFake(ctx, content, o)
	}
}

// redact sends a request to /redact; user is that of the address, such as
// x:key@.
func (s *server) redact(t *testing.T, user, query string, q request) answer {
	t.Helper()
	address := strings.Replace(s.URL, "http://", "http://"+user, 1) + PathPresidio + query
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(q.body))
	if err != nil {
		t.Fatalf("NewRequest: %v", err)
	}
	r.Header.Set("Content-Type", q.contentType)
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
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// presidioCode returns the code of an error, and checks its form.
func presidioCode(t *testing.T, a answer) string {
	t.Helper()
	if a.status == http.StatusOK {
		return "ok"
	}
	var p presidioProblem
	if err := json.Unmarshal([]byte(a.text), &p); err != nil || p.Error == "" || a.header.Get("Content-Type") != jsonType {
		t.Errorf("%q of %s: want an object with error, in JSON", a.text, a.header.Get("Content-Type"))
	}
	return p.Code
}

func base64JSON(image, more string) request {
	return request{contentType: jsonType, body: `{"image":"` + base64.StdEncoding.EncodeToString([]byte(image)) + `"` + more + `}`}
}

// The replies have Presidio's forms, and what is wrong its statuses.
func TestPresidio(t *testing.T) {
	var asked redaction.Options
	s := start(t, func(o *Options) { o.Redact = presidioFake(&asked) })
	post := func(parts ...string) request {
		kind, text := form(parts...)
		return request{contentType: kind, body: text}
	}
	for _, c := range []struct {
		name, query string
		request     request
		status      int
		code, text  string // text is that of a success
	}{
		{"a form", "", post("card"), 200, "ok", "covered fill"},
		{"a form with data", "", post("card", "data={'color_fill':'255'}"), 200, "ok", "covered fill"},
		{"JSON", "", base64JSON("card", ""), 200, "ok", base64.StdEncoding.EncodeToString([]byte("covered fill"))},
		{"JSON with the entity", "", base64JSON("card", `,"analyzer_entities":["CREDIT_CARD"]`), 200, "ok", base64.StdEncoding.EncodeToString([]byte("covered fill"))},
		{"no number", "", post("none"), 200, "ok", "none"},
		{"another entity", "", base64JSON("card", `,"analyzer_entities":["CREDIT_CARD","PERSON"]`), 422, "entity_not_covered", ""},
		{"another entity in data", "", post("card", "data={'analyzer_entities':['PERSON']}"), 422, "entity_not_covered", ""},
		{"another entity, lenient", "?lenient=true", base64JSON("card", `,"analyzer_entities":["PERSON"]`), 200, "ok", base64.StdEncoding.EncodeToString([]byte("covered fill"))},
		{"unsure", "", post("unsure"), 422, "unsure", ""},
		{"unsure, lenient", "?lenient=true", post("unsure"), 422, "unsure", ""},
		{"unsure, allowed", "?allow_unsure=true", post("unsure"), 200, "ok", "half covered"},
		{"no image", "", post("data={}"), 422, "no_image", ""},
		{"JSON without an image", "", request{contentType: jsonType, body: `{}`}, 422, "no_image", ""},
		{"a wrong colour", "", post("card", "data={'color_fill':'red'}"), 422, "invalid_parameter", ""},
		{"no form", "", request{contentType: "text/plain", body: "card"}, 422, "media_type", ""},
		{"another option", "?style=blur", post("card"), 422, "invalid_parameter", ""},
		{"the expiry alone", "?fields=expiry", post("card"), 422, "invalid_parameter", ""},
		{"a damaged image", "", post("damaged"), 422, "image_malformed", ""},
		{"a fault", "", post("panic"), 500, "server_fault", ""},
	} {
		a := s.redact(t, "x:"+s.key+"@", c.query, c.request)
		if code := presidioCode(t, a); a.status != c.status || code != c.code {
			t.Errorf("%s: status %d, %s, want %d, %s: %s", c.name, a.status, code, c.status, c.code, a.text)
		}
		if c.status != http.StatusOK {
			continue
		}
		if a.text != c.text || a.header.Get("Content-Type") != "application/octet-stream" || a.header.Get(entitiesHeader) != "CREDIT_CARD" {
			t.Errorf("%s: %q of %s covers %s, want %q as octets of CREDIT_CARD", c.name, a.text, a.header.Get("Content-Type"), a.header.Get(entitiesHeader), c.text)
		}
		// Presidio leaves no digit of an entity.
		if asked.Keep != (redaction.Keep{}) || asked.Style != redaction.Fill || asked.NoNumber || asked.Expiry {
			t.Errorf("%s: covered with %+v, want the whole number filled", c.name, asked)
		}
		s.clock.Set(s.clock.Now().AddDate(0, 1, 0)) // the next month has its own readings
	}
	if strings.Contains(s.log.String(), specimen) {
		t.Error("the log has the number of a panic")
	}
}

// The options reach the redaction, and the headers say what is covered.
func TestPresidioOptions(t *testing.T) {
	var asked redaction.Options
	s := start(t, func(o *Options) { o.Redact = presidioFake(&asked) })
	kind, text := form("card", "data={'color_fill':'255,0,7'}")
	a := s.redact(t, "x:"+s.key+"@", "?fields=number,expiry", request{contentType: kind, body: text})
	if a.status != 200 || asked.Colour != [3]uint8{255, 0, 7} || !asked.Expiry {
		t.Errorf("status %d, covered with %+v, want 200, the colour 255,0,7 and the expiry", a.status, asked)
	}
	if got := a.header.Get(entitiesHeader); got != "CREDIT_CARD, EXPIRY" {
		t.Errorf("%s: %q, want the expiry, too", entitiesHeader, got)
	}
	if got := a.header.Get(formatHeader); got != "png" {
		t.Errorf("%s: %q, want png", formatHeader, got)
	}
	var report redactionReport
	if err := json.Unmarshal([]byte(a.header.Get(redactionHeader)), &report); err != nil || report.Verdict != redaction.Redacted || report.Count != 1 {
		t.Errorf("%s: %q, want one cover", redactionHeader, a.header.Get(redactionHeader))
	}
	kind, text = form("unsure")
	a = s.redact(t, "x:"+s.key+"@", "", request{contentType: kind, body: text})
	if err := json.Unmarshal([]byte(a.header.Get(redactionHeader)), &report); err != nil || report.Verdict != redaction.Unsure || len(report.Reasons) != 1 {
		t.Errorf("%s of a refusal: %q, want unsure with its reason", redactionHeader, a.header.Get(redactionHeader))
	}
}

// Nobody is served without a key; it may stand in the address, as either half of
// the credentials.
func TestPresidioKey(t *testing.T) {
	var asked redaction.Options
	s := start(t, func(o *Options) { o.Redact = presidioFake(&asked) })
	may := s.subAccount(t, "covers", account.KeySettings{}, policy.Redact)
	other := s.subAccount(t, "reads", account.KeySettings{}, policy.Recognise)
	kind, text := form("card")
	for _, c := range []struct {
		name, user, authorization string
		status                    int
		code                      string
	}{
		{"no key", "", "", 401, "missing_key"},
		{"a wrong password", "x:secret@", "", 401, "invalid_key"},
		{"the password", "x:" + s.key + "@", "", 200, "ok"},
		{"the user", s.key + "@", "", 200, "ok"},
		{"bearer", "", "Bearer " + may, 200, "ok"},
		{"a sub-account that may not redact", "x:" + other + "@", "", 403, "not_authorized"},
	} {
		q := request{contentType: kind, body: text, header: map[string]string{}}
		if c.authorization != "" {
			q.header["Authorization"] = c.authorization
		}
		a := s.redact(t, c.user, "", q)
		if code := presidioCode(t, a); a.status != c.status || code != c.code {
			t.Errorf("%s: status %d, %s, want %d, %s", c.name, a.status, code, c.status, c.code)
		}
	}
	// Basic is of this dialect alone: /v1 takes no password.
	if a := s.send(t, request{path: PathRedactions, key: "-", body: "card", header: map[string]string{
		"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("x:"+s.key))}}); a.code() != "missing_key" {
		t.Errorf("Basic at %s: %s, want missing_key", PathRedactions, a.code())
	}
}

// A cover costs a unit, and nothing else does; a retry with the same idempotency
// key is free, and one for another image is refused.
func TestPresidioCharge(t *testing.T) {
	var asked redaction.Options
	s := start(t, func(o *Options) { o.Redact = presidioFake(&asked) })
	keyed := map[string]string{"Idempotency-Key": "order 7"}
	for _, c := range []struct {
		image  string
		header map[string]string
		code   string
		left   int64
	}{
		{"none", nil, "ok", freeUnits}, {"unsure", nil, "unsure", freeUnits}, {"damaged", nil, "image_malformed", freeUnits},
		{"card", keyed, "ok", freeUnits - 1}, {"card", keyed, "ok", freeUnits - 1}, {"other", keyed, "idempotency_mismatch", freeUnits - 1},
		{"damaged", map[string]string{"Idempotency-Key": "order 8"}, "image_malformed", freeUnits - 1},
		{"damaged", map[string]string{"Idempotency-Key": "order 8"}, "image_malformed", freeUnits - 1},
		{"card", nil, "ok", freeUnits - 2},
	} {
		kind, text := form(c.image)
		a := s.redact(t, "x:"+s.key+"@", "", request{contentType: kind, body: text, header: c.header})
		if code := presidioCode(t, a); code != c.code || s.left(t) != c.left {
			t.Errorf("%s: %s, %d units left, want %s and %d", c.image, code, s.left(t), c.code, c.left)
		}
	}
}
