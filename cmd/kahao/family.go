package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/store"
)

// openStores opens the database that flags, environment and file name, beside
// the server that may have it.
func openStores(c *call, l *config.Loader) (*store.Stores, error) {
	settings, _, err := l.Load(os.Environ())
	if err != nil {
		return nil, misuse("%v", err)
	}
	if settings.Data == "" && settings.URL == "" {
		return nil, misuse("say where the accounts are: --data DIR or --database-url URL, or KAHAO_DATA or KAHAO_DATABASE_URL")
	}
	s, err := store.Open(c.ctx, store.Options{Store: settings.Store, Beside: true, MustExist: true})
	if errors.Is(err, store.ErrNone) {
		err = fmt.Errorf("%w: %w", errUnreadable, err)
	}
	return s, err
}

// family is a command whose first argument says what to do with accounts or
// books.
type family struct {
	name, brief string
	intro       string // first paragraph of the help
	verbs       []verb
	// flags declares what verbs take besides the settings of the database.
	flags func(*flag.FlagSet, *flags)
}

// verb is one thing that a family does.
type verb struct {
	name  string
	args  string   // after the verb, for the help
	n     [2]int   // least and most of them
	flags []string // those of the family that it takes
	brief string
	do    func(*job) error
	// alone is what works without a database that is open; then do gets none.
	alone bool
}

// job is a verb being done.
type job struct {
	*call
	*store.Stores
	flags  *flags
	loader *config.Loader
	given  map[string]bool // flags on the command line
	json   bool
}

// command makes the family a command.
func (f *family) command() *command {
	lines := []string{strings.TrimSpace(f.intro), ""}
	names := make([]string, len(f.verbs))
	width := 0
	for i, v := range f.verbs {
		names[i] = v.name
		width = max(width, len(v.usage()))
	}
	width = min(width, widest)
	for _, v := range f.verbs {
		line := "  " + v.usage()
		if len(line) > 2+width {
			lines = append(lines, line)
			line = ""
		}
		lines = append(lines, fmt.Sprintf("%-*s%s", 4+width, line, wrap(v.brief, 79-4-width, "\n"+strings.Repeat(" ", 4+width))))
	}
	lines = append(lines, "", "With --json it prints one JSON value a line. It may be run while a server has", "the data folder.")
	return &command{
		name: f.name, args: strings.Join(names, "|") + " [ARGUMENTS]", brief: f.brief, help: strings.Join(lines, "\n"),
		define: func(fs *flag.FlagSet) action {
			j := &job{flags: &flags{}, loader: &config.Loader{}}
			fs.BoolVar(&j.json, "json", false, "print JSON")
			if f.flags != nil {
				f.flags(fs, j.flags)
			}
			j.loader.StoreFlags(fs)
			return func(c *call) error { return f.run(c, fs, j) }
		},
	}
}

// widest is how many columns a verb's usage has before its explanation begins
// on a line of its own.
const widest = 34

func (v verb) usage() string {
	text := strings.TrimSpace(v.name + " " + v.args)
	for _, name := range v.flags {
		text += " --" + name
	}
	return text
}

func (f *family) run(c *call, fs *flag.FlagSet, j *job) error {
	if len(c.args) == 0 {
		return misuse("say what to do")
	}
	i := slices.IndexFunc(f.verbs, func(v verb) bool { return v.name == c.args[0] })
	if i < 0 {
		return misuse("there is no %q", c.args[0])
	}
	v := f.verbs[i]
	j.call = &call{ctx: c.ctx, args: c.args[1:], in: c.in, out: c.out, err: c.err}
	if n := len(j.args); n < v.n[0] || n > v.n[1] {
		return misuse("usage: kahao %s %s", f.name, v.usage())
	}
	j.given = map[string]bool{}
	var stray []string
	fs.Visit(func(given *flag.Flag) {
		j.given[given.Name] = true
		if own := fs.Lookup(given.Name); own != nil && declaredBy(f, given.Name) && !slices.Contains(v.flags, given.Name) {
			stray = append(stray, "--"+given.Name)
		}
	})
	if len(stray) > 0 {
		return misuse("%s is of no use with %s %s", strings.Join(stray, " "), f.name, v.name)
	}
	if v.alone {
		return v.do(j)
	}
	s, err := openStores(c, j.loader)
	if err != nil {
		return err
	}
	j.Stores = s
	return errors.Join(v.do(j), s.Close())
}

// declaredBy reports whether a flag is the family's own, and not a setting.
func declaredBy(f *family, name string) bool {
	if f.flags == nil {
		return false
	}
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	f.flags(fs, &flags{})
	return fs.Lookup(name) != nil
}

// printAll prints values: as JSON, or as a table with a row for each.
func printAll[T any](j *job, values []T, header []string, row func(T) []string) error {
	if j.json {
		for _, v := range values {
			if err := j.encode(v); err != nil {
				return err
			}
		}
		return nil
	}
	rows := make([][]string, len(values))
	for i, v := range values {
		rows[i] = row(v)
	}
	return term.Table(j.out, header, rows)
}

func (j *job) encode(v any) error {
	e := json.NewEncoder(j.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// fields prints names and values below each other, without those that are
// empty.
func fields(w io.Writer, pairs ...string) error {
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
