// Package ledger counts what readings cost, so that whatever dies, and when,
// each charge is made once or not at all (spec/storage.md, section 8).
//
// A charge is held before anything is read, and then posted with what became
// of it, or voided. Units are readings, in whole numbers. The rules are here;
// a Store keeps the books, one transaction for each of its verbs.
package ledger

import (
	"context"
	"errors"
	"time"
)

// Store keeps the books. Each method is one transaction: durable when it
// returns without an error, and without effect otherwise. It is safe for
// concurrent use.
type Store interface {
	// Hold sets units aside: those of the free pack first, then those of paid
	// packs in the order in which they took effect, then on account where
	// post-pay is on. It returns a charge in state Held.
	//
	// For an idempotency key that was used before it returns that charge as it
	// is now, and Replayed; likewise for the id of a charge that there is. A
	// void charge without a reply frees its key: nobody was told anything.
	//
	// It returns ErrReplay, ErrMismatch, ErrInProgress, ErrUsedUp, ErrArrears,
	// ErrClosed or ErrUnknown, and then nothing is held. A nonce is used up
	// where Hold returns a charge, replayed or not, for a reply is told; where
	// it returns an error the nonce is as it was.
	Hold(ctx context.Context, h Hold) (Charge, error)
	// Post takes as many of the held units as the outcome has billed calls,
	// the first packs' first, and gives the rest back. Nothing billed is a
	// void. To post again with the same codes does nothing; it returns
	// ErrState for a charge that is void or was posted otherwise, or that holds
	// fewer units, and ErrUnknown for one that there is not.
	Post(ctx context.Context, id string, o Outcome) error
	// Void gives all units back, and counts the outcome's calls as free ones.
	// To void again does nothing. It returns ErrState for a posted charge, and
	// ErrUnknown.
	Void(ctx context.Context, id string, o Outcome) error
	// SweepHeld voids what was held before the time by processes that died,
	// and returns how many charges that were. No call is counted for them.
	SweepHeld(ctx context.Context, before time.Time) (int, error)
	// Verify checks the invariants over all books.
	Verify(ctx context.Context) (Report, error)
}

// The errors of Store.
var (
	ErrReplay     = errors.New("ledger: the one-off signature was used before")
	ErrMismatch   = errors.New("ledger: the idempotency key, or the id, was used for another request")
	ErrInProgress = errors.New("ledger: the first request with this idempotency key is still being answered")
	ErrUsedUp     = errors.New("ledger: no pack has units left, and post-pay is off")
	ErrArrears    = errors.New("ledger: the account is in arrears")
	ErrClosed     = errors.New("ledger: the service is closed for this account")
	ErrUnknown    = errors.New("ledger: no such account or charge")
	ErrState      = errors.New("ledger: the charge is in another state")
)

// Hold is what a charge is begun with.
type Hold struct {
	ID    string    // of the charge; made by NewID, or by a client that asks again
	At    time.Time // decides which packs are valid, and the day and month that the charge counts for
	Units int64     // the most that may be billed: one for each picture
	Caller
	Nonce       *Nonce       // of a one-off signature
	Idempotency *Idempotency // where the client sent a key
}

// Caller is who a charge is counted for.
type Caller struct {
	Account string // the app id, who pays
	User    string // the main user or a sub-account
	Key     string // the secret id
	Bucket  string // may be empty
	API     string // the interface: "legacy" or "api3"
}

// Nonce marks a one-off signature as used, until no one would accept it.
type Nonce struct {
	Key     string // whose signature it is
	Value   string
	Expires time.Time
}

// Idempotency makes a request that is sent again the same request.
type Idempotency struct {
	Key     string // at most 255 characters
	Request [32]byte
	Expires time.Time
}

// State is what became of a charge.
type State string

// The states. A charge goes from Held to one of the others, once.
const (
	Held   State = "held"
	Posted State = "posted"
	Void   State = "void"
)

// Charge is one request in the books.
type Charge struct {
	ID       string
	State    State
	Units    int64 // held, or posted
	Replayed bool  // the idempotency key was used before, for the same request
	// Reply is the sealed reply that was posted with an idempotency key.
	Reply []byte
}

// Outcome is what became of a charge's calls.
type Outcome struct {
	At    time.Time
	Calls []Call
	// Result keeps the sealed reply for the query by session id; nil keeps
	// none.
	Result *Result
	// Reply is the sealed reply for those who ask again with the same
	// idempotency key; nil where there was no key.
	Reply []byte
}

// Call is one picture's outcome.
type Call struct {
	Code   int // of the interface; 0 is a success
	Billed bool
	Took   time.Duration
}

// Result is a sealed reply.
type Result struct {
	ID      [32]byte // keyed hash of the session id
	Sealed  []byte
	Day     string // of the data key that it is sealed with
	Expires time.Time
}

// Report is what Verify found.
type Report struct {
	Accounts, Packs, Charges, Entries int64
	Held                              int64  // charges
	Units                             int64  // billed, without refunds
	Refunded                          int64  // units
	Break                             string // the first invariant that does not hold, with where; empty when all do
}
