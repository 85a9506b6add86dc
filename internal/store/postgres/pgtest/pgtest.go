// Package pgtest gives each test a schema of its own on the PostgreSQL server
// that scripts/with-postgres starts.
package pgtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Env is the environment variable with the server's URL.
const Env = "KAHAO_TEST_POSTGRES"

// URL returns the URL of an empty schema that is dropped after the test.
// Without a server it skips the test, or fails it if CI is set.
func URL(t testing.TB) string {
	t.Helper()
	address := os.Getenv(Env)
	if address == "" {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not set: run this with scripts/with-postgres", Env)
		}
		t.Skipf("NOT tested on PostgreSQL: %s is not set; scripts/with-postgres go test ./... does", Env)
	}
	schema := "test_" + strings.ToLower(rand.Text()[:16])
	run(t, address, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { run(t, address, "DROP SCHEMA "+schema+" CASCADE") })
	u, err := url.Parse(address)
	if err != nil {
		t.Fatalf("%s is not a valid URL", Env)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

func run(t testing.TB, address, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatalf("pgx.Connect: %v", err)
	}
	defer func() { _ = c.Close(ctx) }()
	if _, err := c.Exec(ctx, statement); err != nil {
		t.Fatalf("Exec: %v", err)
	}
}
