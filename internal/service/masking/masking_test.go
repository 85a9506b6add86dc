package masking

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/secret"
	"github.com/kahao/kahao/pan"
)

func number(t testing.TB, digits string) pan.Number {
	t.Helper()
	n, err := pan.New(digits)
	if err != nil {
		t.Fatalf("New failed: %v", err)
	}
	return n
}

// testKey is a token key that everybody knows.
var testKey = TokenKey(bytes.Repeat([]byte{0x0b}, tokenKeySize))

func shaper(t testing.TB, p Policy) *Masker {
	t.Helper()
	s, err := New(p, testKey)
	if err != nil {
		t.Fatalf("New failed: %v", err)
	}
	return s
}

// Numbers of a test range, 4000 00..., that no card has.
func TestNumber(t *testing.T) {
	for _, c := range []struct {
		form         Mode
		digits, want string
	}{
		{"", "4000001234567899", "4000001234567899"},
		{Full, "4000001234567899", "4000001234567899"},
		{Full, "4000001", "4000001"},
		{Masked, "4000001234567899", "400000******7899"},
		{Masked, "4000001234567890123", "400000*********0123"},
		{Masked, "400000123456", "400000**3456"},
		{Masked, "40000012345", "*******2345"}, // no whole number: less of it
		{Masked, "4000001", "*******"},
		// Computed with Python's hmac, hashlib and base64.
		{Token, "4000001234567899", "tok_kvtx47xoqlx27siaxy7e65tkiyber47q"},
		{Token, "4000001234567890123", "tok_cus4pc4fvj3z63vat2vfdgkjtegb2nav"},
	} {
		got, err := shaper(t, Policy{Number: c.form}).Number(number(t, c.digits))
		if err != nil || got != c.want {
			t.Errorf("%q of %s: %s, %v, want %s", c.form, c.digits, got, err, c.want)
		}
	}
	key := publicKeys(t)["P-256"]
	for _, form := range append(modes, "") {
		for _, k := range []*PublicKey{nil, key} {
			if got, err := shaper(t, Policy{form, k}).Number(pan.Number{}); got != "" || err != nil {
				t.Errorf("%q of no number: %q, %v", form, got, err)
			}
		}
	}
}

// A token is the same for the same number and key, another for another of
// either, and has the look of no card number.
func TestTokens(t *testing.T) {
	look := regexp.MustCompile(`^tok_[a-z2-7]{32}$`)
	s := shaper(t, Policy{Number: Token})
	other, err := New(Policy{Number: Token}, TokenKey(bytes.Repeat([]byte{2}, tokenKeySize)))
	if err != nil {
		t.Fatalf("New failed: %v", err)
	}
	seen := map[string]bool{}
	for i := range 2_000 {
		n := number(t, fmt.Sprintf("400000%010d", i))
		got, _ := s.Number(n)
		again, _ := s.Number(n)
		elsewhere, _ := other.Number(n)
		if got != again || got == elsewhere || seen[got] || !look.MatchString(got) {
			t.Fatalf("%s, %s, %s", got, again, elsewhere)
		}
		seen[got] = true
	}
}

// hiding writes a text in the ways in which it could hide in another.
func hiding(s string) []string {
	reversed := []byte(s)
	for i := range len(s) / 2 {
		reversed[i], reversed[len(s)-1-i] = reversed[len(s)-1-i], reversed[i]
	}
	ways := []string{s, string(reversed), hex.EncodeToString([]byte(s)), strings.Join(strings.Split(s, ""), " "), strings.Join(strings.Split(s, ""), "\x00")}
	for offset := range 3 {
		// Whole groups of three bytes look the same whatever stands around.
		inner := s[offset:]
		ways = append(ways, base64.RawURLEncoding.EncodeToString([]byte(inner[:len(inner)/3*3])))
	}
	return ways
}

// Canary: where a policy hides the digits, no run of eight of them shows, in
// the reply or an error, in whatever encoding.
func TestCanary(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	keys := publicKeys(t)
	var policies []Policy
	for _, form := range []Mode{Masked, Token} {
		policies = append(policies, Policy{Number: form})
	}
	for _, form := range modes {
		policies = append(policies, Policy{form, keys["P-256"]}, Policy{form, keys["RSA"]}, Policy{form, &PublicKey{}})
	}
	for _, p := range policies {
		s := shaper(t, p)
		for range 100 {
			digits := fmt.Sprintf("400000%013d", random.Int64N(1e13))[:16+random.IntN(4)]
			n := number(t, digits)
			got, err := s.Number(n)
			if (err != nil) != (p.Encrypt != nil && p.Encrypt.ID() == "") || err != nil && (got != "" || !errors.Is(err, ErrEncrypt)) {
				t.Fatalf("%q, %v", got, err)
			}
			text := got + fmt.Sprint(err)
			for _, part := range strings.Split(got, ".") {
				if raw, err := base64.RawURLEncoding.DecodeString(part); err == nil {
					text += "\n" + string(raw)
				}
			}
			for i := 0; i+8 <= len(digits); i++ {
				for _, way := range hiding(digits[i : i+8]) {
					if strings.Contains(text, way) {
						t.Fatalf("%q, encrypted: %v: %q shows in the reply", p.Number, p.Encrypt != nil, way)
					}
				}
			}
		}
	}
	// The search itself finds.
	if full, _ := shaper(t, Policy{}).Number(number(t, "4000001234567899")); !strings.Contains(full, hiding("12345678")[0]) {
		t.Error("the canary is blind")
	}
}

