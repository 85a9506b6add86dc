// Package pdf finds the images in PDF files (ISO 32000-1) and gives each as an
// image file: a scanned page is one. It draws no page and reads no text.
//
// It takes all objects that the bytes show, in their order, and does not trust the
// table of their places: so it also finds the images of damaged files, and those
// that a later revision of the file replaced but left in it.
package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// The values of PDF are float64, string (a text), name, array, dict, ref, and nil
// for null and for what is not understood.
type (
	name  string
	array []any
	dict  map[name]any
	ref   int
)

// object is an indirect object.
type object struct {
	number int
	value  any
	stream []byte // as it is coded; nil if it has none
	rest   []byte // of the file, from the stream on
}

// Limits of a file.
const (
	maxObjects  = 1 << 20
	maxDepth    = 40       // of values in values
	maxPacked   = 64 << 20 // bytes of all object streams
	maxValue    = 1 << 20  // bytes of an object without its stream
	maxTrailers = 1 << 12
)

// ErrMalformed means that a file is no PDF, or that its objects are damaged.
var ErrMalformed = errors.New("damaged PDF")

// ErrEncrypted means that a password may be needed.
var ErrEncrypted = errors.New("encrypted PDF")

// ErrUnsupported means that an image is coded in a way that is not read.
var ErrUnsupported = errors.New("an image in the PDF that is not read")

// parser reads values.
type parser struct {
	b  []byte
	at int
}

