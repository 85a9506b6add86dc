//go:build reliability && linux

package reliability

import (
	"encoding/json"
	"errors"
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
	*server.Schema
	flags []string // for kahao to use it
}

// newDatabase creates a schema and a key file.
func newDatabase(t testing.TB) *database {
	t.Helper()
	schema, err := server.NewSchema(t.Context(), "reliability")
	if errors.Is(err, server.ErrNoPostgres) && os.Getenv("CI") == "" {
		t.Skipf("SKIPPED: %v", err)
	}
	if err != nil {
		t.Fatalf("NewSchema: %v", err)
	}
	flags, err := schema.Flags(t.TempDir())
	if err != nil {
		t.Fatalf("Flags: %v", err)
	}
	return &database{schema, flags}
}

// query runs a statement with psql and returns the output.
func (d *database) query(t testing.TB, statement string) string {
	t.Helper()
	out, err := d.Query(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	return out
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
	argv := append([]string{d.Ctl, "-D", d.Data, "-l", filepath.Join(d.Data, "server.log")}, args...)
	if os.Geteuid() == 0 {
		argv = append([]string{"runuser", "-u", "postgres", "--"}, argv...)
	}
	c := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	c.Dir = "/"
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("pg_ctl: %v: %s", err, out)
	}
}
