package httpserver

import (
	"strings"
	"testing"
)

func TestSanitizeRequestID(t *testing.T) {
	for id, sane := range map[string]bool{
		"": false, "a": true, "abc-DEF_1.2": true, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false,
		"a b": false, "a\nb": false, "a/b": false, "ä": false, `a"b`: false,
		"4000001234567899": false, "x4000001234567899y": false, "4000-0012-3456-7899": false, "4000.0012_3456-7899": false,
		"9994000001234567899":                  false,
		"4000001234567890":                     true, // a wrong check digit
		"1700000000001":                        true, // a time in milliseconds
		"0190f3a2-7c1e-7b44-9f0a-4a1b2c3d4e5f": true,
		"4000001234567899" + "0":               false,
	} {
		if got := sanitizeRequestID(id) != ""; got != sane {
			t.Errorf("sanitizeRequestID(%q) accepts = %v, want %v", id, got, sane)
		}
	}
}
