//go:build reliability && linux

package reliability

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// root is the directory of the module.
const root = "../.."

// kahao is the binary that is tested.
var kahao string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "reliability")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if kahao = os.Getenv("KAHAO_BINARY"); kahao == "" {
		if kahao, err = server.Build(context.Background(), root, dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return m.Run()
}

// timed fails the test unless ok. In the short form it only logs, because times
// depend on how busy the machine is.
func timed(t *testing.T, ok bool, format string, args ...any) {
	t.Helper()
	switch {
	case ok:
	case testing.Short():
		t.Logf("not judged in the short form: "+format, args...)
	default:
		t.Errorf(format, args...)
	}
}

// pick returns the value for the form that runs.
func pick[T any](short, full T) T {
	if testing.Short() {
		return short
	}
	return full
}

// start starts the binary with default settings, changed by args, and kills it
// when the test ends.
func start(t testing.TB, args ...string) *server.Server {
	t.Helper()
	return startWith(t, kahao, server.Options{Args: args})
}

func startWith(t testing.TB, binary string, o server.Options) *server.Server {
	t.Helper()
	s, err := server.Start(binary, o)
	if err != nil {
		t.Fatalf("starting the server: %v", err)
	}
	t.Cleanup(s.Kill)
	return s
}

// newClient returns an HTTP client that keeps up to n idle connections.
func newClient(t testing.TB, n int) *http.Client {
	c := &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: n, DisableCompression: true},
		Timeout:   2 * time.Minute,
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// card returns the image of a card that is read without doubt.
func card(t testing.TB) []byte {
	t.Helper()
	image, err := os.ReadFile(filepath.Join(root, "testdata", "card.jpg"))
	if err != nil {
		t.Fatalf("reading the image of a card: %v", err)
	}
	return image
}
