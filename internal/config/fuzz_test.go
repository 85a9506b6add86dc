package config

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// FuzzFile: what is read from a file of settings is the same when it is written,
// and then read again.
func FuzzFile(f *testing.F) {
	for _, s := range []string{
		"", "workers = 2\nqueue = 2\nrate = 2.5\nmax-image = \"2MiB\"\nfetch = true\nfetch-hosts = [\"a.example\", \"*.b.example\"] # a comment\n",
		"trusted-proxies = [\"10.0.0.0/8\", \"::1\"]\nfetch = true\nfetch-permit = \"127.0.0.1:80\"\nfetch-refuse = [\"2001:db8::/32\"]\n",
		"listen = \"127.0.0.1:1\"\n[table]\nx = 1\n", "data = '''a\nb'''\n", "workers = 0x10\nread-timeout = \"1m30s\"\n", "unknown = 1\n",
		"workers = 99999999999999999999\n", "rate = nan\nburst = -1\n", "log-level = \"debug\"\nmemory-limit = \"1GiB\"\nbody-memory = 1e9\n",
	} {
		f.Add(s)
	}
	file := filepath.Join(f.TempDir(), "kahao.toml")
	read := func(t *testing.T, text string) (Server, []Entry, error) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatalf("WriteFile: %v", err)
		}
		var l Loader
		fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
		fs.SetOutput(io.Discard)
		l.Flags(fs)
		if err := fs.Parse([]string{"--config", file}); err != nil {
			t.Fatalf("Parse: %v", err)
		}
		return l.Load(nil)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, entries, err := read(t, text)
		if err != nil {
			return
		}
		var lines strings.Builder
		for _, e := range entries {
			lines.WriteString(e.Line() + "\n")
		}
		again, _, err := read(t, lines.String())
		if err != nil {
			t.Fatalf("the settings of %q, written as\n%s\nare refused: %v", text, lines.String(), err)
		}
		again.Store.URL = s.Store.URL // is written without its password
		if !reflect.DeepEqual(again, s) {
			t.Fatalf("the settings of %q, written as\n%s\nare read as\n%+v\nwant\n%+v", text, lines.String(), again, s)
		}
	})
}

// FuzzValues: a value that is taken prints as a text that is the same value.
func FuzzValues(f *testing.F) {
	for _, s := range []string{"1", "true", "7s", "1h30m", "3GiB", " 6 MiB ", "10.0.0.0/8", "::ffff:1.2.3.4/120", "[::1]:80", "0.25", "1e3", "a,b", "-1", "9223372036854775807", "8EiB"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s, again Server
		others := rows(&again)
		for i, row := range rows(&s) {
			if row.value.Set(text) != nil {
				continue
			}
			printed := row.value.String()
			if err := others[i].value.Set(printed); err != nil {
				t.Fatalf("%s: %q is printed as %q, which is refused: %v", row.name, text, printed, err)
			}
			if got := others[i].value.String(); got != printed {
				t.Fatalf("%s: %q is printed as %q, and that as %q", row.name, text, printed, got)
			}
		}
		again.Store.URL = s.Store.URL // prints without its password
		if !reflect.DeepEqual(s, again) {
			t.Fatalf("the values of %q, printed and read, are\n%+v\nwant\n%+v", text, again, s)
		}
	})
}
