package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// load parses a command line and loads.
func load(t *testing.T, args []string, environ ...string) (Server, []Entry, error) {
	t.Helper()
	var l Loader
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	l.Flags(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return l.Load(environ)
}

func write(t *testing.T, name, content string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), mode); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	if err := os.Chmod(file, mode); err != nil { // whatever the umask
		t.Fatalf("Chmod: %v", err)
	}
	return file
}

// Flags take precedence over the environment, then the file, then the defaults,
// and each entry has its origin.
func TestPrecedence(t *testing.T) {
	file := write(t, "kahao.toml", "workers = 2\nqueue = 2\nrate = 2.5\nmax-image = \"2MiB\"\nfetch = true\nfetch-hosts = [\"a.example\", \"*.b.example\"] # a comment\n", 0o644)
	s, entries, err := load(t, []string{"--config", file, "--workers=4", "--strict"},
		"KAHAO_WORKERS=3", "KAHAO_QUEUE=3", "KAHAO_MAX_BODY=8MiB", "PATH=/bin", "KAHAO_LOG_LEVEL=")
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	if s.Workers != 4 || s.Queue != 3 || s.Rate != 2.5 || s.MaxImage != 2*mib || s.MaxBody != 8*mib || !s.Fetch || !s.Strict ||
		!slices.Equal(s.FetchHosts, []string{"a.example", "*.b.example"}) || s.LogLevel != "info" {
		t.Errorf("%+v", s)
	}
	for name, want := range map[string]string{
		"workers": "--workers", "queue": "KAHAO_QUEUE", "rate": file, "max-body": "KAHAO_MAX_BODY", "strict": "--strict", "burst": "default",
	} {
		i := slices.IndexFunc(entries, func(e Entry) bool { return e.Name == name })
		if i < 0 || entries[i].Origin != want {
			t.Errorf("setting %s: want origin %s in %+v", name, want, entries)
		}
	}
}

// The environment may name the file; --config takes precedence.
func TestFileByVariable(t *testing.T) {
	one, two := write(t, "1.toml", "workers = 1", 0o644), write(t, "2.toml", "workers = 2", 0o644)
	if s, _, err := load(t, nil, "KAHAO_CONFIG="+one); err != nil || s.Workers != 1 {
		t.Errorf("workers = %d, %v", s.Workers, err)
	}
	if s, _, err := load(t, []string{"--config", two}, "KAHAO_CONFIG="+one); err != nil || s.Workers != 2 {
		t.Errorf("workers = %d, %v", s.Workers, err)
	}
}

// All mistakes are reported together: syntax, values and unknown names of every
// source, each with the name under which it was given.
func TestMistakesTogether(t *testing.T) {
	file := write(t, "kahao.toml", "workerz = 1\nqueue = \"many\"\ndrain = {}\nlisten = 80\nmax-pixels = 0\nfetch-hosts = [1]\n", 0o644)
	_, _, err := load(t, []string{"--config", file, "--workers=x", "--luhn=maybe"},
		"KAHAO_SECRET_KEY=hunter2", "KAHAO_RATE=-1", "KAHAO_strict=true", "KAHAO_FETCH_PERMIT=here", "KAHAO_MAX_BODY=6MB", "KAHAO_READ_TIMEOUT=20")
	if err == nil {
		t.Fatal("Load accepted everything")
	}
	for _, want := range []string{
		file + ": workerz: unknown setting", file + `: queue: "many" is not`, file + ": drain: not a string", file + `: listen: "80" is not host:port`,
		file + ": max-pixels: 0 is not between", file + ": fetch-hosts: a list",
		`--workers: "x" is not`, `--luhn: "maybe" is not one of`,
		"KAHAO_SECRET_KEY: unknown setting", "KAHAO_RATE: -1", "KAHAO_strict: unknown setting", `KAHAO_FETCH_PERMIT: "here" is not`,
		`KAHAO_MAX_BODY: "6MB" is not a size`, `KAHAO_READ_TIMEOUT: "20" is not a duration`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q", want)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("the error contains the value of an unknown variable")
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 14 {
		t.Errorf("the error has %d lines, want 14:\n%v", n, err)
	}
}

// Variables that a cluster sets for a service named kahao, and those that other
// parts of kahao read, are accepted.
func TestVariablesOfOthers(t *testing.T) {
	if _, _, err := load(t, nil, "KAHAO_PORT=tcp://10.0.0.1:80", "KAHAO_PORT_80_TCP_ADDR=10.0.0.1", "KAHAO_SERVICE_HOST=10.0.0.1",
		"KAHAO_SERVICE_PORT_HTTP=80", "KAHAO_ISA=generic", "KAHAO_UPDATE=1"); err != nil {
		t.Errorf("load: %v", err)
	}
	for _, row := range rows(new(Server)) { // otherwise it could not be set in a cluster
		l := Loader{}
		if v := variableOf(row.name); len(l.variables([]string{v + "=x"})) != 1 {
			t.Errorf("%s is ignored like a variable of the cluster", v)
		}
	}
}

func TestFileRefused(t *testing.T) {
	for want, file := range map[string]string{
		"no such file":          filepath.Join(t.TempDir(), "none.toml"),
		"is a directory":        t.TempDir(),
		"bad.toml":              write(t, "bad.toml", "workers = = 1", 0o644),
		"twice.toml":            write(t, "twice.toml", "workers = 1\nworkers = 2", 0o644),
		"other users can write": write(t, "open.toml", "", 0o666),
	} {
		if runtime.GOOS == "windows" && strings.HasPrefix(want, "other users") {
			continue
		}
		if _, _, err := load(t, []string{"--config", file}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load = %v, want an error with %q", err, want)
		}
	}
}

// The output of "kahao config print" is a file that loads to the same settings.
func TestLinesAreAFile(t *testing.T) {
	args := []string{"--workers=3", "--trusted-proxies=10.0.0.0/8,fd00::/8,192.0.2.7", "--fetch", "--fetch-permit=[::1]:80,127.0.0.1:81", "--fetch-refuse=2a01:e00::/26,8.8.4.4",
		"--fetch-hosts=a.example,*.b.example", "--max-body=9MiB", "--rate=0.25", "--data=C:\\a \"b\"", "--max-pixels=1000000", "--body-memory=100000001"}
	want, entries, err := load(t, args)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	var lines strings.Builder
	for _, e := range entries {
		lines.WriteString(e.Line() + "\n")
	}
	got, _, err := load(t, []string{"--config", write(t, "kahao.toml", lines.String(), 0o600)})
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Load of\n%s\n= %+v, %v; want %+v", lines.String(), got, err, want)
	}
}