func TestParsePolicy(t *testing.T) {
	jwk, err := json.Marshal(publicKeys(t)["P-256"])
	if err != nil {
		t.Fatalf("Marshal failed: %v", err)
	}
	for text, want := range map[string]Mode{
		`{}`: "", `{"number":"full"}`: Full, `{"number":"bin_last4"}`: Masked, ` {"number":"token"} `: Token, `{"encrypt":` + string(jwk) + `}`: "",
	} {
		p, err := ParsePolicy([]byte(text))
		if err != nil || p.Number != want || (p.Encrypt != nil) != strings.Contains(text, "encrypt") {
			t.Errorf("%s: %+v, %v", text, p, err)
		}
		back, err := json.Marshal(p)
		if again, err2 := ParsePolicy(back); err != nil || err2 != nil || again.Number != p.Number || (again.Encrypt == nil) != (p.Encrypt == nil) {
			t.Errorf("%s came back as %s, %v, %v", text, back, err, err2)
		}
	}
	for name, text := range map[string]string{
		"nothing": ``, "no JSON": `full`, "a list": `[]`, "a form that there is not": `{"number":"last4"}`, "in capitals": `{"number":"FULL"}`, "a number": `{"number":4}`,
		"an unknown member": `{"number":"full","cvv":"none"}`, "two": `{}{}`, "a key of nothing": `{"encrypt":{}}`, "a key of text": `{"encrypt":"key"}`,
		"too long": `{}` + strings.Repeat(" ", maxPolicyLen),
	} {
		if p, err := ParsePolicy([]byte(text)); !errors.Is(err, ErrPolicy) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	if _, err := New(Policy{Number: "x"}, testKey); !errors.Is(err, ErrPolicy) {
		t.Errorf("New: error %v, want %v", err, ErrPolicy)
	}
	for _, key := range []TokenKey{nil, testKey[:31]} {
		if _, err := New(Policy{Number: Token}, key); !errors.Is(err, ErrPolicy) {
			t.Errorf("tokens with a key of %d bytes: %v", len(key), err)
		}
	}
	if _, err := New(Policy{Number: Masked}, nil); err != nil {
		t.Error("masking needs no key:", err)
	}
}

func TestTokenKeyNeverPrints(t *testing.T) {
	k := TokenKey(bytes.Repeat([]byte("k3y"), tokenKeySize))
	s := fmt.Sprintf("%v %+v %#v %s %x %q", k, k, k, k, k, k)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", k)
	text, _ := json.Marshal(k)
	all := s + log.String() + string(text)
	for _, leak := range []string{string(k), hex.EncodeToString(k), strings.ToUpper(hex.EncodeToString(k)), base64.StdEncoding.EncodeToString(k), fmt.Sprint([]byte(k))} {
		if strings.Contains(all, leak) {
			t.Fatal("the key prints")
		}
	}
	if strings.Count(all, secret.Redacted) != 8 {
		t.Error(all)
	}
}

// FuzzPolicy: what is read is written and read back alike, and no text makes a
// policy without a form that there is.
func FuzzPolicy(f *testing.F) {
	for name, k := range publicKeys(f) {
		if text, err := json.Marshal(Policy{Token, k}); err == nil {
			f.Add(text)
		} else {
			f.Fatal(name, err)
		}
	}
	f.Add([]byte(`{"number":"bin_last4","encrypt":"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParsePolicy(text)
		if err != nil {
			if !errors.Is(err, ErrPolicy) {
				t.Errorf("ParsePolicy: %v, want ErrPolicy", err)
			}
			return
		}
		s, err := New(p, testKey)
		if err != nil {
			t.Fatalf("New failed: %v", err)
		}
		if _, err := s.Number(number(t, "4000001234567899")); err != nil && !errors.Is(err, ErrEncrypt) {
			t.Errorf("Number: error %v, want %v", err, ErrEncrypt)
		}
		back, err := json.Marshal(p)
		if err != nil {
			t.Fatalf("Marshal failed: %v", err)
		}
		again, err := ParsePolicy(back)
		if err != nil || again.Number != p.Number || (again.Encrypt == nil) != (p.Encrypt == nil) {
			t.Errorf("%s came back as %s, %v", text, back, err)
		}
	})
}
