package server

import (
	"net/http"

	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/httpserver"
)

// handler builds the HTTP handler, from the inside out.
func (a *Server) handler(reader Reader) (http.Handler, error) {
	admission := &gate{Limiter: a.limiter, reader: reader, measure: a.measures.stage}
	if a.config.Fetch {
		admission.fetched = a.config.MaxImage
	}
	options := legacy.Options{
		Reader:      admission,
		Gate:        admission,
		Logger:      a.logger,
		Observe:     a.observe,
		Draining:    a.draining.Load,
		HTTP2017:    a.config.HTTPStatus == "2017",
		Strict:      a.config.Strict,
		Conceal:     a.config.ConcealKeys,
		MaxBody:     a.config.MaxBody,
		MaxImage:    a.config.MaxImage,
		MaxImages:   a.config.MaxImages,
		ReadTimeout: a.config.ReadTimeout,
	}
	if err := a.parts(&options); err != nil {
		return nil, err
	}
	endpoint, err := legacy.New(options)
	if err != nil {
		return nil, err
	}
	h := httpserver.WithDeadlines(withTicket(a.withHealth(endpoint)))
	return httpserver.WithRecovery(a.logger, httpserver.WithClientInfo(a.config.TrustedProxies, a.scheme(), h)), nil
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
