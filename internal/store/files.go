package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/store/accountdb"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/sqlite"
)

// keysName is the file with the key-encryption keys in a data folder, for which
// nothing else was said.
const keysName = "keys"

// KeyFile is where a data folder has its key-encryption keys.
func KeyFile(dir string) string { return filepath.Join(dir, keysName) }

// hasDatabase reports whether a data folder has a database.
func hasDatabase(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, sqlite.FileName))
	return err == nil
}

// openKeyring reads the key-encryption keys: from the environment, from the
// file that is named, or from the data folder, where they are made at first.
func openKeyring(ctx context.Context, s config.Store, e db.Engine) (*envelope.Keyring, error) {
	if len(s.Keys) > 0 {
		return envelope.ParseKeyring(s.Keys)
	}
	file := s.KeyFile
	if file == "" && s.Data == "" {
		return nil, errors.New("the secrets in the database need key-encryption keys: give --key-file, or " + config.KeysVariable)
	}
	if file == "" {
		file = KeyFile(s.Data)
		if err := makeKeys(ctx, file, e); err != nil {
			return nil, err
		}
	}
	text, err := config.ReadSecret(file)
	if err != nil {
		return nil, fmt.Errorf("key-encryption keys: %w", err)
	}
	k, err := envelope.ParseKeyring(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return k, nil
}

// makeKeys makes a file with a first key, unless there is one. The whole file
// is there at once: two processes that begin together go on with one key. For a
// database that has secrets already a new key is of no use, and would hide that
// the old ones are missing.
func makeKeys(ctx context.Context, file string, e db.Engine) error {
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	accounts, err := accountdb.CountAccounts(ctx, e)
	if err == nil && accounts > 0 {
		err = fmt.Errorf("%s is missing, and the database has secrets that its keys seal: put a copy of it back", file)
	}
	if err != nil {
		return err
	}
	line, err := envelope.NewKey("k1")
	if err != nil {
		return err
	}
	return writeOnce(file, []byte("# Keys that seal the secrets in the database. Without them it is of no use: keep a copy elsewhere.\n"+line+"\n"))
}

// writeOnce makes a file that only its owner can read, with its whole content
// at once, unless there is one.
func writeOnce(file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), file); err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return os.Rename(f.Name(), file) // a file system without links
}

// Prices is the operator's price list, or the vendor's.
func Prices(s config.Store) (billing.Prices, error) {
	p := billing.Default()
	if s.PriceFile != "" {
		text, err := os.ReadFile(s.PriceFile)
		if err != nil {
			return p, err
		}
		if p, err = billing.ParsePrices(text); err != nil {
			return p, fmt.Errorf("%s: %w", s.PriceFile, err)
		}
	}
	p.Free = s.FreeUnits
	return p, nil
}

// AddKey draws a key and puts it in front of those in the key file, so that it
// is the primary one.
func AddKey(s config.Store) error {
	file := s.KeyFile
	if file == "" {
		file = KeyFile(s.Data)
	}
	old, err := config.ReadSecret(file)
	if err != nil {
		return err
	}
	ring, err := envelope.ParseKeyring(old)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	line, err := envelope.NewKey(nextID(ring, string(old)))
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, "%s\n%s\n", line, []byte(old))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// nextID is an id that no key of the file has: k and a number.
func nextID(ring *envelope.Keyring, text string) string {
	for n := 2; ; n++ {
		id := fmt.Sprintf("k%d", n)
		if id != ring.Primary() && !strings.Contains("\n"+text, "\n"+id+":") {
			return id
		}
	}
}
