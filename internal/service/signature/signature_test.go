package signature

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// The made-up account and the vectors of docs/legacy.md
const (
	appID     = "1250000001"
	bucket    = "testbucket"
	secretID  = "EXAMPLESECRETID00000000000000000001"
	secretKey = Secret("EXAMPLESECRETKEY0000000000000001")
)

type vector struct{ name, text, mac, header string }

var vectors = []vector{
	{"L1", "a=1250000001&b=testbucket&k=EXAMPLESECRETID00000000000000000001&e=1700003600&t=1700000000&r=1234567890&u=0&f=",
		"c3bb7da37ef6516f546764885e77c66c4adea85a",
		"w7t9o372UW9UZ2SIXnfGbEreqFphPTEyNTAwMDAwMDEmYj10ZXN0YnVja2V0Jms9RVhBTVBMRVNFQ1JFVElEMDAwMDAwMDAwMDAwMDAwMDAwMDEmZT0xNzAwMDAzNjAwJnQ9MTcwMDAwMDAwMCZyPTEyMzQ1Njc4OTAmdT0wJmY9"},
	{"L2", "a=1250000001&b=testbucket&k=EXAMPLESECRETID00000000000000000001&t=1700000000&e=1700003600",
		"b55ecea964a9f69ed78fa23c9b3b852146a4bf1d",
		"tV7OqWSp9p7Xj6I8mzuFIUakvx1hPTEyNTAwMDAwMDEmYj10ZXN0YnVja2V0Jms9RVhBTVBMRVNFQ1JFVElEMDAwMDAwMDAwMDAwMDAwMDAwMDEmdD0xNzAwMDAwMDAwJmU9MTcwMDAwMzYwMA=="},
	{"L3", "a=1250000001&k=EXAMPLESECRETID00000000000000000001&e=1700000100&t=1700000000&r=54321&u=0&f=",
		"61b07c3cf706a3005db23f92ea1b0240fe141611",
		"YbB8PPcGowBdsj+S6hsCQP4UFhFhPTEyNTAwMDAwMDEmaz1FWEFNUExFU0VDUkVUSUQwMDAwMDAwMDAwMDAwMDAwMDAwMSZlPTE3MDAwMDAxMDAmdD0xNzAwMDAwMDAwJnI9NTQzMjEmdT0wJmY9"},
	{"L4", "a=1250000001&b=testbucket&k=EXAMPLESECRETID00000000000000000001&e=0&t=1700000000&r=42&u=0&f=/1250000001/testbucket/card.jpg",
		"b68a100dd10f26856443c48297f32e3499ad6213",
		"tooQDdEPJoVkQ8SCl/MuNJmtYhNhPTEyNTAwMDAwMDEmYj10ZXN0YnVja2V0Jms9RVhBTVBMRVNFQ1JFVElEMDAwMDAwMDAwMDAwMDAwMDAwMDEmZT0wJnQ9MTcwMDAwMDAwMCZyPTQyJnU9MCZmPS8xMjUwMDAwMDAxL3Rlc3RidWNrZXQvY2FyZC5qcGc="},
}

// directory is a Keys with the account above, one more app id, a disabled key
// and a key of the other app id.
type directory struct{ err error }

func (d directory) App(_ context.Context, id string) (bool, error) {
	return id == appID || id == "1250000002", d.err
}

func (d directory) Key(_ context.Context, id string) (Key, bool, error) {
	switch id {
	case secretID:
		return Key{AppID: appID, Secret: secretKey}, true, nil
	case "DISABLED":
		return Key{AppID: appID, Secret: secretKey, Disabled: true}, true, nil
	case "SEALED":
		return Key{AppID: appID}, true, nil
	case "OTHER":
		return Key{AppID: "1250000002", Secret: secretKey}, true, nil
	}
	return Key{}, false, nil
}

func at(second int64) time.Time { return time.Unix(second, 0) }

