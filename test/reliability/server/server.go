// Package server runs the real kahao binary as a process, as an operator would.
// test/reliability and test/clients test kahao from outside with it.
package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/kahao/kahao/internal/testutil"
)

// Build compiles ./cmd/kahao of the module at root into dir as for a release,
// with additional flags of go build, and returns the path of the binary.
func Build(ctx context.Context, root, dir string, flags ...string) (string, error) {
	binary := filepath.Join(dir, "kahao")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	args := append([]string{"build", "-trimpath", "-ldflags", "-s -w", "-o", binary}, flags...)
	c := exec.CommandContext(ctx, "go", append(args, "./cmd/kahao")...)
	c.Dir = root
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return binary, nil
}

// Account is the demo account that the server prints when it starts.
type Account struct {
	AppID     string `json:"appid"`
	Bucket    string `json:"bucket"`
	SecretID  string `json:"secret_id"`
	SecretKey string `json:"secret_key"`

	BearerKey string `json:"-"` // if a test has created one
}

// Server is a running kahao serve.
type Server struct {
	Account
	Addr    string // host:port
	Process *os.Process

	out  string
	log  testutil.Buffer
	done chan struct{} // closed when the process has ended
	err  error         // how it ended
}

// Options say how to start. The zero value is a server with default settings on
// a free port of 127.0.0.1.
type Options struct {
	Args []string // after "serve --json --listen 127.0.0.1:0"
	Env  []string // in addition to this process's own without KAHAO_...
	Dir  string   // working directory; empty is that of this process
	// Prefix is a command that execs its arguments, such as one that enters a
	// control group.
	Prefix []string
}

// startTimeout bounds the wait for the first line of output.
const startTimeout = time.Minute

// Start starts the binary and waits until it listens.
func Start(binary string, o Options) (*Server, error) {
	argv := append(append(append([]string{}, o.Prefix...), binary, "serve", "--json", "--listen", "127.0.0.1:0"), o.Args...)
	c := exec.Command(argv[0], argv[1:]...)
	s := &Server{done: make(chan struct{})}
	c.Env, c.Dir, c.Stderr = append(environment(), o.Env...), o.Dir, &s.log
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	s.Process = c.Process
	first, read := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewReader(out)
		line, err := lines.ReadString('\n')
		if err == nil {
			at := struct {
				Listen string `json:"listen"`
				*Account
			}{Account: &s.Account}
			err = json.Unmarshal([]byte(line), &at)
			s.Addr = at.Listen
		}
		first <- err
		rest, _ := io.ReadAll(lines)
		s.out = line + string(rest)
	}()
	go func() {
		<-read // Wait closes the pipe
		s.err = c.Wait()
		close(s.done)
	}()
	select {
	case err = <-first:
	case <-time.After(startTimeout):
		err = errors.New("it printed nothing")
	}
	if err != nil {
		s.Kill()
		return nil, fmt.Errorf("kahao serve did not start: %w: %s", err, s.Log())
	}
	return s, nil
}

// Command returns the command "kahao args...", in the environment of a server.
func Command(ctx context.Context, kahao string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, kahao, args...)
	c.Env = environment()
	return c
}

// environment is this process's own for a server.
func environment() []string { return Environment(os.Environ()) }

// Environment is an environment without settings and the variables of tests, so
// that the defaults are tested.
func Environment(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(v string) bool { return strings.HasPrefix(v, "KAHAO_") })
}

// URL returns the URL of a path on the server.
func (s *Server) URL(path string) string { return "http://" + s.Addr + path }

// Endpoint returns the URL of POST /ocr/bankcard.
func (s *Server) Endpoint() string { return s.URL("/ocr/bankcard") }

// Log returns what the server has written to standard error. A request is
// logged after its reply: wait for its line, or for the server's end.
func (s *Server) Log() string { return s.log.String() }

// Out waits for the server's end and returns its standard output.
func (s *Server) Out() string {
	<-s.done
	return s.out
}

// Terminate sends SIGTERM.
func (s *Server) Terminate() error { return s.Process.Signal(syscall.SIGTERM) }

// Wait waits for the end of the process. It returns nil for exit code 0.
func (s *Server) Wait(timeout time.Duration) error {
	select {
	case <-s.done:
		return s.err
	case <-time.After(timeout):
		return fmt.Errorf("still running after %v", timeout)
	}
}

// Running reports whether the process has not ended.
func (s *Server) Running() bool {
	select {
	case <-s.done:
		return false
	default:
		return true
	}
}

// Stop shuts the server down gracefully and returns how it ended.
func (s *Server) Stop() error {
	if s.Running() {
		if err := s.Terminate(); err != nil {
			return err
		}
	}
	if err := s.Wait(30 * time.Second); err != nil {
		s.Kill()
		return fmt.Errorf("%w: %s", err, tail(s.Log()))
	}
	return nil
}

// Kill ends the process at once. It may be called after Stop.
func (s *Server) Kill() {
	_ = s.Process.Kill()
	<-s.done
}

func tail(text string) string {
	if len(text) > 2000 {
		text = text[len(text)-2000:]
	}
	return strings.TrimSpace(text)
}
