package legacy

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/fetch"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/signature"
)

var encoded = base64.StdEncoding.EncodeToString(picture)

type object = map[string]any

// The documented reply in full (docs/legacy.md).
const documented = `{"code":0,"message":"OK","data":{"session_id":"12500000011579925413","items":[` +
	`{"item":"卡号","itemcoord":{"x":28,"y":101,"width":244,"height":22},"itemconf":0.9542132019996644,"itemstring":"514958888888888","coords":[],"words":[],"candword":[]},` +
	`{"item":"卡类型","itemcoord":{"x":10,"y":10,"width":10,"height":10},"itemconf":0.9542132019996644,"itemstring":"贷记卡","coords":[],"words":[],"candword":[]},` +
	`{"item":"卡名字","itemcoord":{"x":10,"y":30,"width":10,"height":10},"itemconf":0.9542132019996644,"itemstring":"中银万事达信用卡","coords":[],"words":[],"candword":[]},` +
	`{"item":"银行信息","itemcoord":{"x":10,"y":50,"width":10,"height":10},"itemconf":0.9542132019996644,"itemstring":"中国银行(01040000)","coords":[],"words":[],"candword":[]},` +
	`{"item":"有效期","itemcoord":{"x":117,"y":137,"width":55,"height":14},"itemconf":0.928840160369873,"itemstring":"08/2008","coords":[],"words":[],"candword":[]}]}}`

func TestDocumentedReply(t *testing.T) {
	s := start(t, nil)
	for name, c := range map[string]testCall{
		"JSON": jsonCall(object{"appid": demo.AppID, "bucket": demo.Bucket, "image": encoded}),
		"form": formCall(text("appid", demo.AppID), text("bucket", demo.Bucket), file("image", picture)),
	} {
		a := s.do(t, c)
		if a.text != documented {
			t.Errorf("%s: got\n%s\nwant\n%s", name, a.text, documented)
		}
		if a.status != 200 || a.header.Get("Content-Type") != "application/json" || a.header.Get("Connection") != "keep-alive" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", name, a.status, a.header)
		}
	}
}

// An item that could not be read stays, in its place, without text and
// confidence: our choice where nothing is published, fixed here.
func TestUnreadItemsStay(t *testing.T) {
	a := start(t, nil).do(t, jsonCall(object{"appid": demo.AppID, "image": base64.StdEncoding.EncodeToString([]byte("poor"))}))
	items := a.Data.Items
	if len(items) != 5 {
		t.Fatalf("%d items", len(items))
	}
	if n := items[2]; n.Item != "卡名字" || n.String != "" || n.Confidence != 0 || n.Coord != nameBox {
		t.Errorf("card name: %+v", n)
	}
	if n := items[4]; n.Item != "有效期" || n.String != "" || n.Confidence != 0 || n.Coord != (box{}) {
		t.Errorf("expiry: %+v", n)
	}
	if !strings.Contains(a.text, `"itemconf":0,"itemstring":"","coords":[],"words":[],"candword":[]}`) {
		t.Error(a.text)
	}
}

