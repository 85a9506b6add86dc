package api3

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/jpeg"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/service/account"
)

// alarms are checks that all warn.
func alarms() capture.Checks {
	at := []capture.Polygon{{{1, 2}, {10.4, 2.6}, {10, 9}, {1, 9}}}
	warn := func(p float64) capture.Check { return capture.Check{P: p, Warn: true, Polygons: at} }
	return capture.Checks{
		DateInvalid: warn(0.9), Border: warn(0.91), Glare: warn(0.92), Photocopy: warn(0.93), Screen: warn(0.94), Screenshot: warn(0.95),
		Overlap: warn(0.96), Watermark: warn(0.97), Edited: warn(0.98), Quality: 31,
	}
}

// Warnings, the quality and the category of a card. Two warnings have no flag.
func TestWarnings(t *testing.T) {
	s := start(t, nil)
	for _, c := range []struct {
		name   string
		checks capture.Checks
		flags  []string
		codes  string // JSON
		other  string // of the reply
	}{
		{"nothing", capture.Checks{Quality: 90}, []string{"EnableCopyCheck", "EnableReshootCheck", "EnableBorderCheck"}, "null", `"QualityValue":null,"CardCategory":"标准实体银行卡"`},
		{"all", alarms(), []string{"EnableCopyCheck", "EnableReshootCheck", "EnableBorderCheck", "EnableQualityValue"}, "[-9110,-9111,-9112,-9113,-9114]",
			`"QualityValue":31,"CardCategory":"电子银行卡信息截图"`},
		{"without flags", alarms(), nil, "[-9110,-9112]", `"QualityValue":null,"CardCategory":"电子银行卡信息截图"`},
		{"border", alarms(), []string{"EnableBorderCheck"}, "[-9110,-9111,-9112]", ""},
		{"copy", alarms(), []string{"EnableCopyCheck"}, "[-9110,-9112,-9113]", ""},
		{"re-shot", alarms(), []string{"EnableReshootCheck"}, "[-9110,-9112,-9114]", ""},
		{"expired", capture.Checks{Expired: capture.Check{P: 0.9, Warn: true}}, nil, "[-9110]", ""},
		{"quality 0", capture.Checks{}, []string{"EnableQualityValue"}, "null", `"QualityValue":0,`},
	} {
		s.reader.checks = c.checks
		body := object{"ImageBase64": encoded}
		for _, f := range c.flags {
			body[f] = true
		}
		a := s.do(t, jsonCall(body))
		if !strings.Contains(a.text, `"WarningCode":`+c.codes+`,`) || !strings.Contains(a.text, c.other) {
			t.Errorf("%s: %s, want codes %s and %s", c.name, a.text, c.codes, c.other)
		}
		e := s.lastExtras()
		if !e.Checks || e.CardCrop || e.NumberCrop || !e.Today.Equal(time.Unix(second, 0)) || e.Today.Format("2006-01-02 15") != "2023-11-15 06" {
			t.Errorf("%s: extras %+v, want checks alone, and the time in Beijing", c.name, e)
		}
	}
}

// With ChecksAsked the costly checks are made only for the flags that need them.
func TestChecksAsked(t *testing.T) {
	s := start(t, func(o *Options) { o.ChecksAsked = true })
	for _, c := range []struct {
		flag string
		all  bool
	}{{"", false}, {"EnableBorderCheck", false}, {"EnableQualityValue", false}, {"EnableCopyCheck", true}, {"EnableReshootCheck", true}} {
		body := object{"ImageBase64": encoded}
		if c.flag != "" {
			body[c.flag] = true
		}
		s.do(t, jsonCall(body))
		if e := s.lastExtras(); e.Checks != c.all || e.Measured != !c.all {
			t.Errorf("%q: extras %+v, want all checks: %v", c.flag, e, c.all)
		}
	}
}

