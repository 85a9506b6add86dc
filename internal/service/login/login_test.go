package login

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/kahao/kahao/internal/service/account"
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

// only is a store with the logins of some subjects, and users without others.
type only struct {
	Store
	logins map[string]Login
	users  map[string]account.User
	asked  int
}

func (o *only) Login(_ context.Context, subject string) (Login, error) {
	o.asked++
	return o.logins[subject], nil
}

func (o *only) Failures(context.Context, string, string, time.Time) (int, int, error) {
	return 0, 0, nil
}
func (o *only) Fail(context.Context, string, string, time.Time) error { return nil }

func (o *only) FindUser(_ context.Context, appID, name string) (account.User, error) {
	u, ok := o.users[appID+"/"+name]
	if !ok {
		return u, account.ErrUnknown
	}
	return u, nil
}

// Equal time for unknown names: each attempt reads one login and hashes one
// password with the standard cost, whether the name exists, has a password, or
// is disabled. Times themselves vary too much on a shared machine to compare.
func TestEqualWorkForUnknownNames(t *testing.T) {
	now := time.Date(2026, 11, 30, 4, 0, 0, 0, time.UTC)
	o := &only{logins: map[string]Login{}, users: map[string]account.User{
		"1/anna": {ID: "a", Account: "1"}, "1/bert": {ID: "b", Account: "1"}, "1/carl": {ID: "c", Account: "1", Disabled: &now},
	}}
	s, err := New(Options{Users: o, Store: o, Now: func() time.Time { return now }, Cost: Cost{1, 64}})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	encoded, _ := hash(rand.Reader, s.Cost, "rain on the roof")
	o.logins["a"], o.logins["c"] = Login{Password: encoded}, Login{Password: encoded}
	if strings.Count(s.nobody, "$") != 5 || s.nobody[:28] != encoded[:28] {
		t.Errorf("unknown names are compared with %s, want the parameters of %s", s.nobody, encoded)
	}
	for _, name := range []string{"1/anna", "1/bert", "1/carl", "1/dora", "2/anna", "2", "operator", "", "/", strings.Repeat("x", 1<<16)} {
		before, asked := s.compared.Load(), o.asked
		if _, err := s.SignIn(t.Context(), name, "a guess of mine", "192.0.2.1", ""); !errors.Is(err, ErrDenied) {
			t.Errorf("SignIn(%.20q): %v, want ErrDenied", name, err)
		}
		if n := s.compared.Load() - before; n != 1 || o.asked-asked != 1 {
			t.Errorf("SignIn(%.20q) hashed %d passwords and read %d logins, want 1 and 1", name, n, o.asked-asked)
		}
	}
}
