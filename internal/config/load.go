package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"

	"github.com/kahao/kahao/internal/secret"
)

// prefix is that of all environment variables.
const prefix = "KAHAO_"

// otherVariables are read by other parts of kahao.
var otherVariables = []string{prefix + "CONFIG", prefix + "ISA", prefix + "UPDATE", KeysVariable}

// Loader fills a Server from flags, environment variables and a file, in that
// order of precedence.
type Loader struct {
	file  string
	flags map[string]string // as given
	store bool              // use only the settings of Store
}

// Flags declares a flag for every setting, and --config for the file. Load
// parses the values, so that all mistakes are reported together.
func (l *Loader) Flags(fs *pflag.FlagSet) {
	l.declare(fs, func(string) bool { return true })
}

// StoreFlags declares flags for the settings of Store only, and --config. Load
// then ignores all others in the environment and the file.
func (l *Loader) StoreFlags(fs *pflag.FlagSet) {
	l.store = true
	l.declare(fs, storeSetting)
}

// AddressFlags declares flags for the settings that say where a server listens,
// and --config. Load takes all others from the environment and the file.
func (l *Loader) AddressFlags(fs *pflag.FlagSet) {
	names := []string{"listen", "insecure", "tls-cert-file", "tls-key-file"}
	l.declare(fs, func(name string) bool { return slices.Contains(names, name) })
}

func (l *Loader) declare(fs *pflag.FlagSet, wanted func(name string) bool) {
	l.flags = map[string]string{}
	fs.StringVar(&l.file, "config", "", "read settings from this TOML `file` (docs/configuration.md)")
	standard := Defaults()
	for _, row := range rows(&standard) {
		if !wanted(row.name) {
			continue
		}
		f := fs.VarPF(&flagText{row.value, row.name, l}, row.name, "", row.text)
		if isBool(row.value) {
			f.NoOptDefVal = "true"
		}
	}
}

// flagText is a flag that keeps its text for Load.
type flagText struct {
	pflag.Value // its default
	name        string
	loader      *Loader
}

// Set keeps the text.
func (f *flagText) Set(s string) error { f.loader.flags[f.name] = s; return nil }

// String is the default.
func (f *flagText) String() string {
	if f == nil || f.Value == nil {
		return ""
	}
	return f.Value.String()
}

func isBool(v pflag.Value) bool { _, ok := v.(*boolValue); return ok }

// Entry is the effective value of a setting.
type Entry struct {
	Name, Value string
	// Origin is "default", or the flag, variable or file of the value.
	Origin string

	bare bool // a number or boolean, without quotes in the file
}

// Load returns the effective settings, and each with its origin. environ is the
// result of os.Environ. The error joins all mistakes, those that the checks
// find included, each with the name of the setting and none with a secret.
func (l *Loader) Load(environ []string, checks ...func(Server) error) (Server, []Entry, error) {
	s := Defaults()
	known := map[string]pflag.Value{}
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
	set := func(name, text, from string) {
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
			errs = append(errs, fmt.Errorf("%s: unknown setting", from))
			continue
		}
		text, err := textOf(fileValues[name])
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", from, err))
			continue
		}
		set(name, text, from)
	}
	for _, variable := range slices.Sorted(maps.Keys(variables)) {
		name := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(variable, prefix), "_", "-"))
		switch {
		case slices.Contains(otherVariables, variable):
		case known[name] == nil || variable != variableOf(name):
			errs = append(errs, fmt.Errorf("%s: unknown setting", variable))
		default:
			set(name, variables[variable], variable)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.flags)) {
		set(name, l.flags[name], "--"+name)
	}
	s.Keys = secret.Bytes(variables[KeysVariable])
	var entries []Entry // before secrets are read from files
	for _, row := range rows(&s) {
		e := Entry{Name: row.name, Value: row.value.String(), Origin: "default", bare: bare(row.value)}
		if from, ok := origin[row.name]; ok {
			e.Origin = strings.TrimSuffix(from, ": "+row.name)
		}
		entries = append(entries, e)
	}
	for _, p := range slices.Concat(s.readURL(), s.problems(), s.fileProblems()) {
		if l.store && !storeSetting(p.setting) {
			continue
		}
		from := origin[p.setting]
		if from == "" {
			from = "--" + p.setting
		}
		errs = append(errs, fmt.Errorf("%s: %s", from, p.text))
	}
	for _, check := range checks {
		errs = append(errs, check(s))
	}
	return s, entries, errors.Join(errs...)
}

// variables returns kahao's own variables of an environment that are not empty.
// It skips KAHAO_PORT and others that a Kubernetes cluster sets for a service
// with the name kahao.
func (l *Loader) variables(environ []string) map[string]string {
	found := map[string]string{}
	for _, e := range environ {
		name, text, _ := strings.Cut(e, "=")
		rest, own := strings.CutPrefix(name, prefix)
		cluster := rest == "PORT" || strings.HasPrefix(rest, "PORT_") || rest == "SERVICE_HOST" ||
			rest == "SERVICE_PORT" || strings.HasPrefix(rest, "SERVICE_PORT_")
		if own && !cluster && text != "" && !strings.HasPrefix(rest, "TEST_") { // those of tests
			found[name] = text
		}
	}
	return found
}

// variableOf is the environment variable of a setting.
func variableOf(name string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// readFile returns the keys and values of a TOML file.
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

// textOf converts a value of the file to the text of a flag.
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
				return "", errors.New("a list must hold strings without commas")
			}
			parts = append(parts, s)
		}
		return strings.Join(parts, ","), nil
	}
	return "", errors.New("not a string, number, boolean or list of strings")
}

// bare reports whether a value is written without quotes in TOML.
func bare(v pflag.Value) bool {
	switch v := v.(type) {
	case *boolValue, *value[int], *value[float64]:
		return true
	case *value[int64]:
		return strings.Trim(v.String(), "0123456789") == ""
	}
	return false
}

// Line is the setting as a line of the file, without the newline.
func (e Entry) Line() string {
	if e.bare {
		return e.Name + " = " + e.Value
	}
	return fmt.Sprintf("%s = %q", e.Name, e.Value)
}
