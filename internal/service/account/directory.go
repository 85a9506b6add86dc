package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/pan"
)

// ErrUnavailable: the accounts cannot be asked at the moment. A Directory
// never returns it; stores do.
var ErrUnavailable = errors.New("account: unavailable")

// Access is what one key may do for one app id.
type Access struct {
	Standing   Standing
	SubAccount bool
	User       string   // whose key it is; empty where there are no users
	Buckets    []string // all of the app id's
	Only       []string // of them those that the key may be used for; none means all
	FetchHosts []string // those that pictures may be fetched from; none means what is allowed to all
	Shape      Shaper   // what the key's replies carry of a number; nil means all of it
	// Retention is how long replies may be asked for again; 0 means not at
	// all. A Directory leaves that to the operator.
	Retention time.Duration
}

// Shaper turns a card number into what a reply carries of it. A shape.Shaper
// does.
type Shaper interface {
	// Number returns the text for a number; an error means that nothing of it
	// may be told.
	Number(n pan.Number) (string, error)
}

// Known reports whether the app id has the bucket.
func (a Access) Known(bucket string) bool { return slices.Contains(a.Buckets, bucket) }

// May reports whether the key may be used for the bucket.
func (a Access) May(bucket string) bool { return len(a.Only) == 0 || slices.Contains(a.Only, bucket) }

// Directory holds customers in memory. It is safe for concurrent use.
type Directory struct{ index atomic.Pointer[index] }

var _ signature.Keys = (*Directory)(nil)

// index is the customers as they are looked up. It does not change.
type index struct {
	customers map[string]Customer // by app id
	keys      map[string]owned    // by secret id
}

type owned struct {
	Key
	appID string
}

// NewDirectory returns a directory of the customers. It returns ErrIncomplete
// for one that Validate refuses, and for an app id or secret id that two have.
func NewDirectory(customers ...Customer) (*Directory, error) {
	d := &Directory{}
	if err := d.Replace(customers...); err != nil {
		return nil, err
	}
	return d, nil
}

// Replace puts other customers in the place of all, at one moment. It returns
// the errors of NewDirectory, and then leaves everything as it was.
func (d *Directory) Replace(customers ...Customer) error {
	x := &index{map[string]Customer{}, map[string]owned{}}
	for _, c := range customers {
		if err := c.Validate(); err != nil {
			return err
		}
		if _, twice := x.customers[c.AppID]; twice {
			return fmt.Errorf("%w: app id %s stands twice", ErrIncomplete, c.AppID)
		}
		x.customers[c.AppID] = c
		for _, k := range c.Keys {
			if _, twice := x.keys[k.SecretID]; twice {
				return fmt.Errorf("%w: account %s: a secret id stands twice", ErrIncomplete, c.AppID)
			}
			x.keys[k.SecretID] = owned{k, c.AppID}
		}
	}
	d.index.Store(x)
	return nil
}

// App reports whether a customer has the app id. It never fails.
func (d *Directory) App(_ context.Context, appID string) (bool, error) {
	_, found := d.index.Load().customers[appID]
	return found, nil
}

// Key returns the key with the secret id. It never fails.
func (d *Directory) Key(_ context.Context, secretID string) (signature.Key, bool, error) {
	k, found := d.index.Load().keys[secretID]
	return signature.Key{AppID: k.appID, Secret: k.Secret, Disabled: k.Disabled}, found, nil
}

// Access returns what the key may do for the app id. It returns ErrUnavailable
// when there is no such key for it any more.
func (d *Directory) Access(_ context.Context, appID, secretID string) (Access, error) {
	x := d.index.Load()
	k, found := x.keys[secretID]
	if !found || k.appID != appID {
		return Access{}, fmt.Errorf("%w: the key went while it was used", ErrUnavailable)
	}
	c := x.customers[appID]
	return Access{Standing: c.Standing, SubAccount: k.SubAccount, Buckets: c.Buckets, Only: k.Buckets, FetchHosts: c.FetchHosts}, nil
}

// Limit is the customer's own rate, for quota.NewRate; zero where he has none.
func (d *Directory) Limit(appID string) ratelimit.Limit { return d.index.Load().customers[appID].Rate }

// Monthly is how many readings the customer has in a month, for
// quota.NewMonthly; 0 where that is not bounded.
func (d *Directory) Monthly(appID string) int { return d.index.Load().customers[appID].Monthly }
