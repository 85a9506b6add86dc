// Package failpoint kills the process where a charge could be lost, for the crash
// loops of test/reliability. It does nothing in a program built without the tag
// "faults", and no release is built with it.
package failpoint

import (
	"context"

	"github.com/kahao/kahao/internal/service/ledger"
)

// Ledger has the calls around which a charge could be lost.
type Ledger interface {
	Hold(ctx context.Context, h ledger.Hold) (ledger.Charge, error)
	Post(ctx context.Context, id string, o ledger.Outcome) error
	Spent(ctx context.Context, n ledger.Nonce) (bool, error)
}
