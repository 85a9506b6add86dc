package ledger

import (
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
)

// NewID returns a charge ID: a UUID of version 7, so that IDs sort by time. It
// returns the errors of random.
func NewID(at time.Time, random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[6:]); err != nil {
		return "", fmt.Errorf("ledger: %w", err)
	}
	ms := uint64(at.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6] = 7<<4 | b[6]&0xf
	b[8] = 2<<6 | b[8]&0x3f
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
}

// OneOff returns the nonce of a single-use signature that is accepted for age
// after its creation; nil for a reusable signature. It returns
// signature.ErrMalformed if the signature has no creation time, and
// signature.ErrExpired if it is too old.
func OneOff(c signature.Claims, age time.Duration, now time.Time) (*Nonce, error) {
	if !c.OneOff {
		return nil, nil
	}
	if c.Created.IsZero() {
		return nil, fmt.Errorf("%w: a single-use signature needs a creation time", signature.ErrMalformed)
	}
	end := c.Created.Add(age)
	if !end.After(now) {
		return nil, fmt.Errorf("%w: a single-use signature is too old", signature.ErrExpired)
	}
	id := c.ID()
	return &Nonce{Key: c.SecretID, Value: hex.EncodeToString(id[:]), Expires: end}, nil
}
