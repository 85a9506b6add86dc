package bearer

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/secret"
)

func newKey(t *testing.T) (string, secret.Text) {
	t.Helper()
	id, text, err := New(rand.Reader)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return id, text
}

// A key has the form that the documentation tells scanners, and its id comes back.
func TestNew(t *testing.T) {
	form := regexp.MustCompile(`^kh_[0-9A-Za-z]{17}_[0-9A-Za-z]{49}$`)
	for range 100 {
		id, text := newKey(t)
		if !form.MatchString(string(text)) || !strings.HasPrefix(string(text), id+"_") || !IsID(id) {
			t.Fatalf("New: id %q, %d bytes of text, want the form %s", id, len(text), form)
		}
		if got, err := Parse(text); got != id || err != nil {
			t.Errorf("Parse = %q, %v, want %q", got, err, id)
		}
	}
	for _, b := range []byte{0, 255} { // the shortest and the longest numbers
		_, text, err := New(bytes.NewReader(bytes.Repeat([]byte{b}, idBytes+secretBytes)))
		if err != nil || !form.MatchString(string(text)) {
			t.Errorf("New of bytes %d: %d bytes of text, %v, want the form %s", b, len(text), err, form)
		}
	}
	if _, _, err := New(strings.NewReader("short")); err == nil {
		t.Error("New without enough random bytes: no error")
	}
	if IsID("KHIDabcdefghijklmnop") {
		t.Error("IsID of a SecretId = true, want false")
	}
}

// Any other text is refused before anything is looked up.
func TestParseRefuses(t *testing.T) {
	_, text := newKey(t)
	s := string(text)
	for name, wrong := range map[string]string{
		"empty": "", "another prefix": "kx" + s[2:], "too long": s + "0", "too short": s[:len(s)-1], "no separator": s[:20] + "0" + s[21:],
		"another character": s[:30] + "-" + s[31:], "a changed secret": s[:30] + string('a'+(s[30]+1)%26) + s[31:], "a changed checksum": s[:len(s)-6] + "000000",
	} {
		if wrong == s {
			continue
		}
		if id, err := Parse(secret.Text(wrong)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: Parse = %q, %v, want ErrInvalid", name, id, err)
		}
	}
}

type table map[string]Key

func (k table) BearerKey(_ context.Context, id string) (Key, bool, error) {
	key, ok := k[id]
	if key.AppID == "broken" {
		return Key{}, false, errBroken
	}
	return key, ok, nil
}

var errBroken = errors.New("no database")

func TestVerify(t *testing.T) {
	id, text := newKey(t)
	_, other := newKey(t)
	good := Key{ID: id, AppID: "1", Hash: HashOf(text)}
	for _, c := range []struct {
		name, header string
		change       func(*Key)
		want         error
	}{
		{"right", "Bearer " + string(text), nil, nil},
		{"another case of the scheme", "bearer  " + string(text) + " ", nil, nil},
		{"no header", "", nil, ErrMissing},
		{"another scheme", "Basic " + string(text), nil, ErrMissing},
		{"unknown id", "Bearer " + string(other), nil, ErrInvalid},
		{"not a key", "Bearer x", nil, ErrInvalid},
		{"another secret", "Bearer " + string(text), func(k *Key) { k.Hash = HashOf(other) }, ErrInvalid},
		{"disabled", "Bearer " + string(text), func(k *Key) { k.Disabled = true }, ErrInvalid},
		{"without its hash", "Bearer " + string(text), func(k *Key) { k.Hash = Hash{} }, ErrHash},
		{"no database", "Bearer " + string(text), func(k *Key) { k.AppID = "broken" }, errBroken},
	} {
		k := good
		if c.change != nil {
			c.change(&k)
		}
		got, sent, err := Verify(t.Context(), table{id: k}, c.header)
		if !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: Verify: %v, want %v", c.name, err, c.want)
		}
		if ok := err == nil; ok != (got.AppID == "1") || ok != (sent == text) {
			t.Errorf("%s: Verify returned account %q, want the account only without an error", c.name, got.AppID)
		}
	}
}

// FuzzParse expects that what is parsed is what New makes: an id and a text that
// contains it.
func FuzzParse(f *testing.F) {
	id, text, _ := New(bytes.NewReader(bytes.Repeat([]byte{7}, idBytes+secretBytes)))
	f.Add(string(text))
	f.Add(id)
	f.Add("kh__")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := Parse(secret.Text(s))
		if err != nil {
			return
		}
		if !IsID(id) || !strings.HasPrefix(s, id+"_") || len(s) != keyLen || checksum(s[:keyLen-checksumLen]) != s[keyLen-checksumLen:] {
			t.Errorf("Parse(%q) = %q", s, id)
		}
	})
}
