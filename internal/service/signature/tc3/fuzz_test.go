package tc3

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"net/url"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/service/signature"
)

// The second implementations below follow the text of docs/api3.md with other
// means than the package: regular expressions, templates and net/url.

var (
	oracleField      = regexp.MustCompile(`(?s)^[ \t]*([^=]*)=(.*?)[ \t]*$`)
	oracleCredential = regexp.MustCompile(`^([^/]+)/([0-9]{4}-[0-9]{2}-[0-9]{2})/([^/]+)/tc3_request$`)
	oracleHeaders    = regexp.MustCompile(`^[a-z0-9-]+(;[a-z0-9-]+)*$`)
	oracleSignature  = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
	oracleTrim       = regexp.MustCompile(`(?s)^[ \t]*(.*?)[ \t]*$`)
)

// oracleAuthorization returns credential, headers and signature, or false.
func oracleAuthorization(header string) (secretID, date, service, headers, sum string, ok bool) {
	text := oracleTrim.FindStringSubmatch(header)[1]
	if len(header) > 4096 || !strings.HasPrefix(text, "TC3-HMAC-SHA256 ") {
		return "", "", "", "", "", false
	}
	fields := map[string]string{}
	pieces := strings.Split(text[len("TC3-HMAC-SHA256 "):], ",")
	for _, piece := range pieces {
		m := oracleField.FindStringSubmatch(piece)
		if m == nil {
			return "", "", "", "", "", false
		}
		fields[m[1]] = m[2]
	}
	credential := oracleCredential.FindStringSubmatch(fields["Credential"])
	headers, sum = fields["SignedHeaders"], fields["Signature"]
	if len(pieces) != 3 || len(fields) != 3 || credential == nil || !oracleHeaders.MatchString(headers) || !oracleSignature.MatchString(sum) {
		return "", "", "", "", "", false
	}
	names, unique := strings.Split(headers, ";"), map[string]bool{}
	for _, name := range names {
		unique[name] = true
	}
	ok = sort.StringsAreSorted(names) && len(unique) == len(names) && len(names) <= 32 && unique["host"] && unique["content-type"]
	return credential[1], credential[2], credential[3], headers, strings.ToLower(sum), ok
}

// FuzzParseAuthorization: the parser takes what the second implementation takes,
// with the same fields.
func FuzzParseAuthorization(f *testing.F) {
	sum := strings.Repeat("0a", 32)
	for _, seed := range []string{
		"TC3-HMAC-SHA256 Credential=ID/2023-11-14/ocr/tc3_request, SignedHeaders=content-type;host, Signature=" + sum,
		"TC3-HMAC-SHA256 Signature=" + sum + ",SignedHeaders=content-type;host;x-tc-action , Credential=ID/2023-11-14/localhost:8080/tc3_request",
		"SKIP", "TC3-HMAC-SHA256  Credential=a=b/2023-11-14/ocr/tc3_request,,", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		a, err := ParseAuthorization(header)
		secretID, date, service, headers, sum, ok := oracleAuthorization(header)
		if ok != (err == nil) {
			t.Fatalf("ParseAuthorization(%q) = %+v, %v; the second implementation: %v", header, a, err, ok)
		}
		if !ok {
			return
		}
		if a.SecretID != secretID || a.Date != date || a.Service != service || strings.Join(a.SignedHeaders, ";") != headers || fmt.Sprintf("%x", a.Signature) != sum {
			t.Fatalf("ParseAuthorization(%q) = %+v; the second implementation: %q %q %q %q %q", header, a, secretID, date, service, headers, sum)
		}
	})
}

// oracleTC3 computes a signature of TC3 by the documentation's template.
func oracleTC3(secret, method, host, query, contentType, timestamp, date, service string, body []byte) string {
	sign := func(key, text string) string {
		m := hmac.New(sha256.New, []byte(key))
		fmt.Fprint(m, text)
		return string(m.Sum(nil))
	}
	canonical := fmt.Sprintf("%s\n/\n%s\ncontent-type:%s\nhost:%s\n\ncontent-type;host\n%x", method, query, contentType, host, sha256.Sum256(body))
	text := fmt.Sprintf("TC3-HMAC-SHA256\n%s\n%s/%s/tc3_request\n%x", timestamp, date, service, sha256.Sum256([]byte(canonical)))
	return fmt.Sprintf("%x", sign(sign(sign(sign("TC3"+secret, date), service), "tc3_request"), text))
}

