package httpserver

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Listener bounds the connections, in all and from one address (R15).
// One too many is closed at once: to wait with it would only move the queue
// to where nobody sees it.
type Listener struct {
	net.Listener
	most, mostPerIP int
	proxies         []netip.Prefix // speak for many, as this machine does

	draining atomic.Bool
	drained  time.Time // when that began

	mu      sync.Mutex
	total   int
	refused uint64
	perIP   map[netip.Addr]int
}

// Limit bounds the connections of a listener: in all, and from one address, or
// one /64 of IPv6, unless that is this machine's or a proxy's.
func Limit(l net.Listener, most, mostPerIP int, proxies []netip.Prefix) *Listener {
	return &Listener{Listener: l, most: most, mostPerIP: mostPerIP, proxies: proxies, perIP: map[netip.Addr]int{}}
}

// Count returns how many connections are open, and how many were refused.
func (l *Listener) Count() (open int, refused uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total, l.refused
}

// Accept returns the next connection that is within the bounds. After Drain it
// returns those that the system had taken by then, and then net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.accept()
		if err != nil {
			return nil, err
		}
		at := remote(conn.RemoteAddr())
		from := origin(at)
		// What comes from this machine is a proxy, too.
		if l.take(from, at.IsLoopback() || slices.ContainsFunc(l.proxies, func(p netip.Prefix) bool { return p.Contains(at) })) {
			return &limitedConn{Conn: conn, give: sync.OnceFunc(func() { l.give(from) })}, nil
		}
		_ = conn.Close()
	}
}

// longestDrain bounds the accepting of those who wait, for more may come as
// quickly.
const longestDrain = 2 * time.Second

func (l *Listener) accept() (net.Conn, error) {
	for {
		if l.draining.Load() {
			if !pending(l.Listener) || time.Since(l.drained) > longestDrain {
				return nil, errors.Join(net.ErrClosed, l.Listener.Close())
			}
			_ = l.deadline(time.Now().Add(time.Second)) // it may go again
		}
		conn, err := l.Listener.Accept()
		if err == nil || !l.draining.Load() || !errors.Is(err, os.ErrDeadlineExceeded) {
			return conn, err
		}
	}
}

// Drain ends the taking of connections without cutting any off. To the client
// a connection is there once the system has taken it, and closing a listener
// resets those that were not handed over yet. So no more of them are taken
// where the system can do that, those that wait are accepted, and Accept closes
// the listener when there are none left.
func (l *Listener) Drain() {
	_ = shrinkBacklog(l.Listener)
	l.drained = time.Now()
	l.draining.Store(true)
	if l.deadline(time.Unix(1, 0)) != nil { // wake Accept
		_ = l.Listener.Close()
	}
}

// deadline sets one for Accept, where the listener has such a thing.
func (l *Listener) deadline(t time.Time) error {
	d, ok := l.Listener.(interface{ SetDeadline(time.Time) error })
	if !ok {
		return errors.ErrUnsupported
	}
	return d.SetDeadline(t)
}

// take counts a connection of an address, or of one that speaks for many.
func (l *Listener) take(from netip.Addr, many bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total >= l.most || !many && l.perIP[from] >= l.mostPerIP {
		l.refused++
		return false
	}
	l.total++
	l.perIP[from]++
	return true
}

func (l *Listener) give(from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if l.perIP[from]--; l.perIP[from] == 0 {
		delete(l.perIP, from)
	}
}

// remote is the address of a connection's other end.
func remote(a net.Addr) netip.Addr {
	at, _ := netip.ParseAddrPort(a.String())
	return at.Addr().Unmap().WithZone("")
}

// origin is the address that a connection counts for: of IPv6 its /64, which
// is what one customer gets.
func origin(ip netip.Addr) netip.Addr {
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

// CloseWrite ends what is sent, where the connection can: net/http asks for it
// before it closes a connection of which it has not read everything, for a
// client whose connection is reset loses the reply.
func (c *limitedConn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}
