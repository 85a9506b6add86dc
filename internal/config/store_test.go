package config

import (
	"flag"
	"fmt"
	"strings"
	"testing"
)

// Where books are kept is said once, and with what a database can be reached.
func TestStoreSettings(t *testing.T) {
	key := write(t, "keys", "k1:x", 0o600)
	for args, want := range map[string]string{
		"--data=d":                   "",
		"--data=d --key-file=" + key: "",
		"--store=postgres://h/d":     "",
		"--store=postgresql://h/d --key-file=" + key + " --auto-migrate": "",
		"--store=mysql://h/d":                           "--store: it must begin with",
		"--store=postgres://h/d --data=d":               "--store: --data keeps",
		"--store=postgres://h/d --accounts-file=" + key: "--store: --accounts-file names",
		"--data=d --auto-migrate":                       "--auto-migrate: it is for --store",
		"--key-file=" + key:                             "--key-file: there is neither",
		"--data=d --key-file=none":                      "--key-file: ",
		"--free-units=-1":                               "--free-units: -1 is not between",
	} {
		_, _, err := load(t, strings.Fields(args))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
	if _, _, err := load(t, []string{"--data=d", "--key-file=" + key}, KeysVariable+"=k1:x"); err == nil || strings.Contains(err.Error(), "k1:x") {
		t.Errorf("keys in two places: %v", err)
	}
	if s, _, err := load(t, []string{"--data=d"}, KeysVariable+"=k1:x"); err != nil || string(s.Keys) != "k1:x" {
		t.Error(err)
	}
}

// A password in an address is not printed.
func TestDatabaseURL(t *testing.T) {
	for address, want := range map[DatabaseURL]string{
		"": "", "postgres://h/d": "postgres://h/d", "postgres://u:sesame@h:5/d?sslmode=require": "postgres://u:xxxxx@h:5/d?sslmode=require",
		"postgres://h/d?password=sesame": "postgres://h/d?password=xxxxx", "postgres://u:ses ame@h:x/d": "postgres://...",
	} {
		if got := fmt.Sprint(address); got != want {
			t.Errorf("%s", got)
		}
	}
	_, entries, err := load(t, []string{"--store=postgres://u:sesame@h/d"})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(e.Line(), "sesame") {
			t.Error(e.Line())
		}
	}
}

// A command on the books takes their settings alone, from the same places, and
// is not kept from its work by what is wrong with the others.
func TestStoreLoader(t *testing.T) {
	file := write(t, "kahao.toml", "data = \"from the file\"\nlisten = \"nonsense\"\nfree-units = 7\n", 0o600)
	var l Loader
	fs := flag.NewFlagSet("test", flag.ContinueOnError)
	l.StoreFlags(fs)
	if fs.Lookup("listen") != nil || fs.Lookup("store") == nil {
		t.Error("the flags are not those of Store")
	}
	if err := fs.Parse([]string{"--config", file, "--data=d"}); err != nil {
		t.Fatal(err)
	}
	s, _, err := l.Load([]string{"KAHAO_WORKERS=-1", "KAHAO_TIME_ZONE=UTC", "KAHAO_TEST_POSTGRES=postgres://h/d"})
	if err != nil || s.Data != "d" || s.TimeZone != "UTC" || s.FreeUnits != 7 || s.Listen != Defaults().Listen {
		t.Errorf("%+v, %v", s, err)
	}
}
