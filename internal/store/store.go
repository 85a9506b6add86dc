// Package store opens the database with the accounts and the ledger, and the
// keys that encrypt its secrets. The server and the commands share it.
package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/accountdb"
	"github.com/kahao/kahao/internal/store/auditdb"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/internal/store/logindb"
	"github.com/kahao/kahao/internal/store/migrate"
	"github.com/kahao/kahao/internal/store/postgres"
	"github.com/kahao/kahao/internal/store/replicadb"
	"github.com/kahao/kahao/internal/store/resultdb"
	"github.com/kahao/kahao/internal/store/sqlite"
)

// Options of Open.
type Options struct {
	config.Store
	// Retention of replies for accounts that have none of their own.
	Retention time.Duration
	// Conceal hides which keys exist, see accountdb.Options.
	Conceal bool
	// ShareData lets a command use a data directory that a server has open. Without
	// it Open locks the directory, and fails if a server has it open.
	ShareData bool
	// MustExist refuses a data directory without a database, instead of creating
	// one.
	MustExist bool
	// Memory opens an empty database in memory if the settings name neither a
	// data directory nor a database. Its keys end with it, too.
	Memory bool
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// Store is an open database.
type Store struct {
	Engine   db.Engine
	Accounts *accountdb.Store
	Ledger   *ledgerdb.Store
	Results  *resultdb.Store
	Logins   *logindb.Store
	Replicas *replicadb.Store
	Audit    *auditdb.Store
	Keyring  *envelope.Keyring
	Calendar billing.Calendar
	Prices   billing.Prices
	Now      func() time.Time

	Shared bool      // other servers may have the database open
	Memory bool      // everything ends with the process
	Opened time.Time // when Open returned

	directory string // of the data, empty for a database elsewhere
}

// ErrNoDatabase is returned with Options.MustExist if there is no database.
var ErrNoDatabase = errors.New("no database")

// Open opens the database that the settings name, and reads its keys. It
// returns ErrNoDatabase, sqlite.ErrLoss, or the errors of the engines, of package
// migrate and of the files.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{Now: o.Now, Shared: o.URL != "", Memory: o.Memory && o.URL == "" && o.Data == ""}
	if s.Now == nil {
		s.Now = time.Now
	}
	var err error
	if s.Calendar, err = billing.NewCalendar(o.TimeZone); err != nil {
		return nil, err
	}
	if s.Prices, err = Prices(o.Store); err != nil {
		return nil, err
	}
	if s.Engine, err = openEngine(ctx, o); err != nil {
		return nil, err
	}
	if s.Memory {
		s.Keyring, err = newKeyring()
	} else {
		s.Keyring, err = openKeyring(ctx, o.Store, s.Engine)
	}
	if err != nil {
		return nil, errors.Join(err, s.Engine.Close())
	}
	s.Accounts = accountdb.New(accountdb.Options{
		Engine: s.Engine, Keyring: s.Keyring, Calendar: s.Calendar, Prices: s.Prices, Retention: o.Retention, Conceal: o.Conceal, Now: s.Now,
	})
	s.Ledger = ledgerdb.New(s.Engine, ledgerdb.Options{Free: o.FreeUnits, Calendar: s.Calendar, Bin: usage.Bin})
	s.Results = resultdb.New(s.Ledger, s.Keyring, s.Now)
	s.Logins, s.Audit, s.Replicas = logindb.New(s.Engine, s.Keyring, rand.Reader), auditdb.New(s.Engine), replicadb.New(s.Engine)
	if err := s.Accounts.Check(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.Opened = s.Now()
	if o.URL == "" {
		s.directory = o.Data
	}
	return s, nil
}

// openEngine is the only place that knows the engines.
func openEngine(ctx context.Context, o Options) (db.Engine, error) {
	if o.URL != "" {
		e, err := postgres.Open(ctx, postgres.Options{URL: string(o.URL)})
		if err != nil {
			return nil, err
		}
		if err := migrateShared(ctx, e, o); err != nil {
			return nil, errors.Join(err, e.Close())
		}
		return e, nil
	}
	if o.Data == "" && o.Memory {
		e, err := sqlite.OpenMemory(ctx, sqlite.Options{Now: o.Now})
		if err != nil {
			return nil, err
		}
		return e, nil
	}
	if o.Data == "" {
		return nil, errors.New("no database: give --data or --database-url")
	}
	if err := checkAbsent(o.Data); err != nil {
		return nil, err
	}
	if o.MustExist && !hasDatabase(o.Data) {
		return nil, fmt.Errorf("%s: %w: create one with 'kahao db init --data %s' or 'kahao serve --data %s'", o.Data, ErrNoDatabase, o.Data, o.Data)
	}
	if o.ShareData && hasDatabase(o.Data) {
		// Only servers take the lock, so that no command keeps one from starting,
		// except a command that must migrate.
		e, err := sqlite.OpenShared(ctx, o.Data, sqlite.Options{Now: o.Now, Insecure: o.InsecureData})
		if err == nil {
			return e, nil
		}
		if !errors.Is(err, sqlite.ErrLocked) {
			return nil, advise(err, o.Data)
		}
	}
	e, err := sqlite.Open(ctx, o.Data, sqlite.Options{Now: o.Now, Insecure: o.InsecureData})
	if err != nil {
		return nil, advise(err, o.Data)
	}
	return e, nil
}

// advise adds to an error what the operator can do.
func advise(err error, dir string) error {
	switch {
	case errors.Is(err, sqlite.ErrLoss):
		return fmt.Errorf("%s: %w. Nothing was changed. Restore a backup, or accept the loss: kahao db recover --data %s --accept-loss (docs/storage.md, Recovery)", dir, err, dir)
	case errors.Is(err, sqlite.ErrAccess):
		return fmt.Errorf("%w, or give --insecure-data", err)
	}
	return err
}

// checkAbsent refuses a directory that had a database and has none, which would
// get a new, empty one.
func checkAbsent(dir string) error {
	if hasDatabase(dir) {
		return nil
	}
	if err := sqlite.Inspect(dir); err != nil {
		return advise(err, dir)
	}
	if _, err := os.Stat(KeyFile(dir)); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	return fmt.Errorf("%s: %w: it has the file %s, but no database: restore a backup, or move %s away to start with a new database", dir, sqlite.ErrLoss, keysName, KeyFile(dir))
}

// migrateShared applies pending migrations if o.AutoMigrate is set, and refuses
// a database that lacks any otherwise: the first of several servers to start
// should not decide when the database changes.
func migrateShared(ctx context.Context, e db.Engine, o Options) error {
	if o.AutoMigrate {
		now := o.Now
		if now == nil {
			now = time.Now
		}
		_, err := migrate.Up(ctx, e, now)
		return err
	}
	lacking, err := migrate.Pending(ctx, e)
	if err == nil && len(lacking) > 0 {
		err = fmt.Errorf("the database lacks %v: run 'kahao db migrate', or give --auto-migrate", lacking)
	}
	return err
}

// Ready returns an error while the database cannot be written.
func (s *Store) Ready(ctx context.Context) error {
	if e, ok := s.Engine.(interface{ Ready(context.Context) error }); ok {
		return e.Ready(ctx)
	}
	return nil
}

// Close closes the database.
func (s *Store) Close() error { return s.Engine.Close() }

// OpenEngine opens the database without its keys, and without migrating a shared one.
func OpenEngine(ctx context.Context, o Options) (db.Engine, error) {
	if o.URL != "" {
		e, err := postgres.Open(ctx, postgres.Options{URL: string(o.URL)})
		if err != nil {
			return nil, err
		}
		return e, nil
	}
	return openEngine(ctx, o)
}

// LedgerOf returns the ledger of another database, with the calendar and prices
// of s.
func LedgerOf(e db.Engine, s *Store) *ledgerdb.Store {
	return ledgerdb.New(e, ledgerdb.Options{Free: s.Prices.Free, Calendar: s.Calendar, Bin: usage.Bin})
}