// verify is the check of a request with the given body at the given second.
func verify(v *Verifier, header string, now int64, bodyApp, bodyBucket string) error {
	c, err := v.Verify(context.Background(), header, at(now))
	if err != nil {
		return err
	}
	return c.MatchBody(bodyApp, bodyBucket)
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		if got := SignText(secretKey, v.text); got != v.header {
			t.Errorf("%s: signed %s", v.name, got)
		}
		if got := hex.EncodeToString(mac(secretKey, []byte(v.text))); got != v.mac {
			t.Errorf("%s: hmac %s", v.name, got)
		}
	}
	got := Sign(secretKey, Params{AppID: appID, Bucket: bucket, SecretID: secretID, Expires: 1700003600, Created: 1700000000, Random: 1234567890})
	if got != vectors[0].header {
		t.Errorf("Sign = %s", got)
	}
	got = Sign(secretKey, Params{AppID: appID, Bucket: bucket, SecretID: secretID, Created: 1700000000, Random: 42, FileID: "/1250000001/testbucket/card.jpg"})
	if got != vectors[3].header {
		t.Errorf("Sign, one-off = %s", got)
	}
}

// The vectors, and the checks in their order.
func TestCases(t *testing.T) {
	l1, l2, l3 := vectors[0].header, vectors[1].header, vectors[2].header
	const now = 1700000050
	edit := func(i int, old, new string) string {
		if !strings.Contains(vectors[i].text, old) {
			t.Fatalf("%s does not hold %q", vectors[i].name, old)
		}
		return SignText(secretKey, strings.Replace(vectors[i].text, old, new, 1))
	}
	// unsigned has a text that the HMAC, which is of L1, does not fit.
	unsigned := func(text string) string {
		raw, _ := base64.StdEncoding.DecodeString(l1)
		return base64.StdEncoding.EncodeToString(append(raw[:20:20], text...))
	}
	for _, c := range []struct {
		name, header string
		now          int64
		app, bucket  string
		want         error
	}{
		{"L1", l1, now, appID, bucket, nil},
		{"L2", l2, now, appID, bucket, nil},
		{"L3 without bucket", l3, now, appID, "", nil},
		{"L3 with a bucket in the body alone", l3, now, appID, "other", nil},
		{"L1 again", l1, now, appID, bucket, nil},
		{"L1 in its last second", l1, 1700003599, appID, bucket, nil},
		{"L1 when over", l1, 1700003600, appID, bucket, ErrExpired},
		{"L3 when over", l3, 1700000100, appID, "", ErrExpired},
		{"a clock 15 minutes behind", l1, 1700000000 - 900, appID, bucket, nil},
		{"created more than 15 minutes ahead", l1, 1700000000 - 901, appID, bucket, ErrMalformed},
		{"created ten years ahead", l1, 1700000000 - 10*365*86400, appID, bucket, ErrMalformed},
		{"no header", "", now, appID, bucket, ErrEmpty},
		{"blank header", " \t ", now, appID, bucket, ErrEmpty},
		{"abc", "abc", now, appID, bucket, ErrMalformed},
		{"URL-safe alphabet", strings.ReplaceAll(l3, "+", "-"), now, appID, "", ErrMalformed},
		{"no padding", strings.TrimRight(l2, "="), now, appID, bucket, ErrMalformed},
		{"20 bytes", base64.StdEncoding.EncodeToString(make([]byte, 20)), now, appID, bucket, ErrMalformed},
		{"8 bytes", base64.StdEncoding.EncodeToString(make([]byte, 8)), now, appID, bucket, ErrMalformed},
		{"no bytes", "====", now, appID, bucket, ErrMalformed},
		{"scheme word alone", "QCloud", now, appID, bucket, ErrMalformed},
		{"too long", strings.Repeat("AAAA", 4<<10), now, appID, bucket, ErrMalformed},
		{"no k", edit(0, "&k="+secretID, ""), now, appID, bucket, ErrMalformed},
		{"empty k", edit(0, "&k="+secretID, "&k="), now, appID, bucket, ErrMalformed},
		{"no a", edit(0, "a="+appID+"&", ""), now, appID, bucket, ErrMalformed},
		{"no e", edit(0, "&e=1700003600", ""), now, appID, bucket, ErrMalformed},
		{"e not numeric", edit(0, "e=1700003600", "e=soon"), now, appID, bucket, ErrMalformed},
		{"e negative", edit(0, "e=1700003600", "e=-1700003600"), now, appID, bucket, ErrMalformed},
		{"e with an exponent", edit(0, "e=1700003600", "e=1.7e9"), now, appID, bucket, ErrMalformed},
		{"e without a whole part", edit(0, "e=1700003600", "e=.5"), now, appID, bucket, ErrMalformed},
		{"e of 40 digits", edit(0, "e=1700003600", "e="+strings.Repeat("9", 40)), now, appID, bucket, ErrMalformed},
		{"t not numeric", edit(0, "t=1700000000", "t=x"), now, appID, bucket, ErrMalformed},
		{"e = t", edit(0, "t=1700000000", "t=1700003600"), now, appID, bucket, ErrMalformed},
		{"e < t", edit(0, "t=1700000000", "t=1700003601"), now, appID, bucket, ErrMalformed},
		{"92 days", edit(0, "e=1700003600", "e=1707948800"), now, appID, bucket, nil},
		{"over 92 days", edit(0, "e=1700003600", "e=1707948801"), now, appID, bucket, ErrMalformed},
		{"no t", edit(0, "&t=1700000000", ""), now, appID, bucket, nil},
		{"no t, over 92 days from now", SignText(secretKey, "a="+appID+"&k="+secretID+"&e=1707948851"), now, appID, bucket, ErrMalformed},
		{"no t, over", SignText(secretKey, "a="+appID+"&k="+secretID+"&e=1700000050"), now, appID, bucket, ErrExpired},
		{"e = 0.0", edit(0, "e=1700003600", "e=0.0"), now, appID, bucket, ErrMalformed},
		{"unknown a", edit(0, "a="+appID, "a=1250000009"), now, "", bucket, ErrUnknownApp},
		{"unknown a, unknown k", edit(0, "a="+appID, "a=9"), now, "", bucket, ErrUnknownApp},
		{"unknown k", edit(0, secretID, "NOBODY"), now, appID, bucket, ErrUnknownKey},
		{"disabled k", edit(0, secretID, "DISABLED"), now, appID, bucket, ErrUnknownKey},
		{"k of another app id", edit(0, secretID, "OTHER"), now, appID, bucket, ErrWrongApp},
		{"the same, HMAC wrong", unsigned("a=" + appID + "&k=OTHER&e=1700003600"), now, appID, bucket, ErrWrongApp},
		{"HMAC wrong and over", unsigned("a=" + appID + "&k=" + secretID + "&e=1700000000"), now, appID, bucket, ErrMismatch},
		{"a key without its secret", edit(0, secretID, "SEALED"), now, appID, bucket, ErrSecret},
		{"the same, signed with none", SignText("", "a="+appID+"&k=SEALED&e=1700003600"), now, appID, bucket, ErrSecret},
		{"body of another app id", l1, now, "1250000002", bucket, ErrTarget},
		{"body of another bucket", l1, now, appID, "other", ErrTarget},
		{"body without either", l1, now, "", "", nil},
		{"b=", edit(0, "b="+bucket, "b="), now, appID, bucket, nil},
		{"scheme word", "QCloud " + l1, now, appID, bucket, nil},
		{"decimals", edit(0, "e=1700003600&t=1700000000", "e=1700003600.5&t=1700000000.25"), now, appID, bucket, nil},
		{"decimals, in the last half second", edit(0, "e=1700003600", "e=1700003600.5"), 1700003600, appID, bucket, nil},
		{"decimals, over", edit(0, "e=1700003600", "e=1700003600.5"), 1700003601, appID, bucket, ErrExpired},
		{"long random", edit(0, "r=1234567890", "r=18446744073709551615"), now, appID, bucket, nil},
		{"no random", edit(0, "&r=1234567890", ""), now, appID, bucket, nil},
		{"another order", SignText(secretKey, "a="+appID+"&k="+secretID+"&t=1700000000&r=1&u=0&b="+bucket+"&e=1700003600"), now, appID, bucket, nil},
		{"an = in f", edit(0, "f=", "f=/a=b?c"), now, appID, bucket, nil},
	} {
		if err := verify(&Verifier{Keys: directory{}}, c.header, c.now, c.app, c.bucket); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// Any one byte changed, of hmac or text, so that a, k and e stay valid.
func TestEveryByteCounts(t *testing.T) {
	v := &Verifier{Keys: directory{}}
	for _, vector := range vectors[:3] {
		raw, _ := base64.StdEncoding.DecodeString(vector.header)
		for i := range raw {
			for _, flip := range []byte{1, 2, 0x20, 0x80} {
				changed := append([]byte(nil), raw...)
				changed[i] ^= flip
				header := base64.StdEncoding.EncodeToString(changed)
				_, err := v.Verify(context.Background(), header, at(1700000050))
				if err == nil {
					t.Fatalf("%s: byte %d changed by %#x is accepted", vector.name, i, flip)
				}
				c, parsed := Parse(header)
				same := parsed == nil && c.bounds(at(1700000050)) == nil && c.AppID == appID && c.SecretID == secretID
				if same && !errors.Is(err, ErrMismatch) {
					t.Errorf("%s: byte %d changed by %#x: %v", vector.name, i, flip, err)
				}
			}
		}
	}
}

// L4: the file id must be that of the address, once.
func TestOneOff(t *testing.T) {
	ctx := context.Background()
	v := &Verifier{Keys: directory{}}
	c, err := v.Verify(ctx, vectors[3].header, at(1800000000))
	if err != nil || !c.OneOff {
		t.Fatal(err, c.OneOff)
	}
	if err := c.MatchURL("http://testbucket-1250000001.image.myqcloud.com/other.jpg", ""); !errors.Is(err, ErrTarget) {
		t.Errorf("another file: %v", err)
	}
	if err := c.MatchURL("http://testbucket-1250000001.image.myqcloud.com/card.jpg", ""); err != nil {
		t.Errorf("the file: %v", err)
	}
}

func TestMatchURL(t *testing.T) {
	const space = "http://testbucket-1250000001.image.myqcloud.com/"
	for _, c := range []struct {
		f, url, bucket string
		want           error
	}{
		{"", space + "card.jpg", "", nil},
		{"", "http://example.org/x", "", nil},
		{"card.jpg", space + "card.jpg", "", nil},
		{"/card.jpg", space + "card.jpg", "", nil},
		{"/1250000001/testbucket/card.jpg", space + "card.jpg", "", nil},
		{"/1250000001/other/card.jpg", space + "card.jpg", "", ErrTarget},
		{"/1250000002/testbucket/card.jpg", space + "card.jpg", "", ErrTarget},
		{"a b.jpg", space + "a%20b.jpg", "", nil},
		{"a%20b.jpg", space + "a%20b.jpg", "", nil},
		{"", "http://other-1250000001.image.myqcloud.com/card.jpg", "", ErrTarget},
		{"", "http://testbucket-1250000002.image.myqcloud.com/card.jpg", "", ErrTarget},
		{"", "http://TestBucket-1250000001.IMAGE.myqcloud.com/card.jpg", "", nil},
		{"", "http://recognition.image.myqcloud.com/card.jpg", "", nil},
		{"card.jpg", "http://example.org/dir/card.jpg", "", ErrTarget},
		{"", "http://%zz", "", nil},
	} {
		claims := Claims{AppID: appID, Bucket: bucket, FileID: c.f}
		if err := claims.MatchURL(c.url, c.bucket); !errors.Is(err, c.want) {
			t.Errorf("f %q, %s: %v, want %v", c.f, c.url, err, c.want)
		}
	}
}

func TestConceal(t *testing.T) {
	v := &Verifier{Keys: directory{}, Conceal: true}
	for _, k := range []string{"NOBODY", "DISABLED", "OTHER"} {
		text := "a=" + appID + "&k=" + k + "&e=1700003600"
		for _, s := range []Secret{secretKey, dummy} {
			if err := verify(v, SignText(s, text), 1700000000, "", ""); !errors.Is(err, ErrMismatch) {
				t.Errorf("%s: %v", k, err)
			}
		}
	}
	if err := verify(v, vectors[0].header, 1700000050, appID, bucket); err != nil {
		t.Errorf("verify: %v", err)
	}
}

func TestErrorsOfKeysPass(t *testing.T) {
	broken := errors.New("no database")
	if err := verify(&Verifier{Keys: directory{broken}}, vectors[0].header, 1700000050, "", ""); !errors.Is(err, broken) {
		t.Errorf("verify: %v, want broken", err)
	}
}

func TestSecretNeverPrints(t *testing.T) {
	key := Key{Secret: secretKey}
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+verb, key, secretKey)
	}
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "key", key, "secret", secretKey)
	if err := json.NewEncoder(&b).Encode(key); err != nil {
		t.Fatalf("json.NewEncoder: %v", err)
	}
	if s := b.String(); strings.Contains(s, string(secretKey)) || strings.Contains(s, hex.EncodeToString([]byte(secretKey))) {
		t.Error(s)
	}
}

