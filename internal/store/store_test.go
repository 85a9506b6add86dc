package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/secret"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
	"github.com/kahao/kahao/internal/store/sqlite"
)

func settings(dir string) config.Store {
	s := config.Defaults().Store
	s.Data = dir
	return s
}

func open(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// The first start creates everything, readable by its owner only; the second
// start uses it.
func TestDataDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	if _, err := Open(t.Context(), Options{Store: settings(dir), MustExist: true}); !errors.Is(err, ErrNoDatabase) {
		t.Errorf("Open of a missing directory: %v, want ErrNoDatabase", err)
	}
	s := open(t, Options{Store: settings(dir)})
	a, created, err := s.EnsureDemo(t.Context())
	if err != nil || !created || a.Validate() != nil {
		t.Fatalf("EnsureDemo at the first start: created %v, %v, want a new account", created, err)
	}
	again, created, err := s.EnsureDemo(t.Context())
	if err != nil || created || again != a {
		t.Errorf("EnsureDemo at the second start: the same account %v, created %v, %v, want the same one", again == a, created, err)
	}
	if runtime.GOOS != "windows" {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if info, e := d.Info(); err == nil && e == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: mode %v", path, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Errorf("listing %s: %v", dir, err)
		}
	}
	// While a server has it open, a second one does not start, but a command works.
	if _, err := Open(t.Context(), Options{Store: settings(dir)}); !errors.Is(err, sqlite.ErrLocked) {
		t.Errorf("Open by a second server: %v, want ErrLocked", err)
	}
	command := open(t, Options{Store: settings(dir), ShareData: true, MustExist: true})
	if got, err := command.Accounts.Secret(t.Context(), a.SecretID); err != nil || got != a {
		t.Errorf("Secret next to the server: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	// A command does not keep a server from starting.
	next := open(t, Options{Store: settings(dir)})
	if got, err := command.Accounts.Secret(t.Context(), a.SecretID); err != nil || got != a {
		t.Errorf("Secret next to the next server: %v", err)
	}
	if err := errors.Join(command.Close(), next.Close()); err != nil {
		t.Errorf("Close: %v", err)
	}
	// Without its keys the database is useless, and no new ones are created.
	if err := os.Remove(KeyFile(dir)); err != nil {
		t.Fatalf("Remove: %v", err)
	}
	if _, err := Open(t.Context(), Options{Store: settings(dir)}); err == nil || !strings.Contains(err.Error(), "put a copy of it back") {
		t.Errorf("Open without keys: %v, want an error that asks for a copy", err)
	}
	if _, err := os.Lstat(KeyFile(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("Open created new keys")
	}
	line, _ := envelope.NewKey("k1")
	if err := os.WriteFile(KeyFile(dir), []byte(line), 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	if _, err := Open(t.Context(), Options{Store: settings(dir)}); !errors.Is(err, envelope.ErrOpen) {
		t.Errorf("Open with other keys: %v, want envelope.ErrOpen", err)
	}
}

// Keys come from the data directory, from a file or from the environment.
func TestKeys(t *testing.T) {
	dir := t.TempDir()
	line, _ := envelope.NewKey("mine")
	file := filepath.Join(t.TempDir(), "keys")
	for name, c := range map[string]struct {
		mode os.FileMode
		text string
		set  func(*config.Store)
		want string
	}{
		"a file":               {0o600, line, func(s *config.Store) { s.KeyFile = file }, ""},
		"the environment":      {0o600, "", func(s *config.Store) { s.Keys = secret.Bytes(line) }, ""},
		"a file that all read": {0o644, line, func(s *config.Store) { s.KeyFile = file }, "chmod"},
		"a file without keys":  {0o600, "x", func(s *config.Store) { s.KeyFile = file }, "keyring"},
		"no file":              {0o600, line, func(s *config.Store) { s.KeyFile = file + "x" }, "no such file"},
	} {
		if runtime.GOOS == "windows" && c.mode != 0o600 {
			continue
		}
		if err := os.WriteFile(file, []byte(c.text), c.mode); err != nil {
			t.Fatalf("WriteFile: %v", err)
		}
		if err := os.Chmod(file, c.mode); err != nil {
			t.Fatalf("Chmod: %v", err)
		}
		o := Options{Store: settings(dir)}
		c.set(&o.Store)
		s, err := Open(t.Context(), o)
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), line[5:])) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			if s.Keyring.Primary() != "mine" {
				t.Errorf("%s: keys of %s", name, s.Keyring.Primary())
			}
			if err := s.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
	}
	if _, err := os.Stat(KeyFile(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("Open created a key file although the keys are elsewhere")
	}
}

// A store in memory needs nothing, has a demo account without a limit, and
// ends with Close.
func TestMemory(t *testing.T) {
	o := Options{Store: config.Defaults().Store, Memory: true}
	o.FreeUnits = 0
	s := open(t, o)
	a, created, err := s.EnsureDemo(t.Context())
	if err != nil || !created || a.Validate() != nil || !s.Memory || s.Shared {
		t.Fatalf("demo account: created %v, %v, memory %v, shared %v", created, err, s.Memory, s.Shared)
	}
	if d, err := s.Accounts.Account(t.Context(), a.AppID); err != nil || !d.PostPay {
		t.Errorf("demo account in memory: post-pay %v, %v, want true", d.PostPay, err)
	}
	other := open(t, o)
	if all, err := other.Accounts.ListAccounts(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("another store in memory has accounts %v, %v", all, err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// An accounts file provisions the store; a wrong one changes nothing.
func TestProvision(t *testing.T) {
	file := filepath.Join(t.TempDir(), "accounts.json")
	write := func(text string, mode os.FileMode) {
		t.Helper()
		if err := errors.Join(os.WriteFile(file, []byte(text), mode), os.Chmod(file, mode)); err != nil {
			t.Fatalf("writing %s: %v", file, err)
		}
	}
	const entry = `{"appid":"1250000001","buckets":["b"],"keys":[{"secret_id":"EXAMPLEID","secret_key":"EXAMPLEKEY"}]}`
	s := open(t, Options{Store: settings(t.TempDir())})
	write(`{"accounts":[`+entry+`]}`, 0o600)
	for range 2 {
		if p, err := s.Provision(t.Context(), file); err != nil || p.Accounts != 1 || p.Keys != 1 || p.Disabled != 0 {
			t.Errorf("Provision: %+v, %v, want 1 account and 1 key", p, err)
		}
	}
	if a, err := s.Accounts.Secret(t.Context(), "EXAMPLEID"); err != nil || a.AppID != "1250000001" || a.SecretKey != "EXAMPLEKEY" {
		t.Errorf("the provisioned key: %+v, %v", a, err)
	}
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
	}{"readable by others": {`{"accounts":[` + entry + `]}`, 0o644}, "twice": {`{"accounts":[` + entry + `,` + entry + `]}`, 0o600}, "empty": {`{"accounts":[]}`, 0o600}} {
		if runtime.GOOS == "windows" && c.mode != 0o600 {
			continue
		}
		write(c.text, c.mode)
		if _, err := s.Provision(t.Context(), file); err == nil || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "EXAMPLEKEY") {
			t.Errorf("%s: %v, want an error that names the file and no secret", name, err)
		}
	}
}

// A store with accounts of the operator gets no demo account.
func TestNoDemoAmongOthers(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Store: settings(dir)})
	if _, err := s.Accounts.CreateAccount(t.Context(), account.NewAccount{Name: "mine"}); err != nil {
		t.Fatalf("Accounts.CreateAccount: %v", err)
	}
	if a, created, err := s.EnsureDemo(t.Context()); err != nil || created || a != (account.Credentials{}) {
		t.Errorf("EnsureDemo next to another account: %q, created %v, %v, want none", a.AppID, created, err)
	}
}

