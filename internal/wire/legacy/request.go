package legacy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// request is what the body of a call says. Fields that are absent and fields
// that are empty differ: they have different codes.
type request struct {
	appID, bucket string
	url           string
	hasURL        bool

	picture    []byte
	hasPicture bool
	pictures   int // how many were sent
	oversize   bool

	badParameter bool // a field of the wrong type, or no base64
	tooLong      bool // a text field over longestText
}

// longestText is the longest url or other text field that is taken.
const longestText = 2048

// errBody: the body cannot be parsed, for BadRequest.
var errBody = errors.New("legacy: body cannot be parsed")

// limits bound what parse accepts.
type limits struct {
	picture  int64 // bytes of one picture
	pictures int
}

// parse reads a body of either documented type (section 2). It returns
// errBody, or the error of the body's reader.
func parse(contentType string, body io.Reader, l limits) (*request, error) {
	kind, boundary := mediaType(contentType)
	switch kind {
	case "application/json", "text/json":
		return parseJSON(body, l)
	case "multipart/form-data":
		return parseMultipart(body, boundary, l)
	}
	return nil, errBody
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

// parseJSON reads {"appid":…,"bucket":…,"image":…,"url":…}. Names count as
// they are written, unlike those of encoding/json's structs; unknown ones are
// ignored.
func parseJSON(body io.Reader, l limits) (*request, error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, bodyError(err)
	}
	var fields map[string]json.RawMessage
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil {
		return nil, errBody
	}
	var r request
	r.appID = r.identifier(fields["appid"])
	r.bucket, _ = r.text(fields["bucket"])
	r.url, r.hasURL = r.text(fields["url"])
	r.tooLong = len(r.url) > longestText
	image, ok := r.text(fields["image"])
	if !ok {
		return &r, nil
	}
	r.hasPicture, r.pictures = true, 1
	if image == "" {
		return &r, nil
	}
	if r.picture, ok = decodeBase64(image); !ok {
		r.badParameter = true
	}
	r.limit(l)
	return &r, nil
}

// text returns a string field, and false where it is absent, null or of
// another type, which is noted.
func (r *request) text(raw json.RawMessage) (string, bool) {
	if raw == nil || string(raw) == "null" {
		return "", false
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		r.badParameter = true
		return "", false
	}
	return s, true
}

// identifier returns a field that is a string or, from some clients, a whole
// number.
func (r *request) identifier(raw json.RawMessage) string {
	if len(raw) > 0 && raw[0] >= '0' && raw[0] <= '9' {
		if bytes.ContainsAny(raw, ".eE") {
			r.badParameter = true
			return ""
		}
		return string(raw)
	}
	s, _ := r.text(raw)
	return strings.TrimSpace(s)
}

// limit notes a picture that is too large, and lets go of it.
func (r *request) limit(l limits) {
	if int64(len(r.picture)) > l.picture {
		r.oversize, r.picture = true, nil
	}
}

// bodyError keeps the errors that say more than that the body is broken: too
// large, and what the connection says.
func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errBody
	}
	return err
}
