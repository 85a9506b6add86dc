// Package login lets people into the console: passwords, sessions of browsers,
// links that set a password once, and the slowing down of guesses. It keeps
// hashes only, of passwords as of tokens; package logindb stores them.
package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
)

// Operator is the name and the subject of the server's operator. Other subjects
// are users' IDs.
const Operator = audit.Operator

// How long things are valid.
const (
	SessionTime = 12 * time.Hour
	IdleTime    = time.Hour
	SetupTime   = 30 * time.Minute
	InviteTime  = 7 * 24 * time.Hour

	touchAfter = time.Minute // a session's last use is stored this often
)

// Errors of the service.
var (
	// ErrDenied means that the name or the password is wrong, and not which.
	ErrDenied = errors.New("login: wrong name or password")
	// ErrBusy means that too many attempts are being made at once.
	ErrBusy = errors.New("login: too many attempts at once")
	// ErrNoSession means that the browser is not signed in, or not any more.
	ErrNoSession = errors.New("login: not signed in")
	// ErrLink means that a link was used, has expired, or never existed.
	ErrLink = errors.New("login: the link is not valid")
)

// Login is the stored password of a subject.
type Login struct {
	Password string // hash, empty if the subject has none
	Factor   bool   // there is a second factor
	Recovery int    // recovery codes that are left
}

// Session is a browser that is signed in, as stored.
type Session struct {
	Subject                string
	Created, Seen, Expires time.Time
	Pending                bool // a one-time code is missing
	Factor                 bool // the subject has a second factor; read, not stored
}

// Hash is the SHA-256 of a token. Tokens are random, so that no salt is needed.
type Hash = [sha256.Size]byte

// Store keeps logins.
type Store interface {
	// Login returns the login of a subject, zero if there is none.
	Login(ctx context.Context, subject string) (Login, error)
	// SetPassword sets a password, ends the subject's sessions and deletes its
	// link. If link is not nil, it returns ErrLink if that is not the subject's
	// link any more.
	SetPassword(ctx context.Context, subject, password string, link *Hash, now time.Time) error
	// StartSession stores a session, and ends the one with the hash ended.
	StartSession(ctx context.Context, token Hash, s Session, ended *Hash) error
	// Session returns a session, or ErrNoSession.
	Session(ctx context.Context, token Hash) (Session, error)
	// Touch stores the time of a session's last use.
	Touch(ctx context.Context, token Hash, seen time.Time) error
	// ChangeFactor changes a second factor: see FactorChange. It returns ErrCodes,
	// ErrFactor for a subject without a password, or the error of Check.
	ChangeFactor(ctx context.Context, c FactorChange) error
	// EndSession deletes a session, if it exists.
	EndSession(ctx context.Context, token Hash) error
	// SetLink replaces the subject's link.
	SetLink(ctx context.Context, subject string, token Hash, expires, now time.Time) error
	// Link returns the subject of a link, or ErrLink.
	Link(ctx context.Context, token Hash, now time.Time) (subject string, err error)
	// Fail stores a failed attempt, and Failures counts those since a time.
	Fail(ctx context.Context, name, network string, at time.Time) error
	Failures(ctx context.Context, name, network string, since time.Time) (byName, byNetwork int, err error)
	// Forgive deletes the failed attempts with a name.
	Forgive(ctx context.Context, name string) error
}

// Users finds the users of accounts.
type Users interface {
	FindUser(ctx context.Context, accountID, idOrName string) (account.User, error)
}

// Service lets people in. Make it with New; it is safe for concurrent use.
type Service struct {
	Options
	nobody string // hash that an unknown name's password is compared with
	hashes chan struct{}
	// compared counts the passwords that were hashed to be compared.
	compared atomic.Int64

	mu       sync.Mutex
	attempts map[string]int // being made, by name and network
	waiting  int
}

// Options of a Service. All but Random, Cost and RequireFactor are required.
type Options struct {
	Users  Users
	Store  Store
	Now    func() time.Time
	Random io.Reader // nil means the system's
	Cost   Cost      // of passwords; zero means the standard, which only tests lower
	// RequireFactor lets those who have no second factor do nothing but switch it on.
	RequireFactor bool
	// Sleep waits, or returns the context's error.
	Sleep func(ctx context.Context, d time.Duration) error
}

// New returns a Service. It returns the errors of Random.
func New(o Options) (*Service, error) {
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Cost == (Cost{}) {
		o.Cost = standardCost
	}
	s := &Service{Options: o, hashes: make(chan struct{}, maxHashes), attempts: map[string]int{}}
	var err error
	s.nobody, err = hash(o.Random, o.Cost, "nobody has this password")
	return s, err
}

// Principal is who is signed in.
type Principal struct {
	Subject string       // Operator, or the user's ID
	User    account.User // zero for the operator
	Enrol   bool         // a second factor is required and missing
}

// Operator reports whether it is the operator.
func (p Principal) Operator() bool { return p.Subject == Operator }

// principal returns who a subject is. It returns ErrNoSession for a user that
// does not exist or is disabled.
func (s *Service) principal(ctx context.Context, subject string) (Principal, error) {
	if subject == Operator {
		return Principal{Subject: Operator}, nil
	}
	u, err := s.Users.FindUser(ctx, "", subject)
	if errors.Is(err, account.ErrUnknown) || err == nil && u.Disabled != nil {
		return Principal{}, ErrNoSession
	}
	return Principal{Subject: u.ID, User: u}, err
}

// HasPassword reports whether a subject has a password.
func (s *Service) HasPassword(ctx context.Context, subject string) (bool, error) {
	l, err := s.Store.Login(ctx, subject)
	return l.Password != "", err
}

