package params

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kahao/kahao/internal/service/signature/tc3"
)

func fromJSON(t *testing.T, text string) *Params {
	t.Helper()
	p, err := FromJSON([]byte(text))
	if err != nil {
		t.Fatalf("FromJSON(%s): %v", text, err)
	}
	return p
}

func fromForm(t *testing.T, text string) *Params {
	t.Helper()
	list, err := tc3.ParseForm(text)
	if err != nil {
		t.Fatalf("ParseForm(%s): %v", text, err)
	}
	return FromForm(list)
}

// Values of each type, in both forms.
func TestValues(t *testing.T) {
	for name, p := range map[string]*Params{
		"JSON": fromJSON(t, ` {"s":"a\u5361","e":"","b":true,"f":false,"n":-7,"l":["x","y"],"z":null,"z2":null} `),
		"form": fromForm(t, "s=a%E5%8D%A1&e=&b=true&f=False&n=-7&l.0=x&l.1=y&Action=BankCardOCR&Nonce=1"),
	} {
		if text, ok := p.Text("s"); string(text) != "a卡" || !ok {
			t.Errorf("%s: Text(s) = %q, %v, want a卡", name, text, ok)
		}
		if text, ok := p.Text("e"); len(text) != 0 || !ok {
			t.Errorf("%s: Text(e) = %q, %v, want an empty text that is given", name, text, ok)
		}
		for _, absent := range []string{"z", "none"} {
			if text, ok := p.Text(absent); ok {
				t.Errorf("%s: Text(%s) = %q, want none", name, absent, text)
			}
		}
		if !p.Bool("b") || p.Bool("f") || p.Bool("z2") || p.Bool("none") {
			t.Errorf("%s: Bool: want true for b alone", name)
		}
		if n, ok := p.Int("n"); n != -7 || !ok {
			t.Errorf("%s: Int(n) = %d, %v, want -7", name, n, ok)
		}
		if n, ok := p.Int("none"); ok {
			t.Errorf("%s: Int(none) = %d, want none", name, n)
		}
		if list := fmt.Sprint(p.List("l"), p.List("none")); list != "[x y] []" {
			t.Errorf("%s: lists %s, want [x y] []", name, list)
		}
		if err := p.Check(); err != nil {
			t.Errorf("%s: Check: %v", name, err)
		}
	}
}

// A parameter of the wrong type is named, and so is one that was not asked for.
func TestCheck(t *testing.T) {
	var wrong *TypeError
	var unknown *UnknownError
	for text, ask := range map[string]func(*Params){
		`{"a":1}`:         func(p *Params) { p.Text("a") },
		`{"a":"true"}`:    func(p *Params) { p.Bool("a") },
		`{"a":1.5}`:       func(p *Params) { p.Int("a") },
		`{"a":"1"}`:       func(p *Params) { p.Int("a") },
		`{"a":"x"}`:       func(p *Params) { p.List("a") },
		`{"a":[1]}`:       func(p *Params) { p.List("a") },
		`{"a":[null]}`:    func(p *Params) { p.List("a") },
		`{"a":{}}`:        func(p *Params) { p.List("a") },
		`{"a":[],"b":[]}`: func(p *Params) { p.List("b"); p.Bool("a") },
		`{"a":[` + strings.Repeat(`"",`, maxList) + `""]}`: func(p *Params) { p.List("a") },
	} {
		p := fromJSON(t, text)
		if ask(p); !errors.As(p.Check(), &wrong) || wrong.Name != "a" {
			t.Errorf("%.40s: Check: %v, want a TypeError of a", text, p.Check())
		}
	}
	p := fromForm(t, "a=yes")
	if p.Bool("a"); !errors.As(p.Check(), &wrong) {
		t.Errorf("form: Check: %v, want a TypeError", p.Check())
	}
	for _, p := range []*Params{fromJSON(t, `{"a":1,"Action":"x"}`), fromJSON(t, `{"a":null}`), fromForm(t, "l.1=x&a=1")} {
		if p.List("l"); !errors.As(p.Check(), &unknown) {
			t.Errorf("Check: %v, want an UnknownError", p.Check())
		}
	}
}

