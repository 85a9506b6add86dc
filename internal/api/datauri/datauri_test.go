package datauri

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	want := "\xfb\xff\xfe>>>"
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		for _, frame := range []string{"%", " %\n", "data:image/png;base64,%", "DATA:;BASE64,%"} {
			got, ok := Decode([]byte(strings.Replace(frame, "%", e.EncodeToString([]byte(want)), 1)))
			if !ok || string(got) != want {
				t.Errorf("%q: %q, %v", frame, got, ok)
			}
		}
	}
	for _, wrong := range []string{"!", "A", "AAAAA", "data:image/png,AAAA", "data:image/png;base64", "AA=A"} {
		if got, ok := Decode([]byte(wrong)); ok {
			t.Errorf("%q is %q", wrong, got)
		}
	}
}
