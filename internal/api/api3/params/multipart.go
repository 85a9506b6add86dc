package params

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
)

// ErrMultipart means that a body is not multipart/form-data, or names a parameter
// twice.
var ErrMultipart = errors.New("params: not a multipart form")

// maxParts bounds the parts of a form.
const maxParts = 64

// FromMultipart parses a multipart form, whose parts are parameters as text. It
// returns ErrMultipart.
func FromMultipart(contentType string, body []byte) (*Params, error) {
	_, attributes, err := mime.ParseMediaType(contentType)
	if err != nil || attributes["boundary"] == "" {
		return nil, ErrMultipart
	}
	p := &Params{values: map[string]*value{}, form: true}
	parts := multipart.NewReader(bytes.NewReader(body), attributes["boundary"])
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return p, nil
		}
		if err != nil || len(p.values) == maxParts {
			return nil, ErrMultipart
		}
		text, err := io.ReadAll(part)
		if _, twice := p.values[part.FormName()]; err != nil || twice || part.FormName() == "" {
			return nil, ErrMultipart
		}
		p.values[part.FormName()] = &value{text: text}
	}
}
