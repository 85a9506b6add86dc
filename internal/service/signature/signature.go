// Package signature makes and checks the signatures that clients send.
//
// This file set covers the legacy scheme (docs/legacy.md and
// 6): base64 of an HMAC-SHA1 followed by the signed text itself, a list of
// key=value pairs. The request's body is not covered by it. What the package
// needs to know of accounts it asks through Keys; it knows no HTTP and no
// clock.
package signature

import (
	"context"
	"errors"

	"github.com/kahao/kahao/internal/secret"
)

// The ways in which a signature can be refused: a closed set, for errors.Is.
// Any other error comes from Keys.
var (
	// ErrEmpty: there is no signature.
	ErrEmpty = errors.New("signature: empty")
	// ErrMalformed: it is not of the documented form, or bounds a time that
	// a signature may not have.
	ErrMalformed = errors.New("signature: malformed")
	// ErrUnknownApp: no account has the app id.
	ErrUnknownApp = errors.New("signature: unknown app id")
	// ErrUnknownKey: no key has the secret id, or it is disabled.
	ErrUnknownKey = errors.New("signature: unknown secret id")
	// ErrWrongApp: the key belongs to another app id.
	ErrWrongApp = errors.New("signature: key of another app id")
	// ErrMismatch: it was not made with the key, or was changed since.
	ErrMismatch = errors.New("signature: does not match")
	// ErrExpired: its time is over.
	ErrExpired = errors.New("signature: expired")
	// ErrTarget: it is good, and for another app id, bucket or file than the
	// request is.
	ErrTarget = errors.New("signature: for another app id, bucket or file")
	// ErrSecret: Keys has the key without its secret, such as one that it
	// cannot unseal, so that no signature can be computed to compare with. It
	// is the server's fault.
	ErrSecret = errors.New("signature: the secret is not at hand")
)

// Key is what the verifier needs to know of an API key.
type Key struct {
	AppID    string // the app id that the key belongs to
	Secret   Secret
	Disabled bool
}

// Keys knows the accounts. Implementations must be safe for concurrent use.
type Keys interface {
	// App reports whether an account has the app id.
	App(ctx context.Context, appID string) (bool, error)
	// Key returns the key with the secret id, and false when there is none.
	Key(ctx context.Context, secretID string) (Key, bool, error)
}

// ID identifies a signature, so that a store can mark it as used.
type ID [32]byte

// Secret is a signing key. It never prints; convert it to a string to store it.
type Secret = secret.Text