// Every field of Server has a setting, and every setting sets a field.
func TestTableIsComplete(t *testing.T) {
	var s Server
	all := rows(&s)
	// Store counts as its fields, without the keys.
	if n := reflect.TypeFor[Server]().NumField() - 1 + reflect.TypeFor[Store]().NumField() - 1; len(all) != n {
		t.Errorf("%d settings for %d fields", len(all), n)
	}
	samples := []string{"7", "true", "7s", "off", "x", "10.0.0.0/8", "10.0.0.1:1"}
	for _, row := range all {
		before := s
		if !slices.ContainsFunc(samples, func(sample string) bool { return row.value.Set(sample) == nil && !reflect.DeepEqual(s, before) }) {
			t.Errorf("setting %s changes no field", row.name)
		}
		if strings.Contains(row.name, "_") || row.name != strings.ToLower(row.name) {
			t.Errorf("setting %s: want lower case and hyphens", row.name)
		}
	}
}

func TestSizes(t *testing.T) {
	var n int64
	v := size(&n)
	for in, want := range map[string]int64{"0": 0, "1023": 1023, "1KiB": 1 << 10, " 6 MiB ": 6 << 20, "3GiB": 3 << 30} {
		if err := v.Set(in); err != nil || n != want {
			t.Errorf("Set(%q) = %v and %d, want %d", in, err, n, want)
		}
		if err := v.Set(v.String()); err != nil || n != want {
			t.Errorf("%q prints as %s, which is another size", in, v)
		}
	}
	for _, in := range []string{"", "1MB", "-1", "1.5MiB", "9999999999GiB", "MiB"} {
		if v.Set(in) == nil {
			t.Errorf("Set(%q) succeeded, want an error", in)
		}
	}
}

func TestPrefixes(t *testing.T) {
	s := Defaults()
	if err := prefixes(&s.TrustedProxies).Set("192.0.2.1,10.1.2.3/8,::ffff:192.0.2.2"); err != nil || fmt.Sprint(s.TrustedProxies) != "[192.0.2.1/32 10.0.0.0/8 192.0.2.2/32]" {
		t.Errorf("Set = %v and %v, want three networks", err, s.TrustedProxies)
	}
	for _, in := range []string{"10.0.0.0/33", "proxy", "::ffff:10.0.0.0/104", "fe80::1%eth0"} {
		if prefixes(&s.TrustedProxies).Set(in) == nil {
			t.Errorf("Set(%q) succeeded with %v, want an error", in, s.TrustedProxies)
		}
	}
}

// pair writes a certificate and its key.
func pair(t *testing.T, keyMode os.FileMode) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("ecdsa.GenerateKey: %v", err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatalf("x509.CreateCertificate: %v", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatalf("x509.MarshalPKCS8PrivateKey: %v", err)
	}
	return write(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), 0o644),
		write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})), keyMode)
}

// With a certificate any address is allowed; mistakes in its files are reported
// at start.
func TestCertificateFiles(t *testing.T) {
	cert, key := pair(t, 0o640)
	if _, _, err := load(t, []string{"--listen=0.0.0.0:443", "--tls-cert-file", cert, "--tls-key-file", key}); err != nil {
		t.Errorf("a valid certificate: %v", err)
	}
	_, other := pair(t, 0o600)
	if _, _, err := load(t, []string{"--tls-cert-file", cert, "--tls-key-file", other}); err == nil || !strings.Contains(err.Error(), "--tls-cert-file: ") {
		t.Errorf("the key of another certificate: %v, want an error", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	_, open := pair(t, 0o644)
	if _, _, err := load(t, []string{"--tls-cert-file", cert, "--tls-key-file", open}); err == nil || !strings.Contains(err.Error(), "chmod o-rw") {
		t.Errorf("a key that others can read: %v, want an error", err)
	}
}

func TestSecret(t *testing.T) {
	secret, err := ReadSecret(write(t, "token", "  hunter2\n", 0o400))
	if err != nil || string(secret) != "hunter2" {
		t.Fatalf("ReadSecret: %q, %v, want hunter2", string(secret), err)
	}
	if text := fmt.Sprintf("%v %+v %#v %s %q %x", secret, secret, secret, secret, secret, secret); strings.Contains(text, "hunter2") || strings.Contains(text, "68756e") {
		t.Errorf("the secret prints as %s", text)
	}
	if _, err := ReadSecret(write(t, "token", "\n", 0o600)); err == nil {
		t.Error("ReadSecret of an empty file succeeded")
	}
	if _, err := ReadSecret(write(t, "token", "x", 0o604)); err == nil && runtime.GOOS != "windows" {
		t.Error("ReadSecret of a file that others can read succeeded")
	}
	if _, err := ReadSecret(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("ReadSecret of a missing file succeeded")
	}
}
