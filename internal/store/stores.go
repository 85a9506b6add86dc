// Package store opens what the service must not forget: one database with the
// accounts and the books in it, and the keys that its secrets are sealed with.
// The server and the commands open it alike.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/accountdb"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/internal/store/migrate"
	"github.com/kahao/kahao/internal/store/postgres"
	"github.com/kahao/kahao/internal/store/resultdb"
	"github.com/kahao/kahao/internal/store/sqlite"
)

// Options of Open.
type Options struct {
	config.Store
	// Retention of replies for accounts that have none of their own.
	Retention time.Duration
	// Beside lets a command work on a data folder whether or not a server has
	// it. Without, the folder is taken, and it is an error if a server has it.
	Beside bool
	// MustExist refuses a data folder without a database, where a server would
	// make one.
	MustExist bool
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// Stores are the parts of one database.
type Stores struct {
	Engine   db.Engine
	Registry *accountdb.Store
	Books    *ledgerdb.Store
	Replies  *resultdb.Store
	Keyring  *envelope.Keyring
	Calendar billing.Calendar
	Prices   billing.Prices
	Now      func() time.Time

	// Shared says that other servers may have the database open, too.
	Shared bool
}

// ErrNone: there is no database where one is wanted.
var ErrNone = errors.New("there is no database here")

// Open opens the database that the settings name, with its keys. It returns
// the errors of the engines, of package migrate and of the files, and ErrNone.
func Open(ctx context.Context, o Options) (*Stores, error) {
	s := &Stores{Now: o.Now, Shared: o.URL != ""}
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
	if s.Keyring, err = openKeyring(ctx, o.Store, s.Engine); err != nil {
		return nil, errors.Join(err, s.Engine.Close())
	}
	s.Registry = accountdb.New(accountdb.Options{
		Engine: s.Engine, Keyring: s.Keyring, Calendar: s.Calendar, Prices: s.Prices, Retention: o.Retention, Now: s.Now,
	})
	s.Books = ledgerdb.New(s.Engine, ledgerdb.Options{Free: o.FreeUnits, Calendar: s.Calendar, Bin: usage.Bin})
	s.Replies = resultdb.New(s.Books, s.Keyring, s.Now)
	if err := s.Registry.Check(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openEngine is the one place that knows which engines there are.
func openEngine(ctx context.Context, o Options) (db.Engine, error) {
	if o.URL != "" {
		e, err := postgres.Open(ctx, postgres.Options{URL: string(o.URL)})
		if err != nil {
			return nil, err
		}
		if err := migrated(ctx, e, o); err != nil {
			return nil, errors.Join(err, e.Close())
		}
		return e, nil
	}
	if o.Data == "" {
		return nil, errors.New("either a data folder or the address of a database is wanted: --data or --store")
	}
	if o.MustExist && !hasDatabase(o.Data) {
		return nil, fmt.Errorf("%s: %w: 'kahao serve --data %s' or 'kahao db init --data %s' makes one", o.Data, ErrNone, o.Data, o.Data)
	}
	if o.Beside && hasDatabase(o.Data) {
		// Only servers take the lock, so that none is kept from starting by a
		// command; but for one that must migrate.
		e, err := sqlite.OpenShared(ctx, o.Data, sqlite.Options{Now: o.Now})
		if err == nil {
			return e, nil
		}
		if !errors.Is(err, sqlite.ErrLocked) {
			return nil, err
		}
	}
	e, err := sqlite.Open(ctx, o.Data, sqlite.Options{Now: o.Now})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// migrated brings the tables to what this program needs, where that is wanted,
// and refuses a database that lacks something. Several servers on one database
// are not brought to a new version by the first that happens to start.
func migrated(ctx context.Context, e db.Engine, o Options) error {
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

// Close lets go of the database.
func (s *Stores) Close() error { return s.Engine.Close() }

// Peek opens the database as it is, without its keys and without migrating a
// shared one.
func Peek(ctx context.Context, o Options) (db.Engine, error) {
	if o.URL != "" {
		e, err := postgres.Open(ctx, postgres.Options{URL: string(o.URL)})
		if err != nil {
			return nil, err
		}
		return e, nil
	}
	return openEngine(ctx, o)
}

// BooksOf are the books of another database, kept as those of s are.
func BooksOf(e db.Engine, s *Stores) *ledgerdb.Store {
	return ledgerdb.New(e, ledgerdb.Options{Free: s.Prices.Free, Calendar: s.Calendar, Bin: usage.Bin})
}
