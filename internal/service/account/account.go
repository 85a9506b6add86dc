// Package account has the types and rules of accounts: an Account with its
// users, buckets and API keys, the Credentials that a client signs with, and the
// Access that a key gives. Package accountdb stores them.
package account

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/kahao/kahao/internal/service/signature"
)

// Credentials are the app id and a bucket of an account, and one of its keys with
// its secret: what a client needs to sign requests.
type Credentials struct {
	AppID     string
	Bucket    string // one that the key is valid for
	SecretID  string
	SecretKey signature.Secret
}

// ErrIncomplete means that a field is missing or invalid.
var ErrIncomplete = errors.New("account: incomplete")

// Validate returns ErrIncomplete, wrapped with the name of the field, if no
// request can be signed with the credentials.
func (a Credentials) Validate() error {
	return checkParts(
		part{"app id", a.AppID, digits}, part{"bucket", a.Bucket, bucketSet},
		part{"secret id", a.SecretID, keySet}, part{"secret key", string(a.SecretKey), keySet},
	)
}

// part is a field that must not be empty and has only characters of a set.
type part struct{ name, value, set string }

func checkParts(parts ...part) error {
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

// DemoBucket is the bucket of NewCredentials.
const DemoBucket = "kahao"

// NewCredentials returns random credentials in the formats that clients of the
// legacy API know: an app ID of ten digits, a SecretId of 36 characters and a
// SecretKey of 32 (190 random bits). It returns the errors of random.
func NewCredentials(random io.Reader) (Credentials, error) {
	app, err := randomText(random, digits, 8)
	if err != nil {
		return Credentials{}, err
	}
	id, secret, err := NewKey(random)
	if err != nil {
		return Credentials{}, err
	}
	return Credentials{AppID: "12" + app, Bucket: DemoBucket, SecretID: id, SecretKey: secret}, nil
}

// randomText returns n characters of the set, each as likely as the others.
func randomText(random io.Reader, set string, n int) (string, error) {
	out := make([]byte, 0, n)
	limit := 256 - 256%len(set) // bytes from here on would make the first characters likelier
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