func TestPrices(t *testing.T) {
	file := filepath.Join(t.TempDir(), "prices.json")
	if err := os.WriteFile(file, []byte(`{"currency":"EUR","free_units":7,"tiers":[{"price":"0.02"}]}`), 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	p, err := Prices(config.Store{PriceFile: file, FreeUnits: 50})
	if err != nil || p.Free != 50 || p.Currency != "EUR" {
		t.Errorf("Prices of a file: %+v, %v, want 50 free units and EUR", p, err)
	}
	if p, err := Prices(config.Store{FreeUnits: 1000}); err != nil || p.Free != 1000 || p.Currency != "CNY" {
		t.Errorf("Prices without a file: %+v, %v, want 1000 free units and CNY", p, err)
	}
	if err := os.WriteFile(file, []byte(`{}`), 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	if _, err := Prices(config.Store{PriceFile: file}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("Prices of an empty list: %v, want an error that names the file", err)
	}
	if _, err := Open(t.Context(), Options{Store: config.Store{Data: t.TempDir(), TimeZone: "Mars/Phobos"}}); err == nil {
		t.Error("Open accepted an unknown time zone")
	}
	if _, err := Open(t.Context(), Options{Store: config.Defaults().Store}); err == nil || !strings.Contains(err.Error(), "--data or --database-url") {
		t.Errorf("Open without a database: %v, want an error that names the flags", err)
	}
}

// A shared database is migrated only on request, and refused until then.
func TestPostgres(t *testing.T) {
	line, _ := envelope.NewKey("k1")
	o := Options{Store: config.Defaults().Store}
	o.URL, o.Keys = config.DatabaseURL(pgtest.URL(t)), secret.Bytes(line)
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "kahao db migrate") {
		t.Errorf("Open of an empty database: %v, want an error that names the command", err)
	}
	o.AutoMigrate = true
	s := open(t, o)
	if _, err := s.Accounts.CreateAccount(t.Context(), account.NewAccount{Name: "a"}); err != nil || !s.Shared {
		t.Errorf("CreateAccount: %v, shared %v, want true", err, s.Shared)
	}
	o.AutoMigrate, o.Keys = false, nil
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), config.KeysVariable) {
		t.Errorf("Open without keys: %v, want an error that names the variable", err)
	}
}
