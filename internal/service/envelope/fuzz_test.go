package envelope

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// FuzzKeyring: a text that is taken has a primary key that it names, which seals
// what the ring opens again; no other text opens it; and neither the ring nor an
// error prints a key.
func FuzzKeyring(f *testing.F) {
	key := func(b byte) string {
		k := bytes.Repeat([]byte{b}, keySize)
		k[0]++
		return base64.StdEncoding.EncodeToString(k)
	}
	for _, s := range []string{
		"", "a:" + key(1), "a:" + key(1) + "\nb:" + key(2), "# a comment\n\n a:" + key(3) + ",b:" + key(4), "a:" + key(1) + "\na:" + key(2),
		"a:" + key(1) + "\nb:" + key(1), "a:" + base64.StdEncoding.EncodeToString(make([]byte, keySize)), "é:" + key(1), "a:" + key(1)[:40], strings.Repeat("x", 40) + ":" + key(1),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ParseKeyring(text)
		secrets := keysIn(string(text))
		if err != nil {
			if !errors.Is(err, ErrKeyring) || k != nil {
				t.Fatalf("ParseKeyring: %v, %v; want nothing and ErrKeyring", k, err)
			}
			prints(t, secrets, err.Error())
			return
		}
		if !validID(k.Primary()) || !strings.Contains(string(text), k.Primary()+":") {
			t.Fatalf("the primary key is %q, which the text does not name", k.Primary())
		}
		prints(t, secrets, fmt.Sprintf("%v %+v %#v %s", k, k, k, k))
		where := AAD{Table: "t", Column: "c", Row: "r"}
		sealed, err := k.Seal(where, []byte("text"))
		if err != nil {
			t.Fatalf("Seal: %v", err)
		}
		if opened, err := k.Open(where, sealed); err != nil || string(opened) != "text" {
			t.Fatalf("Open = %q, %v; want text", opened, err)
		}
		if _, err := k.Open(AAD{Table: "t", Column: "c", Row: "s"}, sealed); err == nil {
			t.Fatal("Open for another row: no error")
		}
		sealed[len(sealed)-1] ^= 1
		if _, err := k.Open(where, sealed); err == nil {
			t.Fatal("Open of a changed text: no error")
		}
	})
}

// keysIn returns what may be the keys of a text.
func keysIn(text string) (keys []string) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ',' || r == ':' }) {
		if part = strings.TrimSpace(part); len(part) >= 40 {
			keys = append(keys, part)
		}
	}
	return keys
}

func prints(t *testing.T, secrets []string, printed string) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(printed, s) {
			t.Fatalf("a key is printed: %s", printed)
		}
	}
}
