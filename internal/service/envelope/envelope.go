package envelope

import (
	"errors"
	"fmt"
	"strings"
)

// The ways in which opening fails: a closed set, for errors.Is.
var (
	// ErrSealed: it is not what Seal makes, or is cut off.
	ErrSealed = errors.New("seal: not a sealed text")
	// ErrKey: the keyring does not have the key that it was sealed under.
	ErrKey = errors.New("seal: the key is not in the keyring")
	// ErrOpen: it was changed, stands in another place than it was sealed
	// for, or was sealed under another key of the same id.
	ErrOpen = errors.New("seal: changed, or moved from another place")
	// ErrAAD: a place that nothing can be bound to.
	ErrAAD = errors.New("seal: a place must have a table, a column and a row, without colons")
)

// AAD is where a ciphertext stands, which it is bound to: moved to another
// row or account it does not open.
type AAD struct{ Table, Column, Row, Account string }

// bound is the additional data of the place: table:column:row:account.
func (a AAD) encode() ([]byte, error) {
	parts := []string{a.Table, a.Column, a.Row, a.Account}
	for i, part := range parts {
		// With a colon in one of them, two places could read the same. What
		// belongs to no account has none.
		if strings.Contains(part, ":") || part == "" && i < 3 {
			return nil, ErrAAD
		}
	}
	return []byte(strings.Join(parts, ":")), nil
}

// A text sealed under a keyring is: the byte 1, the length of the key's id,
// the id, a nonce of 12 bytes, the ciphertext, a tag of 16 bytes. The first
// three are not secret, and bound by what they lead to: another id is another
// key.
const version = 1

// Seal seals a text for a place under the primary key. It returns ErrAAD.
func (k *Keyring) Seal(a AAD, plain []byte) ([]byte, error) {
	bound, err := a.encode()
	if err != nil {
		return nil, err
	}
	out := append([]byte{version, byte(len(k.primary))}, k.primary...)
	return k.keys[k.primary].Seal(out, nil, plain, bound), nil
}

// Open returns what was sealed for the place, under whichever of the keys. It
// returns ErrAAD, ErrSealed, ErrKey, wrapped with the key's id, or ErrOpen.
func (k *Keyring) Open(a AAD, sealed []byte) ([]byte, error) {
	bound, err := a.encode()
	if err != nil {
		return nil, err
	}
	id, rest, err := split(sealed)
	if err != nil {
		return nil, err
	}
	key, ok := k.keys[id]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrKey, id)
	}
	return key.open(rest, bound)
}

// Rewrap seals anew under the primary key what another key sealed. What the
// primary key sealed it opens, and returns as it is with changed false. It
// returns the errors of Open.
func (k *Keyring) Rewrap(a AAD, sealed []byte) (out []byte, changed bool, err error) {
	plain, err := k.Open(a, sealed)
	if err != nil {
		return nil, false, err
	}
	if id, _, _ := split(sealed); id == k.primary {
		return sealed, false, nil
	}
	out, err = k.Seal(a, plain)
	return out, err == nil, err
}

func split(sealed []byte) (id string, rest []byte, err error) {
	if len(sealed) < 2 || sealed[0] != version {
		return "", nil, ErrSealed
	}
	n := int(sealed[1])
	if len(sealed) < 2+n || !validID(string(sealed[2:2+n])) {
		return "", nil, ErrSealed
	}
	return string(sealed[2 : 2+n]), sealed[2+n:], nil
}

// open opens a nonce with its ciphertext.
func (a aead) open(sealed, bound []byte) ([]byte, error) {
	if len(sealed) < a.Overhead() {
		return nil, ErrSealed
	}
	plain, err := a.Open(nil, nil, sealed, bound)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}
