package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"fmt"
	"io"
	"slices"
)

// Content streams draw pages (7.8.2). They are walked operator by operator and
// written anew, so that a text that is not asked for is not in the result: not in
// a comment, and not in what is between operators either.

// matrix maps points (8.3.3): x' = ax + cy + e, y' = bx + dy + f.
type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

// times returns what maps by m first, then by n.
func (m matrix) times(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// area is that of the mapped unit square, which is where an image is drawn.
func (m matrix) area() float64 { return max(m[0]*m[3]-m[1]*m[2], m[1]*m[2]-m[0]*m[3]) }

func matrixOf(v array) (matrix, bool) {
	var m matrix
	if len(v) != len(m) {
		return identity, false
	}
	for i := range m {
		n, ok := v[i].(float64)
		if !ok {
			return identity, false
		}
		m[i] = n
	}
	return m, true
}

// drawing is what a content stream draws.
type drawing struct {
	visible bool // text that shows
	hidden  bool // text that does not: what a scanner read on the page
	inline  bool // images that stand in the stream itself
	curves  int  // as outlines of letters have many of
	placed  []placement
}

// placement is an object that is drawn: an image or a form.
type placement struct {
	name name
	at   matrix
}

// texts says which text a content stream keeps.
type texts int

const (
	allTexts     texts = iota
	visibleTexts       // without the hidden ones
	noTexts
)

// hiddenMode is the rendering mode of text that does not show (9.3.6).
const hiddenMode = 3

// state is the part of the graphics state that is followed.
type state struct {
	at   matrix
	mode float64
}

// maxStates bounds the states that are saved.
const maxStates = 1 << 12

// content walks a content stream.
type content struct {
	parser
	state
	saved []state
	keep  texts
	out   []byte // the stream anew
	drawn drawing
}

// redrawn walks a stream, and returns what it draws and the stream anew.
func redrawn(stream []byte, keep texts) (drawing, []byte, error) {
	c := content{parser: parser{b: stream}, state: state{at: identity}, keep: keep}
	var operands array
	for {
		c.skip()
		if c.at0() {
			return c.drawn, c.out, nil
		}
		if v, ok := c.operand(); ok {
			if operands = append(operands, v); len(operands) > maxOperands {
				return c.drawn, nil, fmt.Errorf("%w: a content stream without operators", ErrMalformed)
			}
			continue
		}
		operator := c.word()
		if operator == "" { // no regular character: not a value either
			c.parser.at++
			continue
		}
		if operator == "BI" {
			if err := c.inline(); err != nil {
				return c.drawn, nil, err
			}
		} else {
			c.operate(operator, operands)
		}
		operands = operands[:0]
	}
}

// maxOperands is how many values may stand before an operator.
const maxOperands = 1 << 10

func (c *content) at0() bool { return c.parser.at >= len(c.b) }

// operand reads a value, if there is one.
func (c *content) operand() (any, bool) {
	switch b := c.b[c.parser.at]; {
	case bytes.IndexByte([]byte("/([<+-.0123456789"), b) >= 0:
		return c.value(0), true
	case b == 't' || b == 'f' || b == 'n':
		back := c.parser.at
		switch c.word() {
		case "true":
			return true, true
		case "false":
			return false, true
		case "null":
			return nil, true
		}
		c.parser.at = back
	}
	return nil, false
}

// operate follows an operator and writes it, or what is left of it.
func (c *content) operate(operator string, operands array) {
	switch operator {
	case "q":
		if len(c.saved) < maxStates {
			c.saved = append(c.saved, c.state)
		}
	case "Q":
		if n := len(c.saved); n > 0 {
			c.state, c.saved = c.saved[n-1], c.saved[:n-1]
		}
	case "cm":
		if m, ok := matrixOf(operands); ok {
			c.state.at = m.times(c.state.at)
		}
	case "Tr":
		if n := len(operands); n > 0 {
			c.mode, _ = operands[n-1].(float64)
		}
	case "Tj", "TJ", "'", "\"":
		c.text(operator, operands)
		return
	case "Tf":
		if c.keep == noTexts {
			return
		}
	case "c", "v", "y":
		c.drawn.curves++
	case "Do":
		if n := len(operands); n > 0 {
			if of, ok := operands[n-1].(name); ok {
				c.drawn.placed = append(c.drawn.placed, placement{of, c.state.at})
			}
		}
	case "BDC": // its properties may repeat the text (14.9.4); those of layers are needed
		if len(operands) == 2 && operands[0] != name("OC") {
			operator, operands = "BMC", operands[:1]
		}
	case "DP", "MP", "BX", "EX": // change nothing that shows
		return
	}
	c.write(operator, operands)
}

func (c *content) write(operator string, operands array) {
	for _, v := range operands {
		c.out = append(appendValue(c.out, v), ' ')
	}
	c.out = append(append(c.out, operator...), '\n')
}

// text follows an operator that shows text.
func (c *content) text(operator string, operands array) {
	hidden := c.mode == hiddenMode
	if hidden {
		c.drawn.hidden = true
	} else {
		c.drawn.visible = true
	}
	switch {
	case c.keep == allTexts, c.keep == visibleTexts && !hidden:
		c.write(operator, operands)
	case operator == "'" || operator == "\"": // also move to the next line
		c.write("T*", nil)
	}
}

// inline copies an image that stands in the stream (8.9.7).
func (c *content) inline() error {
	start := c.parser.at
	w, h := 0.0, 0.0
	for {
		c.skip()
		if c.at0() {
			return fmt.Errorf("%w: an inline image without data", ErrMalformed)
		}
		key, ok := c.operand()
		if !ok {
			if c.word() == "ID" {
				break
			}
			return fmt.Errorf("%w: an inline image without data", ErrMalformed)
		}
		c.skip()
		if c.at0() {
			continue
		}
		v, _ := c.operand()
		switch n, _ := v.(float64); key {
		case name("W"), name("Width"):
			w = n
		case name("H"), name("Height"):
			h = n
		}
	}
	for at := c.parser.at + 1; ; at++ {
		i := bytes.Index(c.b[min(at, len(c.b)):], []byte("EI"))
		if i < 0 {
			return fmt.Errorf("%w: an inline image without end", ErrMalformed)
		}
		at += i
		if end := at + 2; blank(c.b[at-1]) && (end == len(c.b) || blank(c.b[end])) && plainText(c.b[end:min(len(c.b), end+afterInline)]) {
			c.parser.at = end
			break
		}
	}
	if MayShowNumber(int(w), int(h)) {
		c.drawn.inline = true
	}
	c.out = append(append(append(c.out, "BI "...), c.b[start:c.parser.at]...), '\n')
	c.out = append(c.out, bytes.Repeat([]byte(" "), afterInline)...) // what follows may be other bytes now
	return nil
}

// afterInline is how many bytes after the end of an inline image are looked at.
const afterInline = 16

// plainText reports whether bytes may follow an inline image: data of images that
// looks like its end is followed by other bytes.
func plainText(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c >= 0x7f || c < ' ' && !blank(c) || c == 0 })
}

