package params

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
)

// ErrJSON means that a body is not a JSON object.
var ErrJSON = errors.New("params: not a JSON object")

// maxNames bounds the parameters of a request.
const maxNames = 256

// FromJSON parses a body that is one JSON object, of at most 256 members. Names are compared with case,
// and the last of equal ones counts. It returns ErrJSON. The values refer to body.
//
// encoding/json would look at each byte of a base64 text several times, which
// takes longer than all else that the API does with a request.
func FromJSON(body []byte) (*Params, error) {
	s := scanner{rest: bytes.TrimPrefix(body, []byte("\ufeff"))}
	p := &Params{values: map[string]*value{}}
	if !s.take('{') {
		return nil, ErrJSON
	}
	if s.take('}') {
		return p, s.end()
	}
	for {
		name, ok := s.string()
		if !ok || !s.take(':') {
			return nil, ErrJSON
		}
		v, ok := s.value()
		if !ok {
			return nil, ErrJSON
		}
		if p.values[string(name)] = v; len(p.values) > maxNames {
			return nil, ErrJSON
		}
		if s.take(',') {
			continue
		}
		if !s.take('}') {
			return nil, ErrJSON
		}
		return p, s.end()
	}
}

// scanner reads JSON from the front.
type scanner struct{ rest []byte }

// space skips white space.
func (s *scanner) space() { s.rest = bytes.TrimLeft(s.rest, " \t\r\n") }

// take skips a byte if it comes next.
func (s *scanner) take(c byte) bool {
	s.space()
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// end returns ErrJSON unless everything was read.
func (s *scanner) end() error {
	if s.space(); len(s.rest) > 0 {
		return ErrJSON
	}
	return nil
}

// string reads a string and returns its characters. Invalid UTF-8 becomes
// U+FFFD, as with encoding/json.
func (s *scanner) string() ([]byte, bool) {
	if s.space(); len(s.rest) == 0 || s.rest[0] != '"' {
		return nil, false
	}
	end := closing(s.rest)
	if end < 0 {
		return nil, false
	}
	quoted := s.rest[:end+1]
	s.rest = s.rest[end+1:]
	if plain(quoted[1:end]) {
		return quoted[1:end], true
	}
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return nil, false
	}
	return []byte(text), true
}

// closing returns the index of the quotation mark that ends a string, which
// begins with one, or -1.
func closing(text []byte) int {
	for at := 1; ; {
		i := bytes.IndexByte(text[at:], '"')
		if i < 0 {
			return -1
		}
		end := at + i
		slashes := 0
		for text[end-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return end
		}
		at = end + 1
	}
}

// plain reports whether a string means its own bytes: printable ASCII without an
// escape. It looks at eight bytes at once.
func plain(text []byte) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; len(text) >= 8; text = text[8:] {
		x := binary.LittleEndian.Uint64(text)
		slash := x ^ ones*'\\'
		// Where no top bit is set, a borrow marks the bytes below the subtrahend.
		if (x|(x-ones*' ')|(slash-ones))&tops != 0 {
			break // or a false alarm after a byte that is really odd
		}
	}
	for _, c := range text {
		if c < ' ' || c >= 0x80 || c == '\\' {
			return false
		}
	}
	return true
}

// value reads any value.
func (s *scanner) value() (*value, bool) {
	s.space()
	if len(s.rest) == 0 {
		return nil, false
	}
	switch c := s.rest[0]; {
	case c == '"':
		text, ok := s.string()
		return &value{kind: Text, text: text}, ok
	case c == '[' || c == '{':
		d := json.NewDecoder(bytes.NewReader(s.rest))
		var raw json.RawMessage
		if d.Decode(&raw) != nil {
			return nil, false
		}
		s.rest = s.rest[d.InputOffset():]
		return &value{kind: Other, text: raw}, true
	}
	end := bytes.IndexAny(s.rest, ",}] \t\r\n")
	if end < 0 {
		return nil, false
	}
	word := s.rest[:end]
	s.rest = s.rest[end:]
	if !json.Valid(word) {
		return nil, false
	}
	switch word[0] {
	case 't', 'f':
		return &value{kind: Boolean, text: word}, true
	case 'n':
		return &value{kind: Null}, true
	}
	return &value{kind: Number, text: word}, true
}

// parseList parses a JSON list of strings.
func parseList(text []byte) (list []string, ok bool) {
	// A null would become an empty string.
	var elements []*string
	if json.Unmarshal(text, &elements) != nil {
		return nil, false
	}
	for _, e := range elements {
		if e == nil {
			return nil, false
		}
		list = append(list, *e)
	}
	return list, true
}
