package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/secret"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
	"github.com/kahao/kahao/internal/store/replay"
	"github.com/kahao/kahao/internal/store/sqlite"
)

func settings(dir string) config.Store {
	s := config.Defaults().Store
	s.Data = dir
	return s
}

func open(t *testing.T, o Options) *Stores {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// The first start makes everything, readable by its owner alone; the second
// finds it again.
func TestDataFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	if _, err := Open(t.Context(), Options{Store: settings(dir), MustExist: true}); !errors.Is(err, ErrNone) {
		t.Errorf("a folder that there is not: %v", err)
	}
	s := open(t, Options{Store: settings(dir)})
	a, created, err := s.Demo(t.Context(), dir, time.Hour)
	if err != nil || !created || a.Validate() != nil {
		t.Fatal(created, err)
	}
	again, created, err := s.Demo(t.Context(), dir, time.Hour)
	if err != nil || created || again != a {
		t.Error("the second start has another account", created, err)
	}
	if runtime.GOOS != "windows" {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if info, e := d.Info(); err == nil && e == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: mode %v", path, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	// While a server has it, a second one does not start, and a command works.
	if _, err := Open(t.Context(), Options{Store: settings(dir)}); !errors.Is(err, sqlite.ErrLocked) {
		t.Errorf("a second server: %v", err)
	}
	beside := open(t, Options{Store: settings(dir), Beside: true, MustExist: true})
	if got, err := beside.Registry.Secret(t.Context(), a.SecretID); err != nil || got != a {
		t.Errorf("beside the server: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	// Nor does a command keep a server from starting.
	next := open(t, Options{Store: settings(dir)})
	if got, err := beside.Registry.Secret(t.Context(), a.SecretID); err != nil || got != a {
		t.Errorf("beside the next server: %v", err)
	}
	if err := errors.Join(beside.Close(), next.Close()); err != nil {
		t.Error(err)
	}
	// Without its keys the database is of no use, and nobody makes new ones.
	if err := os.Remove(KeyFile(dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Store: settings(dir)}); err == nil || !strings.Contains(err.Error(), "put a copy of it back") {
		t.Errorf("no keys: %v", err)
	}
	if _, err := os.Lstat(KeyFile(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("new keys were made")
	}
	line, _ := envelope.NewKey("k1")
	if err := os.WriteFile(KeyFile(dir), []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Store: settings(dir)}); !errors.Is(err, envelope.ErrOpen) {
		t.Errorf("other keys: %v", err)
	}
}

// Keys come from the folder, from a file or from the environment.
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
		"a file":                 {0o600, line, func(s *config.Store) { s.KeyFile = file }, ""},
		"the environment":        {0o600, "", func(s *config.Store) { s.Keys = secret.Bytes(line) }, ""},
		"a file that all read":   {0o644, line, func(s *config.Store) { s.KeyFile = file }, "chmod"},
		"a file that is no keys": {0o600, "x", func(s *config.Store) { s.KeyFile = file }, "keyring"},
		"no file":                {0o600, line, func(s *config.Store) { s.KeyFile = file + "x" }, "no such file"},
	} {
		if runtime.GOOS == "windows" && c.mode != 0o600 {
			continue
		}
		if err := os.WriteFile(file, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, c.mode); err != nil {
			t.Fatal(err)
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
				t.Error(err)
			}
		}
	}
	if _, err := os.Stat(KeyFile(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a key file was made that nobody wanted")
	}
}

// A folder of a version before the database is taken over: its account, and
// which one-off signatures were used.
func TestTakeOver(t *testing.T) {
	dir := t.TempDir()
	const text = `{"appid":"1250000001","bucket":"kahao","secret_id":"KHIDold","secret_key":"EXAMPLEKEY"}`
	if err := os.WriteFile(accountFile(dir), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	journal, err := replay.Open(dir, replay.Options{Age: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	id := signature.ID{1, 2, 3}
	if first, err := journal.Use(t.Context(), id, signature.Claims{OneOff: true, Created: time.Now()}); err != nil || !first {
		t.Fatal(first, err)
	}
	if err := journal.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, Options{Store: settings(dir)})
	a, created, err := s.Demo(t.Context(), dir, time.Hour)
	if want := (account.Account{AppID: "1250000001", Bucket: "kahao", SecretID: "KHIDold", SecretKey: "EXAMPLEKEY"}); err != nil || created || a != want {
		t.Fatal(a.AppID, created, err)
	}
	var nonces int
	if err := s.Engine.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM nonce WHERE key_id = 'KHIDold'`).Scan(&nonces)
	}); err != nil || nonces != 1 {
		t.Errorf("%d one-off signatures were taken over, %v", nonces, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "[ao]*"))
	if err != nil || len(left) != 0 {
		t.Errorf("the old files are left, with a key in clear: %v, %v", left, err)
	}
	if again, created, err := s.Demo(t.Context(), dir, time.Hour); err != nil || created || again != a {
		t.Error(created, err)
	}
}

func TestTakeOverRefuses(t *testing.T) {
	const good = `{"appid":"1250000001","bucket":"kahao","secret_id":"ID","secret_key":"EXAMPLEKEY"}`
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"others can read it": {good, 0o644, "chmod 600"},
		"the group can":      {good, 0o640, "chmod 600"},
		"no JSON":            {"{", 0o600, "damaged"},
		"empty":              {"", 0o600, "damaged"},
		"no key":             {strings.Replace(good, "EXAMPLEKEY", "", 1), 0o600, "no secret key"},
		"a bad app id":       {strings.Replace(good, "1250000001", "12x", 1), 0o600, "app id"},
	} {
		if runtime.GOOS == "windows" && c.mode != 0o600 {
			continue
		}
		dir := t.TempDir()
		if err := os.WriteFile(accountFile(dir), []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(accountFile(dir), c.mode); err != nil { // whatever the umask
			t.Fatal(err)
		}
		s := open(t, Options{Store: settings(dir)})
		if _, _, err := s.Demo(t.Context(), dir, time.Hour); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "EXAMPLEKEY") {
			t.Errorf("%s: %v", name, err)
		}
		if after, _ := os.ReadFile(accountFile(dir)); string(after) != c.text {
			t.Errorf("%s: the file was changed", name)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Accounts that the operator made are not joined by a demo one.
func TestNoDemoAmongOthers(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Store: settings(dir)})
	if _, err := s.Registry.CreateAccount(t.Context(), account.NewAccount{Name: "mine"}); err != nil {
		t.Fatal(err)
	}
	if a, created, err := s.Demo(t.Context(), dir, time.Hour); err != nil || created || a != (account.Account{}) {
		t.Error(a.AppID, created, err)
	}
}

func TestPrices(t *testing.T) {
	file := filepath.Join(t.TempDir(), "prices.json")
	if err := os.WriteFile(file, []byte(`{"currency":"EUR","free_units":7,"tiers":[{"price":"0.02"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Prices(config.Store{PriceFile: file, FreeUnits: 50})
	if err != nil || p.Free != 50 || p.Currency != "EUR" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := Prices(config.Store{FreeUnits: 1000}); err != nil || p.Free != 1000 || p.Currency != "CNY" {
		t.Errorf("%+v, %v", p, err)
	}
	if err := os.WriteFile(file, []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Prices(config.Store{PriceFile: file}); err == nil || !strings.Contains(err.Error(), file) {
		t.Error(err)
	}
	if _, err := Open(t.Context(), Options{Store: config.Store{Data: t.TempDir(), TimeZone: "Mars/Phobos"}}); err == nil {
		t.Error("a zone that there is not")
	}
	if _, err := Open(t.Context(), Options{Store: config.Defaults().Store}); err == nil || !strings.Contains(err.Error(), "--data or --store") {
		t.Error(err)
	}
}

// A shared database is migrated when that is asked for, and refused before.
func TestPostgres(t *testing.T) {
	line, _ := envelope.NewKey("k1")
	o := Options{Store: config.Defaults().Store}
	o.URL, o.Keys = config.DatabaseURL(pgtest.URL(t)), secret.Bytes(line)
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "kahao db migrate") {
		t.Error(err)
	}
	o.AutoMigrate = true
	s := open(t, o)
	if _, err := s.Registry.CreateAccount(t.Context(), account.NewAccount{Name: "a"}); err != nil || !s.Shared {
		t.Error(err)
	}
	o.AutoMigrate, o.Keys = false, nil
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), config.KeysVariable) {
		t.Errorf("no keys: %v", err)
	}
}
