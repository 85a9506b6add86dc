package server

import (
	"net/http"

	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/httpserver"
)

// handler builds what answers, from the inside out.
func (a *App) handler(reader legacy.Reader, weigh Weigh) (http.Handler, error) {
	admission := &gate{Limiter: a.limiter, reader: reader, weigh: weigh, measure: a.measures.stage}
	if a.config.Fetch {
		admission.fetched = a.config.MaxPicture
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
		MaxPicture:  a.config.MaxPicture,
		MaxPictures: a.config.MaxPictures,
		ReadTimeout: a.config.ReadTimeout,
	}
	if err := a.parts(&options); err != nil {
		return nil, err
	}
	endpoint, err := legacy.New(options)
	if err != nil {
		return nil, err
	}
	return contained(a.logger, identified(a.config.TrustedProxies, a.scheme(), httpserver.Paced(a.withHealth(endpoint)))), nil
}

// scheme is what is spoken here.
func (a *App) scheme() string {
	if a.config.TLSCertFile != "" {
		return "https"
	}
	return "http"
}

// withHealth answers /healthz while the process lives, and /readyz while it
// takes requests.
func (a *App) withHealth(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/healthz":
			status(w, http.StatusOK, "ok")
		case r.URL.Path == "/readyz" && a.draining.Load():
			status(w, http.StatusServiceUnavailable, "draining")
		case r.URL.Path == "/readyz":
			status(w, http.StatusOK, "ready")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func status(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text + "\n"))
}
