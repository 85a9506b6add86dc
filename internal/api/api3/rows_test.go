package api3

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/fetch"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/ratelimit"
)

// published is a second copy of the vendor's table: the codes and the texts that
// are known, each as one text of both languages. An empty text is one that the
// vendor does not publish.
var published = []struct{ code, text string }{
	{"AuthFailure.InvalidAuthorization", "Authorization in the request header is invalid."},
	{"AuthFailure.SecretIdNotFound", "The SecretId is not found, please ensure that your SecretId is correct."},
	{"AuthFailure.SecretIdNotFound", "SecretId不存在，请输入正确的密钥。"},
	{"AuthFailure.InvalidSecretId", ""},
	{"AuthFailure.SignatureFailure", "The provided credentials could not be validated. Please check your signature is correct."},
	{"AuthFailure.SignatureFailure", "请求签名验证失败，请检查您的签名计算是否正确。"},
	{"AuthFailure.SignatureFailure", "The provided credentials could not be validated because of exceeding request size limit, please use new signature method `TC3-HMAC-SHA256`."},
	{"AuthFailure.SignatureExpire", "Signature expired. Timestamp and server time cannot differ by more than five minutes."},
	{"AuthFailure.TokenFailure", ""},
	{"AuthFailure.UnauthorizedOperation", "You are not authorized to perform this operation. Check your CAM policies, and ensure that you are using the correct access keys. " +
		"[[request id:ID]you are not authorized to perform operation (ocr:BankCardOCR)\nresource (*) has no permission\n]"},
	{"AuthFailure.UnauthorizedOperation", "操作未授权，请检查CAM策略。[[request id:ID]you are not authorized to perform operation (ocr:BankCardOCR)\nresource (*) has no permission\n]"},
	{"RequestLimitExceeded", "Your current request times equals to `2` in a second, which exceeds the frequency limit `1` for a second. Please reduce the frequency of calls."},
	{"RequestLimitExceeded", "您当前每秒请求 `2` 次，超过了每秒频率上限 `1`，请稍后重试。"},
	{"RequestLimitExceeded.GlobalRegionUinLimitExceeded", ""},
	{"RequestLimitExceeded.UinLimitExceeded", ""},
	{"RequestLimitExceeded.IPLimitExceeded", ""},
	{"MissingParameter", ""},
	{"InvalidAction", ""},
	{"NoSuchVersion", ""},
	{"InvalidParameter", ""},
	{"InvalidRequest", ""},
	{"UnknownParameter", ""},
	{"UnsupportedRegion", ""},
	{"UnsupportedProtocol", ""},
	{"RequestSizeLimitExceeded", ""},
	{"InvalidParameterValue.InvalidParameterValueLimit", "参数值错误。"},
	{"FailedOperation.DownLoadError", "文件下载失败。"},
	{"LimitExceeded.TooLargeFileError", "文件内容太大。"},
	{"FailedOperation.ImageDecodeFailed", "图片解码失败。"},
	{"InvalidParameter.EngineImageDecodeFailed", "图片解码失败。"},
	{"FailedOperation.EmptyImageError", "图片内容为空。"},
	{"FailedOperation.NoBankCardError", "非银行卡。"},
	{"FailedOperation.IllegalBankCardError", "银行卡信息非法。"},
	{"FailedOperation.OcrFailed", "OCR识别失败。"},
	{"FailedOperation.EngineRecognizeTimeout", "引擎识别超时。"},
	{"FailedOperation.ImageBlur", "图片模糊。"},
	{"FailedOperation.UnOpenError", "服务未开通。"},
	{"ResourceUnavailable.InArrears", "帐号已欠费。"},
	{"ResourceUnavailable.ResourcePackageRunOut", ""},
	{"ResourcesSoldOut.ChargeStatusException", "计费状态异常。"},
	{"FailedOperation.UnKnowError", "未知错误。"},
	{"InternalError", "内部错误。"},
	{"ServiceUnavailable", ""},
	// kahao's own, for a header that the vendor does not have.
	{"InvalidParameterValue.IdempotencyKeyMismatch", ""},
	{"ResourceInUse.IdempotencyKeyInProgress", ""},
}

