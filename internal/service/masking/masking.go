// Package masking decides what of a card's number a key's replies carry: all of
// it, its BIN and last four digits, or a token that stands for it; and seals
// that, where the customer wants it, for him alone.
//
// A policy is a property of the key that signed the request, so that one
// customer may have a key for the system that needs numbers and another for the
// one that needs to know a card again. The vendor has nothing like it [I].
package masking

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
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
	// Masked is the number masked: its first six and last four digits, the
	// rest as *, which is the most that PCI DSS lets be shown to those without
	// a need for more.
	Masked Mode = "bin_last4"
	// Token is a name for the number: the same for the same number and token
	// key, and without the key no help in finding it.
	Token Mode = "token"
)

var modes = []Mode{Full, Masked, Token}

// Policy is what a key's replies carry of the number. The zero Policy is all
// of it, as the legacy interface has it.
type Policy struct {
	Number Mode `json:"number,omitempty"`
	// Encrypt is the customer's public key. With one, what Number says is put
	// into a JWE (RFC 7516) that he alone can open.
	Encrypt *PublicKey `json:"encrypt,omitempty"`
}

// ErrPolicy: a policy says nothing that could be done. What it is wrapped with
// quotes nothing of a key.
var ErrPolicy = errors.New("shape: policy")

// maxPolicyLen bounds a policy, in bytes: an RSA key of 8192 bits has 1.4 kB.
const maxPolicyLen = 16 << 10

// ParsePolicy reads a policy in JSON: {"number":"full"|"bin_last4"|"token",
// "encrypt":{…a public JWK…} or "…a public key in PEM…"}, where both may be
// left out. It returns ErrPolicy.
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
		return Policy{}, fmt.Errorf(`%w: it is no JSON of the members "number" and "encrypt"`, ErrPolicy)
	}
	if _, err := d.Token(); err != io.EOF {
		return Policy{}, fmt.Errorf("%w: something follows it", ErrPolicy)
	}
	return p, p.Validate()
}

// Validate returns ErrPolicy for a form that there is not.
func (p Policy) Validate() error {
	if p.Number != "" && !slices.Contains(modes, p.Number) {
		return fmt.Errorf("%w: number must be one of %q", ErrPolicy, modes)
	}
	return nil
}

// TokenKey makes an account's tokens. With another key all tokens are others,
// so it lasts as long as the account. It never prints; whoever stores it seals
// []byte(k).
type TokenKey = secret.Bytes

const (
	tokenKeySize = 32
	// tokenSize is 160 bits of 256: two numbers of one account have one token
	// once in some 10^24 accounts of a million million numbers each.
	tokenSize = 20
	// tokenPrefix is what no number begins with.
	tokenPrefix = "tok_"
	// tokenUse keeps what is computed here apart from whatever else the key
	// may be used for one day.
	tokenUse = "kahao card number token 1:"
)

// tokens has lower-case letters and the digits 2 to 7.
var tokens = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func token(k TokenKey, n pan.Number) string {
	h := hmac.New(sha256.New, k)
	io.WriteString(h, tokenUse)
	io.WriteString(h, n.Reveal())
	return tokenPrefix + tokens.EncodeToString(h.Sum(nil)[:tokenSize])
}

// Shaper writes numbers as a policy says. It is safe for concurrent use.
type Masker struct {
	policy Policy
	key    TokenKey
}

// New returns a shaper. It returns ErrPolicy for a policy that Validate
// refuses, and for tokens with a key of fewer than 32 bytes.
func New(p Policy, key TokenKey) (*Masker, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if p.Number == Token && len(key) < tokenKeySize {
		return nil, fmt.Errorf("%w: tokens need a key of %d bytes", ErrPolicy, tokenKeySize)
	}
	return &Masker{p, key}, nil
}

// Number writes a number. Where there is none it is empty, in all modes. It
// returns ErrEncrypt, and then nothing of the number.
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
