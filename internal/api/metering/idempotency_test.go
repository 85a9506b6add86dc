package metering

import (
	"net/http"
	"strings"
	"testing"
)

func TestKey(t *testing.T) {
	for _, c := range []struct {
		values []string
		key    string
		ok     bool
	}{
		{nil, "", true},
		{[]string{"a"}, "a", true},
		{[]string{"order 7 / €"}, "", false},
		{[]string{""}, "", false},
		{[]string{"a", "a"}, "", false},
		{[]string{"a\x00"}, "", false},
		{[]string{strings.Repeat("~", 255)}, strings.Repeat("~", 255), true},
		{[]string{strings.Repeat("~", 256)}, "", false},
	} {
		h := http.Header{}
		for _, v := range c.values {
			h.Add(HeaderKey, v)
		}
		if key, ok := Key(h); key != c.key || ok != c.ok {
			t.Errorf("%.20q: %q, %v", c.values, key, ok)
		}
	}
}

// What is added piece by piece does not run together.
func TestDigest(t *testing.T) {
	seen := map[[32]byte]int{}
	for i, texts := range [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"a", "b", ""}, {"b", "a"}} {
		d := NewDigest("legacy", "1250000001")
		for _, text := range texts {
			d.Add([]byte(text))
		}
		if j, twice := seen[d.Sum()]; twice {
			t.Errorf("%d and %d have one digest", i, j)
		}
		seen[d.Sum()] = i
	}
}
