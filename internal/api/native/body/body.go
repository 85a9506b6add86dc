// Package body parses the bodies of the native API's requests: an image's bytes,
// JSON, or a multipart form. A body is read once and is never written to a disk.
package body

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/api/api3/params"
	"github.com/kahao/kahao/internal/api/datauri"
)

// Image is an image of a request: its content, or its URL.
type Image struct {
	Content []byte
	URL     string
}

// Request is a parsed body.
type Request struct {
	Images []Image
	Fields map[string]string // the named texts that the body has
}

// Limits bound a body.
type Limits struct {
	Image  int64    // bytes of an image
	Images int      // their number
	Fields []string // names of the texts that may stand next to an image
	PDF    bool     // whether a body may be a PDF file
}

// Errors of Parse, besides ErrReceive.
var (
	ErrType     = errors.New("body: not a content type that is accepted")
	ErrForm     = errors.New("body: not what its content type says")
	ErrField    = errors.New("body: a field is not allowed")
	ErrNone     = errors.New("body: no image")
	ErrTooMany  = errors.New("body: too many images")
	ErrTooLarge = errors.New("body: an image is too large")
)

// The names of an image's fields.
const (
	imageField = "image"
	urlField   = "url"
)

// maxField bounds a text, in bytes.
const maxField = 2048

// Parse parses a body. A wrapping of one of the errors says what is wrong without
// quoting the body.
func Parse(contentType string, r io.Reader, l Limits) (*Request, error) {
	kind, attributes, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, ErrType
	}
	r = Receive(r)
	switch {
	case kind == "application/json":
		return parseJSON(r, l)
	case kind == "multipart/form-data":
		return parseForm(r, attributes["boundary"], l)
	case strings.HasPrefix(kind, "image/"), kind == "application/octet-stream", kind == "application/pdf" && l.PDF:
		content, err := readImage(r, l.Image)
		if err != nil {
			return nil, err
		}
		return &Request{Images: []Image{{Content: content}}}, nil
	}
	return nil, ErrType
}

// readImage reads an image's bytes.
func readImage(r io.Reader, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = ErrTooLarge
	}
	return content, err
}

// parseJSON parses an object with image or url, and fields.
func parseJSON(r io.Reader, l Limits) (*Request, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	p, err := params.FromJSON(text)
	if err != nil {
		return nil, fmt.Errorf("%w: want one JSON object", ErrForm)
	}
	q := &Request{Fields: map[string]string{}}
	for _, name := range l.Fields {
		if value, given := p.Text(name); given {
			q.Fields[name] = string(value)
		}
	}
	encoded, hasImage := p.Text(imageField)
	url, hasURL := p.Text(urlField)
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("%w: image, url%s, each a string", ErrField, also(l.Fields))
	}
	switch {
	case hasImage && hasURL:
		return nil, fmt.Errorf("%w: give either image or url", ErrField)
	case hasURL && (len(url) == 0 || len(url) > maxField):
		return nil, fmt.Errorf("%w: url has 1 to %d bytes", ErrField, maxField)
	case hasURL:
		q.Images = []Image{{URL: string(url)}}
		return q, q.checkFields()
	case !hasImage:
		return nil, ErrNone
	}
	content, ok := datauri.Decode(encoded)
	if !ok {
		return nil, fmt.Errorf("%w: image is not base64", ErrField)
	}
	if int64(len(content)) > l.Image {
		return nil, ErrTooLarge
	}
	q.Images = []Image{{Content: content}}
	return q, q.checkFields()
}

func also(fields []string) string {
	text := ""
	for _, name := range fields {
		text += ", " + name
	}
	return text
}

// checkFields bounds the texts.
func (q *Request) checkFields() error {
	for name, value := range q.Fields {
		if len(value) > maxField {
			return fmt.Errorf("%w: %s has at most %d bytes", ErrField, name, maxField)
		}
	}
	return nil
}

// parseForm parses a form part by part. Each image is a part of its own.
func parseForm(r io.Reader, boundary string, l Limits) (*Request, error) {
	if boundary == "" {
		return nil, fmt.Errorf("%w: the content type has no boundary", ErrForm)
	}
	parts := multipart.NewReader(r, boundary)
	q := &Request{Fields: map[string]string{}}
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, broken(err)
		}
		switch name := part.FormName(); {
		case name == imageField:
			if len(q.Images) == l.Images {
				return nil, ErrTooMany
			}
			content, err := readImage(part, l.Image)
			if err != nil {
				return nil, broken(err)
			}
			q.Images = append(q.Images, Image{Content: content})
		case slices.Contains(l.Fields, name):
			value, err := io.ReadAll(io.LimitReader(part, maxField+1))
			if err != nil {
				return nil, broken(err)
			}
			if _, twice := q.Fields[name]; twice {
				return nil, fmt.Errorf("%w: %s is given twice", ErrField, name)
			}
			q.Fields[name] = string(value)
		default:
			return nil, fmt.Errorf("%w: want parts named image%s", ErrField, also(l.Fields))
		}
	}
	if len(q.Images) == 0 {
		return nil, ErrNone
	}
	return q, q.checkFields()
}

// ErrReceive means that the body could not be received to its end. It wraps the
// reader's error.
var ErrReceive = errors.New("body: cannot be received")

// broken tells errors of a form from those of receiving it.
func broken(err error) error {
	if errors.Is(err, ErrTooLarge) || errors.Is(err, ErrReceive) {
		return err
	}
	return fmt.Errorf("%w: want multipart/form-data with parts named image", ErrForm)
}

// Receive returns a reader whose errors are wrapped in ErrReceive.
func Receive(r io.Reader) io.Reader { return receiver{r} }

// receiver marks the errors of the body's reader.
type receiver struct{ io.Reader }

func (r receiver) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%w: %w", ErrReceive, err)
	}
	return n, err
}
