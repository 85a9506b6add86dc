// Package resultdb keeps sealed replies: for the query by session ID, and for
// retries with an idempotency key.
//
// Each reply is sealed under the data key of its day, which the keyring wraps,
// and bound to its row and account. When the last reply of a day expires its
// key is deleted, which makes it unreadable in every backup. A session ID has
// only ten random digits, which could be guessed from a hash; so it is stored
// as an HMAC under a key that the keyring wraps, too.
//
// With each reply its account.View is sealed. A reply leaves the store only to
// a key that may see this view.
package resultdb

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// Store keeps replies. It is safe for concurrent use.
type Store struct {
	ledger *ledgerdb.Store
	ring   *envelope.Keyring
	now    func() time.Time

	mu   sync.Mutex
	ids  []byte // HMAC key of session IDs and idempotency keys
	days map[string]dayKey
}

// dayKey is the data key of a day, and until when it is kept at least.
type dayKey struct {
	envelope.DataKey
	until time.Time
}

// New returns the reply store of a ledger.
func New(b *ledgerdb.Store, ring *envelope.Keyring, now func() time.Time) *Store {
	return &Store{ledger: b, ring: ring, now: now, days: map[string]dayKey{}}
}

// ErrReply means that a reply cannot be read any more.
var ErrReply = errors.New("result: the reply cannot be read")

// ErrWithheld means that a reply must not be sent to the key that asks.
var ErrWithheld = errors.New("result: the key may not see the reply")

// withView puts the view in front of a reply, so that both are sealed together.
func withView(v account.View, reply []byte) ([]byte, error) {
	text, err := json.Marshal(v)
	return append(append(text, '\n'), reply...), err
}

// show returns the reply in an opened text if the asker may see it, and
// ErrWithheld otherwise, also for a text without a view.
func show(text []byte, asker account.Access) ([]byte, error) {
	var v account.View
	head, reply, ok := bytes.Cut(text, []byte("\n"))
	if !ok || json.Unmarshal(head, &v) != nil || !asker.MaySee(v) {
		return nil, ErrWithheld
	}
	return reply, nil
}

// Result seals a reply that can be queried by its session ID for a while. The
// caller stores it with the settlement.
func (s *Store) Result(ctx context.Context, appID, sessionID string, v account.View, reply []byte, keep time.Duration) (*ledger.Result, error) {
	id, err := s.id(ctx, sessionID)
	if err != nil {
		return nil, err
	}
	expires := s.now().Add(keep)
	day, key, err := s.today(ctx, expires)
	if err != nil {
		return nil, err
	}
	text, err := withView(v, reply)
	if err != nil {
		return nil, err
	}
	sealed, err := key.Seal(resultAAD(id, appID), text)
	return &ledger.Result{ID: id, Sealed: sealed, Day: day, Expires: expires}, err
}

// Has reports whether the account has a reply with the session ID.
func (s *Store) Has(ctx context.Context, appID, sessionID string) (bool, error) {
	id, err := s.id(ctx, sessionID)
	if err != nil {
		return false, err
	}
	_, err = s.ledger.Result(ctx, appID, id, s.now())
	if errors.Is(err, ledger.ErrUnknown) {
		return false, nil
	}
	return err == nil, err
}

// Get returns the account's reply with the session ID. A reply that the asker
// may not see is not found.
func (s *Store) Get(ctx context.Context, appID, sessionID string, asker account.Access) (reply []byte, found bool, err error) {
	id, err := s.id(ctx, sessionID)
	if err != nil {
		return nil, false, err
	}
	r, err := s.ledger.Result(ctx, appID, id, s.now())
	if errors.Is(err, ledger.ErrUnknown) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	key, err := s.key(ctx, r.Day)
	if err != nil {
		return nil, false, err
	}
	text, err := key.Open(resultAAD(id, appID), r.Sealed)
	if err != nil {
		return nil, false, err
	}
	if reply, err = show(text, asker); err != nil {
		return nil, false, nil
	}
	return reply, true, nil
}

// Record seals a reply to be replayed for retries until a time. The caller
// stores it with the settlement.
func (s *Store) Record(ctx context.Context, appID, charge string, v account.View, reply []byte, until time.Time) ([]byte, error) {
	day, key, err := s.today(ctx, until)
	if err != nil {
		return nil, err
	}
	text, err := withView(v, reply)
	if err != nil {
		return nil, err
	}
	sealed, err := key.Seal(replyAAD(charge, appID), text)
	return append([]byte(day), sealed...), err
}

// Recorded returns a reply sealed by Record. It returns ErrReply if it is
// malformed or its key was deleted, and ErrWithheld if the asker may not see it.
func (s *Store) Recorded(ctx context.Context, appID, charge string, sealed []byte, asker account.Access) ([]byte, error) {
	if len(sealed) < len(time.DateOnly) {
		return nil, ErrReply
	}
	day, sealed := string(sealed[:len(time.DateOnly)]), sealed[len(time.DateOnly):]
	key, err := s.key(ctx, day)
	if errors.Is(err, ledger.ErrUnknown) {
		return nil, fmt.Errorf("%w: %w", ErrReply, err)
	}
	if err != nil {
		return nil, err
	}
	text, err := key.Open(replyAAD(charge, appID), sealed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReply, err)
	}
	return show(text, asker)
}

