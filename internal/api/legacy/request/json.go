package request

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"github.com/kahao/kahao/internal/api/datauri"
)

// json parses {"appid":…,"bucket":…,"image":…,"url":…}. Names are case-sensitive,
// unlike those of encoding/json's structs; unknown ones are skipped, and the last
// of equal ones counts. A list of images may replace a single one.
func (r *reader) json(body *bufio.Reader) error {
	if mark, _ := body.Peek(3); string(mark) == "\ufeff" {
		_, _ = body.Discard(3)
	}
	d := json.NewDecoder(body)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return orErrBody(err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		r.field(name, value)
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF { // more than one value
		return orErrBody(err)
	}
	return nil
}

func orErrBody(err error) error {
	if err == nil {
		return ErrBody
	}
	return err
}

// field reads one member. A null counts as absent.
func (r *reader) field(name any, value json.RawMessage) {
	if string(value) == "null" {
		return
	}
	switch name {
	case "appid":
		r.appID, r.hasAppID = "", false
		if text, ok := r.appid(value); ok {
			r.identifier(text)
		}
	case "bucket":
		r.bucket, _ = r.text(value)
		r.measure(&r.bucket)
	case "url":
		r.urls = r.several(value, r.address)
	case "url_list":
		r.listed = r.several(value, r.address)
	case "image":
		r.images = r.several(value, r.image)
	}
}

// appid returns a field that is a string or, from some clients, an integer.
func (r *reader) appid(value json.RawMessage) (string, bool) {
	if value[0] < '0' || value[0] > '9' {
		return r.text(value)
	}
	whole := !bytes.ContainsAny(value, ".eE")
	r.badParameter = r.badParameter || !whole
	return string(value), whole
}

// text returns a string field, and records a field of another type.
func (r *reader) text(value json.RawMessage) (string, bool) {
	text, ok := unquote(value)
	r.badParameter = r.badParameter || !ok
	return string(text), ok
}

// unquote returns the characters of a JSON string, without a copy if none is
// escaped.
func unquote(value json.RawMessage) ([]byte, bool) {
	if len(value) < 2 || value[0] != '"' {
		return nil, false
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return value[1 : len(value)-1], true
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return nil, false
	}
	return []byte(s), true
}

// several reads a field that is an image or a list of images.
func (r *reader) several(value json.RawMessage, one func(json.RawMessage) Image) group {
	g := group{given: true}
	if value[0] != '[' {
		if _, ok := unquote(value); !ok {
			r.badParameter = true
			return group{}
		}
		g.add(one(value), 1)
		return g
	}
	// A list may be long. Only the first elements are kept.
	d := json.NewDecoder(bytes.NewReader(value))
	_, _ = d.Token()
	for d.More() {
		var element json.RawMessage
		if d.Decode(&element) != nil {
			return group{} // unreachable: the list is valid JSON
		}
		if g.count >= r.limits.Images {
			g.count++
			g.some = true
			continue
		}
		g.add(one(element), r.limits.Images)
	}
	return g
}

func (r *reader) address(value json.RawMessage) Image {
	text, ok := unquote(value)
	if !ok && string(value) != "null" {
		return Image{ByURL: true, Fault: Invalid}
	}
	return byURL(string(text))
}

func (r *reader) image(value json.RawMessage) Image {
	text, ok := unquote(value)
	if !ok && string(value) != "null" {
		return Image{Fault: Invalid}
	}
	content, ok := datauri.Decode(text)
	if !ok {
		return Image{Fault: Invalid}
	}
	return r.upload("", content)
}
