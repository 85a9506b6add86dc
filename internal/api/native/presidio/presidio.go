// Package presidio parses the requests of POST /redact, as clients of Presidio's
// image redactor send them: a multipart form or JSON. A body is read once and is
// never written to a disk.
package presidio

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"

	"github.com/kahao/kahao/internal/api/datauri"
	"github.com/kahao/kahao/internal/api/native/body"
)

// CreditCard is the entity of card numbers, in Presidio's words.
const CreditCard = "CREDIT_CARD"

// Request is a parsed body.
type Request struct {
	Image []byte
	Data
	Base64 bool // the image came as base64, and the reply is to be so, too
}

// Data are the options of a request.
type Data struct {
	Colour   [3]uint8 // of the covers: red, green and blue
	Entities []string // to be covered; none means all that Presidio knows
}

// Others reports whether the request names another entity than CreditCard.
func (d Data) Others() bool {
	for _, e := range d.Entities {
		if e != CreditCard {
			return true
		}
	}
	return false
}

// The names of the members and of the parts.
const (
	imageField = "image"
	dataField  = "data"
)

// maxData bounds the options, in bytes.
const maxData = 8192

// Parse parses a body whose image has at most the given bytes. Its errors are those
// of package body, and quote nothing of the body.
func Parse(contentType string, r io.Reader, limit int64) (*Request, error) {
	kind, attributes, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, body.ErrType
	}
	r = body.Receive(r)
	switch kind {
	case "application/json":
		return parseJSON(r, limit)
	case "multipart/form-data":
		return parseForm(r, attributes["boundary"], limit)
	}
	return nil, body.ErrType
}

func parseJSON(r io.Reader, limit int64) (*Request, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var q struct {
		Image    *string  `json:"image"`
		Entities []string `json:"analyzer_entities"`
	}
	if json.Unmarshal(text, &q) != nil {
		return nil, fmt.Errorf("%w: want an object with image, a string, and analyzer_entities, a list of strings", body.ErrForm)
	}
	if q.Image == nil {
		return nil, body.ErrNone
	}
	content, ok := datauri.Decode([]byte(*q.Image))
	if !ok {
		return nil, fmt.Errorf("%w: image is not base64", body.ErrField)
	}
	if int64(len(content)) > limit {
		return nil, body.ErrTooLarge
	}
	return &Request{Image: content, Data: Data{Entities: q.Entities}, Base64: true}, nil
}

// parseForm parses a form part by part. As in Presidio, other parts are ignored.
func parseForm(r io.Reader, boundary string, limit int64) (*Request, error) {
	if boundary == "" {
		return nil, fmt.Errorf("%w: the content type has no boundary", body.ErrForm)
	}
	parts := multipart.NewReader(r, boundary)
	q, found, data := &Request{}, false, false
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, broken(err)
		}
		switch name := part.FormName(); {
		case name == imageField && found:
			return nil, body.ErrTooMany
		case name == imageField:
			found = true
			if q.Image, err = read(part, limit, body.ErrTooLarge); err != nil {
				return nil, err
			}
		case name == dataField && data:
			return nil, fmt.Errorf("%w: data is given twice", body.ErrField)
		case name == dataField:
			data = true
			text, err := read(part, maxData, fmt.Errorf("%w: data has at most %d bytes", body.ErrField, maxData))
			if err != nil {
				return nil, err
			}
			if q.Data, err = ParseData(string(text)); err != nil {
				return nil, err
			}
		}
	}
	if !found {
		return nil, body.ErrNone
	}
	return q, nil
}

// read reads a part of at most limit bytes, and returns large for a longer one.
func read(r io.Reader, limit int64, large error) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, broken(err)
	}
	if int64(len(content)) > limit {
		return nil, large
	}
	return content, nil
}

// broken tells errors of a form from those of receiving it.
func broken(err error) error {
	if errors.Is(err, body.ErrReceive) {
		return err
	}
	return fmt.Errorf("%w: want multipart/form-data with the parts image and data", body.ErrForm)
}

// ParseData parses the options of a form: an object such as {'color_fill':'0,0,0'}.
// Its strings may stand in single quotes, and the whole of it in double ones. It
// returns a body.ErrField.
func ParseData(text string) (d Data, err error) {
	text = strings.TrimSpace(text)
	if inner, ok := strings.CutPrefix(text, `"`); ok {
		if inner, ok = strings.CutSuffix(inner, `"`); ok {
			text = strings.TrimSpace(inner)
		}
	}
	if text == "" {
		return d, nil
	}
	var o struct {
		Fill     json.RawMessage `json:"color_fill"`
		Entities []string        `json:"analyzer_entities"`
	}
	if json.Unmarshal([]byte(text), &o) != nil && json.Unmarshal([]byte(strings.ReplaceAll(text, "'", `"`)), &o) != nil {
		return d, fmt.Errorf("%w: data: want an object such as {'color_fill':'0,0,0'}", body.ErrField)
	}
	d.Entities = o.Entities
	if d.Colour, err = colour(o.Fill); err != nil {
		return Data{}, err
	}
	return d, nil
}

// colour parses red, green and blue, or one value for the three; nothing is black.
func colour(fill json.RawMessage) (c [3]uint8, err error) {
	wrong := fmt.Errorf("%w: color_fill: want three numbers such as 0,0,0, or one, from 0 to 255", body.ErrField)
	text := string(fill)
	if strings.HasPrefix(text, `"`) && json.Unmarshal(fill, &text) != nil {
		return c, wrong
	}
	if text == "" || text == "null" {
		return c, nil
	}
	values := strings.Split(text, ",")
	if len(values) == 1 {
		values = []string{text, text, text}
	}
	if len(values) != len(c) {
		return c, wrong
	}
	for i, value := range values {
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 8)
		if err != nil {
			return [3]uint8{}, wrong
		}
		c[i] = uint8(n)
	}
	return c, nil
}
