package server

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/testutil"
)

// The console listens on its own address; the setup link sets the password, and
// is not made again once there is one.
func TestConsole(t *testing.T) {
	dir := t.TempDir()
	r := start(t, &fakeReader{}, func(c *Config) { c.Data, c.Console = dir, "127.0.0.1:0" })
	url, setup := r.Console()
	if !strings.HasPrefix(url, "http://127.0.0.1:") || !strings.HasPrefix(setup, url+"/setup/") {
		t.Fatalf("Console = %q, %q, want a URL and a link below it", url, setup)
	}
	resp, err := http.Post(setup, "application/x-www-form-urlencoded", strings.NewReader("password=rain+on+the+roof&again=rain+on+the+roof"))
	if err != nil {
		t.Fatalf("Post: %v", err)
	}
	text, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != 200 { // after redirects, without cookies: the page to sign in
		t.Errorf("the setup link: %d %s", resp.StatusCode, text)
	}
	if err := r.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	again := start(t, &fakeReader{}, func(c *Config) { c.Data, c.Console = dir, "127.0.0.1:0" })
	if url, setup := again.Console(); url == "" || setup != "" {
		t.Errorf("Console with a password = %q, %q, want a URL and no link", url, setup)
	}
}

// Without a database there is no console, unless it is asked for. An address in
// use is an error, except the default one: several servers on one machine start
// without asking for it.
func TestConsoleAddress(t *testing.T) {
	if url, _ := start(t, &fakeReader{}, nil).Console(); url != "" {
		t.Errorf("a server in memory has a console at %s", url)
	}
	if url, _ := start(t, &fakeReader{}, func(c *Config) { c.Console = "127.0.0.1:0" }).Console(); url == "" {
		t.Error("a server in memory has no console, although it was asked for")
	}
	if url, _ := start(t, &fakeReader{}, func(c *Config) { c.Data, c.Console = t.TempDir(), config.ConsoleOff }).Console(); url != "" {
		t.Errorf("--console off: a console at %s", url)
	}
	taken, err := net.Listen("tcp", config.DefaultConsole)
	if err == nil { // otherwise another program has it
		defer taken.Close()
	}
	log := &testutil.Buffer{}
	r := start(t, &fakeReader{}, func(c *Config) { c.Data, c.Logger = t.TempDir(), slog.New(slog.NewTextHandler(log, nil)) })
	if url, _ := r.Console(); url != "" || !strings.Contains(log.String(), "no console") {
		t.Errorf("the default address in use: a console at %q, log %s, want none and a warning", url, log)
	}
	if taken != nil {
		c := Config{Server: config.Defaults(), Reader: &fakeReader{}}
		c.Listen, c.Console = "127.0.0.1:0", taken.Addr().String()
		c.Data = t.TempDir()
		c.Console = "localhost:8081"
		if a, err := New(t.Context(), c); err == nil {
			a.Close()
			t.Error("another address in use is no error")
		}
	}
}