// FuzzVerify: a request that the second implementation signed, as a client does,
// matches, and with any other secret it does not.
func FuzzVerify(f *testing.F) {
	f.Add("key", "127.0.0.1:8080", "ImageUrl=x", "application/json", "ocr", []byte(`{}`), false)
	f.Add("", "[::1]:80", "", "Application/JSON; charset=UTF-8", "127", []byte(nil), true)
	f.Add("secret", "LocalHost", "a=%2B&b=+", "", "localhost:8080", []byte("\x00\xff"), true)
	f.Fuzz(func(t *testing.T, secret, host, query, contentType, service string, body []byte, get bool) {
		host, contentType = strings.TrimSpace(host), strings.TrimSpace(contentType)
		if host == "" {
			return // a client has an endpoint
		}
		method, signedQuery := "POST", ""
		if get {
			method, signedQuery = "GET", query
		}
		r := &Request{
			Authorization: Authorization{SecretID: "ID", Date: "2023-11-14", Service: service, SignedHeaders: []string{"content-type", "host"}},
			Method:        method, Host: host, Path: "/", Query: query, Timestamp: "1700000000",
			Header: map[string]string{"content-type": contentType}, PayloadHash: sha256.Sum256(body),
		}
		sum := oracleTC3(secret, method, host, signedQuery, contentType, r.Timestamp, r.Date, service, body)
		if _, err := fmt.Sscanf(sum, "%x", &sliceOf{r.Signature[:]}); err != nil {
			t.Fatal(err)
		}
		if !r.Matches(signature.Secret(secret)) {
			t.Fatalf("%+v does not match the second implementation's signature %s", r, sum)
		}
		if r.Matches(signature.Secret(secret + "x")) {
			t.Fatalf("%+v matches with another secret", r)
		}
	})
}

// sliceOf scans hexadecimal digits into a slice.
type sliceOf struct{ to []byte }

// Scan reads the digits.
func (s *sliceOf) Scan(state fmt.ScanState, _ rune) error {
	var b []byte
	if _, err := fmt.Fscanf(state, "%x", &b); err != nil {
		return err
	}
	copy(s.to, b)
	return nil
}

// oracleForm decodes a form with net/url, or returns false.
func oracleForm(text string) (list []Parameter, ok bool) {
	seen := map[string]bool{}
	for _, piece := range strings.Split(text, "&") {
		if piece == "" {
			continue
		}
		pair := append(strings.SplitN(piece, "=", 2), "")
		name, err1 := url.QueryUnescape(pair[0])
		value, err2 := url.QueryUnescape(pair[1])
		if err1 != nil || err2 != nil || seen[name] {
			return nil, false
		}
		seen[name] = true
		list = append(list, Parameter{name, value})
	}
	return list, len(list) <= 256
}

// FuzzParseForm: a form is decoded as net/url decodes its pieces, and refused if
// it names a parameter twice.
func FuzzParseForm(f *testing.F) {
	for _, seed := range []string{"", "Action=BankCardOCR&Nonce=1&ImageUrl=http%3A%2F%2Fx%2F", "a=%2B+%e5%8d%a1&A.0.B=", "&&=&a;b=1", "a=%4", "a&a", "%41=1&A=2", "a=b=c&+=%20"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseForm(text)
		want, ok := oracleForm(text)
		if ok != (err == nil) || ok && !reflect.DeepEqual(got, want) {
			t.Fatalf("ParseForm(%q) = %q, %v; net/url: %q, %v", text, got, err, want, ok)
		}
	})
}

// oracleV1 computes a signature of v1 by the documentation's text.
func oracleV1(secret, method, host string, fields map[string]string) string {
	var names []string
	for name := range fields {
		if name != "Signature" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, name+"="+fields[name])
	}
	h := func() hash.Hash { return sha1.New() }
	if fields["SignatureMethod"] == "HmacSHA256" {
		h = sha256.New
	}
	m := hmac.New(h, []byte(secret))
	fmt.Fprintf(m, "%s%s/?%s", method, host, strings.Join(pairs, "&"))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// FuzzV1: the signature of any form is that of the second implementation; it
// matches, and with any other secret it does not.
func FuzzV1(f *testing.F) {
	f.Add("key", "POST", "ocr.tencentcloudapi.com", "Action=BankCardOCR&Nonce=12345&SignatureMethod=HmacSHA1&Region=")
	f.Add("key", "GET", "127.0.0.1:8080", "SignatureMethod=HmacSHA256&b=%26&a=%3D&A=1&a.0.B=x")
	f.Add("", "POST", "[::1]:80", "Signature=x&Signaturf=y&=z")
	f.Fuzz(func(t *testing.T, secret, method, host, text string) {
		list, err := ParseForm(text)
		if err != nil || host == "" {
			return
		}
		fields := map[string]string{}
		for _, p := range list {
			fields[p.Name] = p.Value
		}
		form := &Form{Method: method, Host: host, Path: "/", Parameters: list}
		want := oracleV1(secret, method, host, fields)
		if got := form.Sign(signature.Secret(secret)); got != want {
			t.Fatalf("Sign of %q = %s; the second implementation: %s", text, got, want)
		}
		if form.set("Signature", want); !form.Matches(signature.Secret(secret)) {
			t.Fatalf("%q with its signature does not match", text)
		}
		if form.Matches(signature.Secret(secret + "x")) {
			t.Fatalf("%q matches with another secret", text)
		}
	})
}
