package envelope

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/secret"
)

// lineOf returns a keyring's line for the key of a seed.
func lineOf(id string, seed byte) string {
	key := make([]byte, keySize)
	for i := range key {
		key[i] = seed*31 + byte(i)
	}
	return id + ":" + base64.StdEncoding.EncodeToString(key)
}

func ring(t *testing.T, lines ...string) *Keyring {
	t.Helper()
	k, err := ParseKeyring([]byte(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatalf("ParseKeyring failed: %v", err)
	}
	return k
}

var place = AAD{Table: "api_key", Column: "secret_ct", Row: "01JD", Account: "1250000001"}

func TestSealAndOpen(t *testing.T) {
	k := ring(t, lineOf("2026", 1))
	for _, plain := range []string{"", "x", "a signing secret", strings.Repeat("long ", 10_000)} {
		sealed, err := k.Seal(place, []byte(plain))
		if err != nil {
			t.Fatalf("Seal failed: %v", err)
		}
		got, err := k.Open(place, sealed)
		if err != nil || string(got) != plain {
			t.Errorf("%.20q came back as %.20q, %v", plain, got, err)
		}
		if len(plain) > 3 && bytes.Contains(sealed, []byte(plain[:4])) {
			t.Error("the sealed value contains the plaintext")
		}
		again, _ := k.Seal(place, []byte(plain))
		if bytes.Equal(sealed, again) {
			t.Error("two seals are equal: the nonce is not random")
		}
		if id, _, err := split(sealed); id != "2026" || err != nil {
			t.Errorf("sealed under %q, %v", id, err)
		}
	}
}

// What is sealed for one place opens in no other.
func TestBoundToItsPlace(t *testing.T) {
	k := ring(t, lineOf("a", 1))
	sealed, _ := k.Seal(place, []byte("secret"))
	for name, move := range map[string]func(*AAD){
		"table": func(a *AAD) { a.Table = "user" }, "column": func(a *AAD) { a.Column = "secret" },
		"row": func(a *AAD) { a.Row = "01JE" }, "account": func(a *AAD) { a.Account = "1250000002" }, "no account": func(a *AAD) { a.Account = "" },
		"shifted": func(a *AAD) { a.Table, a.Column = "api", "key_secret_ct" },
	} {
		p := place
		move(&p)
		if got, err := k.Open(p, sealed); !errors.Is(err, ErrOpen) || got != nil {
			t.Errorf("another %s: %q, %v", name, got, err)
		}
	}
	for name, p := range map[string]AAD{
		"nothing": {}, "no table": {Column: "c", Row: "r"}, "no column": {Table: "t", Row: "r"}, "no row": {Table: "t", Column: "c", Account: "a"},
		"a colon in the row": {"t", "c", "r:a", ""}, "in the account": {"t", "c", "r", "a:b"}, "in the table": {"t:c", "c", "r", ""},
	} {
		if _, err := k.Seal(p, nil); !errors.Is(err, ErrAAD) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := k.Open(p, sealed); !errors.Is(err, ErrAAD) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A text that was cut at any length, or changed in any bit, does not open.
func TestTamperedAndTruncated(t *testing.T) {
	k := ring(t, lineOf("kek", 1), lineOf("old", 2))
	sealed, _ := k.Seal(place, []byte("a signing secret"))
	d, wrapped, err := k.NewDataKey("2026-11-23")
	if err != nil {
		t.Fatalf("NewDataKey failed: %v", err)
	}
	daily, _ := d.Seal(place, []byte("a reply"))
	for name, c := range map[string]struct {
		good []byte
		open func([]byte) error
	}{
		"keyring":     {sealed, func(b []byte) error { _, err := k.Open(place, b); return err }},
		"wrapped key": {wrapped, func(b []byte) error { _, err := k.Unwrap("2026-11-23", b); return err }},
		"data key":    {daily, func(b []byte) error { _, err := d.Open(place, b); return err }},
	} {
		if err := c.open(c.good); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for n := range c.good {
			if err := c.open(c.good[:n]); !known(err) {
				t.Errorf("%s: cut to %d bytes: %v", name, n, err)
			}
			for bit := range 8 {
				bad := bytes.Clone(c.good)
				bad[n] ^= 1 << bit
				if err := c.open(bad); !known(err) {
					t.Errorf("%s: bit %d of byte %d changed: %v", name, bit, n, err)
				}
			}
		}
		if err := c.open(append(bytes.Clone(c.good), 0)); !known(err) {
			t.Errorf("%s: a byte more: %v", name, err)
		}
		if err := c.open(nil); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: nothing: %v", name, err)
		}
	}
}

func known(err error) bool {
	return errors.Is(err, ErrSealed) || errors.Is(err, ErrOpen) || errors.Is(err, ErrKey)
}

// Rotation: the new key in front, everything wrapped again, the old key out.
func TestRotation(t *testing.T) {
	before := ring(t, lineOf("2025", 1))
	sealed, _ := before.Seal(place, []byte("secret"))
	d, wrapped, _ := before.NewDataKey("2026-11-23")
	reply, _ := d.Seal(place, []byte("reply"))

	during := ring(t, lineOf("2026", 2), lineOf("2025", 1))
	if during.Primary() != "2026" {
		t.Errorf("primary %s", during.Primary())
	}
	rewrapped, changed, err := during.Rewrap(place, sealed)
	if err != nil || !changed {
		t.Fatalf("Rewrap: changed %v, %v, want true", changed, err)
	}
	wrappedAnew, changed, err := during.RewrapDataKey("2026-11-23", wrapped)
	if err != nil || !changed {
		t.Fatalf("Rewrap: changed %v, %v, want true", changed, err)
	}
	if same, changed, err := during.Rewrap(place, rewrapped); err != nil || changed || !bytes.Equal(same, rewrapped) {
		t.Errorf("Rewrap changed a value of the primary key, %v", err)
	}

	after := ring(t, lineOf("2026", 2))
	if got, err := after.Open(place, rewrapped); err != nil || string(got) != "secret" {
		t.Errorf("%q, %v", got, err)
	}
	d, err = after.Unwrap("2026-11-23", wrappedAnew)
	if err != nil {
		t.Fatalf("Unwrap failed: %v", err)
	}
	if got, err := d.Open(place, reply); err != nil || string(got) != "reply" {
		t.Errorf("%q, %v", got, err)
	}
	// The error for a value that was not wrapped again names the missing key.
	if _, err := after.Open(place, sealed); !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), "2025") {
		t.Errorf("Open: error %v, want %v", err, ErrKey)
	}
	if _, _, err := after.Rewrap(place, sealed); !errors.Is(err, ErrKey) {
		t.Errorf("Rewrap: error %v, want %v", err, ErrKey)
	}
	if _, _, err := during.Rewrap(AAD{"t", "c", "r", ""}, sealed); !errors.Is(err, ErrOpen) {
		t.Errorf("Rewrap of a moved value = %v, want %v", err, ErrOpen)
	}
	// Another key of the same id is no use.
	if _, err := ring(t, lineOf("2025", 9)).Open(place, sealed); !errors.Is(err, ErrOpen) {
		t.Errorf("Open: error %v, want %v", err, ErrOpen)
	}
}

