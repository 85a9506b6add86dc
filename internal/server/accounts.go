package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/store"
)

// accounts are those who may call: those of a database; of the operator's file;
// or a demo account that ends with the process.
type accounts struct {
	stores    *store.Stores // nil without a database
	directory *account.Directory
	file      string

	demo    account.Account
	created bool
}

func openAccounts(ctx context.Context, c config.Server) (*accounts, error) {
	a := &accounts{file: c.AccountsFile}
	var err error
	switch {
	case a.file != "":
		customers, err := ReadAccounts(a.file)
		if err != nil {
			return nil, err
		}
		a.directory, err = account.NewDirectory(customers...)
		return a, err
	case c.Data != "" || c.URL != "":
		if a.stores, err = store.Open(ctx, store.Options{Store: c.Store, Retention: c.KeepResults, Now: time.Now}); err != nil {
			return nil, err
		}
		if c.Data != "" {
			a.demo, a.created, err = a.stores.Demo(ctx, c.Data, c.SingleUseAge)
		}
		return a, err
	}
	if a.demo, err = account.New(rand.Reader); err != nil {
		return nil, err
	}
	a.created = true
	a.directory, err = account.NewDirectory(a.demo.Customer())
	return a, err
}

// close lets go of the database.
func (a *accounts) close() error {
	if a == nil || a.stores == nil {
		return nil
	}
	return a.stores.Close()
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
