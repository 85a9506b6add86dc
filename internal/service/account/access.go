package account

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kahao/kahao/pan"
)

// ErrUnavailable means that the store of the accounts cannot be read at the moment.
var ErrUnavailable = errors.New("account: unavailable")

// Access is what one key may do for one app id.
type Access struct {
	Standing   Standing
	SubAccount bool
	User       string   // the owner of the key
	Buckets    []string // of the app id
	Only       []string // the buckets that the key is valid for; empty means all
	FetchHosts []string // hosts that images may be fetched from: names, and *.example.com for all names below one; empty means the operator's
	Shape      Shaper   // what the key's replies contain of a number; nil means all of it
	// Retention is how long replies can be queried; 0 means not at all.
	Retention time.Duration
}

// Shaper turns a card number into what a reply contains of it.
type Shaper interface {
	// Number returns the text for a number; after an error the reply must not
	// contain anything of it.
	Number(n pan.Number) (string, error)
	// Fingerprint is equal for Shapers whose replies show the same of a number
	// to the same recipient.
	Fingerprint() string
}

// Known reports whether the app id has the bucket.
func (a Access) Known(bucket string) bool { return slices.Contains(a.Buckets, bucket) }

// May reports whether the key is valid for the bucket. A request without a
// bucket has the empty one: a key limited to some buckets is not valid for it.
func (a Access) May(bucket string) bool { return len(a.Only) == 0 || slices.Contains(a.Only, bucket) }

// Standing is whether an account is served.
type Standing int

// The standings.
const (
	Active  Standing = iota // served
	Arrears                 // owes money
	Closed                  // the service is closed, or was never opened
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
