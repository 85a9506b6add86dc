package masking

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// ErrEncrypt means that a number could not be encrypted.
var ErrEncrypt = errors.New("masking: the number could not be encrypted")

// Bounds of RSA keys in bits: the minimum of NIST SP 800-131A, and a maximum
// for cost.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// maxExponent is the largest public exponent that crypto/rsa encrypts with.
const maxExponent = 1<<31 - 1

// PublicKey is a customer's key for encrypting numbers.
type PublicKey struct {
	key       jose.JSONWebKey
	algorithm jose.KeyAlgorithm
}

// ParsePublicKey parses a public key: a JWK (RFC 7517), or PEM with a PUBLIC
// KEY or RSA PUBLIC KEY block. It must be RSA of 2048 to 8192 bits, for
// RSA-OAEP-256, or on curve P-256, P-384 or P-521, for ECDH-ES+A256KW; use and
// alg of a JWK must agree. A private key is refused. It returns ErrPolicy.
func ParsePublicKey(text []byte) (*PublicKey, error) {
	text = bytes.TrimSpace(text)
	var jwk jose.JSONWebKey
	if bytes.HasPrefix(text, []byte("{")) {
		// Drop the library's error: it may quote the key.
		if err := jwk.UnmarshalJSON(text); err != nil {
			return nil, fmt.Errorf("%w: the key is not a JWK of a known kind", ErrPolicy)
		}
	} else {
		key, err := fromPEM(text)
		if err != nil {
			return nil, err
		}
		jwk.Key = key
	}
	algorithm, err := algorithmOf(jwk.Key)
	if err != nil {
		return nil, err
	}
	if jwk.Use != "" && jwk.Use != "enc" {
		return nil, fmt.Errorf(`%w: the JWK's use must be "enc"`, ErrPolicy)
	}
	if jwk.Algorithm != "" && jwk.Algorithm != string(algorithm) {
		return nil, fmt.Errorf("%w: the JWK's alg must be %s or absent", ErrPolicy, algorithm)
	}
	// The ID tells in each JWE which key opens it.
	id := jwk.KeyID
	if id == "" {
		thumbprint, err := jwk.Thumbprint(crypto.SHA256) // RFC 7638
		if err != nil {
			return nil, fmt.Errorf("%w: the key has no thumbprint", ErrPolicy)
		}
		id = base64.RawURLEncoding.EncodeToString(thumbprint)
	}
	return &PublicKey{jose.JSONWebKey{Key: jwk.Key, KeyID: id, Use: "enc", Algorithm: string(algorithm)}, algorithm}, nil
}

func fromPEM(text []byte) (any, error) {
	block, rest := pem.Decode(text)
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("%w: the key is neither a JWK nor a single PEM block", ErrPolicy)
	}
	var key any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		return nil, fmt.Errorf("%w: the PEM block is not a public key", ErrPolicy)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the PEM block does not contain a public key", ErrPolicy)
	}
	return key, nil
}

// algorithmOf returns the algorithm for encrypting to the key.
func algorithmOf(key any) (jose.KeyAlgorithm, error) {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n < minRSABits || n > maxRSABits {
			return "", fmt.Errorf("%w: RSA key of %d bits: want %d to %d", ErrPolicy, n, minRSABits, maxRSABits)
		}
		usable := k.E >= 3 && k.E%2 == 1 && k.E <= maxExponent
		if !usable || k.N.Bit(0) == 0 {
			return "", fmt.Errorf("%w: invalid RSA key", ErrPolicy)
		}
		return jose.RSA_OAEP_256, nil
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
			return jose.ECDH_ES_A256KW, nil
		}
		return "", fmt.Errorf("%w: the curve must be P-256, P-384 or P-521", ErrPolicy)
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
		return "", fmt.Errorf("%w: this is a private key: make a new pair, because this one is exposed, and give its public key", ErrPolicy)
	}
	return "", fmt.Errorf("%w: the key must be RSA or on curve P-256, P-384 or P-521", ErrPolicy)
}

// ID returns the key's ID, the kid of each JWE: that of the JWK, or its
// thumbprint.
func (k *PublicKey) ID() string { return k.key.KeyID }

// Algorithm returns the JWE algorithm of the key.
func (k *PublicKey) Algorithm() string { return string(k.algorithm) }

// identity returns the algorithm, the ID and the thumbprint of the key: all that
// decides who can open a JWE, and how.
func (k *PublicKey) identity() []byte {
	thumbprint, err := k.key.Thumbprint(crypto.SHA256)
	if err != nil {
		panic(err) // ParsePublicKey has checked the key's type
	}
	return append([]byte(string(k.algorithm)+"\x00"+k.key.KeyID+"\x00"), thumbprint...)
}

// MarshalJSON returns the key as a JWK.
func (k *PublicKey) MarshalJSON() ([]byte, error) { return k.key.MarshalJSON() }

// UnmarshalJSON reads a JWK, or a string with PEM. It returns ErrPolicy.
func (k *PublicKey) UnmarshalJSON(text []byte) error {
	var inPEM string
	if json.Unmarshal(text, &inPEM) == nil {
		text = []byte(inPEM)
	}
	key, err := ParsePublicKey(text)
	if err != nil {
		return err
	}
	*k = *key
	return nil
}

// encrypt returns a JWE in compact form, with content encryption A256GCM.
func (k *PublicKey) encrypt(text string) (string, error) {
	encrypter, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: k.algorithm, Key: &k.key}, nil)
	if err != nil {
		return "", ErrEncrypt
	}
	jwe, err := encrypter.Encrypt([]byte(text))
	if err != nil {
		return "", ErrEncrypt
	}
	compact, err := jwe.CompactSerialize()
	if err != nil {
		return "", ErrEncrypt
	}
	return compact, nil
}
