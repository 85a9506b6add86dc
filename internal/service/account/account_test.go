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

func TestNewCredentials(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		a, err := NewCredentials(rand.Reader)
		if err != nil {
			t.Fatalf("NewCredentials: %v", err)
		}
		if err := a.Validate(); err != nil {
			t.Fatalf("Validate of new credentials: %v", err)
		}
		if len(a.AppID) != 10 || len(a.SecretID) != 36 || len(a.SecretKey) != 32 {
			t.Fatalf("NewCredentials = %+v, want an app ID of 10, a SecretId of 36 and a SecretKey of 32 characters", a)
		}
		if seen[a.AppID] || seen[string(a.SecretKey)] {
			t.Fatal("NewCredentials returned an app ID or a key twice")
		}
		seen[a.AppID], seen[string(a.SecretKey)] = true, true
		if strings.Contains(fmt.Sprintf("%v %+v %#v", a, &a, a), string(a.SecretKey)) {
			t.Fatal("the printed credentials contain the key")
		}
	}
}

func TestNewCredentialsUsesItsSource(t *testing.T) {
	source := bytes.Repeat([]byte{0, 7, 200, 255, 61, 130}, 200)
	a, err := NewCredentials(bytes.NewReader(source))
	if err != nil {
		t.Fatalf("NewCredentials: %v", err)
	}
	b, _ := NewCredentials(bytes.NewReader(source))
	if a != b {
		t.Error("equal sources gave different credentials")
	}
	broken := errors.New("no randomness")
	if _, err := NewCredentials(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("NewCredentials of a broken source: %v, want its error", err)
	}
	for n := range 3 {
		if _, err := NewCredentials(bytes.NewReader(source[:64*n])); err == nil {
			t.Errorf("NewCredentials succeeded with %d random bytes", 64*n)
		}
	}
}

func TestRandomTextIsUniform(t *testing.T) {
	all := make([]byte, 0, 256*64)
	for i := range 256 * 64 {
		all = append(all, byte(i))
	}
	s, err := randomText(bytes.NewReader(all), digits, 250*60)
	if err != nil {
		t.Fatalf("randomText: %v", err)
	}
	for _, d := range digits {
		if n := strings.Count(s, string(d)); n != 1500 {
			t.Errorf("%c occurs %d times, want 1500", d, n)
		}
	}
}

func TestValidate(t *testing.T) {
	good := Credentials{"1250000001", "test-bucket1", "ID1", "KEY1"}
	if err := good.Validate(); err != nil {
		t.Fatalf("Validate(%+v): %v", good, err)
	}
	for name, spoil := range map[string]func(*Credentials){
		"no app id": func(a *Credentials) { a.AppID = "" }, "no key": func(a *Credentials) { a.SecretKey = "" },
		"no id": func(a *Credentials) { a.SecretID = "" }, "no bucket": func(a *Credentials) { a.Bucket = "" },
		"letters in the app id": func(a *Credentials) { a.AppID = "12x" }, "& in the id": func(a *Credentials) { a.SecretID = "a&b" },
		"a capital in the bucket": func(a *Credentials) { a.Bucket = "Bucket" },
	} {
		a := good
		spoil(&a)
		if err := a.Validate(); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%s: Validate returned %v, want ErrIncomplete", name, err)
		}
	}
}
