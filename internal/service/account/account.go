// Package account knows who may call: customers with an app id, their buckets
// and API keys, and what they may.
//
// An Account is what one client signs with. A Customer is all that an operator
// sets of one, and a Directory holds the customers in memory; the interfaces
// that it serves (signature.Keys, and the wire's own) are what a store of
// accounts will serve. Ids and keys come from a source of randomness that the
// caller hands in.
package account

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/kahao/kahao/internal/service/signature"
)

// Account is one customer's app id and bucket with one API key.
type Account struct {
	AppID     string
	Bucket    string // the one picture space that the app id has
	SecretID  string
	SecretKey signature.Secret
}

// ErrIncomplete means that an account lacks a field, or has one that no client could
// sign with.
var ErrIncomplete = errors.New("account: incomplete")

// Validate returns ErrIncomplete, wrapped with the name of the field, for an
// account that no request could be signed for.
func (a Account) Validate() error {
	return complete(
		part{"app id", a.AppID, digits}, part{"bucket", a.Bucket, bucketSet},
		part{"secret id", a.SecretID, keySet}, part{"secret key", string(a.SecretKey), keySet},
	)
}

// part is a text that must not be empty, of the characters of a set.
type part struct{ name, value, set string }

func complete(parts ...part) error {
	for _, p := range parts {
		if p.value == "" {
			return fmt.Errorf("%w: no %s", ErrIncomplete, p.name)
		}
		if strings.Trim(p.value, p.set) != "" {
			return fmt.Errorf("%w: a character of the %s is not allowed", ErrIncomplete, p.name)
		}
	}
	return nil
}

const (
	bucketSet = digits + lower + "-"
	keySet    = digits + lower + upper

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
