// Package request parses the bodies of the legacy API: JSON and forms, in the
// variants of docs/legacy.md, Request. It reports what a body contains; package
// legacy decides on the reply.
//
// A body is read once and is never written to disk.
package request

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// Request is a parsed body. It distinguishes absent fields from empty ones,
// because they have different codes.
type Request struct {
	AppID, Bucket string
	HasAppID      bool // the field is present, possibly empty

	// Images are the images to read, in the order of the reply: those by URL if
	// there are any, else the uploaded ones.
	Images []Image
	// Count is the number of images in the body; Images has at most Limits.Images.
	Count  int
	HasURL bool // a url field is present, possibly empty

	BadParameter bool // a field has the wrong type
	TooLong      bool // a text field is over MaxTextLen
}

// Image is an image of a request: a URL or the bytes.
type Image struct {
	ByURL   bool
	URL     string
	Name    string // of the uploaded file; often empty
	Content []byte
	Fault   Fault // why URL or Content is missing
}

// Fault is the reason why an image cannot be read.
type Fault int

// The faults.
const (
	None     Fault = iota
	TooLarge       // more bytes than Limits.Image
	Invalid        // not a string, or not base64
	EmptyURL
	LongURL // over MaxTextLen
)

// MaxTextLen bounds a URL or other text field, in bytes.
const MaxTextLen = 2048

// ErrBody means that the body cannot be parsed, or has another type. It is
// wrapped in a *BodyError.
var ErrBody = errors.New("legacy: body cannot be parsed")

// BodyError says what is wrong with a body. It has nothing of the body's content.
type BodyError struct {
	WrongType bool   // the Content-Type is neither JSON nor a form
	Detail    string // in a few words
}

// Error implements error.
func (e *BodyError) Error() string { return ErrBody.Error() + ": " + e.Detail }

// Unwrap returns ErrBody.
func (e *BodyError) Unwrap() error { return ErrBody }

// describe says why a body of a type is broken.
func describe(kind string, err error) *BodyError {
	var syntax *json.SyntaxError
	var body *BodyError
	switch isJSON := strings.HasSuffix(kind, "/json"); {
	case errors.As(err, &body):
		return body
	case errors.As(err, &syntax):
		return &BodyError{Detail: fmt.Sprintf("the JSON is broken at byte %d", syntax.Offset)}
	case isJSON && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return &BodyError{Detail: "the JSON ends too early"}
	case isJSON:
		return &BodyError{Detail: "the body is not one JSON object"}
	}
	return &BodyError{Detail: "the form is not multipart/form-data with the boundary of its header"}
}

// ErrBroken means that the body ended early, or does not match its header.
var ErrBroken = errors.New("legacy: body broke off")

// Limits bound what Parse keeps in memory.
type Limits struct {
	Image  int64 // bytes of one image
	Images int   // in one request
}

// Parse parses a body of either documented type. It returns a *BodyError, ErrBroken,
// or the *http.MaxBytesError of the body's reader.
func Parse(contentType string, body io.Reader, l Limits) (*Request, error) {
	kind, boundary := mediaType(contentType)
	source := &source{Reader: body}
	buffered := bufio.NewReader(source)
	r := &reader{limits: l}
	var err error
	switch kind {
	case "application/json", "text/json":
		err = r.json(buffered)
	case "multipart/form-data":
		err = r.form(buffered, boundary)
	default:
		err = &BodyError{WrongType: true, Detail: "Content-Type must be application/json or multipart/form-data"}
	}
	if err == nil {
		return r.request(), nil
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(source.err, &tooLarge):
		return nil, source.err
	case source.err != nil && source.err != io.EOF:
		return nil, ErrBroken
	}
	return nil, describe(kind, err)
}

// source records the error that the body ended with, because parsers take some
// errors for the end of a line.
type source struct {
	io.Reader
	err error
}

// Read reads from the body.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil {
		s.err = err
	}
	return n, err
}

// mediaType splits a Content-Type. It finds the boundary even if other
// parameters are malformed, as those of some clients are.
func mediaType(contentType string) (kind, boundary string) {
	if kind, parameters, err := mime.ParseMediaType(contentType); err == nil {
		return kind, parameters["boundary"]
	}
	kind, rest, _ := strings.Cut(contentType, ";")
	for parameter := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if strings.EqualFold(strings.TrimSpace(name), "boundary") {
			boundary = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return strings.ToLower(strings.TrimSpace(kind)), boundary
}

// reader collects a request from JSON or a form.
type reader struct {
	limits        Limits
	appID, bucket string
	hasAppID      bool
	urls, listed  group // url, and url_list
	images        group
	badParameter  bool
	tooLong       bool
}

// group has the images of one kind of field.
type group struct {
	given  bool // the field is present
	some   bool // and has an image that is not an empty URL
	count  int
	images []Image
}

// add adds an image to the group, unless the group has most of them already.
func (g *group) add(p Image, most int) {
	g.given = true
	g.some = g.some || p.Fault != EmptyURL
	if g.count++; g.count <= most {
		g.images = append(g.images, p)
	}
}

// request returns the collected request. A URL takes precedence over an image,
// and url over url_list.
func (r *reader) request() *Request {
	q := &Request{
		AppID: r.appID, Bucket: r.bucket, HasAppID: r.hasAppID, HasURL: r.urls.given || r.listed.given,
		BadParameter: r.badParameter, TooLong: r.tooLong,
	}
	for _, g := range []group{r.urls, r.listed, r.images} {
		if g.some {
			q.Images, q.Count = g.images, g.count
			break
		}
	}
	return q
}

// identifier sets the app ID.
func (r *reader) identifier(text string) {
	r.appID, r.hasAppID = strings.TrimSpace(text), true
	r.measure(&r.appID)
}

// measure drops a text that is too long, and records that.
func (r *reader) measure(text *string) {
	if len(*text) > MaxTextLen {
		*text, r.tooLong = "", true
	}
}

// byURL returns the image at a URL.
func byURL(address string) Image {
	p := Image{ByURL: true, URL: strings.TrimSpace(address)}
	switch {
	case p.URL == "":
		p.Fault = EmptyURL
	case len(p.URL) > MaxTextLen:
		p.URL, p.Fault = "", LongURL
	}
	return p
}

// upload returns an uploaded image.
func (r *reader) upload(name string, content []byte) Image {
	if int64(len(content)) > r.limits.Image {
		return Image{Name: name, Fault: TooLarge}
	}
	return Image{Name: name, Content: content}
}
