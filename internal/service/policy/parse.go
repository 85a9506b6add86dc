package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a document.
const (
	MaxBytes      = 6144
	maxStatements = 50
	maxPatterns   = 100 // of one statement's actions, and of its resources
	maxPattern    = 300 // bytes
)

// ErrDocument means that a text is not a valid policy.
var ErrDocument = errors.New("policy: invalid document")

// Parse parses a policy document: version "2.0", and statements of an effect
// (allow or deny), an action and a resource, each a string or a list, with * as
// a wildcard. It refuses unknown members, such as conditions: ignoring one
// would allow more than intended. It returns ErrDocument with the reason.
func Parse(text []byte) (Document, error) {
	d, err := parse(text)
	if err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	return d, nil
}

func parse(text []byte) (d Document, err error) {
	if len(text) > MaxBytes {
		return d, fmt.Errorf("%d bytes, at most %d are allowed", len(text), MaxBytes)
	}
	if !utf8.Valid(text) {
		return d, errors.New("not UTF-8")
	}
	p := parser{json.NewDecoder(bytes.NewReader(text))}
	version := ""
	err = p.object("the document", map[string]func() error{
		"version": func() error { return p.text("version", &version) },
		"statement": func() error {
			return p.list("statement", maxStatements, func() error {
				st, err := p.statement()
				d.statements = append(d.statements, st)
				return err
			})
		},
	})
	if err != nil {
		return Document{}, err
	}
	if version != "2.0" {
		return Document{}, fmt.Errorf(`version %.20q: want "2.0"`, version)
	}
	if len(d.statements) == 0 {
		return Document{}, errors.New("no statement")
	}
	if _, err := p.Token(); err != io.EOF {
		return Document{}, errors.New("trailing data")
	}
	return d, nil
}

func (p parser) statement() (st statement, err error) {
	effect := ""
	err = p.object("a statement", map[string]func() error{
		"effect":   func() error { return p.text("effect", &effect) },
		"action":   func() error { return p.texts("action", &st.actions) },
		"resource": func() error { return p.texts("resource", &st.resources) },
	})
	if err != nil {
		return st, err
	}
	if effect != "allow" && effect != "deny" {
		return st, fmt.Errorf("effect %.20q: want allow or deny", effect)
	}
	st.allow = effect == "allow"
	for i, a := range st.actions {
		if st.actions[i], err = action(a); err != nil {
			return st, err
		}
	}
	for _, r := range st.resources {
		if err := resource(r); err != nil {
			return st, err
		}
	}
	return st, nil
}

// action validates the pattern of an action, service:Name, and normalises it
// for comparison. A prefix name/ is ignored.
func action(a string) (string, error) {
	bare := strings.ToLower(strings.TrimPrefix(a, "name/"))
	service, name, ok := strings.Cut(bare, ":")
	const set = "abcdefghijklmnopqrstuvwxyz0123456789_-*"
	if bare != "*" && (!ok || service == "" || name == "" || strings.Trim(service+name, set) != "") {
		return "", fmt.Errorf("action %.60q: want the form service:Name, such as ocr:BankCardOCR or ocr:*", a)
	}
	return bare, nil
}

// resource validates the pattern of a resource: six parts starting with qcs, or
// fewer that end with a star.
func resource(r string) error {
	rest := strings.ReplaceAll(r, variable, "")
	switch {
	case strings.ContainsAny(rest, "${} \"\\") || strings.ContainsFunc(rest, func(c rune) bool { return c < ' ' || c > '~' }):
		return fmt.Errorf("resource %.60q: invalid character, or a variable other than %s", r, variable)
	case r == "*":
		return nil
	case !strings.HasPrefix(r, "qcs:") || strings.Count(r, ":") < 5 && !strings.HasSuffix(r, "*"):
		return fmt.Errorf("resource %.60q: want * or the form qcs::ocr:::subUin/%s", r, variable)
	}
	return nil
}

// parser reads JSON token by token, to accept each member once and by its exact
// name, which encoding/json does not enforce. With two members "effect", two
// readers could see two policies.
type parser struct{ *json.Decoder }

// object reads an object that has exactly these members.
func (p parser) object(what string, members map[string]func() error) error {
	if err := p.delim(what, '{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for p.More() {
		token, err := p.Token()
		if err != nil {
			return syntax(err)
		}
		name, _ := token.(string)
		read, ok := members[name]
		if !ok {
			return fmt.Errorf("%s has an unknown member %.40q", what, name)
		}
		if seen[name] {
			return fmt.Errorf("%s has %s twice", what, name)
		}
		seen[name] = true
		if err := read(); err != nil {
			return err
		}
	}
	for name := range members {
		if !seen[name] {
			return fmt.Errorf("%s lacks a member: want %s", what, strings.Join(slices.Sorted(maps.Keys(members)), ", "))
		}
	}
	return p.end()
}

func (p parser) list(what string, most int, read func() error) error {
	if err := p.delim(what, '['); err != nil {
		return err
	}
	for n := 1; p.More(); n++ {
		if n > most {
			return fmt.Errorf("%s has more than %d entries", what, most)
		}
		if err := read(); err != nil {
			return err
		}
	}
	return p.end()
}

// texts reads a string, or a list of at least one.
func (p parser) texts(what string, into *[]string) error {
	add := func(token json.Token) error {
		s, ok := token.(string)
		if !ok || s == "" || len(s) > maxPattern {
			return fmt.Errorf("%s: want a string of 1 to %d bytes, or a list of such strings", what, maxPattern)
		}
		*into = append(*into, s)
		return nil
	}
	token, err := p.Token()
	if err != nil {
		return syntax(err)
	}
	if token != json.Delim('[') {
		return add(token)
	}
	for p.More() {
		if token, err = p.Token(); err != nil {
			return syntax(err)
		}
		if err := add(token); err != nil {
			return err
		}
		if len(*into) > maxPatterns {
			return fmt.Errorf("%s has more than %d entries", what, maxPatterns)
		}
	}
	if len(*into) == 0 {
		return fmt.Errorf("%s is empty", what)
	}
	return p.end()
}

func (p parser) text(what string, into *string) error {
	token, err := p.Token()
	if err != nil {
		return syntax(err)
	}
	s, ok := token.(string)
	if !ok {
		return fmt.Errorf("%s: want a string", what)
	}
	*into = s
	return nil
}

func (p parser) delim(what string, d json.Delim) error {
	token, err := p.Token()
	if err != nil {
		return syntax(err)
	}
	if token != d {
		return fmt.Errorf("%s: want %s", what, d)
	}
	return nil
}

func (p parser) end() error {
	if _, err := p.Token(); err != nil {
		return syntax(err)
	}
	return nil
}

func syntax(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("not JSON: %w", err)
}