func blank(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func delimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

// skip moves past blanks and comments (7.2.3).
func (p *parser) skip() {
	for p.at < len(p.b) {
		switch c := p.b[p.at]; {
		case blank(c):
			p.at++
		case c == '%':
			for p.at < len(p.b) && p.b[p.at] != '\n' && p.b[p.at] != '\r' {
				p.at++
			}
		default:
			return
		}
	}
}

func (p *parser) has(text string) bool {
	return bytes.HasPrefix(p.b[min(p.at, len(p.b)):], []byte(text))
}

// take moves past a text if it is next.
func (p *parser) take(text string) bool {
	p.skip()
	if !p.has(text) {
		return false
	}
	p.at += len(text)
	return true
}

// word reads a run of regular characters.
func (p *parser) word() string {
	start := p.at
	for p.at < len(p.b) && !blank(p.b[p.at]) && !delimiter(p.b[p.at]) {
		p.at++
	}
	return string(p.b[start:p.at])
}

// value reads a value. What cannot be one ends the file.
func (p *parser) value(depth int) any {
	p.skip()
	if p.at >= len(p.b) || depth > maxDepth {
		p.at = len(p.b)
		return nil
	}
	switch c := p.b[p.at]; {
	case p.take("<<"):
		d := dict{}
		for !p.take(">>") {
			if p.at >= len(p.b) {
				return d
			}
			key, ok := p.value(depth + 1).(name)
			v := p.value(depth + 1)
			if _, twice := d[key]; ok && !twice {
				d[key] = v
			}
		}
		return d
	case c == '[':
		p.at++
		a := array{}
		for !p.take("]") {
			if p.at >= len(p.b) {
				return a
			}
			a = append(a, p.value(depth+1))
		}
		return a
	case c == '/':
		p.at++
		return name(p.word())
	case c == '(':
		return p.literal()
	case c == '<':
		return p.hexadecimal()
	case delimiter(c):
		p.at++
		return nil
	}
	return p.number()
}

// number reads a number, a reference or a keyword.
func (p *parser) number() any {
	w := p.word()
	f, err := strconv.ParseFloat(w, 64)
	if err != nil {
		switch w {
		case "true":
			return true
		case "false":
			return false
		}
		return nil
	}
	if n := int(f); float64(n) == f && n >= 0 { // "12 0 R"
		back := p.at
		p.skip()
		if g := p.word(); g != "" && len(g) <= 5 {
			if _, err := strconv.Atoi(g); err == nil {
				p.skip()
				if p.word() == "R" {
					return ref(n)
				}
			}
		}
		p.at = back
	}
	return f
}

// literal reads a string in parentheses (7.3.4.2).
func (p *parser) literal() string {
	var out []byte
	for open := 0; p.at < len(p.b); p.at++ {
		c := p.b[p.at]
		switch {
		case c == '(':
			if open++; open == 1 {
				continue
			}
		case c == ')':
			if open--; open == 0 {
				p.at++
				return string(out)
			}
		case c == '\\' && p.at+1 < len(p.b):
			p.at++
			c = p.b[p.at]
			if i := bytes.IndexByte([]byte("nrtbf"), c); i >= 0 {
				c = "\n\r\t\b\f"[i]
			} else if c >= '0' && c <= '7' {
				v := 0
				for k := 0; k < 3 && p.at < len(p.b) && p.b[p.at] >= '0' && p.b[p.at] <= '7'; k++ {
					v = v<<3 | int(p.b[p.at]-'0')
					p.at++
				}
				p.at--
				c = byte(v)
			} else if c == '\n' || c == '\r' {
				continue
			}
		}
		out = append(out, c)
	}
	return string(out)
}

// hexadecimal reads a string of hexadecimal digits (7.3.4.3).
func (p *parser) hexadecimal() string {
	var out []byte
	half, high := false, byte(0)
	for p.at++; p.at < len(p.b) && p.b[p.at] != '>'; p.at++ {
		v, err := strconv.ParseUint(string(p.b[p.at]), 16, 8)
		if err != nil {
			continue
		}
		if half {
			out = append(out, high<<4|byte(v))
		}
		half, high = !half, byte(v)
	}
	p.at = min(p.at+1, len(p.b))
	if half {
		out = append(out, high<<4)
	}
	return string(out)
}

// objects reads all objects of a file, in their order.
func objects(file []byte) ([]object, error) {
	var all []object
	encrypted := encryptedBy(file)
	work := 8*len(file) + 16<<20 // bytes that may be read as values
	for at := 0; ; {
		i := bytes.Index(file[at:], []byte("obj"))
		if i < 0 {
			break
		}
		at += i + len("obj")
		number, ok := before(file, at-len("obj"))
		if !ok {
			continue
		}
		if len(all) == maxObjects {
			return nil, fmt.Errorf("%w: more than %d objects", ErrMalformed, maxObjects)
		}
		p := parser{b: file[:min(len(file), at+maxValue)], at: at}
		o := object{number: number, value: p.value(0)}
		if work -= p.at - at; work < 0 {
			return nil, fmt.Errorf("%w: too much in it is no object", ErrMalformed)
		}
		if p.at >= len(p.b) { // it does not end; what follows may be whole
			continue
		}
		p.b = file
		if p.take("stream") {
			o.stream, o.rest = p.stream(o.value)
		}
		if d, ok := o.value.(dict); ok && d["Type"] == name("XRef") && d["Encrypt"] != nil {
			encrypted = true
		}
		at = max(at, min(p.at, len(file)))
		all = append(all, o)
	}
	switch {
	case encrypted:
		return nil, ErrEncrypted
	case len(all) == 0:
		return nil, fmt.Errorf("%w: no objects", ErrMalformed)
	}
	return all, nil
}

// trailers returns the trailers of a file (7.5.5), the last one last.
func trailers(file []byte) (all []dict) {
	for at := 0; len(all) < maxTrailers; {
		i := bytes.Index(file[at:], []byte("trailer"))
		if i < 0 {
			break
		}
		at += i + len("trailer")
		p := parser{b: file[:min(len(file), at+1<<12)], at: at}
		if d, ok := p.value(0).(dict); ok {
			all = append(all, d)
		}
	}
	return all
}

// encryptedBy reports whether a trailer says that the file is encrypted.
func encryptedBy(file []byte) bool {
	return slices.ContainsFunc(trailers(file), func(d dict) bool { return d["Encrypt"] != nil })
}

// before reads the number of an object from what stands before "obj".
func before(file []byte, at int) (number int, ok bool) {
	head := bytes.Fields(file[max(0, at-24):at])
	if n := len(head); n >= 2 && at > 0 && blank(file[at-1]) {
		_, err1 := strconv.Atoi(string(head[n-1]))
		text := bytes.TrimLeft(head[n-2], ")>]endobj") // what ends just before it
		v, err2 := strconv.Atoi(string(text))
		return v, err1 == nil && err2 == nil && v >= 0
	}
	return 0, false
}

// stream returns the coded bytes of a stream: as many as its dictionary says if
// the end is there, otherwise those up to the end. The rest of the file begins
// with them.
func (p *parser) stream(value any) (coded, rest []byte) {
	if p.has("\r\n") {
		p.at += 2
	} else if p.has("\n") || p.has("\r") {
		p.at++
	}
	start := p.at
	rest = p.b[start:]
	d, _ := value.(dict)
	if n, ok := d["Length"].(float64); ok && ends(rest, n) {
		p.at = start + int(n)
		p.take("endstream")
		return rest[:int(n)], rest
	}
	n := bytes.Index(rest, []byte("endstream"))
	if n < 0 {
		p.at = len(p.b)
		return rest, rest
	}
	p.at = start + n + len("endstream")
	return bytes.TrimSuffix(bytes.TrimSuffix(rest[:n], []byte("\n")), []byte("\r")), rest
}

// ends reports whether a stream ends after n bytes.
func ends(rest []byte, n float64) bool {
	if n < 0 || n > float64(len(rest)) {
		return false
	}
	end := parser{b: rest, at: int(n)}
	return end.take("endstream")
}
