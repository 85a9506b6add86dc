// Package masking decides what a key's replies carry of a card number: the
// whole number, its BIN and last four digits, or a token; optionally encrypted
// to the customer's public key.
//
// The policy belongs to the key that signed the request. So a customer may have
// one key for the system that needs numbers and another for systems that only
// recognise a card again.
package masking

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/kahao/kahao/internal/secret"
	"github.com/kahao/kahao/pan"
)

// Mode is how a number is written.
type Mode string

// The modes. The empty Mode is Full.
const (
	// Full is all digits.
	Full Mode = "full"
	// Masked is the first six and last four digits with * between them: the
	// most that PCI DSS lets be shown without a need to know.
	Masked Mode = "bin_last4"
	// Token is a pseudonym: equal for equal numbers under one token key, and
	// useless for finding the number without the key.
	Token Mode = "token"
)

var modes = []Mode{Full, Masked, Token}

// ModeNames returns the names of all modes.
func ModeNames() []string {
	names := make([]string, len(modes))
	for i, m := range modes {
		names[i] = string(m)
	}
	return names
}

// Policy is what a key's replies carry of the number. The zero Policy is the
// whole number, as in the legacy API.
type Policy struct {
	Number Mode `json:"number,omitempty"`
	// Encrypt is the customer's public key. If set, the number is put into a
	// JWE (RFC 7516) that only the customer can open.
	Encrypt *PublicKey `json:"encrypt,omitempty"`
}

// ErrPolicy means that a policy is invalid. Wrapping errors quote no key.
var ErrPolicy = errors.New("masking: invalid policy")

// maxPolicyLen bounds a policy in bytes; an RSA key of 8192 bits has 1.4 kB.
const maxPolicyLen = 16 << 10

// ParsePolicy parses a policy in JSON: {"number":"full"|"bin_last4"|"token",
// "encrypt":{…public JWK…} or "…public key in PEM…"}, both optional. It returns
// ErrPolicy.
func ParsePolicy(text []byte) (Policy, error) {
	if len(text) > maxPolicyLen {
		return Policy{}, fmt.Errorf("%w: longer than %d bytes", ErrPolicy, maxPolicyLen)
	}
	var p Policy
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		if errors.Is(err, ErrPolicy) {
			return Policy{}, err
		}
		return Policy{}, fmt.Errorf(`%w: want a JSON object with the members "number" and "encrypt"`, ErrPolicy)
	}
	if _, err := d.Token(); err != io.EOF {
		return Policy{}, fmt.Errorf("%w: trailing data", ErrPolicy)
	}
	return p, p.Validate()
}

// Validate returns ErrPolicy for an unknown mode.
func (p Policy) Validate() error {
	if p.Number != "" && !slices.Contains(modes, p.Number) {
		return fmt.Errorf("%w: number must be one of %q", ErrPolicy, modes)
	}
	return nil
}

// TokenKey makes an account's tokens. Another key changes all tokens, so it
// lasts as long as the account. It never prints; to store it, seal []byte(k).
type TokenKey = secret.Bytes

const (
	tokenKeySize = 32
	// tokenSize keeps 160 of 256 bits: two numbers of one account share a
	// token once in some 10^24 accounts of a million million numbers each.
	tokenSize = 20
	// tokenPrefix is not the start of any number.
	tokenPrefix = "tok_"
	// tokenUse separates these MACs from other uses of the key.
	tokenUse       = "kahao card number token 1:"
	fingerprintUse = "kahao token key fingerprint 1"
)

// tokens encodes with lower-case letters and the digits 2 to 7.
var tokens = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func token(k TokenKey, n pan.Number) string {
	h := hmac.New(sha256.New, k)
	io.WriteString(h, tokenUse)
	io.WriteString(h, n.Reveal())
	return tokenPrefix + tokens.EncodeToString(h.Sum(nil)[:tokenSize])
}

// Masker writes numbers as its policy says. It is safe for concurrent use.
type Masker struct {
	policy Policy
	key    TokenKey
}

// New returns a Masker. It returns ErrPolicy for an invalid policy, and for
// tokens with a key of fewer than 32 bytes.
func New(p Policy, key TokenKey) (*Masker, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if p.Number == Token && len(key) < tokenKeySize {
		return nil, fmt.Errorf("%w: tokens need a key of %d bytes", ErrPolicy, tokenKeySize)
	}
	return &Masker{p, key}, nil
}

// Fingerprint identifies what the Masker's texts disclose and their recipient:
// equal for the same mode, token key and recipient key. It reveals neither key.
func (m *Masker) Fingerprint() string {
	mode := m.policy.Number
	if mode == "" {
		mode = Full
	}
	if mode != Token && m.policy.Encrypt == nil {
		return string(mode)
	}
	h := sha256.New()
	if mode == Token {
		id := hmac.New(sha256.New, m.key)
		io.WriteString(id, fingerprintUse)
		h.Write(id.Sum(nil))
	}
	if m.policy.Encrypt != nil {
		h.Write(m.policy.Encrypt.identity())
	}
	return string(mode) + ":" + hex.EncodeToString(h.Sum(nil))
}

// Number writes a number; the zero number is empty in every mode. It returns
// ErrEncrypt, and then nothing of the number.
func (m *Masker) Number(n pan.Number) (string, error) {
	if n.IsZero() {
		return "", nil
	}
	var text string
	switch m.policy.Number {
	case Token:
		text = token(m.key, n)
	case Masked:
		text = n.Masked()
	case Full, "":
		text = n.Reveal()
	}
	if m.policy.Encrypt == nil {
		return text, nil
	}
	return m.policy.Encrypt.encrypt(text)
}
