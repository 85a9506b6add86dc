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

// Details are an account as a registry keeps it.
type Details struct {
	ID            string          `json:"appid"`
	Name          string          `json:"name"`
	Closed        bool            `json:"closed"`
	PostPay       bool            `json:"post_pay"` // calls without a pack are charged by the month
	Balance       billing.Cents   `json:"balance"`
	NegativeSince *time.Time      `json:"negative_since"` // nil while the balance is not
	Region        string          `json:"region"`
	Retention     time.Duration   `json:"-"` // of replies that may be asked for again; 0 leaves it to the operator
	FetchHosts    []string        `json:"fetch_hosts"`
	Rate          ratelimit.Limit `json:"rate"` // zero means the operator's standard one
	Created       time.Time       `json:"created"`
}

// Standing is whether the account is served.
func (d Details) Standing(now time.Time) Standing {
	if d.Closed {
		return Closed
	}
	if d.NegativeSince != nil && !billing.Stand(d.Balance, *d.NegativeSince, now).Served() {
		return Arrears
	}
	return Active
}

// User is the main user of an account, who has everything, or a sub-account,
// who has what his policies allow.
type User struct {
	ID       string     `json:"uin"`
	Account  string     `json:"appid"`
	Name     string     `json:"name"`
	Main     bool       `json:"main"`
	Policies []Policy   `json:"policies"`
	Created  time.Time  `json:"created"`
	Disabled *time.Time `json:"disabled"` // nil while he may call
}

// Policy is a policy of a user: a preset by its name, or a document.
type Policy = policy.Attached

// APIKey is a key pair of a user, without its secret.
type APIKey struct {
	SecretID string          `json:"secret_id"`
	Account  string          `json:"appid"`
	User     string          `json:"uin"`
	Buckets  []string        `json:"buckets"` // those it may be used for; none means all
	Shape    json.RawMessage `json:"shape"`   // what its replies carry of a number
	Rate     ratelimit.Limit `json:"rate"`    // of this key, within that of the account; zero means none
	Created  time.Time       `json:"created"`
	Expires  *time.Time      `json:"expires"`
	Disabled *time.Time      `json:"disabled"`
	LastUsed string          `json:"last_used"` // a day, or empty
}

// Usable reports whether requests may be signed with the key.
func (k APIKey) Usable(now time.Time) bool {
	return k.Disabled == nil && (k.Expires == nil || now.Before(*k.Expires))
}

// MostKeys is the number of usable key pairs that a user may have.
const MostKeys = 2

// Errors of a Registry.
var (
	// ErrUnknown: there is no such account, user, key, bucket or pack.
	ErrUnknown = errors.New("account: not found")
	// ErrExists: the name or id is taken.
	ErrExists = errors.New("account: there is one already")
	// ErrTooMany: a user would have more than MostKeys keys that can be used.
	ErrTooMany = errors.New("account: a user has at most two keys that can be used")
	// ErrRefused: the rules do not allow it; the text says which.
	ErrRefused = errors.New("account: refused")
)

// RoomForKey returns ErrTooMany where a user who has these keys may not have
// another one that can be used. Keys that are disabled or expired do not count.
func RoomForKey(keys []APIKey, now time.Time) error {
	n := 0
	for _, k := range keys {
		if k.Usable(now) {
			n++
		}
	}
	if n >= MostKeys {
		return ErrTooMany
	}
	return nil
}

// NewKey makes the ids of a key pair.
func NewKey(random io.Reader) (secretID string, secret signature.Secret, err error) {
	id, err := draw(random, digits+lower+upper, 32)
	if err != nil {
		return "", "", err
	}
	key, err := draw(random, digits+lower+upper, 32)
	return "KHID" + id, signature.Secret(key), err
}

// NewUserID makes a user's id (uin): twelve digits.
func NewUserID(random io.Reader) (string, error) {
	id, err := draw(random, digits, 9)
	return "100" + id, err
}

// CheckBucket returns ErrIncomplete for a name that no bucket can have.
func CheckBucket(name string) error {
	if len(name) > 64 {
		return fmt.Errorf("%w: a bucket's name has at most 64 characters", ErrIncomplete)
	}
	return complete(part{"bucket", name, bucketSet})
}

// CheckName returns ErrIncomplete for a name of an account, a user or a policy
// that would not print on one line.
func CheckName(what, name string) error {
	if name == "" || len(name) > 128 || strings.TrimSpace(name) != name {
		return fmt.Errorf("%w: the %s has 1 to 128 bytes, without blanks around it", ErrIncomplete, what)
	}
	for _, r := range name {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return fmt.Errorf("%w: the %s has a character that does not print", ErrIncomplete, what)
		}
	}
	return nil
}
