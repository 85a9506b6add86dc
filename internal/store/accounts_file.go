package store

import (
	"bytes"
	"context"
	"fmt"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/store/accountdb"
)

// ReadAccountsFile reads and checks an accounts file. It refuses a file that
// other users of the machine can read, because it contains secrets.
func ReadAccountsFile(file string) ([]account.FileAccount, error) {
	text, err := config.ReadSecret(file)
	if err != nil {
		return nil, err
	}
	declared, err := account.DecodeFile(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return declared, nil
}

// Provision reads an accounts file and provisions the store with it.
func (s *Store) Provision(ctx context.Context, file string) (accountdb.Provisioned, error) {
	declared, err := ReadAccountsFile(file)
	if err != nil {
		return accountdb.Provisioned{}, err
	}
	p, err := s.Accounts.Provision(ctx, declared)
	if err != nil {
		return p, fmt.Errorf("%s: %w", file, err)
	}
	return p, nil
}
