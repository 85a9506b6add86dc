package legacy

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
)

// mostParts bounds the parts of a form: the four fields, twenty pictures and
// some fields that nobody asked for.
const mostParts = 100

// parseMultipart reads a form part by part and takes fields by their NAME
// alone: one client gives every text field a file name, another gives the
// picture none, so what is a file cannot be told otherwise (section 4).
// Nothing is written to a disk.
func parseMultipart(body io.Reader, boundary string, l limits) (*request, error) {
	buffered := bufio.NewReader(body)
	if boundary == "" {
		var err error
		if boundary, err = firstBoundary(buffered); err != nil {
			return nil, err
		}
	}
	form := multipart.NewReader(buffered, boundary)
	f := formReader{bounds: l, seen: map[string]bool{}}
	for parts := 0; ; parts++ {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, formError(err)
		}
		if parts == mostParts {
			return nil, errBody
		}
		if err := f.take(part); err != nil {
			return nil, formError(err)
		}
	}
	f.limit(l)
	return &f.request, nil
}

// firstBoundary finds the boundary that a Content-Type lacks in the line that
// the body begins with.
func firstBoundary(body *bufio.Reader) (string, error) {
	head, err := body.Peek(128)
	if err != nil && err != io.EOF {
		return "", bodyError(err)
	}
	line, _, ok := bytes.Cut(head, []byte("\n"))
	boundary, dashes := strings.CutPrefix(strings.TrimRight(string(line), "\r"), "--")
	if !ok || !dashes || boundary == "" || len(boundary) > 70 {
		return "", errBody
	}
	return boundary, nil
}

// formReader collects the parts of a form.
type formReader struct {
	request
	bounds limits
	seen   map[string]bool
	name   string // of the picture that is kept
}

// take reads one part. Of several fields with one name the first counts.
func (f *formReader) take(part *multipart.Part) error {
	name := part.FormName()
	switch {
	case strings.HasPrefix(name, "image"):
		return f.takePicture(name, part)
	case name == "appid", name == "bucket", name == "url":
		if f.seen[name] {
			return nil
		}
		f.seen[name] = true
		return f.takeText(name, part)
	}
	return nil // NextPart skips what is left of it
}

func (f *formReader) takeText(name string, part io.Reader) error {
	value, err := io.ReadAll(io.LimitReader(part, longestText+1))
	if err != nil {
		return err
	}
	if len(value) > longestText {
		f.tooLong = true
		return nil
	}
	text := strings.TrimSpace(string(value))
	switch name {
	case "appid":
		f.appID = text
	case "bucket":
		f.bucket = text
	case "url":
		f.url, f.hasURL = text, true
	}
	return nil
}

// takePicture reads a picture field, named image or, as the sibling
// interfaces document it, anything that begins so. Of several the first in
// the order of their names is kept.
func (f *formReader) takePicture(name string, part *multipart.Part) error {
	f.pictures++
	named := part.FileName() != ""
	most := f.bounds.picture
	if !named {
		most = most/3*4 + longestText // it may be base64, with line breaks
	}
	content, err := io.ReadAll(io.LimitReader(part, most+1))
	if err != nil {
		return err
	}
	if int64(len(content)) > most {
		f.oversize = true
		content = nil
	} else if !named {
		content = fieldPicture(content)
	}
	if int64(len(content)) > f.bounds.picture {
		f.oversize = true
		content = nil
	}
	if !f.hasPicture || name < f.name {
		f.picture, f.name = content, name
	}
	f.hasPicture = true
	return nil
}

// formError is errBody, unless the body's reader failed.
func formError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || isConnection(err) {
		return err
	}
	return errBody
}
