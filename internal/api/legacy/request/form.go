package request

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxOtherParts bounds the parts of a form that are not images: text fields and
// unknown ones.
const maxOtherParts = 80

// form parses a form part by part. It identifies fields by their name only:
// whether a part has a file name says nothing, because one client gives every
// text field a file name, and another gives the image none.
func (r *reader) form(body *bufio.Reader, boundary string) error {
	if boundary == "" {
		var err error
		if boundary, err = firstBoundary(body); err != nil {
			return err
		}
	}
	parts := multipart.NewReader(body, boundary)
	f := formReader{reader: r, seen: map[string]bool{}}
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if n == maxOtherParts+r.limits.Images {
			return ErrBody
		}
		if err := f.readPart(part); err != nil {
			return err
		}
	}
	f.finish()
	return nil
}

// firstBoundary reads the boundary from the first line of the body, for a
// Content-Type without one.
func firstBoundary(body *bufio.Reader) (string, error) {
	head, err := body.Peek(128)
	if err != nil && err != io.EOF {
		return "", err
	}
	line, _, ok := bytes.Cut(head, []byte("\n"))
	boundary, dashes := strings.CutPrefix(strings.TrimRight(string(line), "\r"), "--")
	if !ok || !dashes || boundary == "" || len(boundary) > 70 {
		return "", ErrBody
	}
	return boundary, nil
}

// formReader collects the parts of a form.
type formReader struct {
	*reader
	seen    map[string]bool
	uploads []uploaded
}

// uploaded is an image with the name of its field, by which the vendor's related
// APIs sort their results.
type uploaded struct {
	field string
	Image
}

// readPart reads one part. The first of several text fields with the same name counts.
func (f *formReader) readPart(part *multipart.Part) error {
	name, file := partNames(part)
	switch {
	case strings.HasPrefix(name, "image"):
		return f.readImage(name, file, part)
	case name == "appid", name == "bucket", name == "url":
		if f.seen[name] {
			return nil
		}
		f.seen[name] = true
		return f.readText(name, part)
	case name == "url_list", strings.HasPrefix(name, "url_list["), strings.HasPrefix(name, "url["):
		return f.readText("url_list", part)
	}
	return nil // NextPart skips the rest of the part
}

func (f *formReader) readText(name string, part io.Reader) error {
	value, err := io.ReadAll(io.LimitReader(part, MaxTextLen+1))
	if err != nil {
		return err
	}
	text := strings.TrimSpace(string(value))
	if len(value) > MaxTextLen {
		text = string(value) // its length marks it as too long
	}
	switch name {
	case "appid":
		f.identifier(text)
	case "bucket":
		f.bucket = text
		f.measure(&f.bucket)
	case "url":
		f.urls.add(byURL(text), 1)
	case "url_list":
		f.listed.add(byURL(text), f.limits.Images)
	}
	return nil
}

// readImage reads an image field. Its name starts with image, as in the vendor's
// related APIs.
func (f *formReader) readImage(name, file string, part io.Reader) error {
	if f.images.count >= f.limits.Images {
		f.images.add(Image{}, 0) // beyond the limit images are only counted
		return nil
	}
	most := f.limits.Image
	if file == "" {
		most = most/3*4 + MaxTextLen // it may be base64, with line breaks
	}
	content, err := io.ReadAll(io.LimitReader(part, most+1))
	if err != nil {
		return err
	}
	p := Image{Name: file, Fault: TooLarge}
	if int64(len(content)) <= most {
		if file == "" {
			content = fieldImage(content)
		}
		p = f.upload(file, content)
	}
	f.images.add(p, 0)
	f.uploads = append(f.uploads, uploaded{name, p})
	return nil
}

// finish sorts the images by the names of their fields. Images with the same name
// keep their order.
func (f *formReader) finish() {
	slices.SortStableFunc(f.uploads, func(a, b uploaded) int { return strings.Compare(a.field, b.field) })
	for _, u := range f.uploads {
		f.images.images = append(f.images.images, u.Image)
	}
}

// partNames returns the names of a part's field and file, as the client wrote
// them, because the reply repeats the file name. Part.FileName would drop its
// directory. A file name need not be UTF-8.
func partNames(part *multipart.Part) (field, file string) {
	disposition := part.Header.Get("Content-Disposition")
	if _, parameters, err := mime.ParseMediaType(disposition); err == nil && utf8.ValidString(disposition) {
		return part.FormName(), parameters["filename"]
	}
	if field = part.FormName(); field == "" {
		field = quoted(disposition, "name")
	}
	return field, strings.ToValidUTF8(quoted(disposition, "filename"), "\uFFFD")
}

// quoted returns a quoted parameter of a Content-Disposition that is not of the
// standard's form. In GBK the second byte of a character may be a backslash, so
// only a quotation mark at the end of the parameter ends it.
func quoted(disposition, name string) string {
	_, rest, ok := strings.Cut(disposition, " "+name+`="`)
	if !ok {
		return ""
	}
	for at := 0; at < len(rest); at++ {
		if rest[at] != '"' {
			continue
		}
		if after := strings.TrimLeft(rest[at+1:], " "); after == "" || after[0] == ';' {
			return strings.ReplaceAll(rest[:at], `\"`, `"`)
		}
	}
	return ""
}
