package legacy

import (
	"context"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/service/account"
)

// The interfaces that both APIs of the vendor use.
type (
	// Fetcher downloads images.
	Fetcher = backend.Fetcher
	// Accounts looks up keys and their rights.
	Accounts = backend.Accounts
	// Rate limits how often a caller may send requests.
	Rate = backend.Rate
	// Gate limits how much work the server has at once.
	Gate = backend.Gate
)

// Results returns replies by session id.
type Results interface {
	// Has reports whether the app id has a reply with the session id.
	Has(ctx context.Context, appID, id string) (bool, error)
	// Get returns the app id's reply with the session id. A reply that the
	// asker may not see is not found.
	Get(ctx context.Context, appID, id string, asker account.Access) (reply []byte, found bool, err error)
}
