package clients

import (
	"bytes"
	"encoding/base64"
	"image"
	_ "image/jpeg"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/kahao/kahao/test/clients/driver"
)

// row is one call of the matrix and how it must end.
type row struct {
	name string
	call func(*world, users) driver.Case
	only func(sdk) bool // nil means every SDK
	code string         // of the error; "" is success
	text string         // a regular expression for the error's message
	more func(*testing.T, *driver.Response)

	// uncounted calls are refused before anybody knows whose they are.
	uncounted bool
}

// Signature methods.
const (
	signTC3    = "TC3-HMAC-SHA256"
	signSHA1   = "HmacSHA1"
	signSHA256 = "HmacSHA256"
)

// typed and the like say which SDKs can make a call.
func typed(s sdk) bool   { return s.typed }
func retries(s sdk) bool { return s.retries }
func nodes(s sdk) bool   { return s.node }

// by is a call by URL with a signature and a method.
func by(sign, method string) func(*world, users) driver.Case {
	return func(w *world, u users) driver.Case {
		c := u.reader.call()
		c.Sign, c.Method, c.URL = sign, method, w.images.URL+"/card.jpg"
		return c
	}
}

// local is the call with localhost as the endpoint.
func local(call func(*world, users) driver.Case) func(*world, users) driver.Case {
	return func(w *world, u users) driver.Case {
		c := call(w, u)
		_, port, _ := net.SplitHostPort(w.Addr)
		c.Endpoint = "localhost:" + port
		return c
	}
}

// file is a call with a file as base64, in English.
func file(name string) func(*world, users) driver.Case {
	return func(w *world, u users) driver.Case {
		c := u.reader.call()
		c.Image, c.Language = w.file(name), "en-US"
		return c
	}
}

// as is the call of a card with another key.
func as(key func(*world, users) key, change func(*driver.Case)) func(*world, users) driver.Case {
	return func(w *world, u users) driver.Case {
		c := key(w, u).call()
		c.Image = cardFile
		change(&c)
		return c
	}
}

// limited is the call of a card on the server with the low rate, repeated by the
// SDK.
func limited(key func(users) key, retries int) func(*world, users) driver.Case {
	return func(w *world, u users) driver.Case {
		c := key(u).call()
		c.Endpoint, c.Image, c.Language, c.Retries = w.limited.Addr, cardFile, "en-US", retries
		return c
	}
}

func reader(_ *world, u users) key { return u.reader }

// nobody is a key that does not exist.
func nobody(*world, users) key {
	return key{ID: "EXAMPLESECRETID00000000000000000001", Secret: wrongSecret}
}

// wrongSecret is no key's secret.
const wrongSecret = "EXAMPLESECRETKEY0000000000000001"

func english(c *driver.Case) { c.Language = "en-US" }
func chinese(c *driver.Case) { c.Language = "zh-CN" }

// denied is the message for a user whom no policy allows the call.
const denied = `(?s)^You are not authorized to perform this operation\. Check your CAM policies, and ensure that you are using the correct access keys\. ` +
	`\[\[request id:[-0-9a-f]{36}\]you are not authorized to perform operation \(ocr:BankCardOCR\)\nresource \(\*\) has no permission\n\]$`

