package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
)

// request is one fetch with all its hops. It has its own transport, so that no
// connection outlives the decision that allowed it.
type request struct {
	*Fetcher
	ctx       context.Context
	until     time.Time   // deadline of the current hop for its connection
	connected atomic.Bool // the current hop has a connection
	reason    atomic.Pointer[Reason]
}

var (
	errNotPublic = errors.New("fetch: not a public address")
	errRefused   = errors.New("fetch: redirect refused")
	errRedirects = errors.New("fetch: too many redirects")
)

func (r *request) get(u *url.URL, limit int64) ([]byte, *Error) {
	r.startHop()
	if !r.listed(u) {
		return nil, &Error{Kind: Unreachable, Reason: NotListed}
	}
	transport := r.transport()
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: r.redirect}

	get := (&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{
		"Accept":          {"image/*"},
		"Accept-Encoding": {"identity"},
		"User-Agent":      {"kahao"},
	}}).WithContext(r.ctx)
	response, err := client.Do(get)
	if err != nil {
		return nil, r.failure(err)
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode != http.StatusOK:
		return nil, &Error{Kind: BadStatus, Reason: Status, Status: response.StatusCode}
	case !identity(response.Header):
		return nil, &Error{Kind: Failed, Reason: Encoding}
	case response.ContentLength > limit:
		return nil, &Error{Kind: TooLarge, Reason: Size}
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	switch {
	case int64(len(body)) > limit:
		return nil, &Error{Kind: TooLarge, Reason: Size}
	case err != nil:
		return nil, r.failure(err)
	}
	return body, nil
}

func (r *request) transport() *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // a proxy would be the only address checked
		DialContext:            r.dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: r.roots},
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHead,
		// Not nil, which means HTTP/1.1 only.
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
}

func identity(head http.Header) bool {
	return !slices.ContainsFunc(head.Values("Content-Encoding"), func(v string) bool { return v != "" && v != "identity" })
}

// startHop resets the state for the next hop.
func (r *request) startHop() {
	r.connected.Store(false)
	r.until = time.Now().Add(r.connectTimeout)
	if end, ok := r.ctx.Deadline(); ok && end.Before(r.until) {
		r.until = end
	}
}

func (r *request) listed(u *url.URL) bool {
	return !slices.ContainsFunc(r.lists, func(l hostList) bool { return !l.allows(u.Hostname()) })
}

// redirect checks the URL of a later hop like that of the first. The client sees
// a refusal as an unreachable server, like one of the dialer.
func (r *request) redirect(next *http.Request, before []*http.Request) error {
	if len(before) > r.maxRedirects {
		return errRedirects
	}
	next.Header.Del("Referer") // the first URL may be the client's secret
	r.startHop()
	switch {
	case !normalize(next.URL, r.urlPorts()):
		return r.fail(BadRedirect, errRefused)
	case !r.listed(next.URL):
		return r.fail(NotListed, errRefused)
	}
	next.Host = ""
	return nil
}

func (r *request) fail(reason Reason, err error) error {
	r.reason.Store(&reason)
	return err
}

// dial connects to an address. Its context is that of the fetch, because that
// of the transport outlives it.
func (r *request) dial(_ context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithDeadline(r.ctx, r.until)
	defer cancel()
	dial := r.test.dial
	if dial == nil {
		dial = (&net.Dialer{Resolver: r.resolver(), Control: r.control, KeepAlive: -1}).DialContext
	}
	conn, err := dial(ctx, network, address)
	var name *net.DNSError
	switch {
	case err == nil:
		r.connected.Store(true)
		return conn, nil
	case errors.Is(err, errNotPublic):
		return nil, r.fail(NotPublic, err)
	case errors.As(err, &name):
		return nil, r.fail(NoName, err)
	}
	return nil, r.fail(NoConnect, err)
}

// resolver is Go's own: the C library takes 0x7f.1 for an address.
func (r *request) resolver() *net.Resolver {
	if r.test.resolver != nil {
		return r.test.resolver
	}
	return &net.Resolver{PreferGo: true}
}

// control decides whether an address may be connected to. It runs after the
// socket is created and before it is connected, on the address of that
// connection.
func (r *request) control(network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return errNotPublic
	}
	if !slices.Contains(r.permit, to) && (!public(to.Addr()) || within(r.refuse, to.Addr()) || !slices.Contains(r.ports, to.Port())) {
		return errNotPublic
	}
	if r.test.connecting != nil {
		r.test.connecting(to)
	}
	return nil
}

// failure classifies the error of a hop.
func (r *request) failure(err error) *Error {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case !r.connected.Load():
		reason := NoConnect
		if known := r.reason.Load(); known != nil {
			reason = *known
		}
		return &Error{Kind: Unreachable, Reason: reason}
	case r.ctx.Err() != nil:
		return &Error{Kind: Timeout, Reason: Slow}
	case errors.Is(err, errRedirects):
		return &Error{Kind: Failed, Reason: Redirects}
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert):
		return &Error{Kind: Failed, Reason: TLS}
	}
	return &Error{Kind: Failed, Reason: Broken}
}