// MayShowNumber reports whether an image of this size can show a card number
// that anyone can read: 12 digits of 4 by 5 pixels.
func MayShowNumber(w, h int) bool { return max(w, h) >= 48 && min(w, h) >= 5 }

// maxContent bounds a content stream, in bytes.
const maxContent = 64 << 20

// decoded returns the bytes of a content stream.
func (f *file) decoded(o *object) (data []byte, err error) {
	d, _ := o.value.(dict)
	data = o.stream
	parameters := f.list(d["DecodeParms"])
	for i, filter := range f.list(d["Filter"]) {
		var of dict
		if i < len(parameters) {
			of = f.dict(parameters[i])
		}
		if data, err = f.undone(filter, of, data, maxContent); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// undone undoes a filter that packs bytes (7.4), up to a limit.
func (f *file) undone(filter any, parameters dict, data []byte, limit int64) ([]byte, error) {
	var in io.Reader
	switch filter {
	case name("FlateDecode"), name("Fl"):
		if f.number(parameters["Predictor"], 1) > 1 {
			return nil, unsupported("a stream with a predictor")
		}
		z, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		in = z
	case name("ASCII85Decode"), name("A85"):
		data, _, _ = bytes.Cut(bytes.TrimPrefix(bytes.TrimSpace(data), []byte("<~")), []byte("~"))
		in = ascii85.NewDecoder(bytes.NewReader(data))
	case name("ASCIIHexDecode"), name("AHx"):
		p := parser{b: append([]byte("<"), data...)}
		in = bytes.NewReader([]byte(p.hexadecimal()))
	default:
		return nil, unsupported("coded by %v", filter)
	}
	plain, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if int64(len(plain)) > limit {
		return nil, fmt.Errorf("%w: a stream of more than %d bytes", ErrMalformed, limit)
	}
	return plain, nil
}
