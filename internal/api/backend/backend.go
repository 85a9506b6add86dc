// Package backend has the interfaces through which the APIs of the vendor reach the
// rest of the server.
package backend

import (
	"context"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/signature"
)

// Fetcher downloads images. It must be safe for concurrent use.
type Fetcher interface {
	// FetchFrom returns the image at the URL, of at most limit bytes, only
	// from the given hosts; no hosts means all that the operator allows. Its
	// errors are a fetch.Kind, the context's error, or a fault of the server.
	FetchFrom(ctx context.Context, hosts []string, url string, limit int64) ([]byte, error)
}

// Accounts looks up keys and their rights.
type Accounts interface {
	signature.Keys
	// Access returns what the key may do for the app id. It
	// returns account.ErrUnavailable if it cannot be read at the moment.
	Access(ctx context.Context, appID, secretID string) (account.Access, error)
}

// Rate limits how often a caller may send requests, like a ratelimit.Limiter.
type Rate interface {
	// Take takes a token of the caller, or returns how long it must wait for one.
	Take(ctx context.Context, caller string) (wait time.Duration, ok bool)
}

// Gate limits how much work the server has at once.
type Gate interface {
	// Enter admits a request whose body has the size, without waiting, or reports
	// false. The caller must call leave when an admitted request ends.
	Enter(ctx context.Context, size int64) (leave func(), ok bool)
	// RetryAfter returns how long rejected clients should wait.
	RetryAfter() time.Duration
}
