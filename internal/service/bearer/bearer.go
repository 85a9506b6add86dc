// Package bearer makes and verifies bearer keys (RFC 6750): one text that a client
// sends with each request.
//
// A key is kh_, an id that may be shown, _, 32 random bytes and a checksum. The
// fixed form lets scanners of source code find keys that were published. The
// server keeps a hash alone: a key has 256 random bits, so that a plain SHA-256
// cannot be guessed backwards.
package bearer

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/big"
	"strings"

	"github.com/kahao/kahao/internal/secret"
)

// Errors of Verify. Any other error comes from Keys.
var (
	// ErrMissing means that there is no bearer key.
	ErrMissing = errors.New("bearer: no key")
	// ErrInvalid means that the key is malformed, unknown, disabled or expired.
	// Clients cannot tell which.
	ErrInvalid = errors.New("bearer: not a valid key")
	// ErrHash means that Keys returned the key without its hash, for example
	// because it cannot be decrypted. This is a fault of the server.
	ErrHash = errors.New("bearer: the hash is unavailable")
)

const (
	prefix       = "kh_"
	idBytes      = 12 // random bytes of an id
	idLen        = 17 // digits of base 62 that they take
	secretBytes  = 32
	secretLen    = 43
	checksumLen  = 6 // of CRC-32
	idTextLen    = len(prefix) + idLen
	keyLen       = idTextLen + 1 + secretLen + checksumLen
	base62       = 62
	scheme       = "bearer "
	alphanumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// Hash is what is kept of a key.
type Hash [sha256.Size]byte

// HashOf returns the hash of a key's text.
func HashOf(text secret.Text) Hash { return sha256.Sum256([]byte(text)) }

// New returns a random key and its id. It returns the errors of random.
func New(random io.Reader) (id string, text secret.Text, err error) {
	var b [idBytes + secretBytes]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", "", fmt.Errorf("bearer: %w", err)
	}
	id = prefix + digits(b[:idBytes], idLen)
	head := id + "_" + digits(b[idBytes:], secretLen)
	return id, secret.Text(head + checksum(head)), nil
}

// digits returns a number in base 62 with leading zeros.
func digits(number []byte, length int) string {
	text := new(big.Int).SetBytes(number).Text(base62)
	return strings.Repeat("0", length-len(text)) + text
}

func checksum(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	return digits([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}, checksumLen)
}

// IsID reports whether an id is that of a bearer key, and not a SecretId.
func IsID(id string) bool { return len(id) == idTextLen && strings.HasPrefix(id, prefix) }

// Parse returns the id of a key's text. It returns ErrInvalid for a text that New
// does not make.
func Parse(text secret.Text) (id string, err error) {
	s := string(text)
	if len(s) != keyLen || !strings.HasPrefix(s, prefix) || s[idTextLen] != '_' {
		return "", ErrInvalid
	}
	if strings.Trim(s[len(prefix):idTextLen]+s[idTextLen+1:], alphanumeric) != "" {
		return "", ErrInvalid
	}
	head := s[:keyLen-checksumLen]
	if checksum(head) != s[keyLen-checksumLen:] {
		return "", ErrInvalid
	}
	return s[:idTextLen], nil
}

// Key is the part of a stored key that Verify needs.
type Key struct {
	ID       string
	AppID    string // the account that the key belongs to
	Hash     Hash
	Disabled bool
}

// Keys looks up keys. Implementations must be safe for concurrent use, and an
// unknown id must be as much work as a known one.
type Keys interface {
	// BearerKey returns the key with the id, and false if there is none.
	BearerKey(ctx context.Context, id string) (Key, bool, error)
}

// unknown is compared if there is no key, so that timing does not reveal which
// ids exist.
var unknown = HashOf("no key has this text: it only takes its time")

// Verify checks the value of an Authorization header, and returns the key with the
// text that the client sent. It returns ErrMissing, ErrInvalid, ErrHash, or an
// error of Keys.
func Verify(ctx context.Context, keys Keys, header string) (Key, secret.Text, error) {
	if len(header) < len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return Key{}, "", ErrMissing
	}
	text := secret.Text(strings.TrimSpace(header[len(scheme):]))
	id, err := Parse(text)
	if err != nil {
		return Key{}, "", err
	}
	key, found, err := keys.BearerKey(ctx, id)
	if err != nil {
		return Key{}, "", err
	}
	want := key.Hash
	if !found {
		want = unknown
	}
	if want == (Hash{}) {
		return Key{}, "", ErrHash
	}
	got := HashOf(text)
	if subtle.ConstantTimeCompare(got[:], want[:]) != 1 || !found || key.Disabled {
		return Key{}, "", ErrInvalid
	}
	return key, text, nil
}