// The clients' bodies, and what is accepted besides the documentation.
func TestJSONBodies(t *testing.T) {
	s := start(t, nil)
	urlSafe := base64.RawURLEncoding.EncodeToString([]byte("\xff\xd8\xff\xe0\xfb\xff\xfe???>>>"))
	if !strings.ContainsAny(urlSafe, "-") || !strings.Contains(urlSafe, "_") {
		t.Fatal("the sample has no characters of the URL-safe alphabet")
	}
	for name, c := range map[string]struct {
		body string
		code int
	}{
		"npm, without bucket":    {`{"image":"` + encoded + `","appid":"1250000001"}`, 0},
		"Java's order":           {`{"bucket":"testbucket","appid":"1250000001","image":"` + encoded + `"}`, 0},
		"appid a number":         {`{"appid":1250000001,"bucket":"testbucket","image":"` + encoded + `"}`, 0},
		"unknown fields":         {`{"x":[1,{"y":2}],"session_id":"1","appid":"1250000001","image":"` + encoded + `"}`, 0},
		"data URI":               {`{"appid":"1250000001","image":"data:image/jpeg;base64,` + encoded + `"}`, 0},
		"line breaks":            {`{"appid":"1250000001","image":"` + encoded[:8] + `\r\n` + encoded[8:16] + `\n` + encoded[16:] + `\n"}`, 0},
		"escaped slashes":        {`{"appid":"1250000001","image":"` + strings.ReplaceAll(encoded, "/", `\/`) + `"}`, 0},
		"no padding":             {`{"appid":"1250000001","image":"` + strings.TrimRight(encoded, "=") + `"}`, 0},
		"byte order mark":        {"\ufeff" + `{"appid":"1250000001","image":"` + encoded + `"}`, 0},
		"URL-safe":               {`{"appid":"1250000001","image":"` + urlSafe + `"}`, -1102},
		"empty bucket":           {`{"appid":"1250000001","bucket":"","image":"` + encoded + `"}`, 0},
		"empty url, image":       {`{"appid":"1250000001","url":"","image":"` + encoded + `"}`, 0},
		"null url, image":        {`{"appid":"1250000001","url":null,"image":"` + encoded + `"}`, 0},
		"upper-case names":       {`{"APPID":"1250000001","IMAGE":"` + encoded + `"}`, 18},
		"not JSON":               {`appid=1250000001`, 3},
		"truncated":              {`{"appid":"1250000001","image":"` + encoded, 3},
		"two values":             {`{"appid":"1250000001"}{}`, 3},
		"a list":                 {`[]`, 3},
		"null":                   {`null`, 3},
		"no body":                {``, 3},
		"no picture":             {`{"appid":"1250000001"}`, 18},
		"nothing":                {`{}`, 18},
		"image null":             {`{"appid":"1250000001","image":null}`, 18},
		"url empty":              {`{"appid":"1250000001","url":""}`, 17},
		"image empty":            {`{"appid":"1250000001","image":""}`, -1300},
		"image of no bytes":      {`{"appid":"1250000001","image":"data:image/jpeg;base64,"}`, -1300},
		"no appid":               {`{"image":"` + encoded + `"}`, 21},
		"appid a fraction":       {`{"appid":12500000.5,"image":"` + encoded + `"}`, 21},
		"appid an exponent":      {`{"appid":1.250000001e9,"image":"` + encoded + `"}`, 21},
		"appid empty":            {`{"appid":"","image":"` + encoded + `"}`, -1301},
		"appid blank":            {`{"appid":" ","image":"` + encoded + `"}`, -1301},
		"appid too long":         {`{"appid":"` + strings.Repeat("1", 2049) + `","image":"` + encoded + `"}`, -1304},
		"appid a list":           {`{"appid":["1250000001"],"image":"` + encoded + `"}`, 21},
		"appid true":             {`{"appid":true,"image":"` + encoded + `"}`, 21},
		"bucket a number":        {`{"appid":"1250000001","bucket":7,"image":"` + encoded + `"}`, 21},
		"image a number":         {`{"appid":"1250000001","image":7}`, 21},
		"image no base64":        {`{"appid":"1250000001","image":"!!!"}`, 21},
		"data URI not base64":    {`{"appid":"1250000001","image":"data:image/jpeg,` + encoded + `"}`, 21},
		"another appid":          {`{"appid":"1250000002","image":"` + encoded + `"}`, 6},
		"another appid, number":  {`{"appid":1250000002,"image":"` + encoded + `"}`, 6},
		"another bucket":         {`{"appid":"1250000001","bucket":"other","image":"` + encoded + `"}`, 6},
		"url":                    {`{"appid":"1250000001","url":"http://example.org/card.jpg"}`, -1308},
		"url and image":          {`{"appid":"1250000001","url":"http://example.org/card.jpg","image":"` + encoded + `"}`, -1308},
		"url of another scheme":  {`{"appid":"1250000001","url":"ftp://example.org/card.jpg"}`, -1505},
		"url without a host":     {`{"appid":"1250000001","url":"card.jpg"}`, -1505},
		"url of another account": {`{"appid":"1250000001","url":"http://testbucket-1250000002.image.myqcloud.com/x"}`, 6},
		"url too long":           {`{"appid":"1250000001","url":"http://example.org/` + strings.Repeat("x", 2048) + `"}`, -1304},
		"a text file":            {`{"appid":"1250000001","image":"` + base64.StdEncoding.EncodeToString([]byte("hello, world")) + `"}`, -1102},
	} {
		a := s.do(t, testCall{body: []byte(c.body)})
		if a.Code != c.code || a.status != 200 {
			t.Errorf("%s: code %d, status %d, want code %d: %s", name, a.Code, a.status, c.code, a.text)
		}
		if a.Code != 0 && a.Data != nil {
			t.Errorf("%s: a failure has data", name)
		}
	}
}

