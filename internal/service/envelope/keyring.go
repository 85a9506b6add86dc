// Package envelope encrypts secrets and results, so that a copy of the database
// is useless without its keys: AES-256-GCM under keys from outside the
// database, with the location of each ciphertext as additional authenticated
// data.
//
// A Keyring holds the key-encryption keys. Small values that stay readable for
// years, such as signing secrets, are sealed under them directly. Values that
// expire, such as replies, are sealed under a data key of their day, which the
// keyring wraps. When the wrapped key is deleted, they are unreadable in every
// backup.
//
// Errors and printed values contain nothing of keys, plaintexts or ciphertexts.
package envelope

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/kahao/kahao/internal/secret"
)

// keySize is the size of AES-256 keys in bytes.
const keySize = 32

// ErrKeyring means that a text is not a valid keyring.
var ErrKeyring = errors.New("envelope: invalid keyring")

// Keyring holds the key-encryption keys. It seals under the primary key and
// opens under all. It never prints its keys, is immutable, and is safe for
// concurrent use.
type Keyring struct {
	secret.Hidden
	primary string
	keys    map[string]aead
}

// Bounds of a keyring.
const (
	maxIDLen = 32
	maxKeys  = 100
)

// ParseKeyring parses key-encryption keys, one per line: an ID of 1 to 32
// letters, digits, - and _, a colon, and 32 bytes in base64. The first is the
// primary key. Blank lines and lines starting with # are ignored; a comma may
// replace a line break, for environment variables. It returns ErrKeyring with
// the number of the wrong entry.
//
// A caller that reads the text from a file checks that others cannot read it.
func ParseKeyring(text []byte) (*Keyring, error) {
	k := &Keyring{keys: map[string]aead{}}
	seen := map[string]bool{} // by key
	for i, line := range strings.FieldsFunc(string(text)+"\n", func(r rune) bool { return r == '\n' || r == ',' }) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		wrong := func(what string) error { return fmt.Errorf("%w: entry %d: %s", ErrKeyring, i+1, what) }
		id, encoded, ok := strings.Cut(line, ":")
		if !ok || !validID(id) {
			return nil, wrong("want a key ID and a colon")
		}
		key, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err != nil || len(key) != keySize {
			return nil, wrong("want 32 bytes in base64 after the colon")
		}
		if _, twice := k.keys[id]; twice || seen[string(key)] {
			return nil, wrong("duplicate ID or key")
		}
		if bytes.Count(key, key[:1]) == keySize {
			return nil, wrong("the key is not random")
		}
		if len(k.keys) == maxKeys {
			return nil, wrong("too many keys")
		}
		seen[string(key)] = true
		if k.keys[id], err = newAEAD(key); err != nil {
			return nil, wrong("the key cannot be used")
		}
		if k.primary == "" {
			k.primary = id
		}
	}
	if k.primary == "" {
		return nil, fmt.Errorf("%w: no key", ErrKeyring)
	}
	return k, nil
}

// NewKey generates a random key and returns its line for a keyring. It returns
// ErrKeyring for an invalid ID.
func NewKey(id string) (line string, err error) {
	if !validID(id) {
		return "", fmt.Errorf("%w: a key ID has 1 to %d letters, digits, - and _", ErrKeyring, maxIDLen)
	}
	return id + ":" + base64.StdEncoding.EncodeToString(randomKey()), nil
}

// Primary returns the ID of the key that seals new values.
func (k *Keyring) Primary() string { return k.primary }

func validID(id string) bool {
	const set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return id != "" && len(id) <= maxIDLen && strings.Trim(id, set) == ""
}

// randomKey returns a random key. The system's generator never fails: the
// process would end.
func randomKey() []byte {
	key := make([]byte, keySize)
	_, _ = rand.Read(key)
	return key
}

// aead is a key in use. It puts a random 96-bit nonce in front of each message.
// One key may seal 2^32 messages (NIST SP 800-38D, section 8.3).
type aead struct {
	secret.Hidden
	cipher.AEAD
}

func newAEAD(key []byte) (aead, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return aead{}, err
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	return aead{AEAD: gcm}, err
}
