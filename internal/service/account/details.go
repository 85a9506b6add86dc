package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/signature"
)

// Account is an account without its users, keys, buckets and packs.
type Account struct {
	ID            string          `json:"appid"`
	Name          string          `json:"name"`
	Closed        bool            `json:"closed"`
	PostPay       bool            `json:"post_pay"` // units beyond the packs are billed by the month
	Balance       billing.Cents   `json:"balance"`
	NegativeSince *time.Time      `json:"negative_since"` // nil while the balance is not negative
	Region        string          `json:"region"`
	Retention     time.Duration   `json:"-"` // of replies; 0 means the operator's default
	FetchHosts    []string        `json:"fetch_hosts"`
	Rate          ratelimit.Limit `json:"rate"` // zero means the operator's default
	Created       time.Time       `json:"created"`
}

// Standing returns whether the account is served.
func (d Account) Standing(now time.Time) Standing {
	if d.Closed {
		return Closed
	}
	if d.NegativeSince != nil && !billing.Stand(d.Balance, *d.NegativeSince, now).Served() {
		return Arrears
	}
	return Active
}

// User is the main user of an account, which may do everything, or a
// sub-account, which may do what its policies allow.
type User struct {
	ID       string     `json:"uin"`
	Account  string     `json:"appid"`
	Name     string     `json:"name"`
	Main     bool       `json:"main"`
	Policies []Policy   `json:"policies"`
	Created  time.Time  `json:"created"`
	Disabled *time.Time `json:"disabled"` // nil while its keys are valid
}

// Policy is a policy of a user: a preset by its name, or a document.
type Policy = policy.Attached

// KeyKind is how requests are authenticated with a key.
type KeyKind string

// The kinds.
const (
	Signing KeyKind = "signing" // signs requests of the vendor's APIs
	Bearer  KeyKind = "bearer"  // is sent with requests of the native API
)

// Key is a key of a user, without its secret.
type Key struct {
	SecretID string          `json:"secret_id"`
	Kind     KeyKind         `json:"kind"`
	Account  string          `json:"appid"`
	User     string          `json:"uin"`
	Buckets  []string        `json:"buckets"` // that the key is valid for; empty means all
	Shape    json.RawMessage `json:"shape"`   // a policy of package masking
	Rate     ratelimit.Limit `json:"rate"`    // of this key, within the account's; zero means none
	Created  time.Time       `json:"created"`
	Expires  *time.Time      `json:"expires"`
	Disabled *time.Time      `json:"disabled"`
	LastUsed string          `json:"last_used"` // a day, or empty
}

// Usable reports whether requests may be made with the key.
func (k Key) Usable(now time.Time) bool {
	return k.Disabled == nil && (k.Expires == nil || now.Before(*k.Expires))
}

// MaxUsableKeys bounds the usable keys of a user, of each kind.
const MaxUsableKeys = 2

// Errors of the stores of accounts.
var (
	// ErrUnknown means that the account, user, key, bucket or pack does not exist.
	ErrUnknown = errors.New("account: not found")
	// ErrExists means that the name or ID is taken.
	ErrExists = errors.New("account: already exists")
	// ErrTooMany means that the user would have more than MaxUsableKeys usable keys
	// of a kind.
	ErrTooMany = errors.New("account: a user has at most two usable keys of each kind")
	// ErrRefused means that a rule forbids the change; the text names the rule.
	ErrRefused = errors.New("account: refused")
)

// CheckKeyCount returns ErrTooMany if a user with these keys may not have another
// usable one of the kind. Disabled and expired keys do not count.
func CheckKeyCount(keys []Key, kind KeyKind, now time.Time) error {
	n := 0
	for _, k := range keys {
		if k.Kind == kind && k.Usable(now) {
			n++
		}
	}
	if n >= MaxUsableKeys {
		return ErrTooMany
	}
	return nil
}

// NewKey returns a random SecretId and SecretKey. It returns the errors of random.
func NewKey(random io.Reader) (secretID string, secret signature.Secret, err error) {
	id, err := randomText(random, digits+lower+upper, 32)
	if err != nil {
		return "", "", err
	}
	key, err := randomText(random, digits+lower+upper, 32)
	return "KHID" + id, signature.Secret(key), err
}

// NewUserID returns a random user ID (uin) of twelve digits.
func NewUserID(random io.Reader) (string, error) {
	id, err := randomText(random, digits, 9)
	return "100" + id, err
}

// CheckBucket returns ErrIncomplete for an invalid name of a bucket.
func CheckBucket(name string) error {
	if len(name) > 64 {
		return fmt.Errorf("%w: a bucket's name has at most 64 characters", ErrIncomplete)
	}
	return checkParts(part{"bucket", name, bucketSet})
}

// CheckName returns ErrIncomplete for an invalid name of an account, a user or a
// policy. A valid one prints on one line.
func CheckName(what, name string) error {
	if name == "" || len(name) > 128 || strings.TrimSpace(name) != name {
		return fmt.Errorf("%w: the %s has 1 to 128 bytes, without spaces around it", ErrIncomplete, what)
	}
	for _, r := range name {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return fmt.Errorf("%w: the %s has an unprintable character", ErrIncomplete, what)
		}
	}
	return nil
}
