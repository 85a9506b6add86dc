package legacy

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/account"
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
	standing    account.Standing
	fetch       bool
	used        bool // the same was sent before
}

func (a attempt) ask(t *testing.T) int {
	t.Helper()
	clock := func() time.Time { return time.Unix(second, 0) }
	s := start(t, func(o *Options) {
		c := demo.Customer()
		c.Keys[0].SubAccount, c.Standing = a.sub, a.standing
		o.Accounts = directory(t, c, other.Customer())
		rate := ratelimit.New(ratelimit.Limit{PerSecond: 1, Burst: 10}, nil, clock)
		for range 10 - a.rate {
			rate.Take(t.Context(), demo.AppID)
		}
		o.Rate, o.Gate = rate, a.gate
		month := ratelimit.NewMonthly(func(string) int { return 10 }, clock)
		if _, ok, _ := month.Hold(t.Context(), demo.AppID, 10-a.month); !ok {
			t.Fatal("the month")
		}
		o.Meter = metering.Monthly{Monthly: month}
		o.Uses = uses{}
		if a.fetch {
			o.Fetcher = &fetcher{}
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
	if a.used {
		if first := s.do(t, call); first.Code == 13 {
			t.Fatal(first.text)
		}
	}
	return s.do(t, call).Code
}

// Everything is wrong, and put right bit by bit: each time the next check of
// section 6 is the first that fails.
func TestOrder(t *testing.T) {
	a := attempt{
		noAuth: true, auth: "abc",
		params: signature.Params{AppID: "1250000009", Bucket: "nobucket", SecretID: "NOBODY", Expires: second - 1, Created: second - 9, FileID: "other.jpg"},
		key:    "WRONG", gate: full{make(chan int64, 9)}, raw: "{",
		body: object{"appid": other.AppID, "bucket": "nobucket", "url": []any{"ftp://testbucket-1250000001.image.myqcloud.com/card.jpg"}, "image": 7},
		sub:  true, standing: account.Arrears,
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
		{3, func() { a.standing = account.Active }},
		{25, func() { a.month = 10 }},
		{21, func() { a.body["image"] = "!!" }}, // which does not count beside a url
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