func resultAAD(id [32]byte, appID string) envelope.AAD {
	return envelope.AAD{Table: "result", Column: "ct", Row: hex.EncodeToString(id[:]), Account: appID}
}

func replyAAD(charge, appID string) envelope.AAD {
	return envelope.AAD{Table: "charge", Column: "reply_ct", Row: charge, Account: appID}
}

// idsRow is the row of the HMAC key of session IDs and idempotency keys. It is stored among the data
// keys, so that rewrapping includes it.
const idsRow = "session-ids"

// forever is when that key is deleted.
var forever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func idsAAD() envelope.AAD { return envelope.AAD{Table: "dek", Column: "wrapped", Row: idsRow} }

// id returns the stored form of a session ID.
func (s *Store) id(ctx context.Context, sessionID string) ([32]byte, error) {
	key, err := s.hashKey(ctx)
	return keyedHash(key, []byte(sessionID)), err
}

// idempotencyUse separates the hashes of idempotency keys from those of session
// IDs.
const idempotencyUse = "kahao idempotency keys 1"

// HashKey returns the stored form of an account's idempotency key. A client may
// write a card number there, so it must not be in clear, nor in a hash that can
// be computed without the keyring.
func (s *Store) HashKey(ctx context.Context, appID, idempotencyKey string) (string, error) {
	key, err := s.hashKey(ctx)
	if err != nil {
		return "", err
	}
	derived := keyedHash(key, []byte(idempotencyUse))
	hash := keyedHash(derived[:], []byte(appID+"\x00"+idempotencyKey))
	return hex.EncodeToString(hash[:]), nil
}

func keyedHash(key, text []byte) [32]byte {
	h := hmac.New(sha256.New, key)
	h.Write(text)
	return [32]byte(h.Sum(nil))
}

// hashKey returns the HMAC key, which is made when it is first used.
func (s *Store) hashKey(ctx context.Context) ([]byte, error) {
	s.mu.Lock()
	key := s.ids
	s.mu.Unlock()
	if key == nil {
		key = make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		wrapped, err := s.ring.Seal(idsAAD(), key)
		if err != nil {
			return nil, err
		}
		stored, err := s.ledger.PutDataKey(ctx, ledgerdb.DataKey{Day: idsRow, Wrapped: wrapped, KEK: s.ring.Primary(), Until: forever})
		if err != nil {
			return nil, err
		}
		if key, err = s.ring.Open(idsAAD(), stored.Wrapped); err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.ids = key
		s.mu.Unlock()
	}
	return key, nil
}

// maxDays bounds the data keys in memory.
const maxDays = 64

// spare is how much longer than the first reply of a day its key is kept, so
// that the row is not updated for every reply.
const spare = 25 * time.Hour

// today returns the current day and its data key, which is kept at least until
// a time.
func (s *Store) today(ctx context.Context, until time.Time) (string, envelope.DataKey, error) {
	day := s.now().UTC().Format(time.DateOnly)
	s.mu.Lock()
	known, ok := s.days[day]
	s.mu.Unlock()
	if ok && !known.until.Before(until) {
		return day, known.DataKey, nil
	}
	k := ledgerdb.DataKey{Day: day, KEK: s.ring.Primary(), Until: until.Add(spare)}
	var err error
	if _, k.Wrapped, err = s.ring.NewDataKey(day); err != nil {
		return "", envelope.DataKey{}, err
	}
	if k, err = s.ledger.PutDataKey(ctx, k); err != nil {
		return "", envelope.DataKey{}, err
	}
	key, err := s.ring.Unwrap(day, k.Wrapped)
	if err == nil {
		s.remember(day, dayKey{key, k.Until})
	}
	return day, key, err
}

// key returns the data key of an existing day.
func (s *Store) key(ctx context.Context, day string) (envelope.DataKey, error) {
	s.mu.Lock()
	known, ok := s.days[day]
	s.mu.Unlock()
	if ok && s.now().Before(known.until) {
		return known.DataKey, nil
	}
	k, err := s.ledger.DataKey(ctx, day)
	if err != nil {
		return envelope.DataKey{}, err
	}
	key, err := s.ring.Unwrap(day, k.Wrapped)
	if err == nil {
		s.remember(day, dayKey{key, k.Until})
	}
	return key, err
}

func (s *Store) remember(day string, k dayKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.days) >= maxDays {
		clear(s.days)
	}
	s.days[day] = k
}

// Rewrap rewraps the key of every day under the keyring's primary key, and
// returns how many were under another.
func (s *Store) Rewrap(ctx context.Context) (changed int, err error) {
	_, err = s.ledger.Rewrap(ctx, func(k ledgerdb.DataKey) (ledgerdb.DataKey, error) {
		var is bool
		var err error
		if k.Wrapped, is, err = s.ring.RewrapDataKey(k.Day, k.Wrapped); is {
			k.KEK = s.ring.Primary()
			changed++
		}
		return k, err
	})
	return changed, err
}
