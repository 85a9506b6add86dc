package datauri

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

// FuzzDecode: what it takes decodes as encoding/base64 does after a plain cleaning
// of the text, and each variant of an encoded image decodes to that image.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", "AAAA", "data:image/png;base64,AAAA", "DATA:;BASE64,_-8=", "data:,x", "A A\r\nA=", "====", "data:a;base64", "A"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		clean := strings.TrimSpace(string(text))
		head := true
		if len(clean) >= 5 && strings.EqualFold(clean[:5], "data:") {
			i := strings.IndexByte(clean, ',')
			if head = i >= 0 && strings.HasSuffix(strings.ToLower(clean[:max(i, 0)]), ";base64"); head {
				clean = clean[i+1:]
			}
		}
		clean = strings.NewReplacer("\r", "", "\n", "", "\t", "", " ", "", "-", "+", "_", "/").Replace(clean)
		want, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(clean, "="))
		got, ok := Decode(bytes.Clone(text))
		if ok != (head && err == nil) {
			t.Fatalf("Decode(%q): %v, want %v", text, ok, head && err == nil)
		}
		if ok && !bytes.Equal(got, want) {
			t.Fatalf("Decode(%q) = %x, want %x", text, got, want)
		}
		// The same bytes as an image, in every variant.
		for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			encoded := e.EncodeToString(text)
			for _, variant := range []string{encoded, "data:image/jpeg;base64," + encoded, "\n" + encoded + "\r\n"} {
				if got, ok := Decode([]byte(variant)); !ok || !bytes.Equal(got, text) {
					t.Fatalf("Decode(%q) = %x, %v; want %x", variant, got, ok, text)
				}
			}
		}
	})
}
