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

// Options narrow the policy of the package, which is that of the zero value. New
// refuses options that would widen it; only Permit does.
type Options struct {
	// AllowHosts are the hosts allowed at every hop: names, IP addresses, and
	// *.example.com for all names below example.com. Empty allows any public
	// host.
	AllowHosts []string
	// Ports is 80, 443 or both; empty means both.
	Ports []uint16
	// MaxRedirects is how many redirects are followed: 0 means 3, the maximum,
	// and a negative number none.
	MaxRedirects int
	// MaxBytes bounds an image: 0 means 10 MiB, the maximum.
	MaxBytes int64
	// Timeout bounds a fetch with all its hops: 0 means 10 s, the maximum.
	Timeout time.Duration
	// ConnectTimeout bounds DNS resolution and connecting, at every hop. It is
	// also the time after which a failure to connect is reported: 0 means 3 s.
	// At most Timeout.
	ConnectTimeout time.Duration
	// Permit are non-public addresses that may be connected to, each only on
	// its port, such as an operator's own image store. They widen the policy
	// for every client. AllowHosts applies all the same.
	Permit []netip.AddrPort
	// Refuse are public networks that are not connected to, such as a prefix
	// of this network's own in which IPv4 addresses are embedded: 6RD (RFC 5969)
	// and NAT64 with a prefix of its own (RFC 6052) look like any other address.
	// Permit goes before it.
	Refuse []netip.Prefix
	// RootCAs verify the servers; nil means the system's.
	RootCAs *x509.CertPool
}

// Defaults and maxima.
const (
	maxRedirects   = 3
	maxBytes       = 10 << 20
	maxTimeout     = 10 * time.Second
	connectTimeout = 3 * time.Second

	// maxHead bounds the header of a response.
	maxHead = 32 << 10
	// grace is added to ConnectTimeout, so that failures that use all of it and
	// those that use none are reported by the same timer.
	grace = 20 * time.Millisecond
)

// Fetcher downloads images. It is safe for concurrent use.
type Fetcher struct {
	ports          []uint16         // of public addresses
	permit         []netip.AddrPort // need not be public
	refuse         []netip.Prefix
	lists          []hostList // a host must be on each
	maxRedirects   int
	maxBytes       int64
	timeout        time.Duration
	connectTimeout time.Duration
	roots          *x509.CertPool

	test testHooks
}

// testHooks replace the outside world in tests of this package. New leaves them
// empty, and nothing exported sets them.
type testHooks struct {
	resolver   *net.Resolver
	connecting func(netip.AddrPort) // called before every connection
	noDelay    bool                 // report failures to connect at once
	dial       func(ctx context.Context, network, address string) (net.Conn, error)
}

// New returns a Fetcher, or all mistakes in the options.
func New(o Options) (*Fetcher, error) {
	f := &Fetcher{
		ports: slices.Clone(o.Ports), maxRedirects: o.MaxRedirects, maxBytes: o.MaxBytes,
		timeout: o.Timeout, connectTimeout: o.ConnectTimeout, roots: o.RootCAs,
	}
	var errs []error
	list, err := newHostList(o.AllowHosts)
	if err != nil {
		errs = append(errs, err)
	}
	f.lists = []hostList{list}
	if len(f.ports) == 0 {
		f.ports = []uint16{80, 443}
	}
	for _, port := range f.ports {
		if port != 80 && port != 443 {
			errs = append(errs, fmt.Errorf("fetch: port %d: only 80 and 443 are allowed", port))
		}
	}
	switch {
	case f.maxRedirects == 0:
		f.maxRedirects = maxRedirects
	case f.maxRedirects < 0:
		f.maxRedirects = 0
	}
	setDefault(&f.maxBytes, maxBytes)
	setDefault(&f.timeout, maxTimeout)
	setDefault(&f.connectTimeout, min(connectTimeout, f.timeout))
	for _, at := range o.Permit {
		if !at.IsValid() || at.Port() == 0 || at.Addr().IsUnspecified() || at.Addr().IsMulticast() || at.Addr().Zone() != "" {
			errs = append(errs, fmt.Errorf("fetch: %v is not the address and port of a server", at))
		}
		f.permit = append(f.permit, netip.AddrPortFrom(at.Addr().Unmap(), at.Port()))
	}
	for _, block := range o.Refuse {
		if !block.IsValid() || block.Addr().Is4In6() {
			errs = append(errs, fmt.Errorf("fetch: %v is not a network", block))
		}
		f.refuse = append(f.refuse, block.Masked())
	}
	if f.maxRedirects > maxRedirects {
		errs = append(errs, fmt.Errorf("fetch: %d redirects: the maximum is %d", f.maxRedirects, maxRedirects))
	}
	if f.maxBytes < 0 || f.maxBytes > maxBytes {
		errs = append(errs, fmt.Errorf("fetch: %d bytes: the maximum is %d", f.maxBytes, maxBytes))
	}
	if f.timeout < 0 || f.timeout > maxTimeout {
		errs = append(errs, fmt.Errorf("fetch: timeout of %v: the maximum is %v", f.timeout, maxTimeout))
	}
	if f.connectTimeout < 0 || f.connectTimeout > f.timeout {
		errs = append(errs, fmt.Errorf("fetch: connect timeout of %v: the maximum is the timeout of %v", f.connectTimeout, f.timeout))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return f, nil
}

func setDefault[T int64 | time.Duration](value *T, def T) {
	if *value == 0 {
		*value = def
	}
}

// Within returns a Fetcher that is also restricted to hosts, such as those of an
// account. Entries are as in Options.AllowHosts; an empty list restricts
// nothing.
func (f *Fetcher) Within(hosts []string) (*Fetcher, error) {
	list, err := newHostList(hosts)
	if err != nil {
		return nil, err
	}
	narrower := *f
	narrower.lists = append(slices.Clone(f.lists), list)
	return &narrower, nil
}

// urlPorts are the ports that a URL may have.
func (f *Fetcher) urlPorts() []uint16 {
	ports := slices.Clone(f.ports)
	for _, at := range f.permit {
		ports = append(ports, at.Port())
	}
	return ports
}

// Fetch returns the content of a URL, which is http or https. Every error is an
// *Error of one Kind.
func (f *Fetcher) Fetch(ctx context.Context, rawURL string) ([]byte, error) {
	return f.FetchUpTo(ctx, rawURL, f.maxBytes)
}

// FetchUpTo is Fetch for at most limit bytes, if that is less than
// Options.MaxBytes.
func (f *Fetcher) FetchUpTo(ctx context.Context, rawURL string, limit int64) ([]byte, error) {
	u, ok := parse(rawURL, f.urlPorts())
	if !ok {
		return nil, &Error{Kind: BadURL, Reason: Syntax}
	}
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	r := &request{Fetcher: f, ctx: ctx}
	body, failure := r.get(u, min(max(limit, 0), f.maxBytes))
	if failure == nil {
		return body, nil
	}
	if failure.Kind == Unreachable && !f.test.noDelay {
		timer := time.NewTimer(time.Until(r.until.Add(grace)))
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
