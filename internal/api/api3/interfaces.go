package api3

import "github.com/kahao/kahao/internal/api/backend"

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
