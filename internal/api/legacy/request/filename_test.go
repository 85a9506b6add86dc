package request

import "testing"

// TestFileNames expects the image to be found whatever its file name is, and the
// name in UTF-8. Only a control character makes a part's header malformed.
func TestFileNames(t *testing.T) {
	for name, want := range map[string]string{
		"银行卡.jpg":                      "银行卡.jpg",
		"\xd2\xf8\xd0\xd0\xbf\xa8.jpg": "\ufffdп\ufffd.jpg", // GBK
		"\xdf\x5c.jpg":                 "\ufffd\\.jpg",      // GBK with a backslash as second byte
		"a\xdf\x5c":                    "a\ufffd\\",         // the same before the quotation mark
		"a\xdf\x5c\"; x=\"y":           "a\ufffd\\",
		`C:\cards\front.jpg`:           `C:\cards\front.jpg`,
		`a\"b.jpg`:                     `a"b.jpg`,
		"a\"b.jpg":                     "a\"b.jpg",
		"a\tb;c=d.jpg":                 "a\tb;c=d.jpg",
		"a\x01b":                       "error", "a\x00b": "error", "a\x7fb": "error", "a\rb": "error",
	} {
		got := parse(t, formType, form(file("image", name), string(photo), named("appid"), "1"))
		if want != "error" {
			want = "1/ photo as " + want
		}
		if got != want {
			t.Errorf("file name %q: %q, want %q", name, got, want)
		}
	}
}
