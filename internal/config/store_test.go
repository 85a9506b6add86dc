package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// The database is named once, with a URL that is supported.
func TestStoreSettings(t *testing.T) {
	key := write(t, "keys", "k1:x", 0o600)
	for args, want := range map[string]string{
		"--data=d":                      "",
		"--data=d --key-file=" + key:    "",
		"--database-url=postgres://h/d": "",
		"--database-url=postgresql://h/d --key-file=" + key + " --auto-migrate": "",
		"--database-url=mysql://h/d":             "--database-url: it must begin with",
		"--database-url=postgres://h/d --data=d": "--database-url: --data names",
		"--data=d --auto-migrate":                "--auto-migrate: it has no effect without --database-url",
		"--key-file=" + key:                      "--key-file: it has no effect",
		"--data=d --key-file=none":               "--key-file: ",
		"--free-units=-1":                        "--free-units: -1 is not between",
		"--insecure-data":                        "--insecure-data: it has no effect without --data",
		"--data=d --insecure-data":               "",
	} {
		_, _, err := load(t, strings.Fields(args))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%s) = %v, want an error with %q", args, err, want)
		}
	}
	if _, _, err := load(t, []string{"--data=d", "--key-file=" + key}, KeysVariable+"=k1:x"); err == nil || strings.Contains(err.Error(), "k1:x") {
		t.Errorf("keys in a file and the environment: %v, want an error without them", err)
	}
	if s, _, err := load(t, []string{"--data=d"}, KeysVariable+"=k1:x"); err != nil || string(s.Keys) != "k1:x" {
		t.Errorf("keys in the environment: %v and %d bytes, want k1:x", err, len(s.Keys))
	}
}

// A URL prints without its password.
func TestDatabaseURL(t *testing.T) {
	for address, want := range map[DatabaseURL]string{
		"": "", "postgres://h/d": "postgres://h/d", "postgres://u:sesame@h:5/d?sslmode=require": "postgres://u:xxxxx@h:5/d?sslmode=require",
		"postgres://h/d?password=sesame": "postgres://h/d?password=xxxxx", "postgres://u:ses ame@h:x/d": "postgres://...",
	} {
		if got := fmt.Sprint(address); got != want {
			t.Errorf("a URL prints as %s, want %s", got, want)
		}
	}
	_, entries, err := load(t, []string{"--database-url=postgres://u:sesame@h/d"})
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	for _, e := range entries {
		if strings.Contains(e.Line(), "sesame") {
			t.Errorf("the password is in %s", e.Line())
		}
	}
}

// The URL of the database may be in a file, so that its password is not in the
// list of processes.
func TestDatabaseURLFile(t *testing.T) {
	file := write(t, "url", "postgres://u:sesame@h/d\n", 0o600)
	s, entries, err := load(t, []string{"--database-url-file=" + file})
	if err != nil || s.URL != "postgres://u:sesame@h/d" {
		t.Errorf("Load = %v, %v; want the URL in the file", s.URL, err)
	}
	for _, e := range entries {
		if strings.Contains(e.Line(), "xxxxx") || strings.Contains(e.Line(), "sesame") {
			t.Errorf("the URL is in %s", e.Line())
		}
	}
	for args, want := range map[string]string{
		"--database-url-file=" + file + " --database-url=postgres://h/d":          "--database-url-file: --database-url is set, too",
		"--database-url-file=" + file + " --data=d":                               "--data names another database",
		"--database-url-file=" + file + "x":                                       "--database-url-file: ",
		"--database-url-file=" + write(t, "open", "postgres://u:sesame@h", 0o644): "run chmod o-rw",
		"--database-url-file=" + write(t, "other", "mysql://u:sesame@h", 0o600):   "must begin with postgres://",
	} {
		_, _, err := load(t, strings.Fields(args))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("Load(%s) = %v, want an error with %q and without the password", args, err, want)
		}
	}
}

// A command on the database takes only its settings, from the same sources, and
// ignores mistakes in others.
func TestStoreLoader(t *testing.T) {
	file := write(t, "kahao.toml", "data = \"from the file\"\nlisten = \"nonsense\"\nfree-units = 7\n", 0o600)
	var l Loader
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	l.StoreFlags(fs)
	if fs.Lookup("listen") != nil || fs.Lookup("database-url") == nil {
		t.Error("StoreFlags declares --listen, or not --database-url")
	}
	if err := fs.Parse([]string{"--config", file, "--data=d"}); err != nil {
		t.Fatalf("Parse: %v", err)
	}
	s, _, err := l.Load([]string{"KAHAO_WORKERS=-1", "KAHAO_TIME_ZONE=UTC", "KAHAO_TEST_POSTGRES=postgres://h/d"})
	if err != nil || s.Data != "d" || s.TimeZone != "UTC" || s.FreeUnits != 7 || s.Listen != Defaults().Listen {
		t.Errorf("Load = %+v, %v; want data d, zone UTC, 7 free units and default listen", s, err)
	}
}
