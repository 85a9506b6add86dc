package server

import (
	"net/http"

	"github.com/kahao/kahao/internal/api/api3"
	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/api/native"
	"github.com/kahao/kahao/internal/api/openapi"
	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/service/ratelimit"
)

// handler builds the HTTP handler, from the inside out.
func (a *Server) handler(c Config) (http.Handler, error) {
	p, err := a.openShared()
	if err != nil {
		return nil, err
	}
	a.shared = p
	legacyAPI, err := a.legacyAPI(c.Reader, p)
	if err != nil {
		return nil, err
	}
	api3API, err := a.api3API(c.Reader, p)
	if err != nil {
		return nil, err
	}
	nativeAPI, err := a.nativeAPI(c, p)
	if err != nil {
		return nil, err
	}
	documents, err := openapi.NewHandler(a.document())
	if err != nil {
		return nil, err
	}
	api := httpserver.WithCORS(a.config.CORSOrigins, a.withWelcome(a.tracer.Wrap(a.route(legacyAPI, api3API, nativeAPI, documents))))
	h := httpserver.WithDeadlines(withTicket(a.withHealth(api)))
	return httpserver.WithRecovery(a.logger, httpserver.WithClientInfo(a.config.TrustedProxies, a.scheme(), h)), nil
}

// route gives each request to its API. The legacy API also answers requests that
// are of none.
func (a *Server) route(legacyAPI, api3API, nativeAPI, documents http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case native.Wants(r), a.config.Presidio && native.WantsPresidio(r):
			nativeAPI.ServeHTTP(w, r)
		case openapi.Wants(r):
			documents.ServeHTTP(w, r)
		case !legacy.Wants(r) && api3.Wants(r):
			api3API.ServeHTTP(w, r)
		default:
			legacyAPI.ServeHTTP(w, r)
		}
	})
}

// document returns the OpenAPI document of all APIs.
func (a *Server) document() []byte {
	parts := []openapi.Part{native.Describe(), legacy.Describe(), api3.Describe()}
	if a.config.Presidio {
		parts = append(parts, native.DescribePresidio())
	}
	return openapi.Document(a.versions.Kahao, parts...)
}

// common are the options that all APIs have.
func (a *Server) common(p shared, g *gate) backend.Options {
	return backend.Options{
		Accounts:    a.store.Accounts,
		Fetcher:     p.fetcher,
		Meter:       p.meter,
		Rate:        p.rate,
		KeyRate:     p.keyRate,
		ClientRate:  p.clientRate,
		ClientIP:    clientIP,
		Gate:        g,
		Draining:    a.draining.Load,
		Logger:      a.logger,
		Conceal:     a.config.ConcealKeys,
		ReadTimeout: a.config.ReadTimeout,
	}
}

// legacyAPI builds the handler of the legacy endpoint.
func (a *Server) legacyAPI(reader Reader, p shared) (http.Handler, error) {
	c := a.config
	admission := a.gate(vendorReader{reader}, c.MaxImage)
	return legacy.New(legacy.Options{
		Options:   a.common(p, admission),
		Reader:    admission,
		Results:   a.store.Results,
		Observe:   a.observe,
		HTTP2017:  c.HTTPStatus == "2017",
		Strict:    c.Strict,
		MaxBody:   c.MaxBody,
		MaxImage:  c.MaxImage,
		MaxImages: c.MaxImages,
	})
}

// api3API builds the handler of API 3.0.
func (a *Server) api3API(reader Reader, p shared) (http.Handler, error) {
	c := a.config
	admission := a.gate(vendorReader{reader}, api3.MaxImage(c.API3MaxBody))
	admission.share = max(c.BodyMemory/2, c.API3MaxBody)
	return api3.New(api3.Options{
		Options:     a.common(p, admission),
		Reader:      admission,
		NewRate:     func(action string, l ratelimit.Limit) api3.Rate { return a.rate(l, action+":", nil) },
		PerSecond:   c.API3Rate,
		Observe:     a.observeAPI3,
		Strict:      c.API3Strict,
		ChecksAsked: c.API3Checks == "asked",
		MaxBody:     c.API3MaxBody,
	})
}

// gate returns the admission control of an API whose images have at most the
// size.
func (a *Server) gate(reader Reader, maxImage int64) *gate {
	g := &gate{Limiter: a.limiter, reader: reader, measure: a.measures.stage, longest: a.config.ReadTimeout}
	if a.config.Fetch {
		g.fetched = maxImage
	}
	return g
}

// scheme returns the scheme of the listener.
func (a *Server) scheme() string {
	if a.config.TLSCertFile != "" {
		return "https"
	}
	return "http"
}

// withHealth answers /healthz while the process runs, and /readyz while it
// accepts requests.
func (a *Server) withHealth(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/healthz":
			httpserver.WriteText(w, http.StatusOK, "ok")
		case r.URL.Path == "/health" && a.config.Presidio: // of Presidio; it is up while the process is
			httpserver.WriteText(w, http.StatusOK, "ok")
		case r.URL.Path == "/readyz" && a.draining.Load():
			httpserver.WriteText(w, http.StatusServiceUnavailable, "draining")
		case r.URL.Path == "/readyz" && a.store.Ready(r.Context()) != nil:
			httpserver.WriteText(w, http.StatusServiceUnavailable, "the database cannot be written")
		case r.URL.Path == "/readyz":
			httpserver.WriteText(w, http.StatusOK, "ready")
		default:
			next.ServeHTTP(w, r)
		}
	})
}
