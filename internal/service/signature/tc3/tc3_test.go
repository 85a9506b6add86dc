package tc3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/testutil"
)

const (
	signedAt = 1700000000
	date     = "2023-11-14"
)

// vector is a published test vector of TC3 with its intermediate values.
type vector struct {
	name                              string
	method, host, service             string
	signedHost                        string // that the client signed; empty means host
	contentType, query, body          string
	payload, canonical, key, expected string // hexadecimal
}

var vectors = []vector{
	{
		name: "T1", method: "POST", host: "ocr.tencentcloudapi.com", service: "ocr", contentType: "application/json",
		body:      `{"ImageUrl":"http://127.0.0.1:9000/card.jpg"}`,
		payload:   "e19c829ab7b7b7d920b6f5e332faf58979ac481d24afed5e62db67056beaef15",
		canonical: "8249430bb0c25352fc5381cd548667889bc3b1708d60b2e115d28c3a560bb357",
		key:       "ccd324b7a8bc227f606969efec120c41917c9398037ed0e23e7b11192eabf21d",
		expected:  "bdcdaf170c5e32ada4ea49ccaba618945cd25f73f3a5b815221751e415fa0568",
	},
	{
		name: "T2", method: "POST", host: "127.0.0.1:8080", service: "ocr", contentType: "application/json",
		body:      `{"ImageBase64":"/9j/4A==","RetCardNoImage":true}`,
		payload:   "35de1fb9d04ce6d5c9768eff8c5253619f185a311bd77302e5c8e8f2a54fd744",
		canonical: "baeb39d5c1f56b33233552b8d570a47156c30015fb845512a7d8cd7f7d360765",
		key:       "ccd324b7a8bc227f606969efec120c41917c9398037ed0e23e7b11192eabf21d",
		expected:  "67c76abfcc0fb166f6bb941387d4d4c842d9dc421cc9d189dffefd7176a374f5",
	},
	{
		name: "T3", method: "POST", host: "127.0.0.1:8080", signedHost: "127.0.0.1", service: "127", contentType: "application/json",
		body:      `{"ImageBase64":"/9j/4A==","RetCardNoImage":true}`,
		payload:   "35de1fb9d04ce6d5c9768eff8c5253619f185a311bd77302e5c8e8f2a54fd744",
		canonical: "a0968db4bc6dc4dc933bb1b65a526bcee97a556d587cfa722d966d57f04abfb3",
		key:       "db7631f3d70be15b2e2f9e01435fbbc84ab48ddd3c6c8b7241d12bb57377f4d0",
		expected:  "9b070052537107b0b064444bf4b045fdecafeb2f4856fbaac2a29d3763d9d0ed",
	},
	{
		name: "T4", method: "GET", host: "ocr.tencentcloudapi.com", service: "ocr", contentType: "application/x-www-form-urlencoded",
		query:     "ImageUrl=http%3A%2F%2F127.0.0.1%3A9000%2Fcard.jpg",
		payload:   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		canonical: "e3f8e04ce87c7565b6c9bebead80846e9fe1c415d6c9143c3041e566b0bc01f8",
		key:       "ccd324b7a8bc227f606969efec120c41917c9398037ed0e23e7b11192eabf21d",
		expected:  "0d74e786ad58cc1857a65c685d11f8d3b67987636e40d0b941c18f456eddcd5a",
	},
}

