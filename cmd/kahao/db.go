package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/dbcopy"
	"github.com/kahao/kahao/internal/store/migrate"
	"github.com/kahao/kahao/internal/store/postgres"
	"github.com/kahao/kahao/internal/store/sqlite"
)

func newDBCommand(e *env) *cobra.Command {
	a, cmd := newAdmin(e, "db", "create, migrate, copy, back up and recover the database", `
The database is one SQLite file in a data directory, or a PostgreSQL database.
A backup does not contain the keys that encrypt its secrets: keep a copy of the
key file elsewhere. "rotate-keys" creates a key, puts it first in the key file
of a data directory whose server is stopped, and encrypts everything again with
it; with --database-url it uses the first key of the given file. "recover" says
what a data directory has lost, and makes it usable without that.`,
		`  kahao db init --data demo
  kahao db backup --data demo backup/kahao.db
  kahao db copy --data demo postgres://kahao@localhost/kahao`)
	cmd.AddCommand(
		a.closed("init", "create the database, empty", 0, 0, initDB),
		a.closed("migrate", "bring its tables up to date", 0, 0, migrateDB),
		a.closed("version", "print which migrations it has and lacks", 0, 0, versionDB),
		a.command("backup FILE", "copy a data directory's database, as of one moment", 1, 1, backupDB),
		a.command("copy URL", "copy a data directory's database to an empty PostgreSQL database, and compare", 1, 1, copyDB),
		recoverCommand(a),
		a.closed("new-key", "print a new key-encryption key, a line for --key-file", 0, 0, newKey),
		a.closed("rotate-keys", "encrypt all secrets again with a new key", 0, 0, rotateKeys))
	return cmd
}

// newKey prints a key for a database whose key file is made by hand: PostgreSQL
// has no data directory for one.
func newKey(s *session) error {
	line, err := envelope.NewKey(time.Now().UTC().Format("2006-01-02-150405"))
	if err != nil {
		return err
	}
	return s.printOne(map[string]string{"key": line}, "%s\n", line)
}

func initDB(s *session) error {
	settings, err := s.settings()
	if err != nil {
		return err
	}
	settings.AutoMigrate = settings.URL != ""
	opened, err := store.Open(s.ctx, store.Options{Store: settings})
	if err != nil {
		return err
	}
	return errors.Join(s.printDatabase(settings, "is ready; 'kahao account create NAME' creates an account"), opened.Close())
}

func migrateDB(s *session) error {
	settings, err := s.settings()
	if err != nil {
		return err
	}
	settings.AutoMigrate = settings.URL != ""
	opened, err := store.Open(s.ctx, store.Options{Store: settings, MustExist: true})
	if err != nil {
		return err
	}
	return errors.Join(s.printDatabase(settings, "is up to date"), opened.Close())
}

// printDatabase prints the state of a database.
func (s *session) printDatabase(c config.Store, state string) error {
	where := c.Data
	if c.URL != "" {
		where = c.URL.String()
	}
	return s.printOne(map[string]string{"database": where}, "the database in %s %s\n", where, state)
}

func versionDB(s *session) error {
	settings, err := s.settings()
	if err != nil {
		return err
	}
	engine, err := store.OpenEngine(s.ctx, store.Options{Store: settings, ShareData: true, MustExist: true})
	if err != nil {
		return err
	}
	defer engine.Close()
	all, err := migrate.For(engine.Dialect().Name)
	if err != nil {
		return err
	}
	lacking, err := migrate.Pending(s.ctx, engine)
	if err != nil {
		return err
	}
	has := len(all) - len(lacking)
	name := engine.Dialect().Name
	return s.printOne(map[string]any{"engine": name, "version": has, "lacks": len(lacking)}, "%s, version %d of %d\n", name, has, len(all))
}

