// Package httpserver is the part of the server that knows HTTP and no API: it
// bounds connections, headers and the speed of clients, determines the client's
// address behind trusted proxies, recovers from panics, and reloads the TLS
// certificate.
package httpserver
