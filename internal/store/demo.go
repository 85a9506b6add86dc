package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store/replay"
)

// DemoName is the name of the account that the first start makes.
const DemoName = "demo"

// Demo returns the demo account of a data folder: the account of that name,
// with a key that can be used. Where there is no account at all it makes one,
// and reports that; or takes over that of an older version, whose files it then
// removes. Where there are accounts and none is the demo's, it returns an empty
// one.
func (s *Stores) Demo(ctx context.Context, dir string, oneOffAge time.Duration) (a account.Account, created bool, err error) {
	all, err := s.Registry.ListAccounts(ctx)
	if err != nil {
		return a, false, err
	}
	if len(all) == 0 {
		return s.makeDemo(ctx, dir, oneOffAge)
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

// AnyKey returns a key of an account's main user that can be used, the oldest.
// It returns account.ErrUnknown where there is none.
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
	return account.Account{}, fmt.Errorf("%w: a key of account %s that can be used", account.ErrUnknown, accountID)
}

func (s *Stores) makeDemo(ctx context.Context, dir string, oneOffAge time.Duration) (a account.Account, created bool, err error) {
	file := accountFile(dir)
	a, err = readAccount(file)
	if errors.Is(err, fs.ErrNotExist) {
		c, err := s.Registry.CreateAccount(ctx, account.NewAccount{Name: DemoName})
		return c.Account, true, err
	}
	if err != nil {
		return a, false, err
	}
	// First what was used up, then the account, then the files: whatever is
	// interrupted is begun anew at the next start.
	if oneOffAge > 0 {
		journal, err := replay.Open(dir, replay.Options{Age: oneOffAge, Now: s.Now})
		if err != nil {
			return a, false, err
		}
		if err := errors.Join(s.Registry.Spent(ctx, a.SecretID, journal.Marks()), journal.Close()); err != nil {
			return a, false, err
		}
	}
	if _, err := s.Registry.CreateAccount(ctx, account.NewAccount{Name: DemoName, Known: a}); err != nil {
		return a, false, err
	}
	return a, false, errors.Join(replay.Remove(dir), os.Remove(file))
}

// accountFile is where versions before the database had the demo account, its
// key in clear.
func accountFile(dir string) string { return filepath.Join(dir, "account.json") }

// storedAccount is the file's content.
type storedAccount struct {
	AppID     string `json:"appid"`
	Bucket    string `json:"bucket"`
	SecretID  string `json:"secret_id"`
	SecretKey string `json:"secret_key"`
}

func readAccount(file string) (account.Account, error) {
	info, err := os.Stat(file)
	if err != nil {
		return account.Account{}, fmt.Errorf("demo account: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return account.Account{}, fmt.Errorf("demo account: others can read %s (mode %04o), and it holds a key: chmod 600 it, or delete it for a new account", file, info.Mode().Perm())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return account.Account{}, fmt.Errorf("demo account: %w", err)
	}
	var s storedAccount
	if err := json.Unmarshal(text, &s); err != nil {
		return account.Account{}, fmt.Errorf("demo account: %s is damaged: %w", file, err)
	}
	a := account.Account{AppID: s.AppID, Bucket: s.Bucket, SecretID: s.SecretID, SecretKey: signature.Secret(s.SecretKey)}
	if err := a.Validate(); err != nil {
		return account.Account{}, fmt.Errorf("demo account: %s: %w", file, err)
	}
	return a, nil
}

// ADemo returns the demo account of a database that has one; an empty one
// otherwise. Where there is but one account it is that.
func (s *Stores) ADemo(ctx context.Context) (account.Account, error) {
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