// way is how a condition comes about: options, the state of the server, and the
// call that meets it, after the same call was answered once where first is set.
type way struct {
	options func(*Options)
	state   func(*testing.T, *server)
	call    testCall
	form    func(map[string]string) // a call with v1 in place of call
	first   bool
}

// downloads answers each URL with the error, or the content.
type downloads struct {
	content []byte
	err     error
}

func (d downloads) FetchFrom(context.Context, []string, string, int64) ([]byte, error) {
	return d.content, d.err
}

// once lets one request of each caller pass.
func once() Rate {
	return ratelimit.New(ratelimit.Limit{PerSecond: 0.001, Burst: 1}, nil, func() time.Time { return time.Unix(second, 0) })
}

// fullGate has no room.
type fullGate struct{}

func (fullGate) Enter(context.Context, int64) (func(), bool) { return nil, false }
func (fullGate) RetryAfter() time.Duration                   { return 3 * time.Second }

func refuses(err error) func(*testing.T, *server) {
	return func(_ *testing.T, s *server) { s.ledger.fail(err, nil) }
}

// ways has a way to every condition.
func ways() map[Condition]way {
	good := jsonCall(object{"ImageBase64": encoded})
	with := func(header, value string) way {
		c := good
		c.header = map[string]string{header: value}
		return way{call: c}
	}
	shows := func(content string) way { return way{call: jsonCall(object{"ImageBase64": base64Of(content)})} }
	link := jsonCall(object{"ImageUrl": "http://example.org/card.jpg"})
	set := func(change func(*Options), c testCall) way { return way{options: change, call: c} }
	edit := func(change func(*testCall)) way {
		c := good
		change(&c)
		return way{call: c}
	}
	strict := func(o *Options) { o.Strict = true }
	return map[Condition]way{
		OK:                 {call: good},
		NoAuthorization:    with("Authorization", "SKIP"),
		UnknownKey:         edit(func(c *testCall) { c.key = &account.Credentials{SecretID: "NOBODY", SecretKey: demo.SecretKey} }),
		BucketKey:          edit(func(c *testCall) { c.key = &bucketKey }),
		SignatureMismatch:  with("X-TC-Timestamp", strconv.Itoa(second+1)),
		FormTooLarge:       {form: func(f map[string]string) { f["ImageBase64"] = strings.Repeat("A", 1<<20) }},
		SignatureExpired:   edit(func(c *testCall) { c.timestamp = second - 301 }),
		TokenInvalid:       with("X-TC-Token", "token"),
		NotAuthorized:      {call: good}, // with the key of a sub-account, see TestEveryRow
		TooFrequent:        {options: func(o *Options) { o.PerSecond = 1 }, call: good, first: true},
		AccountTooFrequent: {options: func(o *Options) { o.Rate = once() }, call: good, first: true},
		KeyTooFrequent:     {options: func(o *Options) { o.KeyRate = once() }, call: good, first: true},
		ClientTooFrequent: {options: func(o *Options) {
			o.ClientRate, o.ClientIP = once(), func(*http.Request) netip.Addr { return netip.IPv6Loopback() }
		}, call: good, first: true},
		NoAction:          edit(func(c *testCall) { c.action = "-" }),
		UnknownAction:     edit(func(c *testCall) { c.action = "IDCardOCR" }),
		UnknownVersion:    edit(func(c *testCall) { c.version = "2017-03-12" }),
		NoParameter:       edit(func(c *testCall) { c.version = "-" }),
		InvalidParameter:  {call: testCall{body: []byte("{")}},
		InvalidMultipart:  {call: testCall{body: []byte("x"), contentType: "multipart/form-data; boundary=x"}},
		UnknownParameter:  {call: jsonCall(object{"ImageBase64": encoded, "EnableRecognizeBankTitle": true})},
		UnsupportedRegion: set(strict, with("X-TC-Region", "eu-frankfurt").call),
		UnsupportedMethod: edit(func(c *testCall) { c.method = "PUT" }),
		QueryTooLarge:     {call: testCall{method: "GET", query: "ImageBase64=" + strings.Repeat("A", 32<<10)}},
		BodyBroken:        with("X-Cut-Body", "1"),
		InvalidValue:      {call: jsonCall(object{"ImageBase64": "!!"})},
		DownloadFailed:    {call: link},
		ImageTooLarge:     {call: testCall{body: make([]byte, 10<<20+1)}},
		ImageMalformed:    shows("hello, world"),
		ImageUndecodable:  shows("BM"),
		ImageEmpty:        {call: jsonCall(object{"ImageBase64": ""})},
		NotACard:          shows("none"),
		IllegalNumber:     shows("illegal"),
		RecognitionFailed: shows("blur"),
		Timeout:           set(func(o *Options) { o.ReadTimeout = 10 * time.Millisecond }, shows("slow").call),
		Blurred:           shows("smear"),
		NotOpened:         {state: func(t *testing.T, s *server) { s.change(t, closed) }, call: good},
		Arrears:           {state: func(t *testing.T, s *server) { s.change(t, inArrears) }, call: good},
		UsedUp: {state: func(t *testing.T, s *server) {
			s.change(t, `UPDATE account SET postpay = 0 WHERE id = '1250000001'`)
			for i := range 10 {
				if a := s.do(t, good); a.code() != "" {
					t.Fatalf("call %d of the free pack: %s", i, a.text)
				}
			}
		}, call: good},
		ChargeFault:           {state: refuses(ledger.ErrState), call: good},
		RecogniserFault:       shows("fault"),
		ServerFault:           {state: refuses(errors.New("no ledger")), call: good},
		Overloaded:            set(func(o *Options) { o.Gate = fullGate{} }, good),
		IdempotencyMismatch:   with(metering.HeaderKey, strings.Repeat("x", 256)),
		IdempotencyInProgress: {state: refuses(ledger.ErrInProgress), call: good},
	}
}

