package ledger

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
)

func TestNewID(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	at := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
	var ids []string
	for i := range 100 {
		id, err := NewID(at.Add(time.Duration(i)*time.Millisecond), rand.Reader)
		if err != nil || !shape.MatchString(id) {
			t.Fatal(id, err)
		}
		ids = append(ids, id)
	}
	if !slices.IsSorted(ids) {
		t.Error("ids do not sort by their time")
	}
	if len(slices.Compact(ids)) != 100 {
		t.Error("an id came twice")
	}
	// RFC 9562, appendix A.6, has this time and these random bits.
	id, err := NewID(time.UnixMilli(0x017F22E279B0), bytes.NewReader([]byte{0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f}))
	if want := "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"; id != want || err != nil {
		t.Errorf("%s, %v; want %s", id, err, want)
	}
	if _, err := NewID(at, bytes.NewReader(nil)); !errors.Is(err, io.EOF) {
		t.Errorf("NewID: error %v, want %v", err, io.EOF)
	}
}

func TestOneOff(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	claims := signature.Claims{SecretID: "KHID1", OneOff: true, Created: now.Add(-time.Hour)}
	for _, c := range []struct {
		name string
		edit func(*signature.Claims)
		age  time.Duration
		want error
	}{
		{"young", func(*signature.Claims) {}, 2 * time.Hour, nil},
		{"one microsecond left", func(*signature.Claims) {}, time.Hour + time.Microsecond, nil},
		{"too old", func(*signature.Claims) {}, time.Hour, signature.ErrExpired},
		{"undated", func(c *signature.Claims) { c.Created = time.Time{} }, time.Hour, signature.ErrMalformed},
	} {
		mine := claims
		c.edit(&mine)
		n, err := OneOff(mine, c.age, now)
		if !errors.Is(err, c.want) || (err == nil) != (n != nil) {
			t.Errorf("%s: %v, %v", c.name, n, err)
		}
		if n != nil && (n.Key != "KHID1" || len(n.Value) != 64 || !n.Expires.Equal(mine.Created.Add(c.age))) {
			t.Errorf("%s: %+v", c.name, n)
		}
	}
	if n, err := OneOff(signature.Claims{}, time.Hour, now); n != nil || err != nil {
		t.Errorf("multi-effect: %v, %v", n, err)
	}
}
