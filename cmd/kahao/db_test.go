package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
)

// A data directory is copied to PostgreSQL, and the commands work there. The
// other commands of db are tested by the scripts.
func TestDBCopy(t *testing.T) {
	url, data := pgtest.URL(t), filepath.Join(t.TempDir(), "data")
	say(t, "db", "init", "--data", data)
	var key createdKey
	if err := json.Unmarshal([]byte(say(t, "account", "create", "a", "--json", "--data", data)), &key); err != nil {
		t.Fatalf("account create --json: %v", err)
	}
	caller := ledger.Caller{Account: key.AppID, User: key.User, Key: key.SecretID, Bucket: key.Bucket, API: "legacy"}
	if err := chargeCalls(data, caller, 3, time.Now()); err != nil {
		t.Fatalf("charging 3 calls: %v", err)
	}
	if got := say(t, "db", "copy", url, "--data", data); !strings.Contains(got, "1 charges, 1 entries") {
		t.Errorf("db copy printed %q, want 1 charge and 1 entry", got)
	}
	var out, errOut strings.Builder
	if code := run(t.Context(), []string{"db", "copy", url, "--data", data}, realEnv(&out, &errOut)); code != exitError {
		t.Errorf("db copy to a database that is not empty: exit code %d, want %d: %s", code, exitError, errOut.String())
	}
	there := []string{"--database-url", url, "--key-file", store.KeyFile(data)}
	if got := say(t, append([]string{"sign", "--print", "secret-id"}, there...)...); got != key.SecretID {
		t.Errorf("the key in PostgreSQL is %s, want %s", got, key.SecretID)
	}
	if got := say(t, append([]string{"usage", "--json"}, there...)...); !strings.Contains(got, `"calls":3`) {
		t.Errorf("usage printed %q, want 3 calls", got)
	}
	if got := say(t, append([]string{"db", "version"}, there...)...); !strings.HasPrefix(got, "postgres, version ") {
		t.Errorf("db version printed %q, want postgres", got)
	}
}