// A request over HTTP produces every condition, in both languages, with the code
// and message of the table. The test fails for a condition that no request
// produces, and for a published code or text that none has.
func TestEveryRow(t *testing.T) {
	ways := ways()
	met := map[int]bool{} // of published
	for _, c := range Conditions() {
		way, ok := ways[c]
		if !ok {
			t.Errorf("%v: no way to it", c)
			continue
		}
		for _, language := range []string{"", "en-US", "zh-CN"} {
			s := start(t, func(o *Options) {
				// Not parallel, and the clock stands still: the ten requests of a second do
				// for none of the ways but that to TooFrequent.
				if way.options != nil {
					way.options(o)
				}
			})
			if way.state != nil {
				way.state(t, s)
			}
			if c == NotAuthorized {
				key := s.subAccount(t)
				way.call.key = &key.Credentials
			}
			one := func() answer {
				if way.form != nil {
					// A body that is too large is not searched for its Language.
					req := s.form(t, "POST", way.form)
					req.Header.Set("X-TC-Language", language)
					return send(t, req)
				}
				call := way.call
				call.change = func(r *http.Request) {
					if language != "" {
						r.Header.Set("X-TC-Language", language)
					}
				}
				return s.do(t, call)
			}
			if way.first {
				if a := one(); a.code() != "" {
					t.Errorf("%v: the call before: %s", c, a.text)
				}
			}
			a := one()
			row := c.Row()
			if a.status != http.StatusOK || a.code() != row.Code || a.header.Get("Content-Type") != "application/json" {
				t.Errorf("%v, %q: status %d, %s, %s, want 200, application/json and %s", c, language, a.status, a.header.Get("Content-Type"), a.text, row.Code)
				continue
			}
			id, _ := a.object["RequestId"].(string)
			if !uuid.MatchString(id) {
				t.Errorf("%v: RequestId %q is not a UUID", c, id)
			}
			retry := []Condition{TooFrequent, AccountTooFrequent, KeyTooFrequent, ClientTooFrequent, Overloaded, IdempotencyInProgress}
			if got := a.header.Get("Retry-After"); (got != "") != slices.Contains(retry, c) {
				t.Errorf("%v: Retry-After %q", c, got)
			}
			if c == OK {
				continue
			}
			want := row.English
			if language == "zh-CN" {
				want = row.Chinese
			}
			if pattern, _, placeholder := strings.Cut(want, "%s"); !placeholder && a.message() != want || !strings.HasPrefix(a.message(), pattern) || a.message() == "" {
				t.Errorf("%v, %q: message %q, want %q", c, language, a.message(), want)
			}
			if strings.Contains(a.message(), "%!") {
				t.Errorf("%v: message %q has an argument too few or too many", c, a.message())
			}
			if len(a.object) != 2 {
				t.Errorf("%v: %s, want Error and RequestId alone", c, a.text)
			}
			text := strings.ReplaceAll(a.message(), id, "ID")
			for i, p := range published {
				met[i] = met[i] || p.code == a.code() && (p.text == "" || p.text == text)
			}
			if !slices.ContainsFunc(published, func(p struct{ code, text string }) bool { return p.code == a.code() }) {
				t.Errorf("%v: code %s is not published", c, a.code())
			}
		}
	}
	for i, p := range published {
		if !met[i] {
			t.Errorf("no request got %s %q", p.code, p.text)
		}
	}
}