// FuzzParse: whatever Parse accepts has every required field, and a text
// that Parse accepts under one HMAC is read the same, and accepted, when it
// is signed.
func FuzzParse(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.header)
		f.Add("QCloud " + v.header)
	}
	for _, s := range []string{"", " ", "abc", "====", "AAAA", "QCloud", "QCloud  ",
		base64.StdEncoding.EncodeToString(append(make([]byte, 20), "a=1&k=2&e=3&e=4&=5&f=&&&x"...)),
		base64.StdEncoding.EncodeToString(append(make([]byte, 20), "a=1&k=2&e=0&f=/a/b=c\x00\xff"...)),
		base64.StdEncoding.EncodeToString(append(make([]byte, 20), "k=2&a=1&e=1700000000.999999999999&t=0"...)),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		c, err := Parse(header)
		if err != nil {
			if !errors.Is(err, ErrEmpty) && !errors.Is(err, ErrMalformed) {
				t.Fatalf("an error outside the set: %v", err)
			}
			return
		}
		if c.AppID == "" || c.SecretID == "" || len(c.mac) != 20 || len(c.text) == 0 {
			t.Fatalf("accepted without a, k or HMAC: %+v", c)
		}
		again, err := Parse(SignText(secretKey, string(c.text)))
		if err != nil {
			t.Fatalf("signed again: %v", err)
		}
		if again.AppID != c.AppID || again.SecretID != c.SecretID || again.Bucket != c.Bucket ||
			!again.Expires.Equal(c.Expires) || !again.Created.Equal(c.Created) ||
			again.OneOff != c.OneOff || again.FileID != c.FileID {
			t.Fatalf("%+v, signed again %+v", c, again)
		}
		_, err = (&Verifier{Keys: everyone{c}}).Verify(context.Background(), SignText(secretKey, string(c.text)), c.Expires.Add(-time.Second))
		if err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatalf("its own signature: %v", err)
		}
		_ = c.MatchURL(c.FileID, c.Bucket)
	})
}

// everyone knows the account that the claims name.
type everyone struct{ c Claims }

func (everyone) App(context.Context, string) (bool, error) { return true, nil }

func (e everyone) Key(context.Context, string) (Key, bool, error) {
	return Key{AppID: e.c.AppID, Secret: secretKey}, true, nil
}
