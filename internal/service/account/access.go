package account

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/pan"
)

// ErrUnavailable means that the accounts cannot be read at the moment.
var ErrUnavailable = errors.New("account: unavailable")

// Access is what a key may do for an app id.
type Access struct {
	Standing   Standing
	SubAccount bool
	User       string     // the owner of the key
	Policies   policy.Set // what the owner may do; a zero Set denies everything
	Buckets    []string   // of the app id
	Only       []string   // the buckets that the key is valid for; empty means all
	FetchHosts []string   // hosts that images may be fetched from: names, and *.example.com for all names below one; empty means the operator's
	Shape      Masker     // what the key's replies contain of a number; nil means all of it
	// Retention is how long replies can be queried; 0 means not at all.
	Retention time.Duration
}

// Masker turns a card number into the text that a reply contains.
type Masker interface {
	// Number returns the text of a number. After an error the reply must not
	// contain any part of it.
	Number(n pan.Number) (string, error)
	// Fingerprint is equal for Maskers whose replies show the same of a number
	// to the same recipient.
	Fingerprint() string
}

// HasBucket reports whether the app id has the bucket.
func (a Access) HasBucket(bucket string) bool { return slices.Contains(a.Buckets, bucket) }

// Allows reports whether the key is valid for the bucket. A request without a
// bucket has the empty one: a key limited to some buckets is not valid for it.
func (a Access) Allows(bucket string) bool {
	return len(a.Only) == 0 || slices.Contains(a.Only, bucket)
}

// Standing is whether an account is served.
type Standing int

// The standings.
const (
	Active  Standing = iota // served
	Arrears                 // owes money for longer than billing.Grace
	Closed                  // closed by the operator
	standings
)

var standingNames = [standings]string{Active: "active", Arrears: "arrears", Closed: "closed"}

// String returns the standing's name in the accounts file.
func (s Standing) String() string {
	if s < 0 || s >= standings {
		return "unknown"
	}
	return standingNames[s]
}

// UnmarshalText reads the standing's name.
func (s *Standing) UnmarshalText(text []byte) error {
	i := slices.Index(standingNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("account: standing %q is none of %s", text, strings.Join(standingNames[:], ", "))
	}
	*s = Standing(i)
	return nil
}
