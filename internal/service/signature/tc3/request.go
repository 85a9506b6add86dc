package tc3

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
)

// Request is what a TC3 signature covers, as it was received.
type Request struct {
	Authorization
	Method    string
	Host      string            // of the Host header
	Path      string            // of the URL
	Query     string            // raw
	Header    map[string]string // the values of SignedHeaders without host, by lower-case name
	Timestamp string            // X-TC-Timestamp
	// PayloadHash is the SHA-256 of the body, or UnsignedPayload.
	PayloadHash [32]byte
	// Also are further names of this server that a client may have signed in place
	// of Host.
	Also []string
}

// UnsignedPayload is the hash in place of the body's if the client says that it
// did not sign the body.
var UnsignedPayload = sha256.Sum256([]byte("UNSIGNED-PAYLOAD"))

// KeyID is the SecretId.
func (r *Request) KeyID() string { return r.SecretID }

// DateMatches reports whether the credential's date is the UTC date of the
// timestamp, in Unix seconds.
func (r *Request) DateMatches(timestamp int64) bool {
	return time.Unix(timestamp, 0).UTC().Format(time.DateOnly) == r.Date
}

// Matches reports whether the signature was made with the secret, in one of the
// ways of known clients: they sign the Host with or without its port, and header
// values in lower case or as they send them. It computes all of them, whichever
// matches.
func (r *Request) Matches(secret signature.Secret) bool {
	key := signingKey(secret, r.Date, r.Service)
	matches := false
	for _, canonical := range r.canonical() {
		matches = hmac.Equal(mac(sha256.New, key, r.stringToSign(canonical)), r.Signature[:]) || matches
	}
	return matches
}

func signingKey(secret signature.Secret, date, service string) []byte {
	key := mac(sha256.New, []byte("TC3"+string(secret)), []byte(date))
	key = mac(sha256.New, key, []byte(service))
	return mac(sha256.New, key, []byte(terminator))
}

func (r *Request) stringToSign(canonical string) []byte {
	sum := sha256.Sum256([]byte(canonical))
	return []byte(strings.Join([]string{Algorithm, r.Timestamp, r.Scope(), hex.EncodeToString(sum[:])}, "\n"))
}

// canonical returns the canonical requests that may have been signed, the
// likeliest first.
func (r *Request) canonical() []string {
	var all []string
	for _, host := range hosts(r.Host, r.Path, r.Also) {
		for _, shape := range []func(string) string{strings.ToLower, asSent} {
			c := r.canonicalWith(host, shape)
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

func asSent(value string) string { return value }

// canonicalWith is the canonical request with a host, and a form of the header
// values. The path is always /, whatever the request's is, and POST has no query.
func (r *Request) canonicalWith(host string, shape func(string) string) string {
	query := r.Query
	if r.Method == "POST" {
		query = ""
	}
	var b strings.Builder
	b.WriteString(r.Method + "\n/\n" + query + "\n")
	for _, name := range r.SignedHeaders {
		value := r.Header[name]
		if name == "host" {
			value = host
		}
		b.WriteString(name + ":" + shape(strings.TrimSpace(value)) + "\n")
	}
	b.WriteString("\n" + strings.Join(r.SignedHeaders, ";") + "\n" + hex.EncodeToString(r.PayloadHash[:]))
	return b.String()
}

// hosts returns the hosts that a client may have signed: the Host header, without
// its port, and with the path of the endpoint, which some clients take for a part
// of the host. also are further names, such as the address of a connection whose
// client could not send its Host.
func hosts(host, path string, also []string) []string {
	var all []string
	add := func(h string) {
		if h != "" && !slices.Contains(all, h) {
			all = append(all, h)
		}
	}
	path = strings.TrimRight(path, "/")
	for _, h := range append([]string{host}, also...) {
		if h == "" {
			continue
		}
		add(h)
		add(withoutPort(h))
		if path != "" {
			add(h + path)
		}
	}
	return all
}

// withoutPort cuts the port off a host.
func withoutPort(host string) string {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.HasSuffix(host, "]") || strings.Count(host, ":") > 1 && !strings.HasPrefix(host, "[") {
		return host
	}
	return host[:i]
}