func TestDataKeys(t *testing.T) {
	k := ring(t, lineOf("a", 1))
	one, wrapped, err := k.NewDataKey("2026-11-23")
	if err != nil {
		t.Fatalf("NewDataKey failed: %v", err)
	}
	two, _, _ := k.NewDataKey("2026-11-24")
	sealed, _ := one.Seal(place, []byte("reply"))
	if _, err := two.Open(place, sealed); !errors.Is(err, ErrOpen) {
		t.Errorf("another day's key opens the value: %v", err)
	}
	moved := place
	moved.Row = "other"
	if _, err := one.Open(moved, sealed); !errors.Is(err, ErrOpen) {
		t.Errorf("Open of a moved value = %v, want %v", err, ErrOpen)
	}
	if _, err := k.Unwrap("2026-11-24", wrapped); !errors.Is(err, ErrOpen) {
		t.Errorf("Unwrap for another day = %v, want %v", err, ErrOpen)
	}
	short, _ := k.Seal(dayAAD("2026-11-25"), []byte("no key"))
	if _, err := k.Unwrap("2026-11-25", short); !errors.Is(err, ErrSealed) {
		t.Errorf("Unwrap of a value that is no key = %v, want %v", err, ErrSealed)
	}
	for _, p := range []AAD{{}, {"t", "c", "a:b", ""}} {
		if _, err := one.Seal(p, nil); !errors.Is(err, ErrAAD) {
			t.Errorf("Seal: error %v, want %v", err, ErrAAD)
		}
		if _, err := one.Open(p, sealed); !errors.Is(err, ErrAAD) {
			t.Errorf("Open: error %v, want %v", err, ErrAAD)
		}
	}
	if _, _, err := k.NewDataKey(""); !errors.Is(err, ErrAAD) {
		t.Errorf("NewDataKey: error %v, want %v", err, ErrAAD)
	}
	if _, err := (DataKey{}).Seal(place, nil); !errors.Is(err, ErrKey) {
		t.Errorf("Seal: error %v, want %v", err, ErrKey)
	}
	if _, err := (DataKey{}).Open(place, sealed); !errors.Is(err, ErrKey) {
		t.Errorf("Open: error %v, want %v", err, ErrKey)
	}
}

