package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

// Options are the bounds of a Fetcher. The zero value is the policy of the
// package's comment; they narrow it, and New refuses what would widen it, but
// for Permit.
type Options struct {
	// AllowHosts are the hosts that may be named, at every hop: names, IP
	// addresses, and *.example.com for all names below example.com. Empty
	// means any public host.
	AllowHosts []string
	// Ports is 80, 443 or both; empty means both.
	Ports []uint16
	// MaxRedirects is how many redirects are followed: 0 means 3, which is the
	// most, and a negative number none.
	MaxRedirects int
	// MaxBytes bounds a picture: 0 means 10 MiB, which is the most.
	MaxBytes int64
	// Timeout bounds a fetch with all its hops: 0 means 10 s, which is the
	// most.
	Timeout time.Duration
	// ConnectTimeout bounds the search for a server and the connection to it,
	// at every hop, and is also the time after which a failure to connect is
	// told (R13): 0 means 3 s. At most Timeout.
	ConnectTimeout time.Duration
	// Permit are addresses that may be connected to although they are not
	// public, each on its port alone: an operator's own store of pictures. They
	// widen the policy, whoever names them: what answers there must not mind
	// being asked by every client. Hosts must be allowed all the same.
	Permit []netip.AddrPort
	// RootCAs verify the servers; nil means the system's.
	RootCAs *x509.CertPool
}

// The bounds that hold unless narrower ones are given.
const (
	maxRedirects   = 3
	maxBytes       = 10 << 20
	maxTimeout     = 10 * time.Second
	connectTimeout = 3 * time.Second

	// maxHead bounds the head of an answer, as in R15.
	maxHead = 32 << 10
	// grace is given on top of the time to connect, so that the failure that
	// takes all of it and the one that takes none are told by the same timer.
	grace = 20 * time.Millisecond
)

// A Fetcher fetches pictures. It is safe for concurrent use.
type Fetcher struct {
	ports          []uint16         // of public addresses
	permit         []netip.AddrPort // which need not be public
	lists          []hostList       // a host must be on all
	maxRedirects   int
	maxBytes       int64
	timeout        time.Duration
	connectTimeout time.Duration
	roots          *x509.CertPool

	test seam
}

// seam is what tests of this package put in place of the world. New leaves it
// empty, and nothing exported reaches it.
type seam struct {
	resolver   *net.Resolver
	connecting func(netip.AddrPort) // told of every address that is about to be connected to
	hurry      bool                 // failures to connect are told at once
	dial       func(ctx context.Context, network, address string) (net.Conn, error)
}

// New returns a Fetcher, or all that is wrong with the options.
func New(o Options) (*Fetcher, error) {
	f := &Fetcher{
		ports: slices.Clone(o.Ports), maxRedirects: o.MaxRedirects, maxBytes: o.MaxBytes,
		timeout: o.Timeout, connectTimeout: o.ConnectTimeout, roots: o.RootCAs,
	}
	var wrong []error
	list, err := newHostList(o.AllowHosts)
	if err != nil {
		wrong = append(wrong, err)
	}
	f.lists = []hostList{list}
	if len(f.ports) == 0 {
		f.ports = []uint16{80, 443}
	}
	for _, port := range f.ports {
		if port != 80 && port != 443 {
			wrong = append(wrong, fmt.Errorf("fetch: port %d: only 80 and 443 are fetched from", port))
		}
	}
	switch {
	case f.maxRedirects == 0:
		f.maxRedirects = maxRedirects
	case f.maxRedirects < 0:
		f.maxRedirects = 0
	}
	fill(&f.maxBytes, maxBytes)
	fill(&f.timeout, maxTimeout)
	fill(&f.connectTimeout, min(connectTimeout, f.timeout))
	for _, at := range o.Permit {
		if !at.IsValid() || at.Port() == 0 || at.Addr().IsUnspecified() || at.Addr().IsMulticast() || at.Addr().Zone() != "" {
			wrong = append(wrong, fmt.Errorf("fetch: %v is not the address and port of one server", at))
		}
		f.permit = append(f.permit, netip.AddrPortFrom(at.Addr().Unmap(), at.Port()))
	}
	if f.maxRedirects > maxRedirects {
		wrong = append(wrong, fmt.Errorf("fetch: %d redirects: the most is %d", f.maxRedirects, maxRedirects))
	}
	if f.maxBytes < 0 || f.maxBytes > maxBytes {
		wrong = append(wrong, fmt.Errorf("fetch: %d bytes: the most is %d", f.maxBytes, maxBytes))
	}
	if f.timeout < 0 || f.timeout > maxTimeout {
		wrong = append(wrong, fmt.Errorf("fetch: timeout of %v: the most is %v", f.timeout, maxTimeout))
	}
	if f.connectTimeout < 0 || f.connectTimeout > f.timeout {
		wrong = append(wrong, fmt.Errorf("fetch: connect timeout of %v: the most is the timeout of %v", f.connectTimeout, f.timeout))
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return f, nil
}

func fill[T int64 | time.Duration](value *T, standard T) {
	if *value == 0 {
		*value = standard
	}
}

// Within returns a Fetcher that fetches only what f does and the list allows
// too, as for one account. Entries are those of Options.AllowHosts, and the
// empty list takes nothing away.
func (f *Fetcher) Within(hosts []string) (*Fetcher, error) {
	list, err := newHostList(hosts)
	if err != nil {
		return nil, err
	}
	narrower := *f
	narrower.lists = append(slices.Clone(f.lists), list)
	return &narrower, nil
}

// namable are the ports that an address may have by its text alone.
func (f *Fetcher) namable() []uint16 {
	ports := slices.Clone(f.ports)
	for _, at := range f.permit {
		ports = append(ports, at.Port())
	}
	return ports
}

// Fetch returns the bytes at the address, which is http or https. Every error
// is an *Error of one Kind.
func (f *Fetcher) Fetch(ctx context.Context, address string) ([]byte, error) {
	return f.FetchUpTo(ctx, address, f.maxBytes)
}

// FetchUpTo is Fetch for at most limit bytes, where that is less than
// Options.MaxBytes.
func (f *Fetcher) FetchUpTo(ctx context.Context, address string, limit int64) ([]byte, error) {
	u, ok := parse(address, f.namable())
	if !ok {
		return nil, &Error{Kind: BadURL, Reason: Syntax}
	}
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	j := &journey{Fetcher: f, ctx: ctx}
	body, failure := j.get(u, min(max(limit, 0), f.maxBytes))
	if failure == nil {
		return body, nil
	}
	if failure.Kind == Unreachable && !f.test.hurry {
		timer := time.NewTimer(time.Until(j.until.Add(grace)))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-caller.Done():
		}
	}
	if errors.Is(caller.Err(), context.Canceled) {
		return nil, &Error{Kind: Canceled, Reason: GaveUp}
	}
	return nil, failure
}

// FetchFrom is FetchUpTo from the given hosts alone; no hosts means all that
// the options allow. It returns an error that is no Kind if a host is invalid.
func (f *Fetcher) FetchFrom(ctx context.Context, hosts []string, url string, limit int64) ([]byte, error) {
	if len(hosts) > 0 {
		var err error
		if f, err = f.Within(hosts); err != nil {
			return nil, err
		}
	}
	return f.FetchUpTo(ctx, url, limit)
}
