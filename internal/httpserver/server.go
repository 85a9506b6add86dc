package httpserver

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is an http.Server for HTTP/1.1 with deadlines and size limits, which
// knows when it has no request left to answer.
type Server struct {
	*http.Server

	mu   sync.Mutex
	busy map[net.Conn]struct{} // new, or with a request
}

// NewServer returns a Server that logs its errors as warnings.
func NewServer(h http.Handler, logger *slog.Logger) *Server {
	// No HTTP/2: it would let one connection use what the bounds allow to many.
	// A proxy in front may speak it.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	s := &Server{busy: map[net.Conn]struct{}{}}
	s.Server = &http.Server{
		Handler:           h,
		Protocols:         &protocols,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytes - headerSlop,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		ConnState:         s.trackState,
	}
	return s
}

func (s *Server) trackState(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew, http.StateActive:
		s.busy[c] = struct{}{}
	default:
		delete(s.busy, c)
	}
}

// Settle waits until no connection is new or has a request, or until the
// context ends. Call it before Shutdown, which closes connections whose request
// has just been read without answering them. A client that has connected and
// sends nothing is disconnected by the header timeout.
func (s *Server) Settle(ctx context.Context) {
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		s.mu.Lock()
		n := len(s.busy)
		s.mu.Unlock()
		if n == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}
