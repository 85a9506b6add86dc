package fetch

import (
	"fmt"
	"log/slog"
)

// Kind is what went wrong, as far as the client may know. The set is closed.
// A Kind is an error itself, and every error of Fetch matches exactly one:
// errors.Is(err, fetch.TooLarge).
type Kind uint8

// The kinds of error.
const (
	// BadURL is an address that could never be fetched, by its text alone:
	// told at once.
	BadURL Kind = iota + 1
	// Unreachable is a server that was not connected to. Refused by the rules,
	// closed, filtered and unknown names are all this one, told after the same
	// time (R13).
	Unreachable
	// Timeout is a server that was connected to and did not deliver in time.
	Timeout
	// TooLarge is a picture of more bytes than allowed.
	TooLarge
	// BadStatus is a final answer with another status than 200.
	BadStatus
	// Failed is any other download that broke off, with too many redirects
	// among them.
	Failed
	// Canceled is a fetch whose caller gave up.
	Canceled

	kinds
)

var texts = [kinds]string{
	BadURL:      "not an address that pictures are fetched from",
	Unreachable: "cannot connect to the picture's server",
	Timeout:     "the picture did not arrive in time",
	TooLarge:    "the picture is larger than allowed",
	BadStatus:   "the picture's server answered with an error",
	Failed:      "the download failed",
	Canceled:    "the fetch was given up by its caller",
}

var names = [kinds]string{
	BadURL:      "bad_url",
	Unreachable: "unreachable",
	Timeout:     "timeout",
	TooLarge:    "too_large",
	BadStatus:   "bad_status",
	Failed:      "failed",
	Canceled:    "canceled",
}

// String is the kind's name, as metrics have it.
func (k Kind) String() string {
	if k == 0 || k >= kinds {
		return "unknown"
	}
	return names[k]
}

// Error is the sentence that a client may be told.
func (k Kind) Error() string {
	if k == 0 || k >= kinds {
		return "fetch: unknown error"
	}
	return "fetch: " + texts[k]
}

// Reason is the operator's side of an error, for logs and metrics: it tells
// apart what a Kind must not. It never goes into a reply. The set is closed,
// so that no part of an address, let alone a digit of a number, gets into a log
// through it.
type Reason string

// The reasons.
const (
	Syntax      Reason = "syntax"       // scheme, user, host or port of the first address
	NotListed   Reason = "not_listed"   // a host that is not on an allow-list
	NotPublic   Reason = "not_public"   // an address that is not public
	BadRedirect Reason = "bad_redirect" // scheme, user, host or port of a later address
	NoName      Reason = "no_name"      // the name has no address, or the name servers do not answer
	NoConnect   Reason = "no_connect"   // closed, filtered, or no route
	TLS         Reason = "tls"          // no TLS connection, or a wrong certificate
	Redirects   Reason = "redirects"    // too many, or one without a usable address
	Encoding    Reason = "encoding"     // compressed although that was not asked for
	Status      Reason = "status"       // another status than 200
	Size        Reason = "size"         // more bytes than allowed
	Slow        Reason = "slow"         // connected, and not done in time
	Broken      Reason = "broken"       // the answer is not HTTP, too long in its head, or broke off
	GaveUp      Reason = "gave_up"      // the caller did
)

// Error is every error of Fetch.
type Error struct {
	Kind   Kind
	Reason Reason // for the operator alone
	Status int    // of the final answer, for BadStatus
}

// Error is the Kind's sentence and nothing else: two errors of one Kind read
// the same.
func (e *Error) Error() string { return e.Kind.Error() }

// Unwrap is the Kind.
func (e *Error) Unwrap() error { return e.Kind }

// LogValue is the whole of the error.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("kind", e.Kind.String()), slog.String("reason", string(e.Reason))}
	if e.Status != 0 {
		attrs = append(attrs, slog.Int("status", e.Status))
	}
	return slog.GroupValue(attrs...)
}

// GoString keeps %#v from showing a client the reason.
func (e *Error) GoString() string { return fmt.Sprintf("&fetch.Error{%s}", e.Kind) }
