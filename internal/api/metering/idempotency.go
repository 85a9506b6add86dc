package metering

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"net/http"

	"github.com/kahao/kahao/internal/service/account"
)

// Headers of a request that can be retried. They are kahao's own: the vendor's
// clients do not send them.
const (
	HeaderKey      = "Idempotency-Key"
	HeaderReplayed = "Idempotent-Replayed"
)

const maxKeyLen = 255

// Key returns the idempotency key of a request, or an empty string, and reports
// whether it is valid: one header of 1 to 255 printable ASCII characters.
func Key(h http.Header) (key string, ok bool) {
	values := h.Values(HeaderKey)
	if len(values) == 0 {
		return "", true
	}
	if len(values) != 1 || values[0] == "" || len(values[0]) > maxKeyLen {
		return "", false
	}
	for _, b := range []byte(values[0]) {
		if b < ' ' || b > '~' {
			return "", false
		}
	}
	return values[0], true
}

// Digest identifies a request by its content, not its encoding: a retry may use
// another form boundary.
type Digest struct{ h hash.Hash }

// NewDigest starts with the API and the app id.
func NewDigest(api, appID string) *Digest {
	d := &Digest{sha256.New()}
	d.Add([]byte(api), []byte(appID))
	return d
}

// Add appends texts with their lengths, so that their boundaries count.
func (d *Digest) Add(texts ...[]byte) {
	for _, text := range texts {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(text)))
		d.h.Write(size[:])
		d.h.Write(text)
	}
}

// bind returns a digest of a request and of the view of its replies. A retry by a
// key with another view so is another request: it is refused before its
// single-use signature is marked as used.
func bind(digest [32]byte, v account.View) [32]byte {
	d := &Digest{sha256.New()}
	d.Add(digest[:], []byte(v.Shape), []byte(v.Bucket))
	return d.Sum()
}

// Sum returns the digest of everything added.
func (d *Digest) Sum() [32]byte { return [32]byte(d.h.Sum(nil)) }

// SetKey takes the idempotency key of a request, and with one the digest of its
// content. It reports whether there is a key, and whether it is valid.
func (r *Request) SetKey(h http.Header, digest func() [32]byte) (keyed, ok bool) {
	key, ok := Key(h)
	if !ok || key == "" {
		return false, ok
	}
	r.IdempotencyKey, r.Digest = key, digest()
	return true, true
}
