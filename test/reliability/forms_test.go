package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// A public test number and another that differs from it in its last digits.
const (
	canaryNumber = "4111111111111111"
	otherNumber  = "4111111111111129"
)

// Every form is found where an encoder of the usual kind left it, whatever is
// around it, and nothing is found where there is none.
func TestFormsAreFound(t *testing.T) {
	s := newSearch([]string{"6222021234567890128", canaryNumber})
	for name, text := range map[string]string{
		"plain": canaryNumber, "spaced": "4111 1111 1111 1111", "hyphenated": "4111-1111-1111-1111",
		"hex": hex.EncodeToString([]byte(canaryNumber)), "reversed": "1111111111111114",
		"UTF-16 LE":   "4\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x00",
		"UTF-16 BE":   "\x004\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001",
		"base64 at 0": base64.StdEncoding.EncodeToString([]byte("abc" + canaryNumber + "xyz")),
		"base64 at 1": base64.StdEncoding.EncodeToString([]byte("a" + canaryNumber + "xyz")),
		"base64 at 2": base64.RawURLEncoding.EncodeToString([]byte("ab" + canaryNumber)),
	} {
		for _, around := range []string{"", "z", "level=INFO msg="} {
			if found := s.hits([]byte(around + text + around)); found[name] != 1 {
				t.Errorf("%s in %q: %v", name, around, found)
			}
		}
	}
	for _, harmless := range []string{"", "4", "411111******1111", otherNumber, base64.StdEncoding.EncodeToString([]byte(otherNumber)), strings.Repeat("0", 100)} {
		if found := s.hits([]byte(harmless)); len(found) != 0 {
			t.Errorf("%q: %v", harmless, found)
		}
	}
}

func TestHitsAreCounted(t *testing.T) {
	s := newSearch([]string{canaryNumber})
	in := bytes.Repeat([]byte(canaryNumber+"\n"), 3)
	if found := s.hits(in); found["plain"] != 3 || len(found) != 1 {
		t.Error(found)
	}
}
