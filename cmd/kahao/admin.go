package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/store"
)

// admin is what the commands on accounts and ledger share: the flags that name
// the database, and --json.
type admin struct {
	*env
	loader config.Loader
	json   bool
}

// session is one such command while it runs.
type session struct {
	*admin
	*store.Store // nil in commands that open none
	ctx          context.Context
	cmd          *cobra.Command
	args         []string
}

// sharedHelp is the end of the help of every group of these commands.
const sharedHelp = `

With --json they print one JSON value a line. They may run while a server uses
the data directory.`

// newAdmin returns the group of commands on one kind of thing.
func newAdmin(e *env, name, short, long, example string) (*admin, *cobra.Command) {
	cmd := &cobra.Command{Use: name, Short: short, Long: strings.TrimSpace(long) + sharedHelp, Example: example}
	group(cmd)
	a := &admin{env: e}
	a.flags(cmd)
	return a, cmd
}

func (a *admin) flags(cmd *cobra.Command) {
	cmd.PersistentFlags().BoolVar(&a.json, "json", false, "print JSON")
	addSettings(cmd.PersistentFlags(), a.loader.StoreFlags, func(string) string { return "Database" })
}

// command returns a command that runs on the open database.
func (a *admin) command(use, short string, least, most int, do func(*session) error) *cobra.Command {
	return a.closed(use, short, least, most, func(s *session) (err error) {
		if s.Store, err = a.openStore(s.ctx); err != nil {
			return err
		}
		s.ctx = audit.With(s.ctx, s.entry())
		return errors.Join(do(s), s.Close())
	})
}

// closed returns a command that opens the database itself, if at all.
func (a *admin) closed(use, short string, least, most int, do func(*session) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: takes(least, most)}
	cmd.RunE = a.action(func(ctx context.Context, args []string) error {
		return do(&session{admin: a, ctx: ctx, cmd: cmd, args: args})
	})
	return cmd
}

// settings are those of the database: flags, then environment, then file.
func (a *admin) settings() (config.Store, error) {
	s, _, err := a.loader.Load(os.Environ())
	if err != nil {
		return config.Store{}, misuse("%v", err)
	}
	if s.Data == "" && s.URL == "" {
		return config.Store{}, misuse("name the database with --data DIR or --database-url URL, or with KAHAO_DATA or KAHAO_DATABASE_URL")
	}
	return s.Store, nil
}

// openStore opens the database, which a server may be using.
func (a *admin) openStore(ctx context.Context) (*store.Store, error) {
	settings, err := a.settings()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{Store: settings, ShareData: true, MustExist: true})
}

// optional is the value of a flag, or nil if the flag was not given.
func optional[T any](s *session, flag string, value T) *T {
	if !s.cmd.Flags().Changed(flag) {
		return nil
	}
	return &value
}

// day is a day of the accounts' time zone.
func (s *session) day(t time.Time) string { return string(s.Calendar.Day(t)) }

// printAll prints values: as JSON, or as a table with a row for each.
func printAll[T any](s *session, values []T, header []string, row func(T) []string) error {
	if s.json {
		for _, v := range values {
			if err := writeJSON(s.out, v); err != nil {
				return err
			}
		}
		return nil
	}
	rows := make([][]string, len(values))
	for i, v := range values {
		rows[i] = row(v)
	}
	return term.Table(s.out, header, rows)
}

// printOne prints v as JSON, or else the text.
func (s *session) printOne(v any, format string, args ...any) error {
	if s.json {
		return writeJSON(s.out, v)
	}
	_, err := fmt.Fprintf(s.out, format, args...)
	return err
}

// did prints what a command changed, unless it failed. With --json it prints
// {"done":"..."}.
func (s *session) did(err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	text := fmt.Sprintf(format, args...)
	return s.printOne(map[string]string{"done": text}, "%s\n", text)
}

// changed are the settings that flags of this command set.
func (s *session) changed() string {
	var names []string
	s.cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			names = append(names, f.Name)
		}
	})
	return strings.Join(names, ", ")
}

// printFields prints names and values one below the other, without empty ones.
func printFields(w io.Writer, pairs ...string) error {
	width := 0
	for i := 0; i < len(pairs); i += 2 {
		width = max(width, term.Columns(pairs[i]))
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s  %s\n", term.Pad(pairs[i], width), term.Visible(pairs[i+1])); err != nil {
			return err
		}
	}
	return nil
}

// writeJSON writes v on one line.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