func (v vector) request() *Request {
	r := &Request{
		Authorization: Authorization{SecretID: testutil.SecretID, Date: date, Service: v.service, SignedHeaders: []string{"content-type", "host"}},
		Method:        v.method, Host: v.host, Path: "/", Query: v.query, Timestamp: "1700000000",
		Header: map[string]string{"content-type": v.contentType}, PayloadHash: sha256.Sum256([]byte(v.body)),
	}
	_, _ = hex.Decode(r.Signature[:], []byte(v.expected))
	return r
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		r := v.request()
		host := v.signedHost
		if host == "" {
			host = v.host
		}
		if got := hex.EncodeToString(r.PayloadHash[:]); got != v.payload {
			t.Errorf("%s: payload hash %s, want %s", v.name, got, v.payload)
		}
		canonical := sha256.Sum256([]byte(r.canonicalWith(host, strings.ToLower)))
		if got := hex.EncodeToString(canonical[:]); got != v.canonical {
			t.Errorf("%s: canonical request %s, want %s", v.name, got, v.canonical)
		}
		if got := hex.EncodeToString(signingKey(testutil.SecretKey, date, v.service)); got != v.key {
			t.Errorf("%s: signing key %s, want %s", v.name, got, v.key)
		}
		signed := *r
		signed.Host = host
		want := "TC3-HMAC-SHA256 Credential=" + testutil.SecretID + "/" + date + "/" + v.service + "/tc3_request, SignedHeaders=content-type;host, Signature=" + v.expected
		if got := signed.Sign(testutil.SecretKey); got != want {
			t.Errorf("%s: Sign = %s, want %s", v.name, got, want)
		}
		if a, err := ParseAuthorization(want); err != nil || hex.EncodeToString(a.Signature[:]) != v.expected || a.Service != v.service {
			t.Errorf("%s: ParseAuthorization = %+v, %v", v.name, a, err)
		}
		if !r.Matches(testutil.SecretKey) {
			t.Errorf("%s: Matches = false, want true", v.name)
		}
		if r.Matches("another secret") {
			t.Errorf("%s: another secret matches", v.name)
		}
	}
}

// What a signature covers cannot be changed.
func TestChangedRequest(t *testing.T) {
	for name, change := range map[string]func(*Request){
		"method":       func(r *Request) { r.Method = "GET" },
		"host":         func(r *Request) { r.Host = "ocr.example.com" },
		"content type": func(r *Request) { r.Header["content-type"] = "text/json" },
		"body": func(r *Request) {
			r.PayloadHash = sha256.Sum256([]byte(`{"ImageUrl":"http://127.0.0.1:9000/cbrd.jpg"}`))
		},
		"unsigned":  func(r *Request) { r.PayloadHash = UnsignedPayload },
		"timestamp": func(r *Request) { r.Timestamp = "1700000001" },
		"date":      func(r *Request) { r.Date = "2023-11-13" },
		"service":   func(r *Request) { r.Service = "cvm" },
		"headers":   func(r *Request) { r.SignedHeaders = append(r.SignedHeaders, "x-tc-action") },
		"signature": func(r *Request) { r.Signature[31] ^= 1 },
	} {
		r := vectors[0].request()
		change(r)
		if r.Matches(testutil.SecretKey) {
			t.Errorf("%s changed: Matches = true, want false", name)
		}
	}
	// Not covered: the path, and the query of POST.
	r := vectors[0].request()
	r.Path, r.Query = "/some/path/", "a=b"
	if !r.Matches(testutil.SecretKey) {
		t.Error("with a path and a query: Matches = false, want true")
	}
}