func TestContentTypes(t *testing.T) {
	s := start(t, nil)
	body := jsonCall(object{"appid": demo.AppID, "image": encoded}).body
	for contentType, code := range map[string]int{
		"application/json": 0, "application/json; charset=utf-8": 0, "application/json;charset=UTF-8": 0,
		"APPLICATION/JSON": 0, "text/json": 0, "application/json; odd": 0,
		"-": 3, "text/plain": 3, "application/x-www-form-urlencoded": 3, "multipart/form-data": 3, "multipart/form-data; boundary=x": 3,
	} {
		if a := s.do(t, testCall{contentType: contentType, body: body}); a.Code != code {
			t.Errorf("%s: code %d, want %d", contentType, a.Code, code)
		}
	}
}

func TestPathsAndMethods(t *testing.T) {
	s := start(t, nil)
	body := jsonCall(object{"appid": demo.AppID, "image": encoded}).body
	for _, c := range []struct {
		method, path string
		status, code int
	}{
		{"POST", "/ocr/bankcard", 200, 0}, {"POST", "/ocr/creditcardocr", 200, 0}, {"POST", "/ocr/bankcard?x=1", 200, 0},
		{"POST", "/ocr/idcard", 404, 3}, {"POST", "/", 404, 3}, {"POST", "/ocr/bankcard/", 404, 3},
		{"GET", "/ocr/bankcard", 405, 3}, {"PUT", "/ocr/bankcard", 405, 3}, {"DELETE", "/ocr/creditcardocr", 405, 3},
	} {
		a := s.do(t, testCall{method: c.method, path: c.path, body: body})
		if a.status != c.status || a.Code != c.code {
			t.Errorf("%s %s: %d, code %d", c.method, c.path, a.status, a.Code)
		}
		if c.status == 405 && a.header.Get("Allow") != "POST" {
			t.Errorf("%s: Allow %q", c.method, a.header.Get("Allow"))
		}
	}
}

// Any Host, and the absolute form that a client behind a proxy setting sends.
func TestHostsAndAbsoluteForm(t *testing.T) {
	s := start(t, nil)
	body := jsonCall(object{"appid": demo.AppID, "image": encoded}).body
	a := s.do(t, testCall{body: body, header: map[string]string{"Expect": ""}})
	if a.Code != 0 {
		t.Error(a.text)
	}
	line := raw(t, s, "POST http://service.image.myqcloud.com/ocr/bankcard HTTP/1.1", "service.image.myqcloud.com", body)
	if !strings.HasPrefix(line, "HTTP/1.1 200") || !strings.Contains(line, `"code":0`) {
		t.Error(line)
	}
}

