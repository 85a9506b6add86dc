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

// spareParts is how many parts a form may have besides its images: the text
// fields, and some that nobody asked for.
const spareParts = 80

// form reads a form part by part and takes fields by their NAME alone: one
// client gives every text field a file name, another gives the image none,
// so what is a file cannot be told otherwise.
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
		if n == spareParts+r.limits.Images {
			return ErrBody
		}
		if err := f.take(part); err != nil {
			return err
		}
	}
	f.finish()
	return nil
}

// firstBoundary finds the boundary that a Content-Type lacks in the line that
// the body begins with.
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

// uploaded is an image with the name of its field, by which the sibling
// interfaces order their results.
type uploaded struct {
	field string
	Image
}

// take reads one part. Of several text fields with one name the first counts.
func (f *formReader) take(part *multipart.Part) error {
	name, file := partNames(part)
	switch {
	case strings.HasPrefix(name, "image"):
		return f.takeImage(name, file, part)
	case name == "appid", name == "bucket", name == "url":
		if f.seen[name] {
			return nil
		}
		f.seen[name] = true
		return f.takeText(name, part)
	case name == "url_list", strings.HasPrefix(name, "url_list["), strings.HasPrefix(name, "url["):
		return f.takeText("url_list", part)
	}
	return nil // NextPart skips what is left of it
}

func (f *formReader) takeText(name string, part io.Reader) error {
	value, err := io.ReadAll(io.LimitReader(part, LongestText+1))
	if err != nil {
		return err
	}
	text := strings.TrimSpace(string(value))
	if len(value) > LongestText {
		text = string(value) // to be seen as too long
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

// takeImage reads an image field, named image or, as the sibling interfaces
// document it, anything that begins so.
func (f *formReader) takeImage(name, file string, part io.Reader) error {
	if f.images.count >= f.limits.Images {
		f.images.add(Image{}, 0) // too many: they are only counted
		return nil
	}
	most := f.limits.Image
	if file == "" {
		most = most/3*4 + LongestText // it may be base64, with line breaks
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

// finish puts the images into the order of their fields' names, those of one
// name as they came.
func (f *formReader) finish() {
	slices.SortStableFunc(f.uploads, func(a, b uploaded) int { return strings.Compare(a.field, b.field) })
	for _, u := range f.uploads {
		f.images.pictures = append(f.images.pictures, u.Image)
	}
}

// partNames returns the name of a part's field and of its file, as the client
// wrote it: Part.FileName would leave the directory out, and the reply repeats
// it. A file name need not be UTF-8.
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
