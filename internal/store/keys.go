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
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/store/accountdb"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/sqlite"
)

// keysName is the default file of the key-encryption keys in a data directory.
const keysName = "keys"

// KeyFile returns the default path of the key-encryption keys.
func KeyFile(dir string) string { return filepath.Join(dir, keysName) }

// hasDatabase reports whether a data directory contains a database that is not
// empty.
func hasDatabase(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, sqlite.FileName))
	return err == nil && info.Size() > 0
}

// newKeyring returns a keyring with one new key, which is stored nowhere.
func newKeyring() (*envelope.Keyring, error) {
	line, err := envelope.NewKey("memory")
	if err != nil {
		return nil, err
	}
	return envelope.ParseKeyring([]byte(line))
}

// openKeyring reads the key-encryption keys from the environment, from the
// given file, or from the data directory, where it creates them on first use.
func openKeyring(ctx context.Context, s config.Store, e db.Engine) (*envelope.Keyring, error) {
	if len(s.Keys) > 0 {
		return envelope.ParseKeyring(s.Keys)
	}
	file := s.KeyFile
	if file == "" && s.Data == "" {
		return nil, errors.New("the database needs key-encryption keys: give --key-file or " + config.KeysVariable)
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

// makeKeys creates a file with a first key, unless the file exists. Creation is
// atomic: two processes that start together use the same key. For a database
// that contains secrets a new key is useless and would hide that the old ones
// are missing, so makeKeys fails.
func makeKeys(ctx context.Context, file string, e db.Engine) error {
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	accounts, err := accountdb.CountAccounts(ctx, e)
	if err == nil && accounts > 0 {
		err = fmt.Errorf("%s is missing, and its keys encrypt secrets in the database: put a copy of it back", file)
	}
	if err != nil {
		return err
	}
	line, err := envelope.NewKey("k1")
	if err != nil {
		return err
	}
	return writeOnce(file, []byte("# Keys that encrypt the secrets in the database. It is useless without them: keep a copy elsewhere.\n"+line+"\n"))
}

// writeOnce creates a file with its whole content atomically, readable by its
// owner only. It leaves an existing file as it is.
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

// AddKey generates a key and writes it in front of those in the key file, which
// makes it the primary one.
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

// nextID returns an id that no key of the file has: k and a number.
func nextID(ring *envelope.Keyring, text string) string {
	for n := 2; ; n++ {
		id := fmt.Sprintf("k%d", n)
		if id != ring.Primary() && !strings.Contains("\n"+text, "\n"+id+":") {
			return id
		}
	}
}