func TestParseKeyring(t *testing.T) {
	for name, text := range map[string]string{
		"one": lineOf("a", 1), "a comment, blanks, two": "# keys\r\n\n  " + lineOf("a", 1) + "  \r\n" + lineOf("b", 2) + "\n",
		"commas": lineOf("a", 1) + "," + lineOf("b", 2) + ",",
	} {
		if k, err := ParseKeyring([]byte(text)); err != nil || k.Primary() != "a" {
			t.Errorf("%s: %v", name, err)
		}
	}
	short, zeros := base64.StdEncoding.EncodeToString(make([]byte, 31)), base64.StdEncoding.EncodeToString(make([]byte, 32))
	for name, text := range map[string]string{
		"nothing": "", "a comment alone": "# a:b\n", "no colon": strings.TrimPrefix(lineOf("a", 1), "a:"), "no id": lineOf("", 1), "an id too long": lineOf(strings.Repeat("a", 33), 1),
		"a blank in the id": lineOf("a b", 1), "no base64": "a:not base64", "base64 of another alphabet": strings.ReplaceAll(lineOf("a", 7), "+", "-") + "_",
		"31 bytes": "a:" + short, "no random key": "a:" + zeros, "an id twice": lineOf("a", 1) + "\n" + lineOf("a", 2), "a key twice": lineOf("a", 1) + "\n" + lineOf("b", 1),
		"the second is wrong": lineOf("a", 1) + "\nb", "too many": manyLines(maxKeys + 1),
	} {
		k, err := ParseKeyring([]byte(text))
		if !errors.Is(err, ErrKeyring) || k != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, line := range strings.Split(text, "\n") {
			if _, key, ok := strings.Cut(line, ":"); ok && key != "" && strings.Contains(err.Error(), key) {
				t.Errorf("%s: the error shows the key", name)
			}
		}
	}
}

func manyLines(n int) string {
	var lines []string
	for i := range n {
		line, _ := NewKey(fmt.Sprint("k", i))
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestNewKey(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		line, err := NewKey("2026-11")
		if err != nil || seen[line] {
			t.Fatalf("NewKey failed or returned a key twice: %v", err)
		}
		seen[line] = true
		if ring(t, line).Primary() != "2026-11" {
			t.Fatal("ParseKeyring refused a line of NewKey")
		}
	}
	for _, id := range []string{"", "a:b", "a b", "ä", strings.Repeat("a", 33)} {
		if line, err := NewKey(id); !errors.Is(err, ErrKeyring) || line != "" {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestNothingPrints(t *testing.T) {
	k := ring(t, lineOf("a", 1))
	d, _, _ := k.NewDataKey("2026-11-23")
	holder := struct {
		k *Keyring
		v Keyring
		d DataKey
	}{k, *k, d}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "k", k, "d", d)
	if strings.Count(log.String(), secret.Redacted) != 2 {
		t.Errorf("the log does not hide the key: %s", log.String())
	}
	for _, v := range []any{k, *k, d, &d} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := fmt.Sprintf(verb, v); got != secret.Redacted {
				t.Errorf("%s of %T: %.200s", verb, v, got)
			}
		}
		if text, err := json.Marshal(v); err != nil || string(text) != `"`+secret.Redacted+`"` {
			t.Errorf("%T as JSON: %s, %v", v, text, err)
		}
	}
	// As a part of something that prints its fields, too: the first words of
	// the key as they would show in it.
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(lineOf("a", 1), "a:"))
	word := uint32(key[0])<<24 | uint32(key[1])<<16 | uint32(key[2])<<8 | uint32(key[3])
	got := fmt.Sprintf("%v %+v %#v", holder, holder, holder)
	for _, leak := range []string{fmt.Sprint(word), fmt.Sprintf("0x%x", word), hex.EncodeToString(key[:4]), fmt.Sprintf("%d %d %d", key[0], key[1], key[2])} {
		if strings.Contains(got, leak) {
			t.Errorf("a struct shows the key: %.300s", got)
		}
	}
}

