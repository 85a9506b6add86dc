package envelope

import (
	"github.com/kahao/kahao/internal/secret"
)

// DataKey seals the values of one day, which become unreadable together. It
// never prints its key, and is safe for concurrent use.
type DataKey struct {
	secret.Hidden
	aead aead
}

// dayAAD is the AAD of a day's wrapped data key, which belongs to no account.
func dayAAD(day string) AAD { return AAD{Table: "dek", Column: "wrapped", Row: day} }

// NewDataKey generates the data key of a day, such as 2026-11-23, and returns
// it with its wrapped form, the only one to store. It returns ErrAAD for an
// empty day.
func (k *Keyring) NewDataKey(day string) (d DataKey, wrapped []byte, err error) {
	key := randomKey()
	if wrapped, err = k.Seal(dayAAD(day), key); err != nil {
		return DataKey{}, nil, err
	}
	d, err = newDataKey(key)
	return d, wrapped, err
}

// Unwrap returns the data key of a day. It returns the errors of Open, and
// ErrSealed if the content is not a key.
func (k *Keyring) Unwrap(day string, wrapped []byte) (DataKey, error) {
	key, err := k.Open(dayAAD(day), wrapped)
	if err != nil {
		return DataKey{}, err
	}
	return newDataKey(key)
}

// RewrapDataKey is Rewrap for a wrapped data key. Values sealed under it stay
// as they are.
func (k *Keyring) RewrapDataKey(day string, wrapped []byte) (out []byte, changed bool, err error) {
	return k.Rewrap(dayAAD(day), wrapped)
}

func newDataKey(key []byte) (DataKey, error) {
	if len(key) != keySize {
		return DataKey{}, ErrSealed
	}
	a, err := newAEAD(key)
	if err != nil {
		return DataKey{}, ErrSealed
	}
	return DataKey{aead: a}, nil
}

// Seal seals a value: a nonce, the ciphertext and a tag, 28 bytes more than the
// value. It returns ErrAAD, and ErrKey for the zero DataKey.
func (d DataKey) Seal(a AAD, plain []byte) ([]byte, error) {
	aad, err := a.encode()
	if err != nil {
		return nil, err
	}
	if d.aead.AEAD == nil {
		return nil, ErrKey
	}
	return d.aead.Seal(nil, nil, plain, aad), nil
}

// Open opens a value sealed by the key. It returns ErrAAD, ErrSealed or
// ErrOpen, and ErrKey for the zero DataKey.
func (d DataKey) Open(a AAD, sealed []byte) ([]byte, error) {
	aad, err := a.encode()
	if err != nil {
		return nil, err
	}
	if d.aead.AEAD == nil {
		return nil, ErrKey
	}
	return d.aead.open(sealed, aad)
}
