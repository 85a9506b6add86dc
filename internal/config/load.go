package config

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// prefix begins the names of all variables.
const prefix = "KAHAO_"

// elsewhere are variables that other parts of kahao read.
var elsewhere = []string{prefix + "CONFIG", prefix + "ISA", prefix + "UPDATE", KeysVariable}

// Loader fills a Server from flags, the environment and a file. What stands
// first in that list wins.
type Loader struct {
	file  string
	flags map[string]string // as given
	store bool              // only the settings of Store count
}

// Flags declares a flag for every setting, and --config for the file. Their
// values are looked at by Load, so that all mistakes are told at once.
func (l *Loader) Flags(fs *flag.FlagSet) {
	l.declare(fs, func(string) bool { return true })
}

// StoreFlags declares flags for the settings of Store alone, and --config. Of
// the environment and the file Load then looks at nothing else.
func (l *Loader) StoreFlags(fs *flag.FlagSet) {
	l.store = true
	l.declare(fs, storeSetting)
}

func (l *Loader) declare(fs *flag.FlagSet, wanted func(name string) bool) {
	l.flags = map[string]string{}
	fs.StringVar(&l.file, "config", "", "read settings from this TOML `file` (docs/configuration.md)")
	standard := Defaults()
	for _, row := range rows(&standard) {
		if !wanted(row.name) {
			continue
		}
		fs.Var(&given{row.value, row.name, l}, row.name, row.text)
	}
}

// given is a flag that keeps what it is given for Load.
type given struct {
	flag.Value // its default
	name       string
	loader     *Loader
}

// Set keeps the text.
func (g *given) Set(s string) error { g.loader.flags[g.name] = s; return nil }

// String is the default.
func (g *given) String() string {
	if g == nil || g.Value == nil {
		return ""
	}
	return g.Value.String()
}

// IsBoolFlag tells package flag whether "=" may be left out.
func (g *given) IsBoolFlag() bool { return isBool(g.Value) }

// Type names the value in the help of package pflag.
func (g *given) Type() string {
	if g.IsBoolFlag() {
		return "bool"
	}
	return ""
}

func isBool(v flag.Value) bool { _, ok := v.(*truth); return ok }

// Entry is a setting as it is in effect.
type Entry struct {
	Name, Value string
	// Origin is "default", or the flag, the variable or the file that the
	// value comes from.
	Origin string

	bare bool // a number or true or false
}

// Load returns the settings that are in effect, and each with its origin. The
// environment is what os.Environ returns. The error joins every mistake, each
// with the name of what is wrong and never with the value of a secret.
func (l *Loader) Load(environ []string) (Server, []Entry, error) {
	s := Defaults()
	known := map[string]flag.Value{}
	for _, row := range rows(&s) {
		known[row.name] = row.value
	}
	variables := l.variables(environ)
	fileName := l.file
	if fileName == "" {
		fileName = variables[prefix+"CONFIG"]
	}
	fileValues, errs := readFile(fileName)

	origin := map[string]string{}
	take := func(name, text, from string) {
		if l.store && !storeSetting(name) {
			return
		}
		if err := known[name].Set(text); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", from, err))
			return
		}
		origin[name] = from
	}
	for _, name := range slices.Sorted(maps.Keys(fileValues)) {
		from := fileName + ": " + name
		if known[name] == nil {
			errs = append(errs, fmt.Errorf("%s: no setting has this name", from))
			continue
		}
		text, err := textOf(fileValues[name])
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", from, err))
			continue
		}
		take(name, text, from)
	}
	for _, variable := range slices.Sorted(maps.Keys(variables)) {
		name := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(variable, prefix), "_", "-"))
		switch {
		case slices.Contains(elsewhere, variable):
		case known[name] == nil || variable != variableOf(name):
			errs = append(errs, fmt.Errorf("%s: no setting has this name", variable))
		default:
			take(name, variables[variable], variable)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.flags)) {
		take(name, l.flags[name], "--"+name)
	}
	s.Keys = Secret(variables[KeysVariable])
	for _, m := range append(s.mistakes(), s.fileMistakes()...) {
		if l.store && !storeSetting(m.setting) {
			continue
		}
		from := origin[m.setting]
		if from == "" {
			from = "--" + m.setting
		}
		errs = append(errs, fmt.Errorf("%s: %s", from, m.text))
	}
	var entries []Entry
	for _, row := range rows(&s) {
		e := Entry{Name: row.name, Value: row.value.String(), Origin: "default", bare: bare(row.value)}
		if from, ok := origin[row.name]; ok {
			e.Origin = strings.TrimSuffix(from, ": "+row.name)
		}
		entries = append(entries, e)
	}
	return s, entries, errors.Join(errs...)
}

// variables picks kahao's own out of an environment. An empty variable counts
// as none. A cluster that has a service of the name kahao makes variables of
// its own, KAHAO_PORT and the like, which are none of ours.
func (l *Loader) variables(environ []string) map[string]string {
	found := map[string]string{}
	for _, e := range environ {
		name, text, _ := strings.Cut(e, "=")
		rest, ours := strings.CutPrefix(name, prefix)
		cluster := rest == "PORT" || strings.HasPrefix(rest, "PORT_") || rest == "SERVICE_HOST" ||
			rest == "SERVICE_PORT" || strings.HasPrefix(rest, "SERVICE_PORT_")
		if ours && !cluster && text != "" && !strings.HasPrefix(rest, "TEST_") { // which is for tests
			found[name] = text
		}
	}
	return found
}

// variableOf is the variable of a setting.
func variableOf(name string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// readFile returns the keys of a TOML file with their values.
func readFile(name string) (map[string]any, []error) {
	if name == "" {
		return nil, nil
	}
	if err := checkWritable(name); err != nil {
		return nil, []error{err}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, []error{err}
	}
	values := map[string]any{}
	if err := toml.Unmarshal(text, &values); err != nil {
		return nil, []error{fmt.Errorf("%s: %w", name, err)}
	}
	return values, nil
}

// textOf brings a value of the file into the form that flags have.
func textOf(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool, int64, float64:
		return fmt.Sprint(v), nil
	case []any:
		var parts []string
		for _, x := range v {
			s, ok := x.(string)
			if !ok || strings.Contains(s, ",") {
				return "", errors.New("a list holds texts without commas")
			}
			parts = append(parts, s)
		}
		return strings.Join(parts, ","), nil
	}
	return "", errors.New("neither a text, a number, true, false nor a list of texts")
}

// bare reports whether a value stands in a TOML file without quotes.
func bare(v flag.Value) bool {
	switch v := v.(type) {
	case *truth, *value[int], *value[float64]:
		return true
	case *value[int64]:
		return strings.Trim(v.String(), "0123456789") == ""
	}
	return false
}

// Line is the setting as a line of the file, without its end.
func (e Entry) Line() string {
	if e.bare {
		return e.Name + " = " + e.Value
	}
	return fmt.Sprintf("%s = %q", e.Name, e.Value)
}
