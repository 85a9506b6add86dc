package legacy

import (
	"encoding/base64"
	"testing"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/signature"
)

// attempt is a request and its account, with everything wrong that can be at
// once.
type attempt struct {
	noAuth      bool
	auth        string // in place of a signature
	params      signature.Params
	key         signature.Secret
	rate, month int // what is left of ten
	gate        Gate
	body        object
	raw         string // in place of the body
	sub         bool
	arrears     bool
	fetch       bool
	used        bool // the signature was used before
}

func (a attempt) ask(t *testing.T) int {
	t.Helper()
	s := start(t, func(o *Options) {
		with(func(f *account.FileAccount) { f.PostPay = new(bool) })(t, o)
		rate := ratelimit.New(ratelimit.Limit{PerSecond: 1, Burst: 10}, nil, o.Now)
		for range 10 - a.rate {
			rate.Take(t.Context(), demo.AppID)
		}
		o.Rate, o.Gate = rate, a.gate
		if a.fetch {
			o.Fetcher = &fetcher{}
		}
		if a.month < 10 {
			h := metering.Request{Caller: ledger.Caller{Account: demo.AppID, API: API}, Images: 10 - a.month}
			if _, err := o.Meter.Hold(t.Context(), h); err != nil {
				t.Fatalf("holding %d of 10 units: %v", h.Images, err)
			}
		}
		if a.used {
			claims, err := signature.Parse(signature.Sign(a.key, a.params))
			if err != nil {
				t.Fatalf("Parse: %v", err)
			}
			if _, err := o.Meter.Hold(t.Context(), metering.Request{Caller: ledger.Caller{Account: demo.AppID, API: API}, Claims: claims, Images: 1}); err != nil {
				t.Fatalf("using the signature: %v", err)
			}
		}
		if a.sub {
			state(subAccount)(t, o)
		}
		if a.arrears {
			state(inArrears)(t, o)
		}
	})
	call := jsonCall(a.body)
	if a.raw != "" {
		call.body = []byte(a.raw)
	}
	call.noAuth, call.auth = a.noAuth, a.auth
	if a.auth == "" {
		call.auth = signature.Sign(a.key, a.params)
	}
	return s.do(t, call).Code
}

// Everything is wrong, and put right bit by bit: each time the next check of
// docs/legacy.md is the first that fails.
func TestOrder(t *testing.T) {
	a := attempt{
		noAuth: true, auth: "abc",
		params: signature.Params{AppID: "1250000009", Bucket: "nobucket", SecretID: "NOBODY", Expires: second - 1, Created: second - 9, FileID: "other.jpg"},
		key:    "WRONG", gate: full{make(chan int64, 9)}, raw: "{",
		body: object{"appid": other.AppID, "bucket": "nobucket", "url": []any{"ftp://testbucket-1250000001.image.myqcloud.com/card.jpg"}, "image": 7},
		sub:  true, arrears: true,
	}
	for i, step := range []struct {
		code int
		fix  func()
	}{
		{4, func() { a.noAuth = false }},
		{5, func() { a.auth = "" }},
		{10, func() { a.params.AppID = demo.AppID }},
		{11, func() { a.params.SecretID = other.SecretID }},
		{12, func() { a.params.SecretID = demo.SecretID }},
		{14, func() { a.key = demo.SecretKey }},
		{9, func() { a.params.Expires = second + 9 }},
		{15, func() { a.rate = 10 }},
		{-5208, func() { a.gate = nil }},
		{3, func() { a.raw = "" }},
		{6, func() { a.body["appid"] = demo.AppID }},
		{16, func() { a.params.Bucket, a.body["bucket"] = "", "testbucket" }},
		{6, func() { a.params.FileID = "card.jpg" }},
		{24, func() { a.sub = false }},
		{3, func() { a.arrears = false }},
		{25, func() { a.month = 10 }},
		{21, func() { a.body["image"] = "!!" }}, // ignored if there is a URL
		{-1505, func() { a.body["url"] = "http://testbucket-1250000001.image.myqcloud.com/card.jpg" }},
		{-1308, func() { a.fetch = true }},
		{0, func() {}},
	} {
		if code := a.ask(t); code != step.code {
			t.Fatalf("step %d: code %d, want %d", i, code, step.code)
		}
		step.fix()
	}
}

// Of the parameters, each in its turn; and a used one-off signature before what
// the account may do.
func TestOrderOfParameters(t *testing.T) {
	good := attempt{params: signature.Params{AppID: demo.AppID, SecretID: demo.SecretID, Expires: second + 9, Created: second}, key: demo.SecretKey, rate: 10, month: 10}
	large := base64.StdEncoding.EncodeToString(make([]byte, 1<<20+1))
	for name, c := range map[string]struct {
		body object
		code int
	}{
		"url empty, no appid":                {object{"url": ""}, 17},
		"no picture, no appid":               {object{}, 18},
		"too many, no appid":                 {object{"image": make([]string, 21)}, 19},
		"too large, no appid":                {object{"image": large}, 20},
		"no base64, appid empty":             {object{"image": "!!", "appid": ""}, 21},
		"url too long, no appid":             {object{"url": "http://" + string(make([]byte, 2048))}, 21},
		"url too long, appid empty":          {object{"url": "http://" + string(make([]byte, 2048)), "appid": ""}, -1304},
		"appid empty, picture empty":         {object{"image": "", "appid": ""}, -1301},
		"picture empty":                      {object{"image": "", "appid": demo.AppID}, -1300},
		"a bucket of another type, no image": {object{"bucket": 7, "appid": demo.AppID}, 21},
	} {
		a := good
		a.body = c.body
		if code := a.ask(t); code != c.code {
			t.Errorf("%s: code %d, want %d", name, code, c.code)
		}
	}
	once := good
	once.params.Expires, once.params.FileID = 0, "card.jpg"
	once.body, once.sub = object{}, true
	if code := once.ask(t); code != 24 {
		t.Errorf("one-off, of a sub-account: code %d", code)
	}
	once.used = true
	if code := once.ask(t); code != 13 {
		t.Errorf("the same, used: code %d", code)
	}
}
