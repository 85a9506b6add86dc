// Package download lets the legacy interface fetch pictures: it speaks to
// legacy as a legacy.Fetcher and to fetch, which knows no accounts.
package download

import (
	"context"
	"errors"
	"fmt"

	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/fetch"
)

// errs pairs the kinds of fetch's errors with those that the wire knows.
var errs = map[fetch.Kind]error{
	fetch.BadURL:      legacy.ErrAddress,
	fetch.Unreachable: legacy.ErrUnreachable,
	fetch.Timeout:     legacy.ErrDownloadTimeout,
	fetch.TooLarge:    legacy.ErrDownloadTooLarge,
	fetch.BadStatus:   legacy.ErrDownloadStatus,
	fetch.Failed:      legacy.ErrDownload,
	fetch.Canceled:    context.Canceled,
}

// fetcher is a legacy.Fetcher.
type fetcher struct{ *fetch.Fetcher }

// New returns a legacy.Fetcher that fetches what f does and, where an account
// names hosts, from those alone.
func New(f *fetch.Fetcher) legacy.Fetcher { return fetcher{f} }

// Fetch returns the picture. Its errors are those that legacy.Fetcher names,
// or what is wrong with the hosts.
func (f fetcher) Fetch(ctx context.Context, d legacy.Download) ([]byte, error) {
	within := f.Fetcher
	if len(d.Hosts) > 0 {
		var err error
		if within, err = f.Within(d.Hosts); err != nil {
			return nil, err
		}
	}
	picture, err := within.FetchUpTo(ctx, d.Address, d.Limit)
	if err == nil {
		return picture, nil
	}
	for kind, as := range errs {
		if errors.Is(err, kind) {
			return nil, fmt.Errorf("%w: %w", as, err)
		}
	}
	return nil, err
}
