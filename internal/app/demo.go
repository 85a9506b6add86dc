package app

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/signature"
)

// accountFile is the demo account in the data folder. Whoever can read it can
// sign requests, so it is the owner's alone.
const accountFile = "account.json"

// storedAccount is the file's content; the names are those that the command
// prints.
type storedAccount struct {
	AppID     string `json:"appid"`
	Bucket    string `json:"bucket"`
	SecretID  string `json:"secret_id"`
	SecretKey string `json:"secret_key"`
}

// AccountFile is where a data folder has the demo account.
func AccountFile(dir string) string { return filepath.Join(dir, accountFile) }

// SavedAccount returns the demo account of a data folder. It returns
// fs.ErrNotExist where none was made yet.
func SavedAccount(dir string) (account.Account, error) { return readAccount(AccountFile(dir)) }

// demoAccount reads the account of a data folder, or makes it at the first
// start. Without a folder it makes one that is not kept.
func demoAccount(dir string) (a account.Account, created bool, err error) {
	if dir == "" {
		a, err = account.New(rand.Reader)
		return a, true, err
	}
	file := AccountFile(dir)
	a, err = readAccount(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return a, false, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return account.Account{}, false, fmt.Errorf("data folder: %w", err)
	}
	if a, err = account.New(rand.Reader); err != nil {
		return account.Account{}, false, err
	}
	err = writeAccount(file, a)
	if errors.Is(err, fs.ErrExist) { // another process was faster
		a, err = readAccount(file)
		return a, false, err
	}
	return a, true, err
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

// writeAccount makes the file with its whole content at once, so that neither
// a crash nor a second process sees half of it. It returns fs.ErrExist when
// there is a file already.
func writeAccount(file string, a account.Account) (err error) {
	text, err := json.MarshalIndent(storedAccount{a.AppID, a.Bucket, a.SecretID, string(a.SecretKey)}, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), accountFile+".*") // with mode 0600
	if err != nil {
		return fmt.Errorf("demo account: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("demo account: %w", err)
	}
	if err := os.Link(f.Name(), file); err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// A file system without links: the last of two processes wins.
	if err := os.Rename(f.Name(), file); err != nil {
		return fmt.Errorf("demo account: %w", err)
	}
	return nil
}
