package httpserver

import (
	"io"
	"net/http"
)

// Refuse sends a reply to a request whose body may not have been read, and then
// reads the rest of the body, at most so many bytes: a client whose connection is
// closed while it sends never sees the reply.
func Refuse(w http.ResponseWriter, r *http.Request, most int64, send func()) {
	length := r.ContentLength
	if length == 0 || r.Header.Get("Expect") != "" {
		send()
		return
	}
	if length < 0 || length > most {
		// The rest may not be read to its end, so this connection must: in
		// this mode net/http panics on the next request otherwise.
		w.Header().Set("Connection", "close")
	}
	control := http.NewResponseController(w)
	_ = control.EnableFullDuplex() // HTTP/1.1 only, and only a courtesy
	send()
	_ = control.Flush()
	// The reply is sent: how what follows ends is of no interest.
	defer func() { _ = recover() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, most))
}
