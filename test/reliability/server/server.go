// Package server starts the real kahao binary as a process of its own, the way
// an operator does, and stops it. The bars of test/reliability and the
// tests of published clients look at kahao from out here alone.
package server

import (
	"bufio"
	"bytes"
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
	"sync"
	"syscall"
	"time"
)

// Build compiles ./cmd/kahao of the module at root into dir, as a release is
// built, with flags of the compiler besides, and returns the binary's name.
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

// Account is the demo account that the server prints at its start.
type Account struct {
	AppID     string `json:"appid"`
	Bucket    string `json:"bucket"`
	SecretID  string `json:"secret_id"`
	SecretKey string `json:"secret_key"`
}

// Server is a running kahao serve.
type Server struct {
	Account
	Addr    string // host:port
	Process *os.Process

	out  string
	log  log
	done chan struct{} // closed once the process is gone
	err  error         // how it ended
}

// Options say how to start. The zero value is a server on a free port of
// 127.0.0.1 with the default settings.
type Options struct {
	Args []string // after "serve --json --listen 127.0.0.1:0"
	Env  []string // beside this process's own, of which KAHAO_... is left out
	Dir  string   // its working folder; empty is this process's
	// Prefix is a command that starts the server's, such as one that enters a
	// control group: it must exec what follows.
	Prefix []string
}

// startTimeout bounds the wait for the first line.
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
		err = errors.New("it said nothing")
	}
	if err != nil {
		s.Kill()
		return nil, fmt.Errorf("kahao serve did not start: %w: %s", err, s.Log())
	}
	return s, nil
}

// environment is this process's own without the server's settings: it is
// judged as it is by default.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "KAHAO_") })
}

// URL is the address of a path on the server.
func (s *Server) URL(path string) string { return "http://" + s.Addr + path }

// Endpoint is the address of POST /ocr/bankcard.
func (s *Server) Endpoint() string { return s.URL("/ocr/bankcard") }

// Log returns what the server wrote to standard error so far. A request's line
// comes after its reply: wait for the line itself, or for the server's end.
func (s *Server) Log() string { return s.log.String() }

// Out returns what the server printed, once it has ended.
func (s *Server) Out() string {
	<-s.done
	return s.out
}

// Terminate asks the server to stop in order.
func (s *Server) Terminate() error { return s.Process.Signal(syscall.SIGTERM) }

// Wait returns how the process ended: nil for exit code 0.
func (s *Server) Wait(timeout time.Duration) error {
	select {
	case <-s.done:
		return s.err
	case <-time.After(timeout):
		return fmt.Errorf("still there after %v", timeout)
	}
}

// Running reports whether the process is there.
func (s *Server) Running() bool {
	select {
	case <-s.done:
		return false
	default:
		return true
	}
}

// Stop stops the server in order and returns how it ended.
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

// Kill ends the process at once. It may follow Stop.
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

// log is what a process wrote, readable while it writes.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write is io.Writer's.
func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
