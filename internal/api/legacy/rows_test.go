package legacy

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/signature"
)

// published is a second copy of the table of docs/errors.md: code, HTTP status by
// default and in the 2017 mode, message, and the code in strict mode. If the
// vendor's documentation allows two codes, it has the one that kahao uses.
var published = []struct {
	code, http, http2017 int
	message              string
	strict               int
}{
	{0, 200, 200, "OK", 0},
	{3, 200, 400, "bad request", 3},
	{3, 200, 403, "account abnormal,errorno is:2", 3},
	{4, 200, 401, "signature is empty", 4},
	{5, 200, 401, "invalid signature string", 5},
	{6, 200, 403, "appid/bucket/url not match", 6},
	{7, 200, 500, "sign encode failed", 7},
	{8, 200, 500, "sign decode failed", 8},
	{9, 200, 401, "signature expired", 9},
	{10, 200, 401, "appid not exist", 10},
	{11, 200, 401, "secretid not exist", 11},
	{12, 200, 401, "appid not match", 12},
	{13, 200, 403, "replay attack", 13},
	{14, 200, 401, "signature check failed", 14},
	{15, 200, 429, "operation too frequent", 15},
	{16, 200, 404, "bucket not exist", 16},
	{17, 200, 400, "url is empty", 17},
	{18, 200, 400, "no image or url", 18},
	{19, 200, 400, "too many images", 19},
	{20, 200, 413, "image too large", 20},
	{21, 200, 400, "invalid parameter", 21},
	{23, 413, 413, "request body too large", 20},
	{24, 200, 403, "no permission", 11},
	{25, 200, 403, "resource used up", 3},
	{107, 200, 503, "auth service unavailable", -5208},
	{108, 200, 503, "auth service unavailable", -5208},
	{200, 200, 500, "internal pack failed", 200},
	{201, 200, 500, "internal unpack failed", 201},
	{202, 200, 502, "internal link failed", 202},
	{203, 200, 504, "internal timeout", 203},
	{213, 200, 500, "internal error", -5208},
	{-1102, 200, 200, "SDK_IMAGE_DECODE_FAILED", -1102},
	{-1300, 200, 200, "ERROR_IMAGE_EMPTY", -1300},
	{-1301, 200, 200, "ERROR_PARAMETER_EMPTY", -1301},
	{-1304, 200, 200, "ERROR_PARAMETER_TOO_LONG", -1304},
	{-1308, 200, 200, "ERROR_DOWNLOAD_IMAGE_FAILED", 21},
	{-1400, 200, 200, "ERROR_IMAGE_FORMAT_INVALID", -1102},
	{-1403, 200, 200, "ERROR_IMAGE_DOWNLOAD_FAILED", 21},
	{-1404, 200, 200, "ERROR_IMAGE_CLASSIFY_FAILED", -9011},
	{-1408, 200, 200, "ERROR_DOWNLOAD_IMAGE_SIZE_EXCEED", 21},
	{-1505, 200, 200, "ERROR_IVADLID_URL_FROMAT", 21},
	{-1506, 200, 200, "ERROR_DOWNLOAD_TIMEOUT", 21},
	{-1507, 200, 200, "ERROR_CONNECT_DOWNLOAD_SERVER", 21},
	{-5208, 200, 500, "OCR_SERVER_INTERN_ERROR", -5208},
	{-9010, 200, 200, "CREDITCARD_OCR_PREPROCESS_ERROR", -9010},
	{-9011, 200, 200, "CREDITCARD_OCR_RECOG_FAILED", -9011},
	{-9012, 200, 200, "CREDITCARD_OCR_IMAGE_BLUR", -9011},
	{-9013, 200, 200, "ERROR_NOT_A_CREDITCARD", -9011},
	{-9014, 200, 200, "ERROR_CREDITCARD_ILLEGAL", -9011},
	// Section 10, where no codes are published, and our own.
	{3, 400, 400, "bad request", 3},
	{3, 404, 404, "path not found", 3},
	{3, 415, 415, "bad request", 3},
	{3, 404, 404, "result not found", 3},
	{3, 405, 424, "method not allowed", 3},
	{3, 422, 422, "idempotency key used for another request", 3},
	{3, 409, 409, "request in progress", 3},
	{-5208, 503, 503, "OCR_SERVER_INTERN_ERROR", -5208},
}

// way is how a condition comes about: options, and the call that meets it, after
// the same call was answered once where first is set.
type way struct {
	options func(*testing.T, *Options)
	call    testCall
	first   bool
}

// oddAccounts are accounts of which one answer is replaced.
type oddAccounts struct {
	Accounts
	key func(context.Context) (signature.Key, bool, error)
}

func (a oddAccounts) Key(ctx context.Context, _ string) (signature.Key, bool, error) {
	return a.key(ctx)
}