// A bad signature is found before the body is read, and the first failure of
// the documented order decides.
func TestSignatures(t *testing.T) {
	s := start(t, func(o *Options) { o.Meter.SingleUseAge = 0 })
	good := signature.Params{AppID: demo.AppID, Bucket: demo.Bucket, SecretID: demo.SecretID, Expires: second + 100, Created: second}
	with := func(change func(*signature.Params)) string {
		p := good
		change(&p)
		return signature.Sign(demo.SecretKey, p)
	}
	bodyOK := jsonCall(object{"appid": demo.AppID, "image": encoded}).body
	for _, c := range []struct {
		name, auth string
		noAuth     bool
		code       int
	}{
		{"none", "", true, 4},
		{"blank", " ", false, 4},
		{"no base64", "abc", false, 5},
		{"unknown app id", with(func(p *signature.Params) { p.AppID = "1250000009" }), false, 10},
		{"unknown key", with(func(p *signature.Params) { p.SecretID = "NOBODY" }), false, 11},
		{"key of another", with(func(p *signature.Params) { p.AppID = other.AppID }), false, 12},
		{"wrong key", signature.Sign("WRONG", good), false, 14},
		{"over", with(func(p *signature.Params) { p.Expires = second; p.Created = second - 1 }), false, 9},
		{"too long", with(func(p *signature.Params) { p.Expires = second + 93*86400 }), false, 5},
		{"one-off", with(func(p *signature.Params) { p.Expires = 0; p.FileID = "x" }), false, 5},
		{"unknown bucket", with(func(p *signature.Params) { p.Bucket = "nobucket" }), false, 16},
		{"good", with(func(*signature.Params) {}), false, 0},
		{"b=", with(func(p *signature.Params) { p.Bucket = "" }), false, 0},
		{"scheme word", "QCloud " + with(func(*signature.Params) {}), false, 0},
	} {
		a := s.do(t, testCall{auth: c.auth, noAuth: c.noAuth, body: bodyOK})
		if a.Code != c.code || a.status != 200 || a.Message != messageOf(c.code) {
			t.Errorf("%s: code %d %q, status %d, want %d", c.name, a.Code, a.Message, a.status, c.code)
		}
		// A broken body does not get as far where the signature is bad.
		if b := s.do(t, testCall{auth: c.auth, noAuth: c.noAuth, body: []byte("{")}); c.code != 0 && c.code != 5 && c.code != 16 && b.Code != c.code {
			t.Errorf("%s, broken body: code %d", c.name, b.Code)
		}
	}
	// A bucket in the body alone is looked up too.
	a := s.do(t, testCall{auth: with(func(p *signature.Params) { p.Bucket = "" }), body: jsonCall(object{"appid": demo.AppID, "bucket": "other", "image": encoded}).body})
	if a.Code != 16 {
		t.Errorf("bucket of another app id: %s", a.text)
	}
}

func messageOf(code int) string {
	for c := OK; c < conditions; c++ {
		if c.Row().Code == code {
			return c.Row().Message
		}
	}
	return "?"
}

func TestSameSignatureTwice(t *testing.T) {
	s := start(t, nil)
	for range 3 {
		if a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded})); a.Code != 0 {
			t.Fatal(a.text)
		}
	}
}

// fetcher has one picture, and an error for each other name.
type fetcher struct{ asked []download }

type download struct {
	Address string
	Hosts   []string
	Limit   int64
}

var downloadNames = map[string]error{
	"/address": fetch.BadURL, "/closed": fetch.Unreachable, "/slow": fetch.Timeout, "/large": fetch.TooLarge,
	"/status": fetch.BadStatus, "/broken": fetch.Failed, "/canceled": fetch.Canceled, "/fault": errors.New("no route to 514958888888888"),
}

func (f *fetcher) FetchFrom(_ context.Context, hosts []string, address string, limit int64) ([]byte, error) {
	f.asked = append(f.asked, download{address, hosts, limit})
	u, _ := url.Parse(address)
	if err := downloadNames[u.Path]; err != nil {
		return nil, err
	}
	if u.Path == "/panic" {
		panic("fetching 514958888888888")
	}
	return picture, nil
}

