// Package testutil holds what tests of several packages share. It depends on
// the standard library alone, so that the tests of every package may use it.
//
// These environment variables change what tests do; docs/reliability.md has
// those of the reliability tests:
//
//	KAHAO_UPDATE=1          write golden files and generated pages instead of comparing them
//	KAHAO_UPDATE=redraw     also draw the images of testdata/known again
//	KAHAO_TEST_POSTGRES     URL of a PostgreSQL server; without it the PostgreSQL tests are
//	                        skipped, or fail if CI is set. scripts/with-postgres sets it.
//	KAHAO_TEST_PGDATA       data directory of that server and its pg_ctl, for tests that kill
//	KAHAO_TEST_PGCTL        it. scripts/with-postgres sets both.
//	KAHAO_BINARY            kahao binary for test/reliability and test/clients to test instead
//	                        of building one
//	KAHAO_BOMBS             directory to which imagein's TestBombs and TestWorstFiles write images
//	KAHAO_BOMB_SEARCH       seconds that TestWorstFiles searches each format, with larger images
//	KAHAO_STORETEST_SEED    seed of the model tests of the stores
//	KAHAO_STORETEST_KILLS   number of kills in the crash tests of the stores
//	KAHAO_ISA               instruction set of the engine's kernels, such as generic
//	CI                      what cannot be tested here fails instead of being skipped
package testutil

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// Buffer is a bytes.Buffer that is safe for concurrent use, such as for the
// log of a running server.
type Buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends p.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// String returns everything written so far.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Clock is a clock that a test sets. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now returns the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set sets the clock.
func (c *Clock) Set(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = to
}

// Pass puts the clock forward.
func (c *Clock) Pass(d time.Duration) { c.Set(c.Now().Add(d)) }

const updateEnv = "KAHAO_UPDATE"

// Updating reports whether golden files and generated pages are to be written
// instead of compared.
func Updating() bool { return os.Getenv(updateEnv) != "" }

// Redrawing reports whether golden images are to be drawn again, too.
func Redrawing() bool { return os.Getenv(updateEnv) == "redraw" }

// Golden compares got with the content of a file, up to the form of line ends,
// and writes the file instead if KAHAO_UPDATE is set.
func Golden(t testing.TB, file, got string) {
	t.Helper()
	if Updating() {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatalf("updating %s: %v", file, err)
		}
		return
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("reading the golden file: %v", err)
	}
	if want := strings.ReplaceAll(string(b), "\r\n", "\n"); got != want {
		t.Errorf("%s has drifted: %s\nrun this test with %s=1 and review the diff", file, firstDifference(got, want), updateEnv)
	}
}

// firstDifference describes the first line in which two texts differ.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d is now %q, the file has %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("it is now %d lines, the file has %d", len(g), len(w))
}

// The example account of docs/legacy.md.
const (
	AppID     = "1250000001"
	Bucket    = "testbucket"
	SecretID  = "EXAMPLESECRETID00000000000000000001"
	SecretKey = "EXAMPLESECRETKEY0000000000000001"
)

// Certificate returns a new self-signed certificate for 127.0.0.1 with a serial
// number, and its key, in PEM.
func Certificate(t testing.TB, serial int64) (cert, key []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("generating a key: %v", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	template.IPAddresses = append(template.IPAddresses, []byte{127, 0, 0, 1})
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatalf("creating a certificate: %v", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatalf("encoding the key: %v", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}
