package metering

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"net/http"
)

// Headers of a request that may be sent again. They are kahao's own: the
// vendor's clients do not know them.
const (
	HeaderKey      = "Idempotency-Key"
	HeaderReplayed = "Idempotent-Replayed"
)

// longestKey is the most characters that a key may have.
const longestKey = 255

// Key returns the idempotency key of a request, empty where it has none, and
// reports whether it is one that may be kept: printable, and not too long.
func Key(h http.Header) (key string, ok bool) {
	values := h.Values(HeaderKey)
	if len(values) == 0 {
		return "", true
	}
	if len(values) != 1 || values[0] == "" || len(values[0]) > longestKey {
		return "", false
	}
	for _, b := range []byte(values[0]) {
		if b < ' ' || b > '~' {
			return "", false
		}
	}
	return values[0], true
}

// Digest tells requests apart by what they ask for, however they write it: a
// client that asks again may choose another boundary for its form.
type Digest struct{ h hash.Hash }

// NewDigest begins with the interface and the app id.
func NewDigest(api, appID string) *Digest {
	d := &Digest{sha256.New()}
	d.Add([]byte(api), []byte(appID))
	return d
}

// Add takes texts in, so that none runs into the next.
func (d *Digest) Add(texts ...[]byte) {
	for _, text := range texts {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(text)))
		d.h.Write(size[:])
		d.h.Write(text)
	}
}

// Sum is the digest of all that was added.
func (d *Digest) Sum() [32]byte { return [32]byte(d.h.Sum(nil)) }
