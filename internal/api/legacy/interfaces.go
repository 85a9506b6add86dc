package legacy

import (
	"context"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/signature"
)

// Fetcher downloads images. It must be safe for concurrent use.
type Fetcher interface {
	// FetchFrom returns the image at the URL, of at most limit bytes, from the
	// given hosts alone; no hosts means all that the operator allows. It returns
	// a fetch.Kind, the context's error, or an error that is a fault of the
	// server.
	FetchFrom(ctx context.Context, hosts []string, url string, limit int64) ([]byte, error)
}

// Accounts knows the keys and what they may do.
type Accounts interface {
	signature.Keys
	// Access returns what the key may do for the app id. The error
	// account.ErrUnavailable says that it cannot be asked now.
	Access(ctx context.Context, appID, secretID string) (account.Access, error)
}

// Rate bounds how often a caller may ask. A quota.Rate does.
type Rate interface {
	// Take takes one request of the caller, or says when there will be one.
	Take(ctx context.Context, caller string) (wait time.Duration, ok bool)
}

// Results returns replies by session id.
type Results interface {
	// Has reports whether the app id has a reply with the session id.
	Has(ctx context.Context, appID, id string) (bool, error)
	// Get returns the app id's reply with the session id. A reply that the asker
	// may not see is not found.
	Get(ctx context.Context, appID, id string, asker account.Access) (reply []byte, found bool, err error)
}

// Gate bounds how much is in the server at once.
type Gate interface {
	// Enter takes a place without waiting for a request whose body has the
	// size, and reports false when there is none. A place that was taken must
	// be given back with leave.
	Enter(ctx context.Context, size int64) (leave func(), ok bool)
	// RetryAfter is when a rejected client should retry.
	RetryAfter() time.Duration
}