func odd(key func(context.Context) (signature.Key, bool, error)) func(*testing.T, *Options) {
	return func(_ *testing.T, o *Options) {
		o.Accounts, o.AuthTimeout = oddAccounts{o.Accounts, key}, 10*time.Millisecond
	}
}

// refusing is a ledger that refuses every hold.
func refusing(err error) func(*testing.T, *Options) {
	return func(_ *testing.T, o *Options) { o.Meter.Ledger.(*recorder).fail(err, nil) }
}

func downloads(_ *testing.T, o *Options) { o.Fetcher = &fetcher{} }

func signed(change func(*signature.Params)) string {
	p := signature.Params{AppID: demo.AppID, Bucket: demo.Bucket, SecretID: demo.SecretID, Expires: second + 100, Created: second}
	change(&p)
	return signature.Sign(demo.SecretKey, p)
}

// ways has a way to every condition.
func ways() map[Condition]way {
	good := jsonCall(object{"appid": demo.AppID, "image": encoded})
	authorized := func(auth string) way { return way{call: testCall{auth: auth, body: good.body}} }
	body := func(v object) way { return way{call: jsonCall(v)} }
	shows := func(content string) way {
		return way{call: formCall(text("appid", demo.AppID), file("image", []byte(content)))}
	}
	from := func(path string) way {
		return way{options: downloads, call: jsonCall(object{"appid": demo.AppID, "url": "http://example.org" + path})}
	}
	oneOff := jsonCall(object{"appid": demo.AppID, "image": encoded})
	oneOff.auth = signed(func(p *signature.Params) { p.Expires, p.FileID = 0, "card.jpg" })
	many := []part{text("appid", demo.AppID)}
	for range 21 {
		many = append(many, file("image", picture))
	}
	eleven := jsonCall(object{"appid": demo.AppID, "image": slices.Repeat([]string{encoded}, 11)})
	set := func(change func(o *Options)) func(*testing.T, *Options) {
		return func(_ *testing.T, o *Options) { change(o) }
	}
	return map[Condition]way{
		OK:         {call: good},
		BadRequest: {call: testCall{body: []byte("{")}},
		MediaType:  {call: testCall{body: good.body, header: map[string]string{"Content-Type": "text/plain"}}},
		BodyBroken: {call: testCall{body: good.body, header: map[string]string{"X-Cut-Body": "1"}}},
		NotFound:   {call: testCall{path: "/ocr/idcard", body: good.body}},
		ResultNotFound: {set(func(o *Options) { o.Results = o.Meter.Replies }),
			testCall{method: "GET", path: PathSession + "12500000010000000000"}, false},
		MethodNotAllowed:      {call: testCall{method: "GET"}},
		Arrears:               {state(inArrears), good, false},
		IdempotencyMismatch:   {call: testCall{body: good.body, header: map[string]string{metering.HeaderKey: strings.Repeat("x", 256)}}},
		IdempotencyInProgress: {refusing(ledger.ErrInProgress), good, false},
		SignatureEmpty:        {call: testCall{noAuth: true, body: good.body}},
		SignatureMalformed:    authorized("abc"),
		TargetMismatch:        body(object{"appid": other.AppID, "image": encoded}),
		SecretFault:           {odd(func(context.Context) (signature.Key, bool, error) { return signature.Key{AppID: demo.AppID}, true, nil }), good, false},
		SignatureFault:        {odd(func(context.Context) (signature.Key, bool, error) { panic("unsealing a key") }), good, false},
		SignatureExpired:      authorized(signed(func(p *signature.Params) { p.Created, p.Expires = second-9, second })),
		UnknownApp:            authorized(signed(func(p *signature.Params) { p.AppID = "1250000009" })),
		UnknownKey:            authorized(signed(func(p *signature.Params) { p.SecretID = "NOBODY" })),
		WrongApp:              authorized(signed(func(p *signature.Params) { p.AppID = other.AppID })),
		Replayed:              {nil, oneOff, true},
		SignatureMismatch:     authorized(signature.Sign("WRONG", signature.Params{AppID: demo.AppID, SecretID: demo.SecretID, Created: second, Expires: second + 9})),
		TooFrequent:           {set(func(o *Options) { o.Rate = ratelimit.New(ratelimit.Limit{PerSecond: 1}, nil, o.Now) }), good, true},
		UnknownBucket:         authorized(signed(func(p *signature.Params) { p.Bucket = "nobucket" })),
		URLEmpty:              body(object{"appid": demo.AppID, "url": ""}),
		NoImage:               body(object{"appid": demo.AppID}),
		TooManyImages:         {call: formCall(many...)},
		ImageTooLarge:         shows(string(padded(1<<20 + 1))),
		InvalidParameter:      body(object{"appid": demo.AppID, "image": "!!"}),
		BodyTooLarge:          {call: testCall{body: make([]byte, 6<<20+1)}},
		NoPermission:          {state(subAccount), good, false},
		UsedUp:                {with(func(a *account.FileAccount) { a.PostPay = new(bool) }), eleven, false},
		AccountFault: {odd(func(context.Context) (signature.Key, bool, error) {
			return signature.Key{}, false, errors.New("a damaged record")
		}), good, false},
		AccountsUnavailable: {odd(func(ctx context.Context) (signature.Key, bool, error) {
			<-ctx.Done()
			return signature.Key{}, false, ctx.Err()
		}), good, false},
		PackFault:         shows("NaN"),
		UnpackFault:       {call: testCall{body: good.body, header: map[string]string{"X-Broken-Body": "1"}}},
		LinkFault:         from("/fault"),
		Timeout:           {set(func(o *Options) { o.ReadTimeout = 10 * time.Millisecond }), shows("slow").call, false},
		ServerFault:       {refusing(errors.New("no ledger")), good, false},
		ImageMalformed:    shows("hello, world"),
		ImageEmpty:        body(object{"appid": demo.AppID, "image": ""}),
		ParameterEmpty:    body(object{"appid": "", "image": encoded}),
		ParameterTooLong:  body(object{"appid": demo.AppID, "url": "http://example.org/" + string(make([]byte, 2048))}),
		DownloadFailed:    from("/broken"),
		ImageUnsupported:  shows("GIF89a"),
		DownloadStatus:    from("/status"),
		Unclassified:      shows("what?"),
		DownloadTooLarge:  from("/large"),
		BadURL:            body(object{"appid": demo.AppID, "url": "ftp://example.org/card.jpg"}),
		DownloadTimeout:   from("/slow"),
		Unreachable:       from("/closed"),
		Internal:          shows("fault"),
		Overloaded:        {set(func(o *Options) { o.Gate = full{make(chan int64, 9)} }), good, false},
		PreprocessFailed:  shows("BM"),
		RecognitionFailed: shows("blur"),
		Blurred:           shows("smear"),
		NotACard:          shows("none"),
		IllegalNumber:     shows("illegal"),
	}
}

