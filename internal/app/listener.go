package app

import (
	"net"
	"net/netip"
	"sync"
)

// limitedListener bounds the connections, in all and from one address (R15).
// One too many is closed at once: to wait with it would only move the queue
// to where nobody sees it.
type limitedListener struct {
	net.Listener
	most, mostPerIP int

	mu    sync.Mutex
	total int
	perIP map[netip.Addr]int
}

func newLimitedListener(l net.Listener, most, mostPerIP int) *limitedListener {
	return &limitedListener{Listener: l, most: most, mostPerIP: mostPerIP, perIP: map[netip.Addr]int{}}
}

// Accept returns the next connection that is within the bounds.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := origin(conn.RemoteAddr())
		if l.take(from) {
			return &limitedConn{Conn: conn, give: sync.OnceFunc(func() { l.give(from) })}, nil
		}
		_ = conn.Close()
	}
}

func (l *limitedListener) take(from netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	// What comes from this machine is a proxy that speaks for many.
	if l.total >= l.most || !from.IsLoopback() && l.perIP[from] >= l.mostPerIP {
		return false
	}
	l.total++
	l.perIP[from]++
	return true
}

func (l *limitedListener) give(from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if l.perIP[from]--; l.perIP[from] == 0 {
		delete(l.perIP, from)
	}
}

// origin is the address that a connection counts for: of IPv6 its /64, which
// is what one customer gets.
func origin(a net.Addr) netip.Addr {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	ip := at.Addr().Unmap().WithZone("")
	if ip.Is6() && !ip.IsLoopback() {
		if p, err := ip.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return ip
}

// limitedConn gives its place back when it is closed.
type limitedConn struct {
	net.Conn
	give func()
}

// Close closes the connection, once or more.
func (c *limitedConn) Close() error {
	c.give()
	return c.Conn.Close()
}
