// Package ledger has the terms of charging: whatever crashes, and when, each
// charge is made once or not at all.
//
// A charge is held before anything is read, and then posted with its outcome,
// or voided. Units are readings, in whole numbers. Package ledgerdb keeps the
// ledger.
package ledger

import (
	"errors"
	"time"
)

// Errors of the ledger.
var (
	ErrReplay     = errors.New("ledger: the single-use signature was used before")
	ErrMismatch   = errors.New("ledger: the idempotency key or ID was used for another request")
	ErrInProgress = errors.New("ledger: the first request with this idempotency key is in progress")
	ErrUsedUp     = errors.New("ledger: no pack has units left, and post-pay is off")
	ErrArrears    = errors.New("ledger: the account is in arrears")
	ErrClosed     = errors.New("ledger: the service is closed for this account")
	ErrUnknown    = errors.New("ledger: no such account or charge")
	ErrState      = errors.New("ledger: the charge is in another state")
)

// InProgressError is the ErrInProgress of a hold.
type InProgressError struct {
	ID    string    // of the charge
	Since time.Time // when it was held
}

// Error returns the text of ErrInProgress.
func (*InProgressError) Error() string { return ErrInProgress.Error() }

// Unwrap returns ErrInProgress.
func (*InProgressError) Unwrap() error { return ErrInProgress }

// Hold is a request to hold units.
type Hold struct {
	ID    string    // of the charge: from NewID, or the client's on a retry
	At    time.Time // decides which packs are valid, and the day and month of the charge
	Units int64     // maximum to bill: one per image
	Caller
	Nonce       *Nonce       // of a single-use signature
	Idempotency *Idempotency // if the client sent a key
}

// Caller is who a charge counts for.
type Caller struct {
	Account string // app ID, which pays
	User    string // main user or sub-account
	Key     string // SecretId
	Bucket  string // may be empty
	API     string // "legacy", or an action of API 3.0
}

// Nonce marks a single-use signature as used, until it would expire anyway.
type Nonce struct {
	Key     string // SecretId of the signer
	Value   string
	Expires time.Time
}

// Idempotency makes a retry the same request as the first.
type Idempotency struct {
	Key     string // keyed hash of the client's key
	Request [32]byte
	Expires time.Time
}

// State is the state of a charge.
type State string

// The states. A charge leaves Held once.
const (
	Held   State = "held"
	Posted State = "posted"
	Void   State = "void"
)

// Charge is one request in the ledger.
type Charge struct {
	ID       string
	State    State
	Units    int64 // held, or posted
	Replayed bool  // an earlier charge of the same request
	// Reply is the sealed reply posted with an idempotency key.
	Reply []byte
}

// Outcome is the result of a charge's calls.
type Outcome struct {
	At    time.Time
	Calls []Call
	// Result is the sealed reply to store for the query by session ID; nil
	// stores none.
	Result *Result
	// Reply is the sealed reply to replay for the same idempotency key; nil
	// disables replay.
	Reply []byte
}

// Call is the outcome of one image.
type Call struct {
	Code   int // API code; 0 is success
	Billed bool
	Took   time.Duration
}

// Result is a sealed reply.
type Result struct {
	ID      [32]byte // keyed hash of the session ID
	Sealed  []byte
	Day     string // of the data key that seals it
	Expires time.Time
}

// Report is the result of a verification.
type Report struct {
	Accounts, Packs, Charges, Entries int64
	Held                              int64  // held charges
	Units                             int64  // billed, without refunds
	Refunded                          int64  // units
	Break                             string // the first violated invariant and where; empty if there is none
}