// Each reason why a download fails has the vendor's one code, but for the size.
func TestDownloads(t *testing.T) {
	for _, c := range []struct {
		url  string
		with downloads
		want Condition
	}{
		{"http://example.org/card.jpg", downloads{content: picture}, OK},
		{" http://example.org/card.jpg\n", downloads{content: picture}, OK},
		{"http://example.org/", downloads{content: []byte{}}, ImageEmpty},
		{"http://example.org/", downloads{err: &fetch.Error{Kind: fetch.BadStatus}}, DownloadFailed},
		{"http://example.org/", downloads{err: &fetch.Error{Kind: fetch.BadURL}}, DownloadFailed},
		{"http://example.org/", downloads{err: &fetch.Error{Kind: fetch.Unreachable}}, DownloadFailed},
		{"http://example.org/", downloads{err: &fetch.Error{Kind: fetch.Timeout}}, DownloadFailed},
		{"http://example.org/", downloads{err: &fetch.Error{Kind: fetch.Failed}}, DownloadFailed},
		{"http://example.org/", downloads{err: &fetch.Error{Kind: fetch.TooLarge}}, ImageTooLarge},
		{"http://example.org/", downloads{err: context.DeadlineExceeded}, DownloadFailed},
		{"http://example.org/", downloads{err: errors.New("no memory")}, RecogniserFault},
		{"ftp://example.org/", downloads{content: picture}, DownloadFailed},
		{"not a url", downloads{content: picture}, DownloadFailed},
		{"http://example.org/" + strings.Repeat("x", 2048), downloads{content: picture}, DownloadFailed},
	} {
		s := start(t, func(o *Options) { o.Fetcher = c.with })
		a := s.do(t, jsonCall(object{"ImageUrl": c.url, "ImageBase64": "!!"})) // the URL wins
		if a.code() != c.want.Row().Code {
			t.Errorf("%.40q, %v: %s, want %s", c.url, c.with.err, a.text, c.want)
		}
	}
}

// Numbers stand for codes one to one, so that the ledger tells them apart.
func TestTable(t *testing.T) {
	names, codes, numbers := map[string]bool{}, map[int]string{}, map[string]int{}
	for _, c := range Conditions() {
		r := c.Row()
		if r.Name == "" || r.When == "" || names[r.Name] {
			t.Errorf("condition %d: name %q and description %q are missing or not unique", c, r.Name, r.When)
		}
		names[r.Name] = true
		if c == OK {
			continue
		}
		if r.Code == "" || r.Number == 0 || r.Chinese == "" || r.English == "" {
			t.Errorf("%v: the row is not complete: %+v", c, r)
		}
		if strings.Count(r.Chinese, "%s") != strings.Count(r.English, "%s") {
			t.Errorf("%v: the messages take another number of arguments", c)
		}
		if codes[r.Number] == "" {
			codes[r.Number] = r.Code
		}
		if numbers[r.Code] == 0 {
			numbers[r.Code] = r.Number
		}
		if codes[r.Number] != r.Code || numbers[r.Code] != r.Number {
			t.Errorf("%v: number %d is that of %s, and %s has number %d", c, r.Number, codes[r.Number], r.Code, numbers[r.Code])
		}
		if text, ok := CodeText(r.Number); text != r.Code || !ok {
			t.Errorf("CodeText(%d) = %q, %v, want %q", r.Number, text, ok, r.Code)
		}
		if r.Billed != (c == ImageEmpty) {
			t.Errorf("%v: billed %v", c, r.Billed)
		}
	}
	for _, number := range []int{0, 1, -1102, 9999} {
		if text, ok := CodeText(number); ok {
			t.Errorf("CodeText(%d) = %q, want none", number, text)
		}
	}
}