// Session returns who is signed in with a token, ErrNoSession, or ErrPending if
// the one-time code is missing.
func (s *Service) Session(ctx context.Context, token string) (Principal, error) {
	stored, err := s.stored(ctx, token)
	if err != nil {
		return Principal{}, err
	}
	if stored.Pending {
		return Principal{}, ErrPending
	}
	if now := s.Now(); now.Sub(stored.Seen) >= touchAfter {
		if err := s.Store.Touch(ctx, hashOf(token), now); err != nil {
			return Principal{}, err
		}
	}
	p, err := s.principal(ctx, stored.Subject)
	p.Enrol = s.RequireFactor && !stored.Factor
	return p, err
}

// Pending returns who gave a password in a session that lacks the one-time code,
// or ErrNoSession.
func (s *Service) Pending(ctx context.Context, token string) (Principal, error) {
	stored, err := s.stored(ctx, token)
	if err != nil {
		return Principal{}, err
	}
	if !stored.Pending {
		return Principal{}, ErrNoSession
	}
	return s.principal(ctx, stored.Subject)
}

// stored returns the session with a token, pending or not, or ErrNoSession.
func (s *Service) stored(ctx context.Context, token string) (Session, error) {
	if token == "" {
		return Session{}, ErrNoSession
	}
	h := hashOf(token)
	stored, err := s.Store.Session(ctx, h)
	if err != nil {
		return Session{}, err
	}
	if now := s.Now(); !now.Before(stored.Expires) || now.Sub(stored.Seen) >= IdleTime {
		return Session{}, errors.Join(ErrNoSession, s.Store.EndSession(ctx, h))
	}
	return stored, nil
}

// SignOut ends a session.
func (s *Service) SignOut(ctx context.Context, token string) error {
	if token == "" {
		return nil
	}
	return s.Store.EndSession(ctx, hashOf(token))
}

// start starts a session, and ends the browser's earlier one: a token that the
// browser had before is never a token of the new session. A pending session
// is valid until Confirm.
func (s *Service) start(ctx context.Context, subject, earlier string, pending bool) (token string, err error) {
	if token, err = s.token(); err != nil {
		return "", err
	}
	now := s.Now()
	var ended *Hash
	if earlier != "" {
		h := hashOf(earlier)
		ended = &h
	}
	valid := SessionTime
	if pending {
		valid = CodeTime
	}
	return token, s.Store.StartSession(ctx, hashOf(token), Session{Subject: subject, Created: now, Seen: now, Expires: now.Add(valid), Pending: pending}, ended)
}

// Invite makes a link with which a subject sets its password, once. An earlier
// link of the subject is not valid any more.
func (s *Service) Invite(ctx context.Context, subject string) (token string, err error) {
	if token, err = s.token(); err != nil {
		return "", err
	}
	now, valid := s.Now(), InviteTime
	if subject == Operator {
		valid = SetupTime
	}
	return token, s.Store.SetLink(ctx, subject, hashOf(token), now.Add(valid), now)
}

// Invited returns whom a link is for, or ErrLink.
func (s *Service) Invited(ctx context.Context, token string) (Principal, error) {
	subject, err := s.Store.Link(ctx, hashOf(token), s.Now())
	if err != nil {
		return Principal{}, err
	}
	p, err := s.principal(ctx, subject)
	if errors.Is(err, ErrNoSession) {
		err = ErrLink
	}
	return p, err
}

// Accept uses a link: it sets the password, ends all sessions of the subject
// and starts one, which is pending if the subject has a second factor. It
// returns ErrLink, or the errors of CheckPassword.
func (s *Service) Accept(ctx context.Context, token, password, earlier string) (session string, err error) {
	p, err := s.Invited(ctx, token)
	if err != nil {
		return "", err
	}
	h := hashOf(token)
	if err := s.setPassword(ctx, p, password, &h); err != nil {
		return "", err
	}
	l, err := s.Store.Login(ctx, p.Subject)
	if err != nil {
		return "", err
	}
	return s.start(ctx, p.Subject, earlier, l.Factor)
}

// ChangePassword sets a new password of who is signed in, ends all sessions of
// the subject and starts one. It returns ErrDenied if old is not the password,
// ErrBusy, or the errors of CheckPassword.
func (s *Service) ChangePassword(ctx context.Context, p Principal, old, password, network string) (session string, err error) {
	if err := s.checkPassword(ctx, p, old, network); err != nil {
		return "", err
	}
	if err := s.setPassword(ctx, p, password, nil); err != nil {
		return "", err
	}
	return s.start(ctx, p.Subject, "", false)
}

func (s *Service) setPassword(ctx context.Context, p Principal, password string, link *Hash) error {
	name := p.User.Name
	if p.Operator() {
		name = Operator
	}
	if err := CheckPassword(name, password); err != nil {
		return err
	}
	done, err := s.hashing(ctx)
	if err != nil {
		return err
	}
	encoded, err := hash(s.Random, s.Cost, password)
	done()
	if err != nil {
		return err
	}
	return s.Store.SetPassword(ctx, p.Subject, encoded, link, s.Now())
}

// token returns 256 random bits.
func (s *Service) token() (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(s.Random, b); err != nil {
		return "", fmt.Errorf("login: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

func hashOf(token string) Hash { return sha256.Sum256([]byte(token)) }

// nameHash identifies a name among failed attempts.
func nameHash(name string) string {
	h := sha256.Sum256([]byte(strings.ToLower(name)))
	return hex.EncodeToString(h[:16])
}
