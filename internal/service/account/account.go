// Package account knows who may call: accounts with an app id, their buckets
// and API keys.
//
// So far there is one kind of directory, Static, with accounts that are given
// to it; the interfaces that it serves (signature.Keys, and the wire's own)
// are what a store of accounts will serve. Ids and keys come from a source of
// randomness that the caller hands in.
package account

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/kahao/kahao/internal/service/signature"
)

// Account is one customer with one API key.
type Account struct {
	AppID     string
	Bucket    string // the one picture space that the app id has
	SecretID  string
	SecretKey signature.Secret
}

// ErrIncomplete: an account lacks a field, or has one that no client could
// sign with.
var ErrIncomplete = errors.New("account: incomplete")

// Validate returns ErrIncomplete, wrapped with the name of the field, for an
// account that no request could be signed for.
func (a Account) Validate() error {
	for _, f := range []struct{ name, value, set string }{
		{"app id", a.AppID, digits}, {"bucket", a.Bucket, digits + lower + "-"},
		{"secret id", a.SecretID, digits + lower + upper}, {"secret key", string(a.SecretKey), digits + lower + upper},
	} {
		if f.value == "" {
			return fmt.Errorf("%w: no %s", ErrIncomplete, f.name)
		}
		for i := range len(f.value) {
			if !slices.Contains([]byte(f.set), f.value[i]) {
				return fmt.Errorf("%w: a character of the %s is not allowed", ErrIncomplete, f.name)
			}
		}
	}
	return nil
}

const (
	digits = "0123456789"
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// DemoBucket is the bucket of accounts made by New.
const DemoBucket = "kahao"

// New makes an account with random ids and key, in the shapes that clients of
// the legacy interface know: an app id of ten digits, a SecretId of 36
// characters, a SecretKey of 32 (190 random bits). It returns the errors of
// random.
func New(random io.Reader) (Account, error) {
	app, err := draw(random, digits, 8)
	if err != nil {
		return Account{}, err
	}
	id, err := draw(random, digits+lower+upper, 32)
	if err != nil {
		return Account{}, err
	}
	key, err := draw(random, digits+lower+upper, 32)
	if err != nil {
		return Account{}, err
	}
	return Account{AppID: "12" + app, Bucket: DemoBucket, SecretID: "KHID" + id, SecretKey: signature.Secret(key)}, nil
}

// draw returns n characters of the set, each as likely as the others.
func draw(random io.Reader, set string, n int) (string, error) {
	out := make([]byte, 0, n)
	limit := 256 - 256%len(set) // bytes from here on would favour the first characters
	var buffer [64]byte
	for len(out) < n {
		if _, err := io.ReadFull(random, buffer[:]); err != nil {
			return "", fmt.Errorf("account: %w", err)
		}
		for _, b := range buffer {
			if int(b) < limit && len(out) < n {
				out = append(out, set[int(b)%len(set)])
			}
		}
	}
	return string(out), nil
}

// Static is a directory of accounts that do not change. It is safe for
// concurrent use.
type Static struct{ accounts []Account }

var _ signature.Keys = (*Static)(nil)

// NewStatic returns a directory of the given accounts. It returns
// ErrIncomplete for one that Validate refuses.
func NewStatic(accounts ...Account) (*Static, error) {
	for _, a := range accounts {
		if err := a.Validate(); err != nil {
			return nil, err
		}
	}
	return &Static{slices.Clone(accounts)}, nil
}

// App reports whether an account has the app id. It never fails.
func (s *Static) App(_ context.Context, appID string) (bool, error) {
	return slices.ContainsFunc(s.accounts, func(a Account) bool { return a.AppID == appID }), nil
}

// Key returns the key with the secret id. It never fails.
func (s *Static) Key(_ context.Context, secretID string) (signature.Key, bool, error) {
	for _, a := range s.accounts {
		if subtle.ConstantTimeCompare([]byte(a.SecretID), []byte(secretID)) == 1 {
			return signature.Key{AppID: a.AppID, Secret: a.SecretKey}, true, nil
		}
	}
	return signature.Key{}, false, nil
}

// Bucket reports whether the app id has the bucket. It never fails.
func (s *Static) Bucket(_ context.Context, appID, bucket string) (bool, error) {
	return slices.ContainsFunc(s.accounts, func(a Account) bool {
		return a.AppID == appID && a.Bucket == bucket
	}), nil
}
