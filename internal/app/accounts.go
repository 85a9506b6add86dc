package app

import (
	"bytes"
	"fmt"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
)

// accounts are those who may call: the demo account, or those of the
// operator's file.
type accounts struct {
	directory *account.Directory
	file      string // empty for the demo account

	demo    account.Account
	created bool
}

func openAccounts(c config.Server) (*accounts, error) {
	a := &accounts{file: c.AccountsFile}
	var err error
	if a.file != "" {
		customers, err := ReadAccounts(a.file)
		if err != nil {
			return nil, err
		}
		a.directory, err = account.NewDirectory(customers...)
		return a, err
	}
	if a.demo, a.created, err = demoAccount(c.Data); err != nil {
		return nil, err
	}
	a.directory, err = account.NewDirectory(a.demo.Customer())
	return a, err
}

// reload reads the accounts file again, if there is one.
func (a *accounts) reload() error {
	if a.file == "" {
		return nil
	}
	customers, err := ReadAccounts(a.file)
	if err != nil {
		return err
	}
	return a.directory.Replace(customers...)
}

// ReadAccounts reads an accounts file. It refuses one that everybody on the
// machine can read, one that a Directory would refuse, and one without
// accounts.
func ReadAccounts(file string) ([]account.Customer, error) {
	text, err := config.ReadSecret(file)
	if err != nil {
		return nil, err
	}
	customers, err := account.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(customers) == 0 {
		return nil, fmt.Errorf("%s has no account", file)
	}
	if _, err := account.NewDirectory(customers...); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return customers, nil
}
