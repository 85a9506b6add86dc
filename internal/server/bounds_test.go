package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A header over 48 kB is refused, one under it is not: API 3.0 allows queries of
// 32 KiB.
func TestHeaderSize(t *testing.T) {
	r := start(t, &fakeReader{}, nil)
	for size, want := range map[int]string{46 << 10: "404", 50 << 10: "431"} {
		conn, err := net.Dial("tcp", r.Addr().String())
		if err != nil {
			t.Fatalf("net.Dial: %v", err)
		}
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", strings.Repeat("x", size))
		line, err := bufio.NewReader(conn).ReadString('\n')
		if !strings.Contains(line, want) {
			t.Errorf("%d bytes: %q, %v", size, line, err)
		}
		conn.Close()
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	r := start(t, &fakeReader{}, func(c *Config) { c.MaxConnections = 3; c.MaxConnectionsPerIP = 1 })
	ask := func(conn net.Conn) error {
		fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", r.Addr().String())
		if err != nil {
			t.Fatalf("net.Dial: %v", err)
		}
		return conn
	}
	var conns []net.Conn
	for range 3 {
		c := dial()
		defer c.Close()
		if err := ask(c); err != nil {
			t.Fatalf("ask: %v", err)
		}
		conns = append(conns, c)
	}
	more := dial()
	defer more.Close()
	if err := ask(more); err == nil {
		t.Error("a fourth connection is served")
	}
	conns[0].Close()
	for { // its place is free once the server has seen it
		c := dial()
		err := ask(c)
		c.Close()
		if err == nil {
			break
		}
	}
}

// A connection that was there before the server stopped gets its answer, even
// where its request comes after; none is closed without one.
func TestStopAnswersWhoIsConnected(t *testing.T) {
	reader := &fakeReader{}
	r := start(t, reader, nil)
	var waiting, asked []net.Conn
	for i := range 20 {
		conn, err := net.Dial("tcp", r.Addr().String())
		if err != nil {
			t.Fatalf("net.Dial: %v", err)
		}
		defer conn.Close()
		if i%2 == 0 {
			fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			asked = append(asked, conn)
		} else {
			waiting = append(waiting, conn)
		}
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	for !r.draining.Load() {
		time.Sleep(time.Millisecond)
	}
	for _, conn := range waiting {
		fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	}
	for _, conn := range append(asked, waiting...) {
		if text, _ := io.ReadAll(conn); !strings.HasPrefix(string(text), "HTTP/1.1 200") {
			t.Errorf("%q", text)
		}
	}
	if err := <-stopped; err != nil {
		t.Errorf("result from stopped: %v", err)
	}
}
