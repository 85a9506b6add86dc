package account

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
)

func TestNew(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		a, err := New(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Validate(); err != nil {
			t.Fatal(err)
		}
		if len(a.AppID) != 10 || len(a.SecretID) != 36 || len(a.SecretKey) != 32 {
			t.Fatalf("%+v", a)
		}
		if seen[a.AppID] || seen[string(a.SecretKey)] {
			t.Fatal("drawn twice")
		}
		seen[a.AppID], seen[string(a.SecretKey)] = true, true
		if strings.Contains(fmt.Sprintf("%v %+v %#v", a, &a, a), string(a.SecretKey)) {
			t.Fatal("the key prints")
		}
	}
}

func TestNewIsDecidedByItsSource(t *testing.T) {
	source := bytes.Repeat([]byte{0, 7, 200, 255, 61, 130}, 200)
	a, err := New(bytes.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := New(bytes.NewReader(source))
	if a != b {
		t.Error("one source, two accounts")
	}
	broken := errors.New("no randomness")
	if _, err := New(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Error(err)
	}
	for n := range 3 {
		if _, err := New(bytes.NewReader(source[:64*n])); err == nil {
			t.Errorf("an account out of %d random bytes", 64*n)
		}
	}
}

func TestDrawIsEven(t *testing.T) {
	all := make([]byte, 0, 256*64)
	for i := range 256 * 64 {
		all = append(all, byte(i))
	}
	s, err := draw(bytes.NewReader(all), digits, 250*60)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range digits {
		if n := strings.Count(s, string(d)); n != 1500 {
			t.Errorf("%c: %d times", d, n)
		}
	}
}

func TestValidate(t *testing.T) {
	good := Account{"1250000001", "test-bucket1", "ID1", "KEY1"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Account){
		"no app id": func(a *Account) { a.AppID = "" }, "no key": func(a *Account) { a.SecretKey = "" },
		"no id": func(a *Account) { a.SecretID = "" }, "no bucket": func(a *Account) { a.Bucket = "" },
		"letters in the app id": func(a *Account) { a.AppID = "12x" }, "& in the id": func(a *Account) { a.SecretID = "a&b" },
		"a capital in the bucket": func(a *Account) { a.Bucket = "Bucket" },
	} {
		a := good
		spoil(&a)
		if err := a.Validate(); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
