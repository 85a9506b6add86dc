package httpserver

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"testing"
)

func TestConnectionsPerAddress(t *testing.T) {
	l := Limit(nil, 5, 2, nil)
	a, b := netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2")
	self := netip.MustParseAddr("127.0.0.1")
	for i, c := range []struct {
		from netip.Addr
		want bool
	}{{a, true}, {a, true}, {a, false}, {b, true}, {self, true}, {self, true}, {self, false}, {b, false}} {
		if got := l.acquire(c.from, c.from == self); got != c.want {
			t.Errorf("connection %d, from %v: accepted = %v, want %v", i, c.from, got, c.want)
		}
	}
	l.release(a)
	for _, want := range []bool{true, false} {
		if got := l.acquire(a, false); got != want {
			t.Errorf("after one connection was closed: accepted = %v, want %v", got, want)
		}
	}
	for _, from := range []netip.Addr{a, a, b, self, self} {
		l.release(from)
	}
	if l.total != 0 || len(l.perIP) != 0 {
		t.Errorf("%d connections are counted in total and %v per client, want none", l.total, l.perIP)
	}
}

func TestClientNetwork(t *testing.T) {
	for in, want := range map[string]string{
		"198.51.100.1:80": "198.51.100.1", "[::ffff:198.51.100.1]:80": "198.51.100.1", "[::1]:80": "::1",
		"[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::", "[fe80::1%eth0]:80": "fe80::",
	} {
		if got := ClientNetwork(ParseRemoteAddr(in)).String(); got != want {
			t.Errorf("ClientNetwork of %s = %s, want %s", in, got, want)
		}
	}
}

// A limited connection can close its sending direction.
func TestCloseWrite(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("setting up the test: %v", err)
	}
	l := Limit(tcp, 1, 1, nil)
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatalf("setting up the test: %v", err)
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatalf("setting up the test: %v", err)
	}
	if err := server.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatalf("CloseWrite: %v", err)
	}
	if text, err := io.ReadAll(client); err != nil || len(text) > 0 {
		t.Errorf("the client reads %q, %v; want the end", text, err)
	}
	fmt.Fprint(client, "received")
	client.Close()
	if text, err := io.ReadAll(server); err != nil || string(text) != "received" {
		t.Errorf("the server reads %q, %v; want \"received\"", text, err)
	}
	for range 2 {
		server.Close()
	}
	if open, refused := l.Count(); open != 0 || refused != 0 {
		t.Errorf("Count() = %d, %d; want 0, 0", open, refused)
	}
}

// Drain serves the clients that are connected and refuses later ones.
func TestDrain(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not tell whether a connection is waiting")
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("setting up the test: %v", err)
	}
	l := Limit(tcp, 100, 100, nil)
	var clients []net.Conn
	for range 20 { // they stay in the backlog
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatalf("setting up the test: %v", err)
		}
		defer c.Close()
		clients = append(clients, c)
	}
	l.Drain()
	for range clients {
		c, err := l.Accept()
		if err != nil {
			t.Fatalf("setting up the test: %v", err)
		}
		fmt.Fprint(c, "served")
		c.Close()
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after the last = %v, want net.ErrClosed", err)
	}
	for _, c := range clients {
		if text, err := io.ReadAll(c); err != nil || string(text) != "served" {
			t.Errorf("a client reads %q, %v; want \"served\"", text, err)
		}
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("a connection was accepted after the drain")
	}
	if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Errorf("Close after the drain: %v", err)
	}
}

// Drain wakes an Accept that waits.
func TestDrainWakes(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("setting up the test: %v", err)
	}
	l := Limit(tcp, 1, 1, nil)
	ended := make(chan error)
	go func() { _, err := l.Accept(); ended <- err }()
	l.Drain()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept = %v, want net.ErrClosed", err)
	}
}
