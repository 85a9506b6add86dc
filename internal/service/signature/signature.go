// Package signature creates and verifies the signatures of requests in the
// legacy scheme (docs/legacy.md, Signature): base64 of an HMAC-SHA1 followed by
// the signed text, a list of key=value pairs. The signature does not cover the
// request's body. The package looks up keys through Keys; it knows neither HTTP
// nor a clock.
package signature

import (
	"context"
	"errors"

	"github.com/kahao/kahao/internal/secret"
)

// Reasons to refuse a signature, for errors.Is. Any other error comes from Keys.
var (
	// ErrEmpty means that there is no signature.
	ErrEmpty = errors.New("signature: empty")
	// ErrMalformed means that it does not have the documented format, or has an
	// invalid validity.
	ErrMalformed = errors.New("signature: malformed")
	// ErrUnknownApp means that no account has the app ID.
	ErrUnknownApp = errors.New("signature: unknown app id")
	// ErrUnknownKey means that no key has the secret ID, or that it is disabled.
	ErrUnknownKey = errors.New("signature: unknown secret id")
	// ErrWrongApp means that the key belongs to another app ID.
	ErrWrongApp = errors.New("signature: key of another app id")
	// ErrMismatch means that it was not made with the key, or was changed.
	ErrMismatch = errors.New("signature: does not match")
	// ErrExpired means that its validity has ended.
	ErrExpired = errors.New("signature: expired")
	// ErrTarget means that it is valid, but for another app ID, bucket or file
	// than the request.
	ErrTarget = errors.New("signature: for another app id, bucket or file")
	// ErrSecret means that Keys returned the key without its secret, for example
	// because it cannot be decrypted. This is a fault of the server.
	ErrSecret = errors.New("signature: the secret is unavailable")
)

// Key is the part of an API key that the verifier needs.
type Key struct {
	AppID    string // the app id that the key belongs to
	Secret   Secret
	Disabled bool
}

// Keys looks up accounts and keys. Implementations must be safe for concurrent
// use.
type Keys interface {
	// App reports whether an account has the app id.
	App(ctx context.Context, appID string) (bool, error)
	// Key returns the key with the secret ID, and false if there is none.
	Key(ctx context.Context, secretID string) (Key, bool, error)
}

// ID identifies a signature, so that it can be marked as used.
type ID [32]byte

// Secret is a signing key. It prints as a placeholder; convert it to a string to
// store it.
type Secret = secret.Text
