package envelope

import (
	"github.com/kahao/kahao/internal/secret"
)

// DataKey seals what belongs to one day and is to become unreadable together.
// It never prints, and is safe for concurrent use.
type DataKey struct {
	secret.Hidden
	aead aead
}

// dayAAD is where the wrapped data key of a day stands: in no account.
func dayAAD(day string) AAD { return AAD{Table: "dek", Column: "wrapped", Row: day} }

// NewDataKey draws the data key of a day, such as 2026-11-23, and returns it
// with its wrapped form, which alone is kept. It returns ErrAAD for a day
// without a name.
func (k *Keyring) NewDataKey(day string) (d DataKey, wrapped []byte, err error) {
	key := drawKey()
	if wrapped, err = k.Seal(dayAAD(day), key); err != nil {
		return DataKey{}, nil, err
	}
	d, err = newDataKey(key)
	return d, wrapped, err
}

// Unwrap returns the data key of a day. It returns the errors of Open, and
// ErrSealed for what is no key.
func (k *Keyring) Unwrap(day string, wrapped []byte) (DataKey, error) {
	key, err := k.Open(dayAAD(day), wrapped)
	if err != nil {
		return DataKey{}, err
	}
	return newDataKey(key)
}

// RewrapDataKey is Rewrap for the wrapped data key of a day: what it sealed
// stays as it is.
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

// Seal seals a text for a place: a nonce, the ciphertext and a tag, 28 bytes
// more than the text. It returns ErrAAD, and ErrKey for the zero DataKey.
func (d DataKey) Seal(a AAD, plain []byte) ([]byte, error) {
	bound, err := a.encode()
	if err != nil {
		return nil, err
	}
	if d.aead.AEAD == nil {
		return nil, ErrKey
	}
	return d.aead.Seal(nil, nil, plain, bound), nil
}

// Open returns what the key sealed for the place. It returns ErrAAD,
// ErrSealed or ErrOpen, and ErrKey for the zero DataKey.
func (d DataKey) Open(a AAD, sealed []byte) ([]byte, error) {
	bound, err := a.encode()
	if err != nil {
		return nil, err
	}
	if d.aead.AEAD == nil {
		return nil, ErrKey
	}
	return d.aead.open(sealed, bound)
}