var matrix = []row{
	{name: "base64 with both crops", call: func(w *world, u users) driver.Case {
		c := u.reader.call()
		c.Image, c.Crops = cardFile, true
		return c
	}, more: hasCrops},
	{name: "base64 without crops", call: as(reader, func(*driver.Case) {}), more: hasNoCrops},
	{name: "URL, defaults", call: by("", "")},
	{name: "URL, TC3, GET", call: by(signTC3, "GET"), only: typed},
	{name: "URL, HmacSHA1, POST", call: by(signSHA1, "POST"), only: typed},
	{name: "URL, HmacSHA1, GET", call: by(signSHA1, "GET"), only: typed},
	{name: "URL, HmacSHA256, POST", call: by(signSHA256, "POST"), only: typed},
	{name: "URL, HmacSHA256, GET", call: by(signSHA256, "GET"), only: typed},
	{name: "base64, HmacSHA256, POST", call: as(reader, func(c *driver.Case) { c.Sign = signSHA256 }), only: typed},
	{name: "localhost, TC3, POST", call: local(by(signTC3, "POST")), only: nodes},
	{name: "localhost, TC3, GET", call: local(by(signTC3, "GET")), only: nodes},
	{name: "localhost, HmacSHA1, POST", call: local(by(signSHA1, "POST")), only: nodes},
	{name: "localhost, HmacSHA1, GET", call: local(by(signSHA1, "GET")), only: nodes},
	{name: "localhost, HmacSHA256, POST", call: local(by(signSHA256, "POST")), only: nodes},
	{name: "localhost, HmacSHA256, GET", call: local(by(signSHA256, "GET")), only: nodes},
	{name: "a region", call: as(reader, func(c *driver.Case) { c.Region = "ap-guangzhou" })},

	{name: "bad signature", call: as(reader, func(c *driver.Case) { c.SecretKey = wrongSecret; english(c) }), code: "AuthFailure.SignatureFailure",
		text: `^The provided credentials could not be validated\. Please check your signature is correct\.$`},
	{name: "bad signature, HmacSHA1", call: as(reader, func(c *driver.Case) { c.SecretKey, c.Sign = wrongSecret, signSHA1; english(c) }), only: typed,
		code: "AuthFailure.SignatureFailure"},
	{name: "unknown key", call: as(nobody, english), code: "AuthFailure.SecretIdNotFound",
		text: `^The SecretId is not found, please ensure that your SecretId is correct\.$`},
	{name: "unknown key, in Chinese", call: as(nobody, chinese), code: "AuthFailure.SecretIdNotFound", text: `^SecretId不存在，请输入正确的密钥。$`},
	{name: "unknown key, the SDK's language", call: as(nobody, func(*driver.Case) {}), code: "AuthFailure.SecretIdNotFound"},
	{name: "no image", call: as(reader, func(c *driver.Case) { c.Image = ""; english(c) }), code: "InvalidParameterValue.InvalidParameterValueLimit"},
	{name: "an image without a card", call: file("blank.jpg"), code: "FailedOperation.NoBankCardError"},
	{name: "not an image", call: file("note.txt"), code: "FailedOperation.ImageDecodeFailed"},
	{name: "too large an image", call: file("large.jpg"), code: "LimitExceeded.TooLargeFileError", uncounted: true},
	{name: "a URL with nothing", call: func(w *world, u users) driver.Case {
		c := u.reader.call()
		c.URL = w.images.URL + "/missing.jpg"
		return c
	}, code: "FailedOperation.DownLoadError"},

	{name: "within the key's rate", call: as(func(_ *world, u users) key { return u.slow }, func(*driver.Case) {})},
	{name: "over the key's rate", call: as(func(_ *world, u users) key { return u.slow }, english), code: "RequestLimitExceeded.UinLimitExceeded"},
	{name: "within the account's rate", call: limited(func(u users) key { return u.rated }, 0)},
	{name: "over the account's rate", call: limited(func(u users) key { return u.rated }, 0), code: "RequestLimitExceeded",
		text: "^Your current request times equals to `[0-9]+` in a second, which exceeds the frequency limit `[0-9.]+` for a second\\. Please reduce the frequency of calls\\.$"},
	{name: "within the account's rate, retrying", call: limited(func(u users) key { return u.retrying }, 4), only: retries},
	{name: "over the account's rate, retrying", call: limited(func(u users) key { return u.retrying }, 4), only: retries},

	{name: "a sub-account", call: as(func(_ *world, u users) key { return u.sub }, func(*driver.Case) {})},
	{name: "a denied sub-account", call: as(func(_ *world, u users) key { return u.denied }, english), code: "AuthFailure.UnauthorizedOperation", text: denied},
	{name: "a sub-account without policies", call: as(func(_ *world, u users) key { return u.bare }, english), code: "AuthFailure.UnauthorizedOperation", text: denied},
	{name: "no units left", call: as(func(w *world, _ users) key { return w.poor }, english), code: "ResourceUnavailable.ResourcePackageRunOut"},
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// check fails the test unless the call ended as the row says.
func (r row) check(t *testing.T, w *world, s sdk, got driver.Result) {
	t.Helper()
	if r.code != "" {
		r.checkError(t, s, got)
		return
	}
	if got.Error != nil {
		t.Fatalf("%s %s %q, want a response", got.Error.Type, got.Error.Code, got.Error.Message)
	}
	p := got.Response
	if p.CardNo == nil || *p.CardNo != number {
		t.Error("CardNo is not the number on the card")
	}
	if p.RequestId == nil || !uuid.MatchString(*p.RequestId) {
		t.Errorf("RequestId %v, want a UUID", text(p.RequestId))
	}
	for name, field := range map[string]*string{"BankInfo": p.BankInfo, "ValidDate": p.ValidDate, "CardType": p.CardType, "CardName": p.CardName} {
		if field == nil {
			t.Errorf("%s is null, want a string", name)
		}
	}
	if r.more != nil {
		r.more(t, p)
	}
}

func (r row) checkError(t *testing.T, s sdk, got driver.Result) {
	t.Helper()
	if got.Error == nil {
		t.Fatalf("a response, want the error %s", r.code)
	}
	if got.Error.Type != s.failure {
		t.Errorf("the error is a %s, want %s", got.Error.Type, s.failure)
	}
	if got.Error.Code != r.code {
		t.Errorf("code %s (%q), want %s", got.Error.Code, got.Error.Message, r.code)
	}
	if !uuid.MatchString(got.Error.RequestID) {
		t.Errorf("request ID %q, want a UUID", got.Error.RequestID)
	}
	if got.Error.Message == "" {
		t.Error("no message")
	}
	if r.text != "" && !regexp.MustCompile(r.text).MatchString(got.Error.Message) {
		t.Errorf("message %q, want one that matches %s", got.Error.Message, r.text)
	}
}

func text(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

// hasCrops fails the test unless both crops are images, the number's less high
// than wide and smaller than the card's.
func hasCrops(t *testing.T, p *driver.Response) {
	t.Helper()
	card, line := crop(t, "BorderCutImage", p.BorderCutImage), crop(t, "CardNoImage", p.CardNoImage)
	if ratio := float64(card.Width) / float64(card.Height); ratio < 1.4 || ratio > 1.8 {
		t.Errorf("BorderCutImage is %d×%d, want the shape of a card, 1.59", card.Width, card.Height)
	}
	if line.Width < 5*line.Height || line.Width > card.Width {
		t.Errorf("CardNoImage is %d×%d on a card of %d×%d, want a line within it", line.Width, line.Height, card.Width, card.Height)
	}
}

func hasNoCrops(t *testing.T, p *driver.Response) {
	t.Helper()
	for name, field := range map[string]*string{"BorderCutImage": p.BorderCutImage, "CardNoImage": p.CardNoImage} {
		if field != nil && *field != "" {
			t.Errorf("%s has %d characters though nobody asked for it", name, len(*field))
		}
	}
}

func crop(t *testing.T, name string, field *string) image.Config {
	t.Helper()
	if field == nil {
		t.Fatalf("%s is null", name)
	}
	b, err := base64.StdEncoding.DecodeString(*field)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if !strings.EqualFold(format, "jpeg") {
		t.Errorf("%s is %s, want JPEG", name, format)
	}
	return c
}