// Crops are JPEGs in base64, only when asked for, and only for keys that see whole
// numbers: an image of the number is the number.
func TestCrops(t *testing.T) {
	s := start(t, nil)
	size := func(a answer, field string) string {
		text, ok := a.object[field].(string)
		if !ok {
			return ""
		}
		file, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatalf("%s is no base64: %v", field, err)
		}
		m, err := jpeg.Decode(bytes.NewReader(file))
		if err != nil {
			t.Fatalf("%s is no JPEG: %v", field, err)
		}
		return m.Bounds().Size().String()
	}
	for _, policy := range []string{`{}`, `{"number":"full"}`, `{"number":"bin_last4"}`, `{"number":"token"}`} {
		if err := s.store.Accounts.SetKey(t.Context(), demo.SecretID, account.KeySettings{Shape: []byte(policy)}); err != nil {
			t.Fatalf("SetKey: %v", err)
		}
		whole := policy == `{}` || policy == `{"number":"full"}`
		for _, c := range []struct{ card, number bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
			a := s.do(t, jsonCall(object{"ImageBase64": encoded, "RetBorderCutImage": c.card, "RetCardNoImage": c.number}))
			want := map[string]string{}
			if c.card && whole {
				want["BorderCutImage"] = "(40,25)"
			}
			if c.number && whole {
				want["CardNoImage"] = "(30,3)"
			}
			for _, field := range []string{"BorderCutImage", "CardNoImage"} {
				if got := size(a, field); got != want[field] {
					t.Errorf("%s, card %v, number %v: %s of size %q, want %q", policy, c.card, c.number, field, got, want[field])
				}
				if _, given := a.object[field]; !given {
					t.Errorf("%s: %s is absent, want null or an image", policy, field)
				}
			}
			if e := s.lastExtras(); e.CardCrop != (c.card && whole) || e.NumberCrop != (c.number && whole) {
				t.Errorf("%s: extras %+v: crops are made that the reply must not contain", policy, e)
			}
		}
	}
}

func TestRecognizeGeneralCardWarn(t *testing.T) {
	s := start(t, func(o *Options) { o.NewID = func() string { return "ID" } })
	call := func(body object) answer {
		c := jsonCall(body)
		c.action = RecognizeGeneralCardWarn
		return s.do(t, c)
	}
	s.reader.checks = alarms()
	s.reader.checks.Screen = capture.Check{P: 0.99}
	const place = `"Polygon":[{"LeftTop":{"X":1,"Y":2},"RightTop":{"X":10,"Y":3},"RightBottom":{"X":10,"Y":9},"LeftBottom":{"X":1,"Y":9}}]`
	warn := func(name, p string) string {
		return `"` + name + `":{"IsWarn":true,"RiskConfidence":` + p + `,` + place + `},`
	}
	want := `{"Response":{"CardType":"BankCard","Blur":{"IsWarn":true,"RiskConfidence":0.69,"Polygon":[]},` + warn("BorderIncomplete", "0.91") +
		warn("Copy", "0.93") + warn("Ps", "0.98") + warn("Reflection", "0.92") + warn("Reprint", "0.93") + warn("Screenshot", "0.95") +
		warn("Cover", "0.91") + warn("Overlap", "0.96") + warn("Watermark", "0.97") +
		`"Electron":{"IsWarn":false,"RiskConfidence":0,"Polygon":[]},"RequestId":"ID"}}`
	if a := call(object{"ImageBase64": encoded}); a.text != want {
		t.Errorf("reply\n%s\nwant\n%s", a.text, want)
	}
	s.reader.checks = capture.Checks{Quality: 80, Photocopy: capture.Check{P: 0.1}, Screen: capture.Check{P: 0.2}}
	const calm = `"Reprint":{"IsWarn":false,"RiskConfidence":0.2,"Polygon":[]}`
	if a := call(object{"ImageBase64": encoded, "CardType": "BankCard", "IsPdf": true, "PdfPageNumber": 1}); !strings.Contains(a.text, calm) ||
		!strings.Contains(a.text, `"Blur":{"IsWarn":false,"RiskConfidence":0.2,`) {
		t.Errorf("reply %s, want %s", a.text, calm)
	}
	// An image without a card is checked as a whole.
	for _, c := range []struct{ asked, want string }{{"", "General"}, {"General", "General"}, {"BankCard", "BankCard"}} {
		if a := call(object{"ImageBase64": base64Of("none"), "CardType": c.asked}); a.object["CardType"] != c.want || len(a.object) != 13 {
			t.Errorf("CardType %q: %s, want %s and 13 members", c.asked, a.text, c.want)
		}
	}
	for _, body := range []object{{"ImageBase64": encoded, "CardType": "IDCard"}, {"ImageBase64": encoded, "PdfPageNumber": 0}} {
		if a := call(body); a.code() != InvalidValue.Row().Code {
			t.Errorf("%v: %s, want %s", body, a.text, InvalidValue.Row().Code)
		}
	}
	if a := call(object{"ImageBase64": encoded, "EnableCopyCheck": true}); a.code() != "UnknownParameter" {
		t.Errorf("a parameter of BankCardOCR: %s, want UnknownParameter", a.text)
	}
	if hold, o := s.ledger.last(); hold.API != RecognizeGeneralCardWarn || !o.Calls[0].Billed {
		t.Errorf("hold %+v, calls %+v, want a unit of RecognizeGeneralCardWarn", hold, o.Calls)
	}
}