// Known answers: AES-256-GCM with nonces of 96 bits, from C2SP/wycheproof,
// testvectors_v1/aes_gcm_test.json, tests 91, 92 and 101 to 103, and from McGrew
// and Viega, "The Galois/Counter Mode of Operation", test cases 13 and 14.
func TestVectors(t *testing.T) {
	zero := strings.Repeat("0", 64)
	for _, c := range []struct{ name, key, nonce, bound, plain, sealed, tag string }{
		{"91", "92ace3e348cd821092cd921aa3546374299ab46209691bc28b8752d17f123c20", "00112233445566778899aabb", "00000000ffffffff", "00010203040506070809", "e27abdd2d2a53d2f136b", "9a4a2579529301bcfb71c78d4060f52c"},
		{"92", "29d3a44f8723dc640239100c365423a312934ac80239212ac3df3421a2098123", "00112233445566778899aabb", "aabbccddeeff", "", "", "2a7d77fa526b8250cb296078926b5020"},
		{"101", "cdccfe3f46d782ef47df4e72f0c02d9c7f774def970d23486f11a57f54247f17", "376187894605a8d45e30de51", "956846a209e087ed", "e28e0e9f9d22463ac0e42639b530f42102fded75", "feca44952447015b5df1f456df8ca4bb4eee2ce2", "082e91924deeb77880e1b1c84f9b8d30"},
		{"102", "f32364b1d339d82e4f132d8f4a0ec1ff7e746517fa07ef1a7f422f4e25a48194", "5a86a50a0e8a179c734b996d", "ab2ac7c44c60bdf8228c7884adb20184", "43891bccb522b1e72a6b53cf31c074e9d6c2df8e", "43dda832e942e286da314daa99bef5071d9d2c78", "c3922583476ced575404ddb85dd8cd44"},
		{"103", "ff0089ee870a4a39f645b0a5da774f7a5911e9696fc9cad646452c2aa8595a12", "bc2a7757d0ce2d8b1f14ccd9", "972ab4e06390caae8f99dd6e2187be6c7ff2c08a24be16ef", "748b28031621d95ee61812b4b4f47d04c6fc2ff3", "a929ee7e67c7a2f91bbcec6389a3caf43ab49305", "ebec6774b955e789591c822dab739e12"},
		{"case 13", zero, "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
		{"case 14", zero, "000000000000000000000000", "", strings.Repeat("00", 16), "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
	} {
		a, err := newAEAD(unhex(t, c.key))
		if err != nil {
			t.Fatalf("newAEAD failed: %v", err)
		}
		sealed := unhex(t, c.nonce+c.sealed+c.tag)
		if plain, err := a.open(sealed, unhex(t, c.bound)); err != nil || hex.EncodeToString(plain) != c.plain {
			t.Errorf("%s: %x, %v", c.name, plain, err)
		}
		if _, err := a.open(sealed, unhex(t, c.bound+"00")); !errors.Is(err, ErrOpen) {
			t.Errorf("%s with more bound: %v", c.name, err)
		}
	}
}

// golden is what the Python package cryptography (AESGCM) made of the place as
// additional data and the nonce cafebabefacedbaddecaf888, with the format's
// head in front.
const golden = "01056b656b2d31" + "cafebabefacedbaddecaf888" + "f740ecc69cbd2b46dae23d2e2eebf813ab88ce6fb122b2a6f6b3d0c9b959e1d9"

// The format does not change, and others can read it.
func TestSealedBefore(t *testing.T) {
	k := ring(t, lineOf("kek-1", 1))
	sealed := unhex(t, golden)
	if got, err := k.Open(place, sealed); err != nil || string(got) != "a signing secret" {
		t.Errorf("%q, %v", got, err)
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatalf("DecodeString failed: %v", err)
	}
	return b
}

func FuzzOpen(f *testing.F) {
	k, err := ParseKeyring([]byte(lineOf("a", 1)))
	if err != nil {
		f.Fatalf("ParseKeyring failed: %v", err)
	}
	good, _ := k.Seal(place, []byte("secret"))
	f.Add(good)
	f.Add([]byte{version, 1, 'a'})
	f.Add([]byte{version, 255})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		got, err := k.Open(place, sealed)
		if err == nil && string(got) != "secret" {
			t.Errorf("forged: %q", got)
		}
		if err != nil && !known(err) {
			t.Errorf("Open: unknown error %v", err)
		}
	})
}
