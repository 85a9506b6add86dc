package policy

import (
	"encoding/json"
	"errors"
	"fmt"
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
		documents = append(documents, d)
	}
	return NewSet(user, documents...), nil
}
