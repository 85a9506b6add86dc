package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// ErrUnknown means that a user has a policy that is neither a preset nor a
// document.
var ErrUnknown = errors.New("policy: no such preset")

// Attached is a policy of a user: the name of a preset, or a document.
type Attached struct {
	Name     string          `json:"name"`
	Document json.RawMessage `json:"document,omitempty"`
}

// ForUser returns what a user may do: the main user everything, a sub-account
// what its policies allow. It returns ErrUnknown, and ErrDocument for an
// invalid document.
func ForUser(user string, main bool, attached []Attached) (Set, error) {
	if main {
		return Set{user: user, main: true}, nil
	}
	var documents []Document
	var names []string
	for _, a := range attached {
		d, known := Preset(a.Name)
		switch {
		case len(a.Document) > 0:
			var err error
			if d, err = Parse(a.Document); err != nil {
				return Set{}, err
			}
		case !known:
			return Set{}, fmt.Errorf("%w: %q", ErrUnknown, a.Name)
		}
		documents, names = append(documents, d), append(names, a.Name)
	}
	s := NewSet(user, documents...)
	s.names = names
	return s, nil
}

// ErrAttach means that a policy cannot be attached.
var ErrAttach = errors.New("policy: cannot be attached")

// Attach returns the policies with another one, which replaces one of its name.
// It returns ErrUnknown for a name that is no preset, without a document;
// ErrAttach for a document with the name of a preset; and ErrDocument.
func Attach(all []Attached, p Attached) ([]Attached, error) {
	_, preset := Preset(p.Name)
	switch {
	case len(p.Document) == 0 && !preset:
		return nil, fmt.Errorf("%w: %q", ErrUnknown, p.Name)
	case len(p.Document) > 0 && preset:
		return nil, fmt.Errorf("%w: %q is the name of a preset", ErrAttach, p.Name)
	case len(p.Document) > 0:
		if _, err := Parse(p.Document); err != nil {
			return nil, err
		}
	}
	return append(Detach(all, p.Name), p), nil
}

// Detach returns the policies without the one of that name.
func Detach(all []Attached, name string) []Attached {
	return slices.DeleteFunc(slices.Clone(all), func(a Attached) bool { return a.Name == name })
}
