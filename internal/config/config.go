// Package config holds the settings of the server: their defaults, and the
// checks that refuse a dangerous or senseless one at the start, all at once,
// each by the name that the operator knows.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Server is what an operator can set. Begin with Defaults.
type Server struct {
	// Listen is the address: host and port, where port 0 takes a free one.
	Listen string
	// Data is the folder that keeps the demo account from one start to the
	// next. Empty keeps nothing: the account ends with the process.
	Data string
	// Insecure allows plain HTTP on an address that others can reach.
	Insecure bool

	// HTTPStatus is "200" for status 200 with every JSON code, or "2017" for
	// the statuses of the 2017 documentation.
	HTTPStatus string
	// Strict sends only the codes that the vendor publishes.
	Strict bool
	// ConcealKeys does not disclose which keys exist.
	ConcealKeys bool

	// Workers is how many cards are read at once; 0 means one a processor.
	Workers int
	// Queue is how many requests wait besides those being read; more are
	// turned away. 0 means eight a worker.
	Queue int

	MaxConnections      int // in all
	MaxConnectionsPerIP int // from one address, or /64 of IPv6; loopback excepted

	// ReadTimeout bounds the wait for a worker and the reading of one card.
	ReadTimeout time.Duration
	// Drain is how long the server goes on saying that it is about to stop,
	// before it takes no more connections.
	Drain time.Duration
	// Stop bounds the whole of stopping.
	Stop time.Duration
}

// Defaults are the settings of a server that only its own machine can reach.
// The figures are those of spec/reliability.md, R15 and R20.
func Defaults() Server {
	return Server{
		Listen:              "127.0.0.1:8080",
		HTTPStatus:          "200",
		MaxConnections:      2048,
		MaxConnectionsPerIP: 64,
		ReadTimeout:         20 * time.Second,
		Drain:               500 * time.Millisecond,
		Stop:                20 * time.Second,
	}
}

// Validate reports every setting that cannot be used, by its name on the
// command line.
func (s Server) Validate() error {
	var errs []error
	bad := func(flag, format string, args ...any) {
		errs = append(errs, fmt.Errorf("--%s: %s", flag, fmt.Sprintf(format, args...)))
	}
	if host, port, err := net.SplitHostPort(s.Listen); err != nil {
		bad("listen", "%q is not host:port", s.Listen)
	} else {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n > 65535 {
			bad("listen", "%q is not a port number", port)
		}
		if !s.Insecure && !loopback(host) {
			bad("listen", "%q can be reached from other machines, and this is plain HTTP: put a TLS proxy in front of a loopback address, or give --insecure", s.Listen)
		}
	}
	if s.HTTPStatus != "200" && s.HTTPStatus != "2017" {
		bad("http-status", "%q is neither 200 nor 2017", s.HTTPStatus)
	}
	for _, n := range []struct {
		flag        string
		value, most int
	}{{"workers", s.Workers, 1024}, {"queue", s.Queue, 100_000}} {
		if n.value < 0 || n.value > n.most {
			bad(n.flag, "%d is not between 0 and %d", n.value, n.most)
		}
	}
	for _, n := range []struct {
		flag  string
		value int
	}{{"max-connections", s.MaxConnections}, {"max-connections-per-ip", s.MaxConnectionsPerIP}} {
		if n.value < 1 {
			bad(n.flag, "%d is less than 1", n.value)
		}
	}
	if s.ReadTimeout <= 0 || s.ReadTimeout > time.Minute {
		bad("read-timeout", "%v is not between 0 and 1m", s.ReadTimeout)
	}
	if s.Drain < 0 || s.Stop <= 0 || s.Drain >= s.Stop {
		bad("drain", "%v and --stop %v: stopping must take longer than draining", s.Drain, s.Stop)
	}
	return errors.Join(errs...)
}

// Resolved fills in the settings that depend on the machine.
func (s Server) Resolved() Server {
	if s.Workers == 0 {
		s.Workers = runtime.GOMAXPROCS(0)
	}
	if s.Queue == 0 {
		s.Queue = 8 * s.Workers
	}
	return s
}

// loopback reports whether a host is this machine's own for certain. A name
// other than localhost may lead anywhere, and no name at all is every
// address.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
