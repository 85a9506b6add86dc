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

// journey is one fetch with all its hops. It has its own transport, so that no
// connection outlives the decision that allowed it.
type journey struct {
	*Fetcher
	ctx       context.Context
	until     time.Time   // when the present hop must have its connection
	connected atomic.Bool // the present hop has it
	reason    atomic.Pointer[Reason]
}

var (
	errNotPublic = errors.New("fetch: not a public address")
	errRefused   = errors.New("fetch: redirect refused")
	errRedirects = errors.New("fetch: too many redirects")
)

func (j *journey) get(u *url.URL, limit int64) ([]byte, *Error) {
	j.embark()
	if !j.listed(u) {
		return nil, &Error{Kind: Unreachable, Reason: NotListed}
	}
	transport := j.transport()
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: j.redirect}

	request := (&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{
		"Accept":          {"image/*"},
		"Accept-Encoding": {"identity"},
		"User-Agent":      {"kahao"},
	}}).WithContext(j.ctx)
	answer, err := client.Do(request)
	if err != nil {
		return nil, j.failure(err)
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode != http.StatusOK:
		return nil, &Error{Kind: BadStatus, Reason: Status, Status: answer.StatusCode}
	case !identity(answer.Header):
		return nil, &Error{Kind: Failed, Reason: Encoding}
	case answer.ContentLength > limit:
		return nil, &Error{Kind: TooLarge, Reason: Size}
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	switch {
	case int64(len(body)) > limit:
		return nil, &Error{Kind: TooLarge, Reason: Size}
	case err != nil:
		return nil, j.failure(err)
	}
	return body, nil
}

func (j *journey) transport() *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // R11: a proxy would be the only address checked
		DialContext:            j.dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: j.roots},
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHead,
		// Not nil: HTTP/1.1 alone.
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
}

func identity(head http.Header) bool {
	return !slices.ContainsFunc(head.Values("Content-Encoding"), func(v string) bool { return v != "" && v != "identity" })
}

// embark begins a hop.
func (j *journey) embark() {
	j.connected.Store(false)
	j.until = time.Now().Add(j.connectTimeout)
	if end, ok := j.ctx.Deadline(); ok && end.Before(j.until) {
		j.until = end
	}
}

func (j *journey) listed(u *url.URL) bool {
	return !slices.ContainsFunc(j.lists, func(l hostList) bool { return !l.allows(u.Hostname()) })
}

// redirect checks the address of a hop after the first as that was checked. A
// refusal is told like one of the dialler: as a server out of reach.
func (j *journey) redirect(next *http.Request, before []*http.Request) error {
	if len(before) > j.maxRedirects {
		return errRedirects
	}
	next.Header.Del("Referer") // the first address may be a secret of the client's
	j.embark()
	switch {
	case !normalize(next.URL, j.namable()):
		return j.because(BadRedirect, errRefused)
	case !j.listed(next.URL):
		return j.because(NotListed, errRefused)
	}
	next.Host = ""
	return nil
}

func (j *journey) because(r Reason, err error) error {
	j.reason.Store(&r)
	return err
}

// dial connects to what the transport asks for. It ends with the journey, not
// with the transport's context, which outlives the request.
func (j *journey) dial(_ context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithDeadline(j.ctx, j.until)
	defer cancel()
	dial := j.test.dial
	if dial == nil {
		dial = (&net.Dialer{Resolver: j.resolver(), Control: j.control, KeepAlive: -1}).DialContext
	}
	conn, err := dial(ctx, network, address)
	var name *net.DNSError
	switch {
	case err == nil:
		j.connected.Store(true)
		return conn, nil
	case errors.Is(err, errNotPublic):
		return nil, j.because(NotPublic, err)
	case errors.As(err, &name):
		return nil, j.because(NoName, err)
	}
	return nil, j.because(NoConnect, err)
}

// resolver is Go's own: the C library takes 0x7f.1 for an address (R12).
func (j *journey) resolver() *net.Resolver {
	if j.test.resolver != nil {
		return j.test.resolver
	}
	return &net.Resolver{PreferGo: true}
}

// control is the decision (R9). It runs between the making of a socket and its
// connection, on the address that it will be connected to.
func (j *journey) control(network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return errNotPublic
	}
	if !slices.Contains(j.permit, to) && (!public(to.Addr()) || !slices.Contains(j.ports, to.Port())) {
		return errNotPublic
	}
	if j.test.connecting != nil {
		j.test.connecting(to)
	}
	return nil
}

// failure is the error of a hop that gave none of its own.
func (j *journey) failure(err error) *Error {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case !j.connected.Load():
		reason := NoConnect
		if r := j.reason.Load(); r != nil {
			reason = *r
		}
		return &Error{Kind: Unreachable, Reason: reason}
	case j.ctx.Err() != nil:
		return &Error{Kind: Timeout, Reason: Slow}
	case errors.Is(err, errRedirects):
		return &Error{Kind: Failed, Reason: Redirects}
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert):
		return &Error{Kind: Failed, Reason: TLS}
	}
	return &Error{Kind: Failed, Reason: Broken}
}
