package tc3

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/service/signature"
)

// Parameter is a parameter of a form or query, decoded.
type Parameter struct{ Name, Value string }

// ErrForm means that a form is not application/x-www-form-urlencoded, or names a
// parameter twice.
var ErrForm = errors.New("tc3: not a form")

// maxParameters bounds the parameters of a form.
const maxParameters = 256

// ParseForm decodes application/x-www-form-urlencoded, in the order of the text.
// Unlike net/url it refuses a parameter that is given twice: a signature would
// not say which one counts. It returns ErrForm.
func ParseForm(text string) ([]Parameter, error) {
	var list []Parameter
	seen := map[string]bool{}
	for text != "" {
		var piece string
		piece, text, _ = strings.Cut(text, "&")
		if piece == "" {
			continue
		}
		name, value, _ := strings.Cut(piece, "=")
		p := Parameter{}
		var ok bool
		if p.Name, ok = unescape(name); !ok {
			return nil, ErrForm
		}
		if p.Value, ok = unescape(value); !ok {
			return nil, ErrForm
		}
		if seen[p.Name] || len(list) == maxParameters {
			return nil, ErrForm
		}
		seen[p.Name] = true
		list = append(list, p)
	}
	return list, nil
}

// unescape decodes %XX and + of the form's encoding.
func unescape(text string) (string, bool) {
	if !strings.ContainsAny(text, "%+") {
		return text, true
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '+':
			out = append(out, ' ')
		case '%':
			if i+2 >= len(text) {
				return "", false
			}
			high, ok1 := unhex(text[i+1])
			low, ok2 := unhex(text[i+2])
			if !ok1 || !ok2 {
				return "", false
			}
			out = append(out, high<<4|low)
			i += 2
		default:
			out = append(out, c)
		}
	}
	return string(out), true
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// Get returns the value of a parameter, and whether it is given.
func Get(list []Parameter, name string) (string, bool) {
	i := slices.IndexFunc(list, func(p Parameter) bool { return p.Name == name })
	if i < 0 {
		return "", false
	}
	return list[i].Value, true
}

// Form is a request signed by a parameter ("v1"), as it was received.
type Form struct {
	Method     string
	Host       string // of the Host header
	Path       string // of the URL
	Parameters []Parameter
	Also       []string // see Request.Also
}

const (
	methodParameter    = "SignatureMethod"
	signatureParameter = "Signature"
)

// KeyID is the SecretId.
func (f *Form) KeyID() string {
	id, _ := Get(f.Parameters, "SecretId")
	return id
}

// Matches reports whether the signature was made with the secret. The method is
// HmacSHA256 if the form says so, otherwise HmacSHA1. The path is signed as /,
// whatever the request's is.
func (f *Form) Matches(secret signature.Secret) bool {
	given, _ := Get(f.Parameters, signatureParameter)
	sorted := f.sorted()
	matches := false
	for _, host := range hosts(f.Host, f.Path, f.Also) {
		want := f.sign(secret, host, sorted)
		matches = hmac.Equal([]byte(want), []byte(given)) || matches
	}
	return matches
}

// sign computes the signature for a host.
func (f *Form) sign(secret signature.Secret, host string, sorted []Parameter) string {
	h := sha1.New
	if method, _ := Get(f.Parameters, methodParameter); method == "HmacSHA256" {
		h = sha256.New
	}
	m := hmac.New(h, []byte(secret))
	writeForm(m, f.Method+host+"/?", sorted)
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// sorted are the parameters that are signed, in the order of their names' bytes.
func (f *Form) sorted() []Parameter {
	list := slices.DeleteFunc(slices.Clone(f.Parameters), func(p Parameter) bool { return p.Name == signatureParameter })
	slices.SortFunc(list, func(a, b Parameter) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// writeForm writes head and k1=v1&k2=v2…, the values not encoded. It writes piece
// by piece: a value may be a whole image.
func writeForm(w io.Writer, head string, list []Parameter) {
	_, _ = io.WriteString(w, head) // a hash takes everything
	for i, p := range list {
		if i > 0 {
			_, _ = io.WriteString(w, "&")
		}
		_, _ = io.WriteString(w, p.Name)
		_, _ = io.WriteString(w, "=")
		_, _ = io.WriteString(w, p.Value)
	}
}
