package api3

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/testutil"
)

// vector is a published test vector, as a client sends it.
type vector struct {
	method, host, service, contentType, query, body, signature string
}

var (
	t1 = vector{"POST", "ocr.tencentcloudapi.com", "ocr", "application/json", "", `{"ImageUrl":"http://127.0.0.1:9000/card.jpg"}`,
		"bdcdaf170c5e32ada4ea49ccaba618945cd25f73f3a5b815221751e415fa0568"}
	t2 = vector{"POST", "127.0.0.1:8080", "ocr", "application/json", "", `{"ImageBase64":"/9j/4A==","RetCardNoImage":true}`,
		"67c76abfcc0fb166f6bb941387d4d4c842d9dc421cc9d189dffefd7176a374f5"}
	t3 = vector{"POST", "127.0.0.1:8080", "127", "application/json", "", `{"ImageBase64":"/9j/4A==","RetCardNoImage":true}`,
		"9b070052537107b0b064444bf4b045fdecafeb2f4856fbaac2a29d3763d9d0ed"}
	t4 = vector{"GET", "ocr.tencentcloudapi.com", "ocr", formType, "ImageUrl=http%3A%2F%2F127.0.0.1%3A9000%2Fcard.jpg", "",
		"0d74e786ad58cc1857a65c685d11f8d3b67987636e40d0b941c18f456eddcd5a"}
)

func (v vector) request(t *testing.T, base string) *http.Request {
	t.Helper()
	target := base + "/"
	if v.query != "" {
		target += "?" + v.query
	}
	req, err := http.NewRequest(v.method, target, strings.NewReader(v.body))
	if err != nil {
		t.Fatalf("http.NewRequest: %v", err)
	}
	req.Host = v.host
	for name, value := range map[string]string{
		"Content-Type": v.contentType, "X-TC-Action": "BankCardOCR", "X-TC-Version": "2018-11-19", "X-TC-Timestamp": "1700000000",
		"Authorization": fmt.Sprintf("TC3-HMAC-SHA256 Credential=%s/2023-11-14/%s/tc3_request, SignedHeaders=content-type;host, Signature=%s", testutil.SecretID, v.service, v.signature),
	} {
		req.Header.Set(name, value)
	}
	return req
}

// The published vectors and the cases to hold, at a set time. What T2 and T3 send
// is no image, so a good signature ends in ImageDecodeFailed.
func TestVectors(t *testing.T) {
	link := func(o *Options) { o.Fetcher = downloads{content: picture} }
	strict := func(o *Options) { o.Strict = true; link(o) }
	const wrong, late = "AuthFailure.SignatureFailure", "AuthFailure.SignatureExpire"
	for _, c := range []struct {
		name    string
		vector  vector
		now     int64
		options func(*Options)
		change  func(*http.Request)
		want    string
	}{
		{"T1", t1, 0, link, nil, ""},
		{"T1, 300 s late", t1, 300, link, nil, ""},
		{"T1, 300 s early", t1, -300, link, nil, ""},
		{"T1, 301 s late", t1, 301, link, nil, late},
		{"T1, 301 s early", t1, -301, link, nil, late},
		{"T2", t2, 0, nil, nil, "FailedOperation.ImageDecodeFailed"},
		{"T2, 300 s late", t2, 300, nil, nil, "FailedOperation.ImageDecodeFailed"},
		{"T2, 300 s early", t2, -300, nil, nil, "FailedOperation.ImageDecodeFailed"},
		{"T3", t3, 0, nil, nil, "FailedOperation.ImageDecodeFailed"},
		{"T3, strict", t3, 0, strict, nil, wrong},
		{"T2, strict", t2, 0, strict, nil, "FailedOperation.ImageDecodeFailed"},
		{"T4", t4, 0, link, nil, ""},
		{"T4, 300 s late", t4, 300, link, nil, ""},
		{"T4, 300 s early", t4, -300, link, nil, ""},
		{"T1, the day before in the scope", t1, 0, link, func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "2023-11-14", "2023-11-13", 1))
		}, wrong},
		{"T1, another body", vector{t1.method, t1.host, t1.service, t1.contentType, "", strings.Replace(t1.body, "card", "cbrd", 1), t1.signature}, 0, link, nil, wrong},
		{"T4, another query", vector{t4.method, t4.host, t4.service, t4.contentType, t4.query + "&EnableCopyCheck=true", "", t4.signature}, 0, link, nil, wrong},
		{"T1 for another host", vector{t1.method, "ocr.example.com", t1.service, t1.contentType, "", t1.body, t1.signature}, 0, link, nil, wrong},
		{"SKIP", t1, 0, link, func(r *http.Request) { r.Header.Set("Authorization", "SKIP") }, "AuthFailure.InvalidAuthorization"},
		{"no timestamp", t1, 0, link, func(r *http.Request) { r.Header.Del("X-TC-Timestamp") }, "MissingParameter"},
		{"no time", t1, 0, link, func(r *http.Request) { r.Header.Set("X-TC-Timestamp", "now") }, "InvalidParameter"},
	} {
		s := start(t, c.options)
		s.clock.Set(time.Unix(second+c.now, 0))
		for range 2 { // a signature is not single-use
			req := c.vector.request(t, s.URL)
			if c.change != nil {
				c.change(req)
			}
			if a := send(t, req); a.code() != c.want || a.status != http.StatusOK || c.want == "" && a.object["CardNo"] != number {
				t.Errorf("%s: %d %s, want 200 and %q", c.name, a.status, a.text, c.want)
			}
		}
	}
}

