package envelope

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of opening, for errors.Is.
var (
	// ErrSealed means that a text was not made by Seal, or was cut.
	ErrSealed = errors.New("envelope: not a sealed value")
	// ErrKey means that the keyring lacks the key the text was sealed under.
	ErrKey = errors.New("envelope: key not in the keyring")
	// ErrOpen means that the text was changed, moved, or sealed under another
	// key of the same ID.
	ErrOpen = errors.New("envelope: authentication failed: changed or moved")
	// ErrAAD means that an AAD lacks a part or has a colon in one.
	ErrAAD = errors.New("envelope: AAD needs a table, a column and a row, without colons")
)

// AAD is the location of a ciphertext, its additional authenticated data: moved
// to another row or account it does not open.
type AAD struct{ Table, Column, Row, Account string }

// encode returns table:column:row:account.
func (a AAD) encode() ([]byte, error) {
	parts := []string{a.Table, a.Column, a.Row, a.Account}
	for i, part := range parts {
		// A colon in a part would make two locations equal. Only the account
		// may be empty.
		if strings.Contains(part, ":") || part == "" && i < 3 {
			return nil, ErrAAD
		}
	}
	return []byte(strings.Join(parts, ":")), nil
}

// A value sealed under a keyring is: the byte 1, the length of the key's ID,
// the ID, a 12-byte nonce, the ciphertext, a 16-byte tag. The first three need
// no authentication: another ID selects another key.
const version = 1

// Seal seals a value under the primary key. It returns ErrAAD.
func (k *Keyring) Seal(a AAD, plain []byte) ([]byte, error) {
	aad, err := a.encode()
	if err != nil {
		return nil, err
	}
	out := append([]byte{version, byte(len(k.primary))}, k.primary...)
	return k.keys[k.primary].Seal(out, nil, plain, aad), nil
}

// Open opens a sealed value, under any of the keys. It returns ErrAAD,
// ErrSealed, ErrKey with the key's ID, or ErrOpen.
func (k *Keyring) Open(a AAD, sealed []byte) ([]byte, error) {
	aad, err := a.encode()
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
	return key.open(rest, aad)
}

// Rewrap reseals a value under the primary key. If it is sealed under that key
// already, Rewrap checks it and returns it with changed false. It returns the
// errors of Open.
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
func (a aead) open(sealed, aad []byte) ([]byte, error) {
	if len(sealed) < a.Overhead() {
		return nil, ErrSealed
	}
	plain, err := a.Open(nil, nil, sealed, aad)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}
