package tc3

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/testutil"
)

// v1 is the published test vector V1.
func v1() *Form {
	return &Form{Method: "POST", Host: "ocr.tencentcloudapi.com", Path: "/", Parameters: []Parameter{
		{"Action", "BankCardOCR"}, {"Version", "2018-11-19"}, {"Region", "ap-guangzhou"}, {"Timestamp", "1700000000"}, {"Nonce", "12345"},
		{"SecretId", testutil.SecretID}, {"SignatureMethod", "HmacSHA1"}, {"ImageUrl", "http://127.0.0.1:9000/card.jpg"},
	}}
}

func (f *Form) set(name, value string) *Form {
	for i := range f.Parameters {
		if f.Parameters[i].Name == name {
			f.Parameters[i].Value = value
			return f
		}
	}
	f.Parameters = append(f.Parameters, Parameter{name, value})
	return f
}

func TestV1(t *testing.T) {
	var b strings.Builder
	f := v1()
	writeForm(&b, f.Method+f.Host+"/?", f.sorted())
	const text = "POSTocr.tencentcloudapi.com/?Action=BankCardOCR&ImageUrl=http://127.0.0.1:9000/card.jpg&Nonce=12345&Region=ap-guangzhou&SecretId=" +
		testutil.SecretID + "&SignatureMethod=HmacSHA1&Timestamp=1700000000&Version=2018-11-19"
	if b.String() != text {
		t.Errorf("text to sign:\n%s\nwant:\n%s", b.String(), text)
	}
	for method, want := range map[string]string{
		"HmacSHA1":   "jk1F0RIGNLORgmWNB0BHECHdOV8=",
		"HmacSHA256": "eeuVz5OXB//4e8jVTlDVdXRWQG1D52/rGBkB2bU2fog=",
	} {
		f := v1().set("SignatureMethod", method)
		if got := f.Sign(testutil.SecretKey); got != want {
			t.Errorf("%s: Sign = %s, want %s", method, got, want)
		}
		f.set("Signature", want)
		if f.KeyID() != testutil.SecretID || !f.Matches(testutil.SecretKey) {
			t.Errorf("%s: KeyID %s, Matches %v, want %s and true", method, f.KeyID(), f.Matches(testutil.SecretKey), testutil.SecretID)
		}
		if f.Matches("another secret") {
			t.Errorf("%s: another secret matches", method)
		}
		for name, change := range map[string]func(*Form){
			"a parameter":   func(f *Form) { f.set("ImageUrl", "http://127.0.0.1:9000/cbrd.jpg") },
			"one more":      func(f *Form) { f.set("EnableCopyCheck", "true") },
			"the method":    func(f *Form) { f.Method = "GET" },
			"the host":      func(f *Form) { f.Host = "ocr.example.com" },
			"the signature": func(f *Form) { f.set("Signature", "x"+want[1:]) },
			"no signature":  func(f *Form) { f.set("Signature", "") },
		} {
			f := v1().set("SignatureMethod", method).set("Signature", want)
			change(f)
			if f.Matches(testutil.SecretKey) {
				t.Errorf("%s, %s changed: Matches = true, want false", method, name)
			}
		}
	}
	// Any other method is HmacSHA1, and the path is not signed.
	f = v1().set("SignatureMethod", "HmacMD5")
	f.set("Signature", f.Sign(testutil.SecretKey))
	f.Path = "/some/path/"
	if len(f.Sign(testutil.SecretKey)) != len("jk1F0RIGNLORgmWNB0BHECHdOV8=") || !f.Matches(testutil.SecretKey) {
		t.Error("method HmacMD5 and a path: Matches = false, want true with HmacSHA1")
	}
}

func TestParseForm(t *testing.T) {
	for text, want := range map[string][]Parameter{
		"":                      nil,
		"a=1&b=2":               {{"a", "1"}, {"b", "2"}},
		"b=2&a=1&":              {{"b", "2"}, {"a", "1"}},
		"&&a=1":                 {{"a", "1"}},
		"a":                     {{"a", ""}},
		"a=":                    {{"a", ""}},
		"=1":                    {{"", "1"}},
		"a=b=c":                 {{"a", "b=c"}},
		"a=%2B%2f+%3D":          {{"a", "+/ ="}},
		"A.0.B=%E5%8D%A1":       {{"A.0.B", "卡"}},
		"a;b=1":                 {{"a;b", "1"}},
		"%41=1&a=1":             {{"A", "1"}, {"a", "1"}},
		"a=1&a=1":               nil, // twice
		"A=1&%41=2":             nil, // twice, encoded
		"a=%":                   nil,
		"a=%4":                  nil,
		"a=%4g":                 nil,
		"%zz=1":                 nil,
		strings.Repeat("a&", 2): nil, // twice
	} {
		got, err := ParseForm(text)
		if text != "" && want == nil {
			if !errors.Is(err, ErrForm) {
				t.Errorf("ParseForm(%q) = %v, %v, want ErrForm", text, got, err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("ParseForm(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	var long strings.Builder
	for i := range maxParameters + 1 {
		long.WriteString(strings.Repeat("a", i+1) + "&")
	}
	if _, err := ParseForm(long.String()); !errors.Is(err, ErrForm) {
		t.Errorf("%d parameters: %v, want ErrForm", maxParameters+1, err)
	}
}