func TestClassifyDetectOCR(t *testing.T) {
	s := start(t, func(o *Options) { o.NewID = func() string { return "ID" } })
	const card = `{"Name":"银行卡","Type":"BankCard","Rect":{"X":0,"Y":10,"Width":702,"Height":450}}`
	const other = `{"Name":"其它","Type":"","Rect":{"X":0,"Y":10,"Width":702,"Height":450}}`
	const none = `{"Name":"其它","Type":"","Rect":{"X":0,"Y":0,"Width":800,"Height":500}}`
	for _, c := range []struct {
		image string
		types any
		want  string
	}{
		{encoded, nil, card},
		{encoded, []string{}, card},
		{encoded, []string{"IDCardFront", "BankCard"}, card},
		{encoded, []string{"IDCardFront"}, other},
		{base64Of("none"), nil, none},
	} {
		call := jsonCall(object{"ImageBase64": c.image, "DiscernType": c.types})
		call.action = ClassifyDetectOCR
		if a := s.do(t, call); a.text != `{"Response":{"ClassifyDetectInfos":[`+c.want+`],"RequestId":"ID"}}` {
			t.Errorf("%v: %s, want %s", c.types, a.text, c.want)
		}
		if e := s.lastExtras(); e.Checks || e.CardCrop || e.NumberCrop {
			t.Errorf("extras %+v, want none", e)
		}
	}
	for name, types := range map[string]any{"InvalidParameterValue.InvalidParameterValueLimit": []string{"Bankcard"}, "InvalidParameter": "BankCard"} {
		call := jsonCall(object{"ImageBase64": encoded, "DiscernType": types})
		call.action = ClassifyDetectOCR
		if a := s.do(t, call); a.code() != name {
			t.Errorf("%v: %s, want %s", types, a.text, name)
		}
	}
	a := send(t, s.form(t, "POST", func(f map[string]string) {
		f["Action"], f["DiscernType.0"], f["DiscernType.1"] = ClassifyDetectOCR, "Passport", "BankCard"
	}))
	if infos, _ := json.Marshal(a.object["ClassifyDetectInfos"]); !strings.Contains(string(infos), "银行卡") {
		t.Errorf("v1: %s, want a card", a.text)
	}
}

// Each action is allowed on its own, and has its own limit.
func TestActionsAreApart(t *testing.T) {
	s := start(t, func(o *Options) { o.PerSecond = 2 })
	key := s.subAccount(t, `{"version":"2.0","statement":[{"effect":"allow","action":["ocr:ClassifyDetectOCR"],"resource":"*"}]}`)
	var passed []string
	for _, action := range Actions() {
		call := jsonCall(object{"ImageBase64": encoded})
		call.action, call.key = action, &key.Credentials
		if a := s.do(t, call); a.code() == "" {
			passed = append(passed, action)
		} else if !strings.Contains(a.message(), "(ocr:"+action+")") {
			t.Errorf("%s: %s, want a denial that names the action", action, a.text)
		}
	}
	if !slices.Equal(passed, []string{ClassifyDetectOCR}) {
		t.Errorf("allowed %v, want ClassifyDetectOCR", passed)
	}
	counts := map[string]int{}
	for _, action := range Actions() {
		for range 6 {
			call := jsonCall(object{"ImageBase64": encoded})
			call.action = action
			if s.do(t, call).code() == "" {
				counts[action]++
			}
		}
	}
	want := map[string]int{BankCardOCR: 2, RecognizeGeneralCardWarn: 1, ClassifyDetectOCR: 3} // one was taken by the sub-account
	if !reflect.DeepEqual(counts, want) {
		t.Errorf("of six requests each: %v passed, want %v", counts, want)
	}
}
