package httpserver

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is an http.Server with deadlines and sizes, for HTTP/1.1, of which is
// known when it has nothing left to answer.
type Server struct {
	*http.Server

	mu   sync.Mutex
	busy map[net.Conn]struct{} // whose request is on its way or being answered
}

// NewServer returns a server.
func NewServer(h http.Handler, logger *slog.Logger) *Server {
	// HTTP/2 would let one connection do what the bounds on connections allow
	// to many; a proxy in front may speak it.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	s := &Server{busy: map[net.Conn]struct{}{}}
	s.Server = &http.Server{
		Handler:           h,
		Protocols:         &protocols,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytes - slop,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		ConnState:         s.note,
	}
	return s
}

func (s *Server) note(c net.Conn, state http.ConnState) {
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
// context ends. Shutdown wants that: from its beginning it closes connections
// whose request has just been read, without an answer. Who has connected and
// sends nothing is cut off by the time for headers.
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
