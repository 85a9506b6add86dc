package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/signature"
)

// Customer is one customer as an operator sets him up.
type Customer struct {
	AppID    string   `json:"appid"`
	Buckets  []string `json:"buckets"`
	Keys     []Key    `json:"keys"`
	Standing Standing `json:"standing"`
	// FetchHosts are the hosts that this customer's pictures may be fetched
	// from: names, and *.example.com for all names below one. Where there are
	// none, what the operator allows to all applies alone.
	FetchHosts []string        `json:"fetch_hosts"`
	Rate       ratelimit.Limit `json:"rate"`    // zero means the operator's standard one
	Monthly    int             `json:"monthly"` // readings in a calendar month; 0 is no bound
}

// Key is one API key of a customer.
type Key struct {
	SecretID   string
	Secret     signature.Secret
	Disabled   bool
	SubAccount bool     // of a sub-account, which the legacy interface does not serve
	Buckets    []string // those it may be used for; none means all of the customer's
}

// Standing is whether a customer is served.
type Standing int

// The standings.
const (
	Active  Standing = iota // he is
	Arrears                 // he owes money
	Closed                  // he has not opened the service, or closed it
	standings
)

var standingNames = [standings]string{Active: "active", Arrears: "arrears", Closed: "closed"}

// String is the standing's name in the accounts file.
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

// UnmarshalJSON reads a key, its secret included: Secret itself never goes
// through an encoder.
func (k *Key) UnmarshalJSON(text []byte) error {
	var f struct {
		SecretID   string   `json:"secret_id"`
		SecretKey  string   `json:"secret_key"`
		Disabled   bool     `json:"disabled"`
		SubAccount bool     `json:"sub_account"`
		Buckets    []string `json:"buckets"`
	}
	if err := strict(strings.NewReader(string(text)), &f); err != nil {
		return err
	}
	*k = Key{f.SecretID, signature.Secret(f.SecretKey), f.Disabled, f.SubAccount, f.Buckets}
	return nil
}

// Customer is the account as a customer without any bounds.
func (a Account) Customer() Customer {
	return Customer{AppID: a.AppID, Buckets: []string{a.Bucket}, Keys: []Key{{SecretID: a.SecretID, Secret: a.SecretKey}}}
}

// Validate returns ErrIncomplete, wrapped with what is wrong, for a customer
// who could not be served.
func (c Customer) Validate() error {
	errs := []error{complete(part{"app id", c.AppID, digits})}
	for _, bucket := range c.Buckets {
		errs = append(errs, complete(part{"bucket", bucket, bucketSet}))
	}
	for _, k := range c.Keys {
		errs = append(errs, complete(part{"secret id", k.SecretID, keySet}, part{"secret key", string(k.Secret), keySet}))
		for _, bucket := range k.Buckets {
			if !slices.Contains(c.Buckets, bucket) {
				errs = append(errs, fmt.Errorf("%w: a key is for bucket %q, which there is not", ErrIncomplete, bucket))
			}
		}
	}
	if len(c.Keys) == 0 {
		errs = append(errs, fmt.Errorf("%w: no key", ErrIncomplete))
	}
	if c.Monthly < 0 || c.Standing < 0 || c.Standing >= standings {
		errs = append(errs, fmt.Errorf("%w: a negative month, or no such standing", ErrIncomplete))
	}
	if err := errors.Join(append(errs, c.Rate.Validate())...); err != nil {
		return fmt.Errorf("account %s: %w", c.AppID, err)
	}
	return nil
}

// Decode reads an accounts file: {"accounts":[…]}, where every member has the
// names of Customer's tags and of Key's. What it does not know it refuses. It
// returns ErrIncomplete for a customer that Validate refuses, and what the
// JSON has wrong, neither with a word of the file in it that could be a secret.
func Decode(r io.Reader) ([]Customer, error) {
	var file struct {
		Accounts []Customer `json:"accounts"`
	}
	if err := strict(r, &file); err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	for _, c := range file.Accounts {
		if err := c.Validate(); err != nil {
			return nil, err
		}
	}
	return file.Accounts, nil
}

// strict decodes one JSON value, with nothing unknown in it and nothing after
// it.
func strict(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	return nil
}
