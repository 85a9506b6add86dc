// Package params parses the parameters of API 3.0 requests: JSON, forms, queries
// and multipart forms (docs/api3.md, Requests). An action asks for the parameters
// that it knows, and then whether there are others.
//
// A body is read once and is never written to a disk.
package params

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kahao/kahao/internal/service/signature/tc3"
)

// Kind says what a value is.
type Kind int

// The kinds. Values of forms are Text whatever they stand for.
const (
	Text Kind = iota
	Boolean
	Number
	Null
	Other // a list or an object
)

// value is one parameter.
type value struct {
	kind Kind
	text []byte // of Text the characters, otherwise the JSON
	asks bool   // the action has asked for it
}

// Params are the parameters of a request. They are not safe for concurrent use.
type Params struct {
	values map[string]*value
	form   bool // everything is Text
	wrong  string
}

// TypeError means that a parameter has the wrong type.
type TypeError struct{ Name string }

// Error names the parameter.
func (e *TypeError) Error() string { return fmt.Sprintf("params: %s has the wrong type", e.Name) }

// UnknownError means that a parameter is not one of the action's.
type UnknownError struct{ Name string }

// Error names the parameter.
func (e *UnknownError) Error() string { return fmt.Sprintf("params: %s is not known", e.Name) }

// common are the parameters of every request, which a form or query holds beside
// those of the action.
var common = []string{"Action", "Version", "Timestamp", "Nonce", "SecretId", "SignatureMethod", "Signature", "Region", "Language", "RequestClient", "Token"}

// FromForm takes the parameters of a form or query.
func FromForm(list []tc3.Parameter) *Params {
	p := &Params{values: map[string]*value{}, form: true}
	for _, one := range list {
		p.values[one.Name] = &value{text: []byte(one.Value)}
	}
	return p
}

// get returns a parameter. Null counts as absent.
func (p *Params) get(name string) *value {
	v := p.values[name]
	if v == nil {
		return nil
	}
	v.asks = true
	if v.kind == Null {
		return nil
	}
	return v
}

// refuse notes the first parameter of the wrong type.
func (p *Params) refuse(name string) {
	if p.wrong == "" {
		p.wrong = name
	}
}

// Text returns a string, and whether it is given.
func (p *Params) Text(name string) (text []byte, given bool) {
	v := p.get(name)
	if v == nil {
		return nil, false
	}
	if v.kind != Text {
		p.refuse(name)
		return nil, false
	}
	return v.text, true
}

// Bool returns a boolean, false if it is absent. Forms write true and false.
func (p *Params) Bool(name string) bool {
	v := p.get(name)
	if v == nil {
		return false
	}
	if v.kind == Boolean || p.form {
		switch strings.ToLower(string(v.text)) {
		case "true":
			return true
		case "false":
			return false
		}
	}
	p.refuse(name)
	return false
}

// Int returns an integer, and whether it is given.
func (p *Params) Int(name string) (n int64, given bool) {
	v := p.get(name)
	if v == nil {
		return 0, false
	}
	if v.kind == Number || p.form {
		if n, err := strconv.ParseInt(string(v.text), 10, 64); err == nil {
			return n, true
		}
	}
	p.refuse(name)
	return 0, false
}

// maxList bounds the elements of a list.
const maxList = 100

// List returns a list of strings. Forms write one parameter for each element:
// name.0, name.1 and so on.
func (p *Params) List(name string) []string {
	if p.form {
		var list []string
		for len(list) < maxList {
			v := p.get(name + "." + strconv.Itoa(len(list)))
			if v == nil {
				break
			}
			list = append(list, string(v.text))
		}
		return list
	}
	v := p.get(name)
	if v == nil {
		return nil
	}
	list, ok := parseList(v.text)
	if v.kind != Other || !ok || len(list) > maxList {
		p.refuse(name)
		return nil
	}
	return list
}

// Check returns a *TypeError if a parameter that was asked for has the wrong
// type, and otherwise an *UnknownError if there is one that was not asked for.
func (p *Params) Check() error {
	if p.wrong != "" {
		return &TypeError{p.wrong}
	}
	for _, name := range slices.Sorted(maps.Keys(p.values)) {
		if !p.values[name].asks && !slices.Contains(common, name) {
			return &UnknownError{name}
		}
	}
	return nil
}
