package server

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// ErrNoPostgres means that scripts/with-postgres does not run the test.
var ErrNoPostgres = errors.New("no PostgreSQL server: run this with scripts/with-postgres")

// Schema is a new schema of the PostgreSQL server that scripts/with-postgres
// started.
type Schema struct {
	URL       string
	Data, Ctl string // the server's data directory, and pg_ctl
}

// NewSchema creates a schema. It returns ErrNoPostgres and the errors of psql.
func NewSchema(ctx context.Context, prefix string) (*Schema, error) {
	s := &Schema{os.Getenv("KAHAO_TEST_POSTGRES"), os.Getenv("KAHAO_TEST_PGDATA"), os.Getenv("KAHAO_TEST_PGCTL")}
	if s.URL == "" || s.Data == "" || s.Ctl == "" {
		return nil, ErrNoPostgres
	}
	u, err := url.Parse(s.URL)
	if err != nil {
		return nil, fmt.Errorf("KAHAO_TEST_POSTGRES: %w", err)
	}
	name := fmt.Sprintf("%s_%d", prefix, time.Now().UnixNano())
	if _, err := s.Query(ctx, "CREATE SCHEMA "+name); err != nil {
		return nil, err
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	s.URL = u.String()
	return s, nil
}

// Query runs a statement with psql, in the default schema, and returns the output.
func (s *Schema) Query(ctx context.Context, statement string) (string, error) {
	u, err := url.Parse(s.URL)
	if err != nil {
		return "", err
	}
	q := u.Query()
	q.Del("search_path") // libpq does not accept it
	u.RawQuery = q.Encode()
	out, err := exec.CommandContext(ctx, filepath.Join(filepath.Dir(s.Ctl), "psql"), "-XAtq", "-c", statement, u.String()).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("psql: %w: %s", err, out)
	}
	return string(out), nil
}

// Flags returns the flags with which kahao uses the schema. They name a file in
// dir, which Flags writes, with a key-encryption key.
func (s *Schema) Flags(dir string) ([]string, error) {
	var key [32]byte
	_, _ = rand.Read(key[:]) // it never fails
	file := filepath.Join(dir, "keys")
	if err := os.WriteFile(file, []byte("k1:"+base64.StdEncoding.EncodeToString(key[:])+"\n"), 0o600); err != nil {
		return nil, err
	}
	return []string{"--database-url", s.URL, "--key-file", file, "--auto-migrate"}, nil
}