func backupDB(s *session) error {
	d, ok := s.Engine.(*sqlite.DB)
	if !ok {
		return misuse("back up PostgreSQL with its own programs, such as pg_dump")
	}
	if err := d.Backup(s.ctx, s.args[0]); err != nil {
		return err
	}
	return s.printOne(map[string]string{"backup": s.args[0]},
		"copied to %s; to restore it, replace %s in a data directory, with the same key file\n", s.args[0], sqlite.FileName)
}

// recoverCommand returns "db recover".
func recoverCommand(a *admin) *cobra.Command {
	var accept bool
	cmd := a.closed("recover", "say what a data directory has lost, and go on without it", 0, 0, func(s *session) error {
		settings, err := s.settings()
		if err != nil {
			return err
		}
		if settings.URL != "" {
			return misuse("recover PostgreSQL with its own programs")
		}
		r, err := sqlite.Recover(s.ctx, settings.Data, accept)
		if errors.Is(err, sqlite.ErrLoss) && !accept {
			return fmt.Errorf("%w: restore a backup, or give --accept-loss to go on without it", err)
		}
		if err != nil {
			return err
		}
		if r.Loss == nil {
			return s.printOne(map[string]any{"lost": false, "commit": r.Commit}, "nothing is missing: the database has all %d commits\n", r.Commit)
		}
		out := map[string]any{"lost": true, "loss": r.Loss.Error(), "commit": r.Commit, "log": r.Log}
		if r.Log != "" {
			r.Log = "the damaged log is in " + r.Log + "\n"
		}
		return s.printOne(out, "accepted: %v\nthe database continues after commit %d; now run 'kahao ledger verify'\n%s", r.Loss, r.Commit, r.Log)
	})
	cmd.Flags().BoolVar(&accept, "accept-loss", false, "accept that acknowledged data is missing; a copy of the log is kept")
	return cmd
}

func copyDB(s *session) error {
	if _, ok := s.Engine.(*sqlite.DB); !ok {
		return misuse("copy goes from a data directory to PostgreSQL")
	}
	if !postgres.IsURL(s.args[0]) {
		return misuse("the URL must begin with postgres:// or postgresql://")
	}
	to, err := postgres.Open(s.ctx, postgres.Options{URL: s.args[0]})
	if err != nil {
		return err
	}
	defer to.Close()
	if _, err := migrate.Up(s.ctx, to, s.Now); err != nil {
		return err
	}
	rows, err := dbcopy.Copy(s.ctx, s.Engine, to)
	if err != nil {
		return err
	}
	report, err := store.LedgerOf(to, s.Store).Verify(s.ctx)
	if err != nil {
		return err
	}
	if report.Break != "" {
		return fmt.Errorf("%w: %s", errVerification, report.Break)
	}
	return s.printOne(map[string]any{"rows": rows, "charges": report.Charges, "entries": report.Entries},
		"copied and compared %d rows, and verified the ledger: %d charges, %d entries\nservers need the same keys: --key-file\n",
		rows, report.Charges, report.Entries)
}

func rotateKeys(s *session) error {
	settings, err := s.settings()
	if err != nil {
		return err
	}
	o := store.Options{Store: settings, MustExist: true}
	opened, err := store.Open(s.ctx, o) // not while a server runs, which would not know the new key
	if err != nil {
		return err
	}
	if settings.Data != "" && len(settings.Keys) == 0 {
		if err := errors.Join(store.AddKey(settings), opened.Close()); err != nil {
			return err
		}
		if opened, err = store.Open(s.ctx, o); err != nil {
			return err
		}
	}
	defer opened.Close()
	secrets, err := opened.Accounts.Rewrap(s.ctx)
	if err != nil {
		return err
	}
	codes, err := opened.Logins.Rewrap(s.ctx)
	if err != nil {
		return err
	}
	secrets += codes
	days, err := opened.Results.Rewrap(s.ctx)
	if err != nil {
		return err
	}
	key := opened.Keyring.Primary()
	return s.printOne(map[string]any{"key": key, "secrets": secrets, "data_keys": days},
		"encrypted %d secrets and %d data keys again with key %s; older backups need the older keys\n", secrets, days, key)
}
