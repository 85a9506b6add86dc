package login

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestCheckPassword(t *testing.T) {
	for _, c := range []struct {
		name, password string
		want           error
	}{
		{"main", "rain on the roof", nil},
		{"main", "雨打芭蕉声声入梦夜未央也", nil},
		{"main", "elevenchars", ErrShort},
		{"main", "雨打芭蕉", ErrShort},
		{"main", "not utf-8 \xff at all", ErrShort},
		{"main", strings.Repeat("long ", 250), ErrLong},
		{"main", "Password1234", ErrCommon},
		{"main", "QwertyUiop123", ErrCommon},
		{"main", "aaaaaaaaaaaaaa", ErrCommon},
		{"main", "abcdabcdabcdabcd", ErrCommon},
		{"main", "abcdefghijklmn", ErrCommon},
		{"main", "901234567890123", ErrCommon},
		{"main", "987654321098765", ErrCommon},
		{"anna.lee", "xx-Anna.Lee-2026", ErrCommon},
		{"li", "delicious rice bowl", nil}, // too short a name to be found everywhere
	} {
		if err := CheckPassword(c.name, c.password); !errors.Is(err, c.want) {
			t.Errorf("CheckPassword(%q, %q) = %v, want %v", c.name, c.password, err, c.want)
		}
	}
	for password := range common {
		if len(password) < MinPassword || password != strings.ToLower(password) {
			t.Errorf("the list has %q, which never matches", password)
		}
	}
}

func TestHash(t *testing.T) {
	one, err := hash(rand.Reader, standardCost, "rain on the roof")
	if err != nil {
		t.Fatalf("hash: %v", err)
	}
	two, _ := hash(rand.Reader, standardCost, "rain on the roof")
	if one == two {
		t.Error("two hashes of one password are equal: no salt")
	}
	if !strings.HasPrefix(one, "$argon2id$v=19$m=32768,t=3,p=1$") || !matches(one, "rain on the roof") || matches(one, "rain on the root") {
		t.Errorf("hash = %s, want argon2id with OWASP's parameters or more, that matches its password only", one)
	}
	for _, broken := range []string{"", "$", "plain", strings.Replace(one, "argon2id", "argon2i", 1), strings.Replace(one, "v=19", "v=16", 1),
		strings.Replace(one, "t=3", "t=0", 1), one[:strings.LastIndex(one, "$")+1], one + "!"} {
		if matches(broken, "rain on the roof") {
			t.Errorf("matches(%q) = true, want false", broken)
		}
	}
	if _, err := hash(iotest.ErrReader(errors.New("no randomness")), standardCost, "x"); err == nil {
		t.Error("hash without randomness succeeded")
	}
}

// The first attempts wait for nothing, later ones longer and longer, none for
// ever.
func TestWait(t *testing.T) {
	for _, c := range []struct {
		byName, byNetwork int
		want              time.Duration
	}{
		{0, 0, 0}, {4, 19, 0}, {5, 0, time.Second}, {6, 0, 2 * time.Second}, {8, 0, 8 * time.Second}, {9, 0, 15 * time.Second}, {1000, 0, 15 * time.Second},
		{0, 20, time.Second}, {0, 21, 2 * time.Second}, {5, 22, 4 * time.Second}, {0, 1 << 30, 15 * time.Second},
	} {
		if got := Wait(c.byName, c.byNetwork); got != c.want {
			t.Errorf("Wait(%d, %d) = %v, want %v", c.byName, c.byNetwork, got, c.want)
		}
	}
}
