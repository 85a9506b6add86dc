package body

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"strings"
	"testing"
)

var limits = Limits{Image: 64, Images: 3, Fields: []string{"last4"}}

func TestParse(t *testing.T) {
	const kind = "multipart/form-data; boundary=b"
	part := func(name, content string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + content + "\r\n"
	}
	for _, c := range []struct {
		name, kind, body string
		images           int
		want             error
	}{
		{"bytes", "image/jpeg", "abc", 1, nil},
		{"no bytes", "image/png", "", 1, nil},
		{"too many bytes", "application/octet-stream", strings.Repeat("x", 65), 0, ErrTooLarge},
		{"base64", "application/json", `{"image":"YWJj","last4":"1111"}`, 1, nil},
		{"data URL", "application/json", `{"image":"data:image/png;base64,YWJj"}`, 1, nil},
		{"URL", "application/json", `{"url":"https://a.example/"}`, 1, nil},
		{"no base64", "application/json", `{"image":"!"}`, 0, ErrField},
		{"too much base64", "application/json", `{"image":"` + strings.Repeat("YWJj", 22) + `"}`, 0, ErrTooLarge},
		{"both", "application/json", `{"image":"YWJj","url":"https://a.example/"}`, 0, ErrField},
		{"neither", "application/json", `{}`, 0, ErrNone},
		{"another member", "application/json", `{"image":"YWJj","file":"x"}`, 0, ErrField},
		{"a number", "application/json", `{"image":"YWJj","last4":1111}`, 0, ErrField},
		{"an empty URL", "application/json", `{"url":""}`, 0, ErrField},
		{"a list", "application/json", `[]`, 0, ErrForm},
		{"form", kind, part("image", "a") + part("image", "b") + part("last4", "1111") + "--b--\r\n", 2, nil},
		{"an empty form", kind, "--b--\r\n", 0, ErrNone},
		{"another part", kind, part("file", "a") + "--b--\r\n", 0, ErrField},
		{"a field twice", kind, part("last4", "1") + part("last4", "1") + "--b--\r\n", 0, ErrField},
		{"a long field", kind, part("image", "a") + part("last4", strings.Repeat("1", maxField+1)) + "--b--\r\n", 0, ErrField},
		{"four images", kind, strings.Repeat(part("image", "a"), 4) + "--b--\r\n", 0, ErrTooMany},
		{"a large image", kind, part("image", strings.Repeat("x", 65)) + "--b--\r\n", 0, ErrTooLarge},
		{"cut off", kind, part("image", "a"), 0, ErrForm},
		{"no boundary", "multipart/form-data", "", 0, ErrForm},
		{"a PDF file", "application/pdf", "abc", 0, ErrType},
		{"another type", "text/plain", "", 0, ErrType},
		{"no type", "", "", 0, ErrType},
	} {
		r, err := Parse(c.kind, strings.NewReader(c.body), limits)
		if !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if err == nil && len(r.Images) != c.images {
			t.Errorf("%s: %d images, want %d", c.name, len(r.Images), c.images)
		}
	}
}

// A PDF file is taken where it is covered.
func TestParsePDF(t *testing.T) {
	r, err := Parse("application/pdf", strings.NewReader("abc"), Limits{Image: 64, Images: 1, PDF: true})
	if err != nil || len(r.Images) != 1 || string(r.Images[0].Content) != "abc" {
		t.Errorf("Parse = %+v, %v, want one content", r, err)
	}
}

// What breaks while it is received is not a mistake of the client's form.
func TestBrokenBody(t *testing.T) {
	cut := errors.New("connection reset")
	for _, kind := range []string{"image/png", "application/json", "multipart/form-data; boundary=b"} {
		_, err := Parse(kind, io.MultiReader(strings.NewReader("--b\r\n"), &failing{cut}), limits)
		if !errors.Is(err, ErrReceive) || !errors.Is(err, cut) {
			t.Errorf("%s: %v, want ErrReceive with its cause", kind, err)
		}
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// FuzzParse expects that what is parsed keeps to the limits, that errors quote
// nothing of the body, and that a form written from the result parses alike.
func FuzzParse(f *testing.F) {
	f.Add("image/png", "abc")
	f.Add("application/json", `{"image":"YWJj","last4":"1111"}`)
	f.Add("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\na\r\n--b--\r\n")
	f.Fuzz(func(t *testing.T, kind, body string) {
		r, err := Parse(kind, strings.NewReader(body), limits)
		if err != nil {
			if len(body) > 12 && strings.Contains(err.Error(), body) {
				t.Errorf("the error %q quotes the body", err)
			}
			return
		}
		if len(r.Images) == 0 || len(r.Images) > limits.Images {
			t.Fatalf("%d images, want 1 to %d", len(r.Images), limits.Images)
		}
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for _, p := range r.Images {
			if int64(len(p.Content)) > limits.Image {
				t.Fatalf("an image of %d bytes, want at most %d", len(p.Content), limits.Image)
			}
			if p.URL != "" {
				return
			}
			part, _ := w.CreateFormFile("image", "x")
			_, _ = part.Write(p.Content)
		}
		for name, value := range r.Fields {
			_ = w.WriteField(name, value)
		}
		_ = w.Close()
		again, err := Parse(w.FormDataContentType(), &b, limits)
		if err != nil || len(again.Images) != len(r.Images) || len(again.Fields) != len(r.Fields) {
			t.Fatalf("written as a form: %v, want the same %d images", err, len(r.Images))
		}
		for i, p := range r.Images {
			if !bytes.Equal(p.Content, again.Images[i].Content) {
				t.Errorf("image %d is %q as a form, want %q", i, again.Images[i].Content, p.Content)
			}
		}
	})
}