func TestFromJSONRefuses(t *testing.T) {
	many := "{" + strings.Repeat(`"a":1,`, maxNames)
	for i := range maxNames + 1 {
		many += fmt.Sprintf(`"%d":1,`, i)
	}
	for _, text := range []string{"", " ", "[]", `"a"`, "null", "{", "}", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1}}`, `{"a":1} x`, `{a:1}`, `{"a":'b'}`, `{"a":"b}`, `{"a":tru}`,
		`{"a":01}`, `{"a":[1}`, `{"a":"` + "\n" + `"}`, `{"a":"\x"}`, `{"a":"b\"}`, many + `"z":1}`} {
		if p, err := FromJSON([]byte(text)); !errors.Is(err, ErrJSON) {
			t.Errorf("FromJSON(%.40q) = %v, %v, want ErrJSON", text, p, err)
		}
	}
}

func TestFromMultipart(t *testing.T) {
	part := func(name, value string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	p, err := FromMultipart("multipart/form-data; boundary=x", []byte(part("a", "1")+part("b", "true")+"--x--\r\n"))
	if err != nil {
		t.Fatalf("FromMultipart: %v", err)
	}
	if n, _ := p.Int("a"); n != 1 || !p.Bool("b") || p.Check() != nil {
		t.Errorf("a = %d, b = %v, Check: %v, want 1, true and no error", n, p.Bool("b"), p.Check())
	}
	for name, body := range map[string]string{
		"no part": "", "not closed": part("a", "1"), "twice": part("a", "1") + part("a", "2") + "--x--\r\n", "no name": part("", "1") + "--x--\r\n",
		"many": strings.Repeat("", 0) + func() (s string) {
			for i := range maxParts + 1 {
				s += part(fmt.Sprint("p", i), "")
			}
			return s + "--x--\r\n"
		}(),
	} {
		if _, err := FromMultipart("multipart/form-data; boundary=x", []byte(body)); !errors.Is(err, ErrMultipart) {
			t.Errorf("%s: %v, want ErrMultipart", name, err)
		}
	}
	for _, contentType := range []string{"", "multipart/form-data", "multipart/form-data; boundary=;"} {
		if _, err := FromMultipart(contentType, []byte(part("a", "1")+"--x--\r\n")); !errors.Is(err, ErrMultipart) {
			t.Errorf("%q: %v, want ErrMultipart", contentType, err)
		}
	}
}

// FuzzFromJSON: what encoding/json takes for an object of at most 256 members is
// taken, nothing else, and the values are those of encoding/json.
func FuzzFromJSON(f *testing.F) {
	for _, seed := range []string{
		`{"ImageBase64":"/9j/4A==","RetCardNoImage":true,"DiscernType":["BankCard"],"n":-1.5e3,"z":null}`, "\ufeff{}", ` { "a" : "\"\\\u00e9\ud800" , "a":{} } `,
		"{\"a\":\"\xff\"}", `{"a":"` + "\x1f" + `"}`, `{"a":1}{}`, `{"":"","\u0041":[[{"b":"]"}]]}`, `{"a":truefalse}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := FromJSON(bytes.Clone(body))
		var want map[string]json.RawMessage
		valid := json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &want) == nil && want != nil
		if len(want) > maxNames {
			valid = false
		}
		if valid != (err == nil) {
			t.Fatalf("FromJSON(%q): %v; encoding/json: %v", body, err, valid)
		}
		if !valid {
			return
		}
		if len(p.values) != len(want) {
			t.Fatalf("%q: %d members, encoding/json has %d", body, len(p.values), len(want))
		}
		for name, raw := range want {
			v := p.values[name]
			if v == nil {
				t.Fatalf("%q: no %q", body, name)
			}
			var text string
			isText := json.Unmarshal(raw, &text) == nil && raw[0] == '"'
			if isText != (v.kind == Text) || isText && string(v.text) != text {
				t.Fatalf("%q: %q is %d %q, encoding/json has %s", body, name, v.kind, v.text, raw)
			}
			if isText && !utf8.Valid(v.text) {
				t.Fatalf("%q: %q is not UTF-8", body, name)
			}
			if v.kind == Null != (string(raw) == "null") {
				t.Fatalf("%q: %q is of kind %d, encoding/json has %s", body, name, v.kind, raw)
			}
		}
	})
}

func BenchmarkFromJSON(b *testing.B) {
	body := []byte(`{"ImageBase64":"` + strings.Repeat("AbC/", 256<<10/4) + `"}`)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := FromJSON(body); err != nil {
			b.Fatal(err)
		}
	}
}