// A documented single-use signature, with an image by URL.
func TestOneOffAndURL(t *testing.T) {
	s := start(t, func(o *Options) { o.Fetcher = &fetcher{} })
	l4 := signature.Sign(demo.SecretKey, signature.Params{AppID: demo.AppID, Bucket: demo.Bucket, SecretID: demo.SecretID, Created: 1700000000, Random: 42, FileID: "/1250000001/testbucket/card.jpg"})
	const space = "http://testbucket-1250000001.image.myqcloud.com/"
	for _, c := range []struct {
		url  string
		code int
	}{{space + "other.jpg", 6}, {space + "card.jpg", 0}, {space + "card.jpg", 13}} {
		call := jsonCall(object{"appid": demo.AppID, "url": c.url})
		call.auth = l4
		if a := s.do(t, call); a.Code != c.code {
			t.Errorf("%s: %s", c.url, a.text)
		}
	}
}

// If both are given only url is used, whatever is wrong with the
// picture.
func TestURLWins(t *testing.T) {
	f := &fetcher{}
	s := start(t, func(o *Options) { o.Fetcher = f; o.MaxImage = 100 })
	for name, c := range map[string]testCall{
		"JSON":      jsonCall(object{"appid": demo.AppID, "url": "http://example.org/card.jpg", "image": "!!"}),
		"large":     jsonCall(object{"appid": demo.AppID, "url": "http://example.org/card.jpg", "image": strings.Repeat("A", 1000)}),
		"list":      jsonCall(object{"appid": demo.AppID, "url": []string{"http://example.org/card.jpg"}, "image": []string{encoded, encoded}}),
		"form":      formCall(file("image", []byte("junk")), text("url", "http://example.org/card.jpg"), text("appid", demo.AppID)),
		"many":      formCall(file("image0", picture), file("image1", picture), text("url", "http://example.org/card.jpg"), text("appid", demo.AppID)),
		"empty url": jsonCall(object{"appid": demo.AppID, "url": "", "image": encoded}),
	} {
		if a := s.do(t, c); a.text != documented {
			t.Errorf("%s: %s", name, a.text)
		}
	}
	if len(f.asked) != 5 || len(s.seen) != 6 {
		t.Errorf("%d downloads, %d readings", len(f.asked), len(s.seen))
	}
	for _, d := range f.asked {
		if d.Address != "http://example.org/card.jpg" || d.Limit != 100 || len(d.Hosts) != 0 {
			t.Errorf("%+v", d)
		}
	}
}

// The account's hosts go to the fetcher, and each way to fail has its code.
func TestDownloads(t *testing.T) {
	f := &fetcher{}
	s := start(t, func(o *Options) {
		o.Fetcher = f
		with(func(a *account.FileAccount) { a.FetchHosts = []string{"*.example.org"} })(t, o)
	})
	for path, want := range map[string]Condition{
		"/card.jpg": OK, "/address": BadURL, "/closed": Unreachable, "/slow": DownloadTimeout, "/large": DownloadTooLarge,
		"/status": DownloadStatus, "/broken": DownloadFailed, "/canceled": Timeout, "/fault": LinkFault, "/panic": LinkFault,
	} {
		a := s.do(t, jsonCall(object{"appid": demo.AppID, "url": "http://example.org" + path}))
		if row := want.Row(); a.Code != row.Code || a.Message != row.Message {
			t.Errorf("%s: %s, want %v", path, a.text, want)
		}
	}
	for _, d := range f.asked {
		if len(d.Hosts) != 1 || d.Hosts[0] != "*.example.org" {
			t.Errorf("%+v", d)
		}
	}
	if log := s.logged(); strings.Contains(log, "514958888888888") || strings.Contains(log, "example.org") {
		t.Error(log)
	}
}

