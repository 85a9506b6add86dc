// Package request reads the bodies of the legacy interface: JSON and forms, as
// docs/legacy.md, says that clients write them. It knows
// their shapes; what a shape is answered with is not its business.
//
// A body is read once, from front to back, and nothing of it is written to a
// disk.
package request

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// Request is what a body says. Fields that are absent and fields that are
// empty differ: they have different codes.
type Request struct {
	AppID, Bucket string
	HasAppID      bool // it is there, be it empty

	// Images are to be read, in the order of the reply: those by url alone
	// if there is any, else the uploaded ones.
	Images []Image
	// Count is how many there are. Beyond Limits.Images none is kept.
	Count  int
	HasURL bool // a url is there, be it empty

	BadParameter bool // a field has the wrong type
	TooLong      bool // a text field is over LongestText
}

// Image is one image of a request: by its address, or by its bytes.
type Image struct {
	ByURL   bool
	URL     string
	Name    string // of the file that was uploaded; often none
	Content []byte
	Fault   Fault // why there is no address or are no bytes
}

// Fault is what keeps an image from being read.
type Fault int

// The faults.
const (
	None     Fault = iota
	TooLarge       // more bytes than Limits.Image
	Invalid        // no text, or no base64
	EmptyURL
	LongURL // over LongestText
)

// LongestText is the longest url or other text field that is taken, in bytes.
const LongestText = 2048

// ErrBody means that the body cannot be parsed, or is of another type.
var ErrBody = errors.New("legacy: body cannot be parsed")

// ErrBroken means that the body did not come as a whole, or not as its header says.
var ErrBroken = errors.New("legacy: body broke off")

// Limits bound what Parse keeps.
type Limits struct {
	Image  int64 // bytes of one image
	Images int   // in one request
}

// Parse reads a body of either documented type. It returns ErrBody, ErrBroken,
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
		err = ErrBody
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
	return nil, ErrBody
}

// source remembers the error that a body ended with: parsers take some for the
// end of a line.
type source struct {
	io.Reader
	err error
}

// Read reads on.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil {
		s.err = err
	}
	return n, err
}

// mediaType splits a Content-Type. Some clients write parameters that are
// not of the standard's form; the boundary is found nevertheless.
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

// reader collects a request from either kind of body.
type reader struct {
	limits        Limits
	appID, bucket string
	hasAppID      bool
	urls, listed  group // url, and url_list
	images        group
	badParameter  bool
	tooLong       bool
}

// group is the images of one kind of field.
type group struct {
	given    bool // the field is there
	some     bool // and not empty
	count    int
	pictures []Image
}

// add takes an image into the group, unless there are too many already.
func (g *group) add(p Image, most int) {
	g.given = true
	g.some = g.some || p.Fault != EmptyURL
	if g.count++; g.count <= most {
		g.pictures = append(g.pictures, p)
	}
}

// request is what was collected. If both an address and an image are given
// only the address counts; url likewise counts before url_list.
func (r *reader) request() *Request {
	q := &Request{
		AppID: r.appID, Bucket: r.bucket, HasAppID: r.hasAppID, HasURL: r.urls.given || r.listed.given,
		BadParameter: r.badParameter, TooLong: r.tooLong,
	}
	for _, g := range []group{r.urls, r.listed, r.images} {
		if g.some {
			q.Images, q.Count = g.pictures, g.count
			break
		}
	}
	return q
}

// identifier takes the app id.
func (r *reader) identifier(text string) {
	r.appID, r.hasAppID = strings.TrimSpace(text), true
	r.measure(&r.appID)
}

// measure notes a text that is too long, and lets go of it.
func (r *reader) measure(text *string) {
	if len(*text) > LongestText {
		*text, r.tooLong = "", true
	}
}

// byURL is an image by its address.
func byURL(address string) Image {
	p := Image{ByURL: true, URL: strings.TrimSpace(address)}
	switch {
	case p.URL == "":
		p.Fault = EmptyURL
	case len(p.URL) > LongestText:
		p.URL, p.Fault = "", LongURL
	}
	return p
}

// upload is an image by its bytes.
func (r *reader) upload(name string, content []byte) Image {
	if int64(len(content)) > r.limits.Image {
		return Image{Name: name, Fault: TooLarge}
	}
	return Image{Name: name, Content: content}
}