// The ways in which known clients sign the host and header values.
func TestClientShapes(t *testing.T) {
	for name, c := range map[string]struct {
		signed         func(*Request) // as the client signs
		received       func(*Request) // as the server gets it
		wrongReception func(*Request) // and that must not match; nil if none
	}{
		"the port is not signed":        {func(r *Request) { r.Host = "127.0.0.1" }, func(r *Request) { r.Host = "127.0.0.1:8080" }, func(r *Request) { r.Host = "127.0.0.2:8080" }},
		"IPv6":                          {func(r *Request) { r.Host = "[::1]" }, func(r *Request) { r.Host = "[::1]:8080" }, func(r *Request) { r.Host = "[::2]:8080" }},
		"the endpoint has a path":       {func(r *Request) { r.Host = "127.0.0.1:8080/ocr" }, func(r *Request) { r.Host, r.Path = "127.0.0.1:8080", "/ocr/" }, func(r *Request) { r.Host, r.Path = "127.0.0.1:8080", "/other/" }},
		"the endpoint cannot be a Host": {func(r *Request) { r.Host = "127.0.0.1:8080/ocr" }, func(r *Request) { r.Host, r.Also, r.Path = "", []string{"127.0.0.1:8080"}, "/ocr/" }, func(r *Request) { r.Host, r.Path = "", "/ocr/" }},
		"an unsigned payload":           {func(r *Request) { r.PayloadHash = UnsignedPayload }, func(r *Request) { r.PayloadHash = UnsignedPayload }, nil},
		"a host in capitals":            {func(r *Request) { r.Host = "localhost:8080" }, func(r *Request) { r.Host = "LocalHost:8080" }, nil},
		"further headers": {
			func(r *Request) {
				r.SignedHeaders, r.Header["x-tc-action"] = append(r.SignedHeaders, "x-tc-action"), "bankcardocr"
			},
			func(r *Request) {
				r.SignedHeaders, r.Header["x-tc-action"] = append(r.SignedHeaders, "x-tc-action"), " BankCardOCR "
			},
			func(r *Request) {
				r.SignedHeaders, r.Header["x-tc-action"] = append(r.SignedHeaders, "x-tc-action"), "ClassifyDetectOCR"
			},
		},
	} {
		client := vectors[1].request()
		c.signed(client)
		a, err := ParseAuthorization(client.Sign(testutil.SecretKey))
		if err != nil {
			t.Errorf("%s: ParseAuthorization: %v", name, err)
			continue
		}
		check := func(change func(*Request), want bool) {
			r := vectors[1].request()
			change(r)
			r.Authorization = a
			if got := r.Matches(testutil.SecretKey); got != want {
				t.Errorf("%s: Matches = %v, want %v", name, got, want)
			}
		}
		check(c.received, true)
		if c.wrongReception != nil {
			check(c.wrongReception, false)
		}
	}
	// A client that signs its values as it sends them, with capitals.
	r := vectors[1].request()
	r.Header["content-type"] = "application/json; charset=UTF-8"
	sum := mac(sha256.New, signingKey(testutil.SecretKey, r.Date, r.Service), r.stringToSign(r.canonicalWith(r.Host, asSent)))
	copy(r.Signature[:], sum)
	if !r.Matches(testutil.SecretKey) {
		t.Error("values signed as sent: Matches = false, want true")
	}
}

func TestParseAuthorizationRefuses(t *testing.T) {
	signature := strings.Repeat("0f", 32)
	good := "TC3-HMAC-SHA256 Credential=ID/2023-11-14/ocr/tc3_request, SignedHeaders=content-type;host, Signature=" + signature
	for _, accepted := range []string{
		good, " " + good + " ",
		strings.ReplaceAll(good, ", ", ","), strings.ReplaceAll(good, ", ", " ,  "),
		"TC3-HMAC-SHA256 Signature=" + signature + ", SignedHeaders=content-type;host, Credential=ID/2023-11-14/localhost:8080/tc3_request",
		strings.Replace(good, "content-type;host", "content-type;host;x-tc-action", 1),
		strings.ToUpper(good[len(good)-64:]) + "", // replaced below
	} {
		if len(accepted) == 64 {
			accepted = good[:len(good)-64] + accepted
		}
		if a, err := ParseAuthorization(accepted); err != nil || a.SecretID != "ID" || a.Date != date {
			t.Errorf("ParseAuthorization(%q) = %+v, %v, want no error", accepted, a, err)
		}
	}
	for _, refused := range []string{
		"", " ", "SKIP", "TC3-HMAC-SHA256", "TC3-HMAC-SHA256 ", "tc3-hmac-sha256" + good[15:], "AWS4-HMAC-SHA256" + good[15:],
		good + ", Extra=1", good + ",", good + ", Signature=" + signature,
		strings.Replace(good, "tc3_request", "tc4_request", 1), strings.Replace(good, "ID/", "/", 1), strings.Replace(good, "/ocr/", "//", 1),
		strings.Replace(good, "/ocr/", "/ocr/x/", 1), strings.Replace(good, "2023-11-14", "20231114", 1), strings.Replace(good, "2023-11-14", "2023-11-1x", 1),
		strings.Replace(good, "content-type;host", "host;content-type", 1), strings.Replace(good, "content-type;host", "host", 1),
		strings.Replace(good, "content-type;host", "content-type", 1), strings.Replace(good, "content-type;host", "content-type;host;host", 1),
		strings.Replace(good, "content-type;host", "Content-Type;Host", 1), strings.Replace(good, "content-type;host", "content-type;;host", 1),
		good[:len(good)-2], good + "00", good[:len(good)-1] + "g", good + strings.Repeat(" ", maxHeaderLen) + ".",
	} {
		if a, err := ParseAuthorization(refused); !errors.Is(err, ErrAuthorization) {
			t.Errorf("ParseAuthorization(%q) = %+v, %v, want ErrAuthorization", refused, a, err)
		}
	}
}

