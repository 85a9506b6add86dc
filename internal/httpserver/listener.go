package httpserver

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Listener bounds the connections, in total and per client. A connection beyond
// the bounds is closed at once: keeping it would only move the queue to a place
// that no metric shows.
type Listener struct {
	net.Listener
	max, maxPerIP int
	proxies       []netip.Prefix // exempt from maxPerIP, as is this machine

	draining   atomic.Bool
	drainStart time.Time

	mu      sync.Mutex
	total   int
	refused uint64
	perIP   map[netip.Addr]int
}

// Limit bounds the connections of a listener: in total, and per ClientNetwork
// except for this machine and the proxies.
func Limit(l net.Listener, maxTotal, maxPerIP int, proxies []netip.Prefix) *Listener {
	return &Listener{Listener: l, max: maxTotal, maxPerIP: maxPerIP, proxies: proxies, perIP: map[netip.Addr]int{}}
}

// Count returns how many connections are open, and how many were refused.
func (l *Listener) Count() (open int, refused uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total, l.refused
}

// Accept returns the next connection that is within the bounds. After Drain it
// returns those that are in the system's backlog, and then net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.accept()
		if err != nil {
			return nil, err
		}
		addr := ParseRemoteAddr(conn.RemoteAddr().String())
		client := ClientNetwork(addr)
		if l.acquire(client, addr.IsLoopback() || containedIn(l.proxies, addr)) {
			return &limitedConn{Conn: conn, release: sync.OnceFunc(func() { l.release(client) })}, nil
		}
		_ = conn.Close()
	}
}

// maxDrain bounds how long Accept empties the backlog, which may fill as fast.
const maxDrain = 2 * time.Second

func (l *Listener) accept() (net.Conn, error) {
	for {
		if l.draining.Load() {
			if !pending(l.Listener) || time.Since(l.drainStart) > maxDrain {
				return nil, errors.Join(net.ErrClosed, l.Listener.Close())
			}
			_ = l.setDeadline(time.Now().Add(time.Second)) // the client may have gone
		}
		conn, err := l.Listener.Accept()
		if err == nil || !l.draining.Load() || !errors.Is(err, os.ErrDeadlineExceeded) {
			return conn, err
		}
	}
}

// Drain stops accepting without resetting any connection. For a client a
// connection exists once the system has accepted it, and closing a listener
// resets those in the backlog. So the backlog is shrunk, if the system can do
// that, what is in it is accepted, and then Accept closes the listener.
func (l *Listener) Drain() {
	_ = shrinkBacklog(l.Listener)
	l.drainStart = time.Now()
	l.draining.Store(true)
	if l.setDeadline(time.Unix(1, 0)) != nil { // wake Accept
		_ = l.Listener.Close()
	}
}

// setDeadline sets the deadline of Accept, or returns ErrUnsupported.
func (l *Listener) setDeadline(t time.Time) error {
	d, ok := l.Listener.(interface{ SetDeadline(time.Time) error })
	if !ok {
		return errors.ErrUnsupported
	}
	return d.SetDeadline(t)
}

// acquire counts a connection, or reports false. shared marks an address that
// many clients use.
func (l *Listener) acquire(client netip.Addr, shared bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total >= l.max || !shared && l.perIP[client] >= l.maxPerIP {
		l.refused++
		return false
	}
	l.total++
	l.perIP[client]++
	return true
}

func (l *Listener) release(client netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if l.perIP[client]--; l.perIP[client] == 0 {
		delete(l.perIP, client)
	}
}

// limitedConn is counted until it is closed.
type limitedConn struct {
	net.Conn
	release func()
}

// Close closes the connection. It may be called again.
func (c *limitedConn) Close() error {
	c.release()
	return c.Conn.Close()
}

// CloseWrite closes the sending direction, if the connection can. net/http uses
// it before it closes a connection with unread data: a reset would make the
// client lose the reply.
func (c *limitedConn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}
