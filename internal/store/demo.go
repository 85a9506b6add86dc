package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/kahao/kahao/internal/service/account"
)

// DemoName is the name of the account that the first start creates.
const DemoName = "demo"

// Demo returns a usable key of the demo account, and reports whether this call
// created it, which it does in a store without accounts. It returns the zero
// Account if there are accounts and none is the demo account, or if the demo
// account has no usable key. A demo account in memory is not limited to the
// free units: nobody could sell it more.
func (s *Stores) Demo(ctx context.Context) (a account.Account, created bool, err error) {
	all, err := s.Registry.ListAccounts(ctx)
	if err != nil {
		return a, false, err
	}
	if len(all) == 0 {
		c, err := s.Registry.CreateAccount(ctx, account.NewAccount{Name: DemoName, PostPay: s.Memory})
		return c.Account, true, err
	}
	for _, d := range all {
		if d.Name == DemoName {
			a, err = s.AnyKey(ctx, d.ID)
			if errors.Is(err, account.ErrUnknown) {
				err = nil
			}
			return a, false, err
		}
	}
	return a, false, nil
}

// AnyKey returns the oldest usable key of an account's main user, or
// account.ErrUnknown.
func (s *Stores) AnyKey(ctx context.Context, accountID string) (account.Account, error) {
	users, err := s.Registry.ListUsers(ctx, accountID)
	if err != nil {
		return account.Account{}, err
	}
	keys, err := s.Registry.ListKeys(ctx, accountID)
	if err != nil {
		return account.Account{}, err
	}
	for _, k := range keys {
		if k.Usable(s.Now()) && len(users) > 0 && k.User == users[0].ID {
			return s.Registry.Secret(ctx, k.SecretID)
		}
	}
	return account.Account{}, fmt.Errorf("%w: a usable key of account %s", account.ErrUnknown, accountID)
}

// DemoKey returns a usable key of the demo account, or of the only account. It
// returns the zero Account if there is neither.
func (s *Stores) DemoKey(ctx context.Context) (account.Account, error) {
	all, err := s.Registry.ListAccounts(ctx)
	if err != nil {
		return account.Account{}, err
	}
	for _, d := range all {
		if d.Name == DemoName || len(all) == 1 {
			return s.AnyKey(ctx, d.ID)
		}
	}
	return account.Account{}, nil
}
