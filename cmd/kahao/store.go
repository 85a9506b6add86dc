package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/dbcopy"
	"github.com/kahao/kahao/internal/store/migrate"
	"github.com/kahao/kahao/internal/store/postgres"
	"github.com/kahao/kahao/internal/store/sqlite"
)

var storeCommand = (&family{
	name: "store", brief: "makes, migrates, copies and backs up the database",
	intro: `
The database is one SQLite file in a data folder, or a PostgreSQL. A backup does
not have the keys that seal its secrets: keep a copy of the key file elsewhere.
"rotate-keys" draws a new key, puts it in front of the key file of a data folder
whose server is stopped, and seals everything anew under it; with --database-url it
seals everything anew under the first key of the file that it is given.`,
	verbs: []verb{
		{name: "init", brief: "makes the database, empty", do: initStore, alone: true},
		{name: "migrate", brief: "brings its tables up to date", do: migrateStore, alone: true},
		{name: "version", brief: "says which migrations it has and lacks", do: storeVersion, alone: true},
		{name: "backup", args: "FILE", n: [2]int{1, 1}, brief: "copies a data folder's database, as it is at one moment", do: backupStore},
		{name: "copy", args: "ADDRESS", n: [2]int{1, 1}, brief: "copies a data folder's database to an empty PostgreSQL, and compares", do: copyStore},
		{name: "rotate-keys", brief: "seals all secrets under a new key", do: rotateKeys, alone: true},
	},
}).command()

// settings are those of the database.
func (j *job) settings() (config.Store, error) {
	s, _, err := j.loader.Load(os.Environ())
	if err != nil {
		return config.Store{}, misuse("%v", err)
	}
	if s.Data == "" && s.URL == "" {
		return config.Store{}, misuse("say which database: --data DIR or --database-url URL")
	}
	return s.Store, nil
}

func initStore(j *job) error {
	settings, err := j.settings()
	if err != nil {
		return err
	}
	settings.AutoMigrate = settings.URL != ""
	s, err := store.Open(j.ctx, store.Options{Store: settings})
	if err != nil {
		return err
	}
	return errors.Join(j.told(settings, "is ready; 'kahao account create NAME' makes an account"), s.Close())
}

func migrateStore(j *job) error {
	settings, err := j.settings()
	if err != nil {
		return err
	}
	settings.AutoMigrate = settings.URL != ""
	s, err := store.Open(j.ctx, store.Options{Store: settings, MustExist: true})
	if err != nil {
		return err
	}
	return errors.Join(j.told(settings, "is up to date"), s.Close())
}

// told says what became of a database.
func (j *job) told(s config.Store, what string) error {
	where := s.Data
	if s.URL != "" {
		where = s.URL.String()
	}
	if j.json {
		return j.encode(map[string]string{"database": where})
	}
	_, err := fmt.Fprintf(j.out, "the database in %s %s\n", where, what)
	return err
}

func storeVersion(j *job) error {
	settings, err := j.settings()
	if err != nil {
		return err
	}
	engine, err := store.Peek(j.ctx, store.Options{Store: settings, Beside: true, MustExist: true})
	if err != nil {
		return err
	}
	defer engine.Close()
	all, err := migrate.For(engine.Dialect().Name)
	if err != nil {
		return err
	}
	lacking, err := migrate.Pending(j.ctx, engine)
	if err != nil {
		return err
	}
	has := len(all) - len(lacking)
	if j.json {
		return j.encode(map[string]any{"engine": engine.Dialect().Name, "version": has, "lacks": len(lacking)})
	}
	_, err = fmt.Fprintf(j.out, "%s, version %d of %d\n", engine.Dialect().Name, has, len(all))
	return err
}

func backupStore(j *job) error {
	d, ok := j.Engine.(*sqlite.DB)
	if !ok {
		return misuse("a PostgreSQL is backed up with its own programs, such as pg_dump")
	}
	if err := d.Backup(j.ctx, j.args[0]); err != nil {
		return err
	}
	if j.json {
		return j.encode(map[string]string{"backup": j.args[0]})
	}
	_, err := fmt.Fprintf(j.out, "copied to %s, to be put in the place of %s of a data folder; it is of no use without the key file\n", j.args[0], sqlite.FileName)
	return err
}

func copyStore(j *job) error {
	if _, ok := j.Engine.(*sqlite.DB); !ok {
		return misuse("copying goes from a data folder to a PostgreSQL")
	}
	if !postgres.IsURL(j.args[0]) {
		return misuse("the address must begin with postgres:// or postgresql://")
	}
	to, err := postgres.Open(j.ctx, postgres.Options{URL: j.args[0]})
	if err != nil {
		return err
	}
	defer to.Close()
	if _, err := migrate.Up(j.ctx, to, j.Now); err != nil {
		return err
	}
	rows, err := dbcopy.Copy(j.ctx, j.Engine, to)
	if err != nil {
		return err
	}
	report, err := store.LedgerOf(to, j.Stores).Verify(j.ctx)
	if err != nil {
		return err
	}
	if report.Break != "" {
		return fmt.Errorf("%w: %s", errBroken, report.Break)
	}
	if j.json {
		return j.encode(map[string]any{"rows": rows, "charges": report.Charges, "entries": report.Entries})
	}
	_, err = fmt.Fprintf(j.out, "copied %d rows, compared them, and verified the books: %d charges, %d entries\nservers need the same keys: --key-file\n",
		rows, report.Charges, report.Entries)
	return err
}

func rotateKeys(j *job) error {
	settings, err := j.settings()
	if err != nil {
		return err
	}
	o := store.Options{Store: settings, MustExist: true}
	s, err := store.Open(j.ctx, o) // and not beside a server, which would not know the new key
	if err != nil {
		return err
	}
	if settings.Data != "" && len(settings.Keys) == 0 {
		if err := errors.Join(store.AddKey(settings), s.Close()); err != nil {
			return err
		}
		if s, err = store.Open(j.ctx, o); err != nil {
			return err
		}
	}
	defer s.Close()
	secrets, err := s.Registry.Rewrap(j.ctx)
	if err != nil {
		return err
	}
	days, err := s.Replies.Rewrap(j.ctx)
	if err != nil {
		return err
	}
	if j.json {
		return j.encode(map[string]any{"key": s.Keyring.Primary(), "secrets": secrets, "data_keys": days})
	}
	_, err = fmt.Fprintf(j.out, "sealed %d secrets and %d data keys anew under key %s; backups of before need the older keys\n", secrets, days, s.Keyring.Primary())
	return err
}
