// Package envelope keeps secrets and results so that a copy of the database is of
// no use without its keys: AES-256-GCM under keys from outside the database,
// each ciphertext bound to the place where it stands (spec/storage.md, sections
// 5 and 9; spec/reliability.md, section 6).
//
// A Keyring holds the key-encryption keys. Small things that must stay readable
// for years, such as signing secrets, are sealed under them directly. What
// expires, such as replies, is sealed under a data key of its day, which the
// keyring wraps: when the wrapped key is deleted, every backup of what it
// sealed is unreadable.
//
// Errors and printed values hold nothing of keys, plaintexts or ciphertexts.
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

// keySize is that of AES-256, in bytes.
const keySize = 32

// ErrKeyring: a text is no keyring.
var ErrKeyring = errors.New("seal: keyring")

// Keyring is the key-encryption keys. New things are sealed under the primary
// one, and all can open. It never prints, does not change, and is safe for
// concurrent use.
type Keyring struct {
	secret.Hidden
	primary string
	keys    map[string]aead
}

// Bounds of a keyring's text.
const (
	maxIDLen = 32
	maxKeys  = 100
)

// ParseKeyring reads key-encryption keys, one a line: an id of 1 to 32 letters,
// digits, - and _, a colon, and 32 bytes in base64. The first is the primary
// one. Blank lines and those that begin with # say nothing; a comma may stand
// for the end of a line, for an environment variable. It returns ErrKeyring,
// wrapped with the number of the line that is wrong.
//
// Whoever reads the text from a file sees to it that others cannot.
func ParseKeyring(text []byte) (*Keyring, error) {
	k := &Keyring{keys: map[string]aead{}}
	seen := map[string]bool{} // by the key itself
	for i, line := range strings.FieldsFunc(string(text)+"\n", func(r rune) bool { return r == '\n' || r == ',' }) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		wrong := func(what string) error { return fmt.Errorf("%w: entry %d: %s", ErrKeyring, i+1, what) }
		id, encoded, ok := strings.Cut(line, ":")
		if !ok || !validID(id) {
			return nil, wrong("it does not begin with the key's id and a colon")
		}
		key, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err != nil || len(key) != keySize {
			return nil, wrong("after the colon there must be 32 bytes in base64")
		}
		if _, twice := k.keys[id]; twice || seen[string(key)] {
			return nil, wrong("its id or its key stood before")
		}
		if bytes.Count(key, key[:1]) == keySize {
			return nil, wrong("this is no random key")
		}
		if len(k.keys) == maxKeys {
			return nil, wrong("there are too many keys")
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
		return nil, fmt.Errorf("%w: it has no key", ErrKeyring)
	}
	return k, nil
}

// NewKey draws a key, and returns the line for it in a keyring. It returns
// ErrKeyring for an id that a keyring cannot have.
func NewKey(id string) (line string, err error) {
	if !validID(id) {
		return "", fmt.Errorf("%w: an id has 1 to %d letters, digits, - and _", ErrKeyring, maxIDLen)
	}
	return id + ":" + base64.StdEncoding.EncodeToString(drawKey()), nil
}

// Primary is the id of the key that new things are sealed under.
func (k *Keyring) Primary() string { return k.primary }

func validID(id string) bool {
	const set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return id != "" && len(id) <= maxIDLen && strings.Trim(id, set) == ""
}

// drawKey returns random bytes. The system's generator does not fail; where it
// would, the process ends.
func drawKey() []byte {
	key := make([]byte, keySize)
	_, _ = rand.Read(key)
	return key
}

// aead is a key in use. It draws a nonce of 96 bits for each message and puts
// it in front. One key may seal 2^32 messages (NIST SP 800-38D, section 8.3).
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