// A date that is not that of the timestamp is refused even if it is signed.
func TestSignedDate(t *testing.T) {
	s := start(t, nil)
	for name, change := range map[string]func(*testCall){
		"the day before": func(c *testCall) { c.date = "2023-11-13" },
		"the day after":  func(c *testCall) { c.date = "2023-11-15" },
	} {
		call := jsonCall(object{"ImageBase64": encoded})
		change(&call)
		if a := s.do(t, call); a.code() != "AuthFailure.SignatureFailure" {
			t.Errorf("%s: %s, want AuthFailure.SignatureFailure", name, a.text)
		}
	}
	if o := s.outcomes(); o[0].AppID != "" {
		t.Errorf("%+v: counted for an account", o[0])
	}
}

// V1 in both methods, as published.
func TestVectorV1(t *testing.T) {
	for _, c := range []struct{ method, signature, url, want string }{
		{"HmacSHA1", "jk1F0RIGNLORgmWNB0BHECHdOV8=", "http://127.0.0.1:9000/card.jpg", ""},
		{"HmacSHA256", "eeuVz5OXB//4e8jVTlDVdXRWQG1D52/rGBkB2bU2fog=", "http://127.0.0.1:9000/card.jpg", ""},
		{"HmacSHA1", "jk1F0RIGNLORgmWNB0BHECHdOV8=", "http://127.0.0.1:9000/cbrd.jpg", "AuthFailure.SignatureFailure"},
		{"HmacSHA256", "jk1F0RIGNLORgmWNB0BHECHdOV8=", "http://127.0.0.1:9000/card.jpg", "AuthFailure.SignatureFailure"},
	} {
		s := start(t, func(o *Options) { o.Fetcher = downloads{content: picture} })
		values := url.Values{}
		for name, value := range map[string]string{
			"Action": "BankCardOCR", "Version": "2018-11-19", "Region": "ap-guangzhou", "Timestamp": "1700000000", "Nonce": "12345",
			"SecretId": testutil.SecretID, "SignatureMethod": c.method, "ImageUrl": c.url, "Signature": c.signature,
		} {
			values.Set(name, value)
		}
		req, err := http.NewRequest("POST", s.URL+"/", strings.NewReader(values.Encode()))
		if err != nil {
			t.Fatalf("http.NewRequest: %v", err)
		}
		req.Host = "ocr.tencentcloudapi.com"
		req.Header.Set("Content-Type", formType)
		if a := send(t, req); a.code() != c.want || c.want == "" && a.object["CardNo"] != number {
			t.Errorf("%s of %s: %s, want %q", c.method, c.url, a.text, c.want)
		}
	}
}

// The sizes to which each signature is accepted. The image may be as large as the
// body allows.
func TestSizes(t *testing.T) {
	s := start(t, nil)
	image := func(size int) testCall {
		return testCall{body: []byte(`{"ImageBase64":"` + strings.Repeat("A", size-18) + `"}`)}
	}
	for size, want := range map[int]string{
		10 << 20:     "FailedOperation.ImageDecodeFailed", // zeros
		10<<20 + 4:   "LimitExceeded.TooLargeFileError",
		11 << 20:     "LimitExceeded.TooLargeFileError",
		1<<20 + 1000: "FailedOperation.ImageDecodeFailed",
	} {
		if a := s.do(t, image(size)); a.code() != want {
			t.Errorf("TC3 with %d bytes: %s, want %s", size, a.text, want)
		}
	}
	// A body of unknown length is cut at the same size.
	for size, want := range map[int]string{1 << 20: "FailedOperation.ImageDecodeFailed", 10<<20 + 4: "LimitExceeded.TooLargeFileError"} {
		call := image(size)
		call.change = func(r *http.Request) { r.ContentLength = -1 }
		if a := s.do(t, call); a.code() != want {
			t.Errorf("TC3 with %d bytes in chunks: %s, want %s", size, a.text, want)
		}
	}
	for size, want := range map[int]string{1<<20 - 1000: "FailedOperation.ImageDecodeFailed", 1 << 20: "AuthFailure.SignatureFailure"} {
		a := send(t, s.form(t, "POST", func(f map[string]string) { f["ImageBase64"] = strings.Repeat("A", size) }))
		if a.code() != want || want == "AuthFailure.SignatureFailure" && !strings.Contains(a.message(), "TC3-HMAC-SHA256") {
			t.Errorf("v1 with %d bytes: %s, want %s", size, a.text, want)
		}
	}
	for size, want := range map[int]string{32<<10 - 12: "FailedOperation.ImageDecodeFailed", 32<<10 - 8: "RequestSizeLimitExceeded"} {
		if a := s.do(t, testCall{method: "GET", query: "ImageBase64=" + strings.Repeat("A", size)}); a.code() != want {
			t.Errorf("GET with %d bytes: %s, want %s", size+12, a.text, want)
		}
	}
}

// Where keys are concealed an unknown key has the code of a wrong signature.
func TestConceal(t *testing.T) {
	s := start(t, func(o *Options) { o.Conceal = true })
	call := jsonCall(object{"ImageBase64": encoded})
	unknown := demo
	unknown.SecretID = "NOBODY"
	call.key = &unknown
	if a := s.do(t, call); a.code() != "AuthFailure.SignatureFailure" {
		t.Errorf("unknown key: %s, want AuthFailure.SignatureFailure", a.text)
	}
}