// The time may be five minutes away, to the second, and the date is the time's.
func TestTime(t *testing.T) {
	for _, c := range []struct {
		now  int64
		want error
	}{{signedAt, nil}, {signedAt + 300, nil}, {signedAt - 300, nil}, {signedAt + 301, ErrExpired}, {signedAt - 301, ErrExpired}} {
		if err := CheckTime(signedAt, time.Unix(c.now, 999_999_999)); !errors.Is(err, c.want) {
			t.Errorf("CheckTime(%d) at %d: %v, want %v", signedAt, c.now, err, c.want)
		}
	}
	if err := CheckTime(99_999_999_999, time.Unix(signedAt, 0)); !errors.Is(err, ErrExpired) {
		t.Errorf("CheckTime of a far time: %v, want ErrExpired", err)
	}
	for text, want := range map[string]int64{"1700000000": 1700000000, "0": 0, "99999999999": 99_999_999_999, "": -1, "-1": -1, "1.5": -1, "+1": -1, " 1": -1, "100000000000": -1} {
		got, ok := ParseTime(text)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("ParseTime(%q) = %d, %v, want %d", text, got, ok, want)
		}
	}
	r := vectors[0].request()
	if !r.DateMatches(signedAt) || r.DateMatches(signedAt+24*3600) {
		t.Error("DateMatches: want true for 2023-11-14 and false for the day after")
	}
}

// keys is a set of keys.
type keys map[string]signature.Key

func (k keys) App(context.Context, string) (bool, error) { return true, nil }

func (k keys) Key(_ context.Context, id string) (signature.Key, bool, error) {
	if id == "FAULT" {
		return signature.Key{}, false, errBroken
	}
	key, ok := k[id]
	return key, ok, nil
}

var errBroken = errors.New("the store is broken")

func TestVerify(t *testing.T) {
	known := keys{
		testutil.SecretID: {AppID: testutil.AppID, Secret: testutil.SecretKey},
		"DISABLED":        {AppID: testutil.AppID, Secret: testutil.SecretKey, Disabled: true},
		"NOSECRET":        {AppID: testutil.AppID},
	}
	for _, c := range []struct {
		id, secret     string
		want, conceals error
	}{
		{testutil.SecretID, testutil.SecretKey, nil, nil},
		{testutil.SecretID, "wrong", signature.ErrMismatch, signature.ErrMismatch},
		{"UNKNOWN", testutil.SecretKey, signature.ErrUnknownKey, signature.ErrMismatch},
		{"UNKNOWN", string(dummy), signature.ErrUnknownKey, signature.ErrMismatch},
		{"DISABLED", testutil.SecretKey, signature.ErrUnknownKey, signature.ErrMismatch},
		{"NOSECRET", "", signature.ErrSecret, signature.ErrSecret},
		{"FAULT", "", errBroken, errBroken},
	} {
		r := vectors[0].request()
		r.SecretID = c.id
		var err error
		if r.Authorization, err = ParseAuthorization(r.Sign(signature.Secret(c.secret))); err != nil {
			t.Fatalf("ParseAuthorization: %v", err)
		}
		for conceal, want := range map[bool]error{false: c.want, true: c.conceals} {
			v := Verifier{Keys: known, Conceal: conceal}
			key, err := v.Verify(t.Context(), r)
			if !errors.Is(err, want) || err == nil && key.AppID != testutil.AppID {
				t.Errorf("key %s, conceal %v: %+v, %v, want %v", c.id, conceal, key, err, want)
			}
		}
	}
}
