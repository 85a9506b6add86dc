// Package tc3 verifies the signatures of API 3.0 requests: TC3-HMAC-SHA256 of
// an Authorization header, and HmacSHA1 and HmacSHA256 ("v1") of a parameter
// (docs/api3.md, Signatures). Both cover the request. The package works on plain
// values: it knows neither HTTP nor a clock, and looks up keys through
// signature.Keys.
package tc3

import (
	"context"
	"crypto/hmac"
	"errors"
	"hash"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
)

// Reasons to refuse a signature, for errors.Is. Other errors come from Keys.
// Verify returns signature.ErrUnknownKey, ErrSecret and ErrMismatch, too.
var (
	// ErrAuthorization means that the header is not of the TC3 form.
	ErrAuthorization = errors.New("tc3: not a TC3-HMAC-SHA256 authorization")
	// ErrExpired means that the time of signing is too far from now.
	ErrExpired = errors.New("tc3: signature expired")
)

// MaxSkew is how far the time of signing may be from the server's, in both
// directions.
const MaxSkew = 5 * time.Minute

// CheckTime returns ErrExpired if the time of signing, in Unix seconds, is more
// than MaxSkew away from now.
func CheckTime(signed int64, now time.Time) error {
	// In seconds: a difference of nanoseconds would overflow for far times.
	if d := now.Unix() - signed; d > int64(MaxSkew/time.Second) || d < -int64(MaxSkew/time.Second) {
		return ErrExpired
	}
	return nil
}

// ParseTime parses the Unix seconds of a timestamp: 1 to 11 digits.
func ParseTime(text string) (seconds int64, ok bool) {
	if text == "" || len(text) > 11 {
		return 0, false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		seconds = 10*seconds + int64(text[i]-'0')
	}
	return seconds, true
}

// Signed is a request with its signature, of either kind.
type Signed interface {
	// KeyID is the SecretId that the request names.
	KeyID() string
	// Matches reports whether the signature was made with the secret. Its time
	// does not depend on the secret or on how far the signature is right.
	Matches(secret signature.Secret) bool
}

// Verifier verifies signatures. It is safe for concurrent use if Keys is.
type Verifier struct {
	Keys signature.Keys
	// Conceal returns ErrMismatch instead of ErrUnknownKey, so that replies do not
	// disclose which keys exist.
	Conceal bool
}

// dummy is the secret of keys that do not exist, so that timing does not reveal
// which do.
const dummy signature.Secret = "no key has this secret: it only takes its time"

// Verify returns the key that signed a request. An unknown or disabled key takes
// the same work as a wrong signature. It returns signature.ErrUnknownKey,
// ErrSecret and ErrMismatch, and the errors of Keys.
func (v *Verifier) Verify(ctx context.Context, s Signed) (signature.Key, error) {
	key, found, err := v.Keys.Key(ctx, s.KeyID())
	if err != nil {
		return signature.Key{}, err
	}
	known := found && !key.Disabled
	secret := key.Secret
	if !known {
		secret = dummy
	}
	if secret == "" { // anyone can compute its HMAC
		return signature.Key{}, signature.ErrSecret
	}
	matches := s.Matches(secret)
	switch {
	case !known && !v.Conceal:
		return signature.Key{}, signature.ErrUnknownKey
	case !known, !matches:
		return signature.Key{}, signature.ErrMismatch
	}
	return key, nil
}

// mac returns the HMAC of a text.
func mac(h func() hash.Hash, key, text []byte) []byte {
	m := hmac.New(h, key)
	m.Write(text)
	return m.Sum(nil)
}
