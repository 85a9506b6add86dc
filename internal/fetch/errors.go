package fetch

import (
	"fmt"
	"log/slog"
)

// Kind classifies an error as far as the client may know. The set is closed. A
// Kind is an error itself, and every error of Fetch matches exactly one:
// errors.Is(err, fetch.TooLarge).
type Kind uint8

// The kinds of error.
const (
	// BadURL is a URL that could never be fetched. It is reported at once.
	BadURL Kind = iota + 1
	// Unreachable means that there was no connection: refused by the policy,
	// closed, filtered, or an unknown name. All are reported after the same
	// time.
	Unreachable
	// Timeout means that a connected server did not deliver in time.
	Timeout
	// TooLarge is an image of more bytes than allowed.
	TooLarge
	// BadStatus is a final response with a status other than 200.
	BadStatus
	// Failed is any other failed download, such as one with too many redirects.
	Failed
	// Canceled means that the caller canceled its context.
	Canceled

	kinds
)

var texts = [kinds]string{
	BadURL:      "not a URL that images are fetched from",
	Unreachable: "cannot connect to the image's server",
	Timeout:     "the image did not arrive in time",
	TooLarge:    "the image is larger than allowed",
	BadStatus:   "the image's server responded with an error",
	Failed:      "the download failed",
	Canceled:    "the fetch was canceled",
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

// String is the name of the kind in metrics.
func (k Kind) String() string {
	if k == 0 || k >= kinds {
		return "unknown"
	}
	return names[k]
}

// Error is a text that the client may see.
func (k Kind) Error() string {
	if k == 0 || k >= kinds {
		return "fetch: unknown error"
	}
	return "fetch: " + texts[k]
}

// Reason is the operator's side of an error, for logs and metrics: it
// distinguishes what a Kind must not. It is never sent to a client. The set is
// closed, so that no part of a URL gets into a log.
type Reason string

// The reasons.
const (
	Syntax      Reason = "syntax"       // scheme, user, host or port of the first URL
	NotListed   Reason = "not_listed"   // host not on an allow-list
	NotPublic   Reason = "not_public"   // address is not public
	BadRedirect Reason = "bad_redirect" // scheme, user, host or port of a redirect
	NoName      Reason = "no_name"      // the name does not resolve
	NoConnect   Reason = "no_connect"   // closed, filtered, or no route
	TLS         Reason = "tls"          // no TLS connection, or an invalid certificate
	Redirects   Reason = "redirects"    // too many, or one without a valid URL
	Encoding    Reason = "encoding"     // compressed although not requested
	Status      Reason = "status"       // status other than 200
	Size        Reason = "size"         // more bytes than allowed
	Slow        Reason = "slow"         // connected, but not done in time
	Broken      Reason = "broken"       // not HTTP, too long a header, or truncated
	GaveUp      Reason = "gave_up"      // canceled by the caller
)

// Error is every error of Fetch.
type Error struct {
	Kind   Kind
	Reason Reason // for the operator only
	Status int    // of the final response, for BadStatus
}

// Error is the text of the Kind and nothing else.
func (e *Error) Error() string { return e.Kind.Error() }

// Unwrap is the Kind.
func (e *Error) Unwrap() error { return e.Kind }

// LogValue includes the reason.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("kind", e.Kind.String()), slog.String("reason", string(e.Reason))}
	if e.Status != 0 {
		attrs = append(attrs, slog.Int("status", e.Status))
	}
	return slog.GroupValue(attrs...)
}

// GoString hides the reason.
func (e *Error) GoString() string { return fmt.Sprintf("&fetch.Error{%s}", e.Kind) }