func TestReaderErrors(t *testing.T) {
	s := start(t, func(o *Options) { o.ReadTimeout = 50 * time.Millisecond })
	for begin, want := range map[string]Condition{
		"GIF89a": ImageUnsupported, "BM": PreprocessFailed, "none": NotACard, "blur": RecognitionFailed,
	} {
		a := s.do(t, formCall(text("appid", demo.AppID), file("image", []byte(begin))))
		if row := want.Row(); a.Code != row.Code || a.Message != row.Message || a.status != 200 {
			t.Errorf("%s: %s, want %v", begin, a.text, want)
		}
	}
	// The server goes on after its panics.
	if a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded})); a.Code != 0 {
		t.Error(a.text)
	}
}

// The log has a line a request and no number, whatever an error or a panic
// quotes.
func TestLogHasNoNumber(t *testing.T) {
	s := start(t, nil)
	for _, begin := range []string{string(picture), "fault", "panic", "index", "none"} {
		s.do(t, formCall(text("appid", demo.AppID), file("image", []byte(begin))))
	}
	s.do(t, testCall{path: "/514958888888888"})
	log := s.logged()
	if n := strings.Count(log, `"msg":"request"`); n != 6 {
		t.Errorf("%d lines of the access log\n%s", n, log)
	}
	for _, secret := range []string{"514958888888888", "8888888", encoded, string(demo.SecretKey), demo.SecretID, sign()} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q:\n%s", secret, log)
		}
	}
	for _, want := range []string{`"condition":"ok"`, `"condition":"not_a_card"`, `"path":"other"`, `"appid":"1250000001"`, "panic with a string", "index out of range"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
}

// full is a Gate without a place.
type full struct{ sizes chan int64 }

func (f full) Enter(_ context.Context, size int64) (func(), bool) {
	f.sizes <- size
	return nil, false
}

func (full) RetryAfter() time.Duration { return 2100 * time.Millisecond }

func TestOverloaded(t *testing.T) {
	sizes := make(chan int64, 9)
	s := start(t, func(o *Options) { o.Gate = full{sizes} })
	a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": strings.Repeat("A", 1<<20)}))
	if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") != "3" || a.Code != -5208 {
		t.Errorf("%d %v %s", a.status, a.header, a.text)
	}
	if len(s.seen) != 0 {
		t.Error("a picture was read")
	}
	// The gate gets the size of the body, or the maximum if it is unknown.
	s.do(t, testCall{body: []byte("{}")})
	s.do(t, testCall{body: make([]byte, 7<<20)})
	for _, want := range []int64{int64(len(`{"appid":"1250000001","image":""}`)) + 1<<20, 2, 6 << 20} {
		if size := <-sizes; size != want {
			t.Errorf("size %d, want %d", size, want)
		}
	}
}

// A reader without room turns one picture away like the gate does.
func TestReaderOverloaded(t *testing.T) {
	s := start(t, nil)
	a := s.do(t, formCall(text("appid", demo.AppID), file("image", []byte("heavy"))))
	if a.status != 503 || a.Code != -5208 || a.header.Get("Retry-After") != "1" {
		t.Errorf("%d %v %s", a.status, a.header, a.text)
	}
}

func TestDraining(t *testing.T) {
	s := start(t, func(o *Options) { o.Draining = func() bool { return true } })
	a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded}))
	if a.status != 503 || a.header.Get("Retry-After") != "60" || !a.closed || a.Code != -5208 {
		t.Errorf("%d %v %s", a.status, a.header, a.text)
	}
}

func TestNewWantsAccountsAndReader(t *testing.T) {
	_, err := New(Options{})
	if err == nil || !strings.Contains(err.Error(), "Accounts") || !strings.Contains(err.Error(), "Reader") {
		t.Errorf("New: %v, want an error with 'Accounts'", err)
	}
}
