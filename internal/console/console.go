// Package console serves the pages that people see in a browser: customers
// their usage, keys, packs and bills, and the operator everything.
//
// It is one more user of the services, next to the APIs and the commands: it
// renders pages and has no rule of its own. Pages work without JavaScript;
// scripts make some of them quicker to use.
package console

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/login"
)

// Options of a Console. All are required, except those that say otherwise.
type Options struct {
	Logins   *login.Service
	Accounts Accounts
	Audit    Audit
	Usage    Usage
	Books    Books
	Status   func(ctx context.Context) (Status, error)
	Trial    Trial  // may be empty
	API      string // URL of the API, for examples
	Totals   Totals
	Times    Times
	Prices   billing.Prices
	Calendar billing.Calendar
	Logger   *slog.Logger
	Now      func() time.Time
	// Secure says that browsers use HTTPS, here or at a proxy.
	Secure bool
}

// Accounts is what the pages need of the accounts. *accountdb.Store has it.
type Accounts interface {
	Account(ctx context.Context, id string) (account.Account, error)
	ListAccounts(ctx context.Context) ([]account.Account, error)
	accountChanges
	Money
}

// Audit reads the audit log. *auditdb.Store has it.
type Audit interface {
	List(ctx context.Context, f audit.Filter) ([]audit.Entry, error)
}

// Console answers the requests of browsers. It is safe for concurrent use.
type Console struct {
	Options
	pages map[string]*pageSet // by language
	mux   *http.ServeMux
	guard http.Handler
}

var _ http.Handler = (*Console)(nil)

// New returns a Console.
func New(o Options) (*Console, error) {
	if o.Logins == nil || o.Accounts == nil || o.Status == nil {
		return nil, errors.New("console: a required option is missing")
	}
	c := &Console{Options: o, mux: http.NewServeMux()}
	var err error
	if c.pages, err = parsePages(o.Calendar); err != nil {
		return nil, err
	}
	for _, r := range routes() {
		c.mux.Handle(r.method+" "+r.path, c.handler(r))
	}
	c.mux.HandleFunc("GET "+assetPath, serveAsset)
	c.mux.Handle("/", c.handler(route{need: anybody, do: (*page).notFound}))
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(c.handler(route{need: anybody, do: (*page).crossSite}))
	c.guard = protection.Handler(c.mux)
	return c, nil
}

// ServeHTTP answers one request.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=(), usb=()")
	if c.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if !strings.HasPrefix(r.URL.Path, assetPath) {
		h.Set("Cache-Control", "no-store")
	}
	c.guard.ServeHTTP(w, r)
}

// contentPolicy lets a page use the server's own files and nothing else. The
// image that a page shows before it is sent is a blob; a camera's is a stream.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob: mediastream:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// maxForm bounds the body of a form. The page that takes images has its own
// bound.
const maxForm = 64 << 10

// handler runs a route for whoever may use it.
func (c *Console) handler(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &page{Console: c, w: w, r: r, route: rt, lang: language(r)}
		if err := p.serve(); err != nil {
			p.fail(err)
		}
	})
}

// network is the client's, by which attempts to sign in are counted.
func network(r *http.Request) string {
	if i := httpserver.ClientInfoFrom(r.Context()); i != nil {
		return httpserver.ClientNetwork(i.Addr).String()
	}
	return httpserver.ClientNetwork(httpserver.ParseRemoteAddr(r.RemoteAddr)).String()
}

// origin is the client's address, for the audit log.
func origin(r *http.Request) string {
	if i := httpserver.ClientInfoFrom(r.Context()); i != nil {
		return i.Addr.String()
	}
	return httpserver.ParseRemoteAddr(r.RemoteAddr).String()
}

// discard reads what is left of a small body, so that the connection stays
// usable.
func discard(r *http.Request) { _, _ = io.CopyN(io.Discard, r.Body, maxForm) }