// A request over HTTP produces every condition, in both status modes and in strict
// mode, with the reply of the table. The test fails for a condition that no
// request produces, and for a row of the table without a condition.
func TestEveryRow(t *testing.T) {
	ways := ways()
	met := map[int]bool{} // rows of published
	for _, c := range Conditions() {
		way, ok := ways[c]
		row := c.Row()
		i := slices.IndexFunc(published, func(p struct {
			code, http, http2017 int
			message              string
			strict               int
		}) bool {
			return p.code == row.Code && p.message == row.Message && p.http == row.HTTP
		})
		if !ok || i < 0 {
			t.Errorf("%v: a way to it: %v; row %d of the specification", c, ok, i)
			continue
		}
		want := published[i]
		for _, mode := range []string{"default", "2017", "strict", "strict 2017"} {
			s := start(t, func(o *Options) {
				if way.options != nil {
					way.options(t, o)
				}
				o.Strict = mode[0] == 's'
				o.HTTP2017 = mode == "2017" || mode == "strict 2017"
			})
			if way.first {
				if a := s.do(t, way.call); a.Code != 0 {
					t.Errorf("%v, %s: the call before: %s", c, mode, a.text)
				}
			}
			a := s.do(t, way.call)
			if mode == "default" || mode == "2017" {
				status := map[string]int{"default": want.http, "2017": want.http2017}[mode]
				if a.Code != want.code || a.Message != want.message || a.status != status {
					t.Errorf("%v, %s: %d %s, want status %d and %+v", c, mode, a.status, a.text, status, want)
				}
			} else if a.Code != want.strict || !inStrictTable(a.Code) {
				t.Errorf("%v, %s: %s, want %d", c, mode, a.text, want.strict)
			}
			if mode == "strict" && a.status != want.http {
				t.Errorf("%v, strict: status %d, want %d", c, a.status, want.http)
			}
			if c != OK && (a.Data != nil || a.List != nil) {
				t.Errorf("%v, %s: a failure has data: %s", c, mode, a.text)
			}
			if retry := a.header.Get("Retry-After"); (retry != "") != (c == TooFrequent || c == Overloaded || c == IdempotencyInProgress) {
				t.Errorf("%v, %s: Retry-After %q", c, mode, retry)
			}
		}
		met[i] = true
	}
	for i, p := range published {
		if !met[i] {
			t.Errorf("no condition has the row %+v", p)
		}
	}
}

// inStrictTable reports whether the vendor's table of this endpoint has the
// code.
func inStrictTable(code int) bool {
	switch code {
	case 0, -1102, -1300, -1301, -1304, -5208, -9010, -9011:
		return true
	}
	return code >= 3 && code <= 21 || code >= 200 && code <= 203
}
