// Package pgtest gives tests a schema of their own on a PostgreSQL server:
// the one that scripts/with-postgres starts.
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

// Env names the server's address in the environment.
const Env = "KAHAO_TEST_POSTGRES"

// URL is the address of an empty schema that goes with the test. Where there
// is no server the test is skipped, and with CI set it fails.
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
		t.Fatalf("%s is no address", Env)
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
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	if _, err := c.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}
