//go:build reliability && linux

package reliability

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// killDatabaseEvery is how many rounds of TestCrashPostgres end with a kill of
// the database, too.
const killDatabaseEvery = 4

// TestCrashPostgres is TestCrashSQLite on PostgreSQL, which is also killed.
func TestCrashPostgres(t *testing.T) {
	d := newDatabase(t)
	c := newCrashLoop(t, d.flags...)
	c.account = createAccount(t, d.flags)
	killed := 0
	c.run(pick(20, 200), func(round int) {
		if round%killDatabaseEvery != killDatabaseEvery-1 {
			return
		}
		killed++
		time.Sleep(time.Duration(20+c.rng.IntN(200)) * time.Millisecond)
		d.restart(t)
	})
	t.Logf("the database was killed %d times", killed)
}

// database is a schema of the PostgreSQL server that scripts/with-postgres
// started.
type database struct {
	url, data, ctl string
	flags          []string // for kahao to use it
}

// newDatabase creates a schema and a key file.
func newDatabase(t testing.TB) *database {
	t.Helper()
	d := &database{url: os.Getenv("KAHAO_TEST_POSTGRES"), data: os.Getenv("KAHAO_TEST_PGDATA"), ctl: os.Getenv("KAHAO_TEST_PGCTL")}
	if d.url == "" || d.data == "" || d.ctl == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no PostgreSQL server: run this with scripts/with-postgres")
		}
		t.Skip("SKIPPED: no PostgreSQL server: run this with scripts/with-postgres")
	}
	u, err := url.Parse(d.url)
	if err != nil {
		t.Fatalf("KAHAO_TEST_POSTGRES: %v", err)
	}
	schema := fmt.Sprintf("reliability_%d", time.Now().UnixNano())
	d.query(t, "CREATE SCHEMA "+schema)
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	d.url = u.String()
	d.flags = []string{"--database-url", d.url, "--key-file", writeKeyFile(t), "--auto-migrate"}
	return d
}

// query runs a statement with psql and returns the output.
func (d *database) query(t testing.TB, statement string) string {
	t.Helper()
	u, err := url.Parse(d.url)
	if err != nil {
		t.Fatalf("the database's URL: %v", err)
	}
	q := u.Query()
	q.Del("search_path") // libpq does not accept it
	u.RawQuery = q.Encode()
	out, err := exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(d.ctl), "psql"), "-XAtq", "-c", statement, u.String()).CombinedOutput()
	if err != nil {
		t.Fatalf("psql: %v: %s", err, out)
	}
	return string(out)
}

// writeKeyFile writes a file with a key-encryption key.
func writeKeyFile(t testing.TB) string {
	t.Helper()
	var key [32]byte
	_, _ = rand.Read(key[:]) // it never fails
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte("k1:"+base64.StdEncoding.EncodeToString(key[:])+"\n"), 0o600); err != nil {
		t.Fatalf("writing the key file: %v", err)
	}
	return file
}

// createAccount creates an account in a store.
func createAccount(t testing.TB, store []string) (a server.Account) {
	t.Helper()
	out, err := server.Command(t.Context(), kahao, append([]string{"account", "create", "reliability", "--json"}, store...)...).Output()
	if err != nil {
		t.Fatalf("kahao account create: %v: %s", err, out)
	}
	if err := json.Unmarshal(out, &a); err != nil {
		t.Fatalf("parsing the output of kahao account create: %v", err)
	}
	return a
}

// restart kills the database server and starts it again.
func (d *database) restart(t testing.TB) {
	t.Helper()
	d.control(t, "-m", "immediate", "stop")
	d.control(t, "-w", "-t", "60", "start")
}

// control runs pg_ctl as the user that owns the server.
func (d *database) control(t testing.TB, args ...string) {
	t.Helper()
	argv := append([]string{d.ctl, "-D", d.data, "-l", filepath.Join(d.data, "server.log")}, args...)
	if os.Geteuid() == 0 {
		argv = append([]string{"runuser", "-u", "postgres", "--"}, argv...)
	}
	c := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	c.Dir = "/"
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("pg_ctl: %v: %s", err, out)
	}
}
