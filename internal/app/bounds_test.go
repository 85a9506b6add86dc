package app

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

// A header over 32 kB is refused, one under it is not.
func TestHeaderSize(t *testing.T) {
	r := start(t, &fakeReader{}, nil)
	for size, want := range map[int]string{30 << 10: "404", 34 << 10: "431"} {
		conn, err := net.Dial("tcp", r.Addr().String())
		if err != nil {
			t.Fatal(err)
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
			t.Fatal(err)
		}
		return conn
	}
	var conns []net.Conn
	for range 3 {
		c := dial()
		defer c.Close()
		if err := ask(c); err != nil {
			t.Fatal(err)
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
