package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/kahao/kahao/internal/service/account"
)

// DemoName is the name of the account that the first start creates.
const DemoName = "demo"

// EnsureDemo returns a usable key of the demo account, and reports whether this call
// created it, which it does in a store without accounts. It returns zero
// Credentials if there are accounts and none is the demo account, or if the demo
// account has no usable key. A demo account in memory is not limited to the free
// units, because no command can sell it packs.
func (s *Store) EnsureDemo(ctx context.Context) (a account.Credentials, created bool, err error) {
	all, err := s.Accounts.ListAccounts(ctx)
	if err != nil {
		return a, false, err
	}
	if len(all) == 0 {
		c, err := s.Accounts.CreateAccount(ctx, account.NewAccount{Name: DemoName, PostPay: s.Memory})
		return c.Credentials, true, err
	}
	for _, d := range all {
		if d.Name == DemoName {
			a, err = s.UsableKey(ctx, d.ID)
			if errors.Is(err, account.ErrUnknown) {
				err = nil
			}
			return a, false, err
		}
	}
	return a, false, nil
}

// UsableKey returns the oldest usable signing key of an account's main user, or
// account.ErrUnknown.
func (s *Store) UsableKey(ctx context.Context, accountID string) (account.Credentials, error) {
	users, err := s.Accounts.ListUsers(ctx, accountID)
	if err != nil {
		return account.Credentials{}, err
	}
	keys, err := s.Accounts.ListKeys(ctx, accountID)
	if err != nil {
		return account.Credentials{}, err
	}
	for _, k := range keys {
		if k.Kind == account.Signing && k.Usable(s.Now()) && len(users) > 0 && k.User == users[0].ID {
			return s.Accounts.Secret(ctx, k.SecretID)
		}
	}
	return account.Credentials{}, fmt.Errorf("%w: a usable key of account %s", account.ErrUnknown, accountID)
}

// DemoKey returns a usable key of the demo account, or of the only account. It
// returns zero Credentials if there is neither.
func (s *Store) DemoKey(ctx context.Context) (account.Credentials, error) {
	all, err := s.Accounts.ListAccounts(ctx)
	if err != nil {
		return account.Credentials{}, err
	}
	for _, d := range all {
		if d.Name == DemoName || len(all) == 1 {
			return s.UsableKey(ctx, d.ID)
		}
	}
	return account.Credentials{}, nil
}
