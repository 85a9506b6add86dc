package login

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/account"
)

// Limits of attempts to sign in. Within Window, attempts after NameFailures
// failures with a name, or after NetworkFailures from a network, wait longer
// and longer, up to maxWait. Nobody is locked out: an attempt that waited is
// decided like any other.
const (
	Window          = 15 * time.Minute
	NameFailures    = 5
	NetworkFailures = 20

	maxWait     = 15 * time.Second
	maxAttempts = 2  // at once, with one name from one network
	maxWaiting  = 64 // attempts at once, in all
	maxHashes   = 2  // passwords hashed at once: each takes 32 MiB
)

// Wait returns how long an attempt waits after so many failures.
func Wait(byName, byNetwork int) time.Duration {
	over := max(byName-NameFailures, byNetwork-NetworkFailures)
	if over < 0 {
		return 0
	}
	return min(time.Second<<min(over, 10), maxWait)
}

// SignIn starts a session for a name and a password: Operator, or an app ID
// and a user's name, separated by a slash; an app ID alone means the main user.
// network is the client's, by which attempts are counted, and earlier the token
// that the browser has. The session is pending if the subject has a second
// factor. It returns ErrDenied or ErrBusy.
func (s *Service) SignIn(ctx context.Context, name, password, network, earlier string) (token string, err error) {
	name = strings.TrimSpace(name)
	var subject string
	var pending bool
	err = s.attempt(ctx, name, network, func() (ok bool, err error) {
		subject, pending, ok, err = s.verify(ctx, name, password)
		return ok, err
	})
	if err != nil {
		return "", err
	}
	return s.start(ctx, subject, earlier, pending)
}

// verify reports whether the password is the name's. For an unknown name it does
// the same work as for a known one. factor says that the subject has a second
// factor.
func (s *Service) verify(ctx context.Context, name, password string) (subject string, factor, ok bool, err error) {
	subject, usable := Operator, true
	if name != Operator {
		appID, user, named := strings.Cut(name, "/")
		if !named {
			user = "main"
		}
		u, err := s.Users.FindUser(ctx, appID, user)
		if err != nil && !errors.Is(err, account.ErrUnknown) {
			return "", false, false, err
		}
		// Without an app ID a user would be found by its ID, which is no name.
		usable = err == nil && u.Disabled == nil && appID != ""
		subject = u.ID
	}
	l, err := s.Store.Login(ctx, subject)
	if err != nil {
		return "", false, false, err
	}
	if l.Password == "" || len(password) > maxPasswordBytes {
		l.Password, usable = s.nobody, false
	}
	same, err := s.compare(ctx, l.Password, password[:min(len(password), maxPasswordBytes)])
	return subject, l.Factor, same && usable, err
}

// attempt makes one attempt with a name: it waits as long as earlier failures
// demand, and counts a failure.
func (s *Service) attempt(ctx context.Context, name, network string, try func() (bool, error)) error {
	if len(name) > 256 {
		name = name[:256]
	}
	who := nameHash(name)
	leave, ok := s.enter(who + " " + network)
	if !ok {
		return ErrBusy
	}
	defer leave()
	now := s.Now()
	byName, byNetwork, err := s.Store.Failures(ctx, who, network, now.Add(-Window))
	if err != nil {
		return err
	}
	if wait := Wait(byName, byNetwork); wait > 0 {
		if err := s.Sleep(ctx, wait); err != nil {
			return err
		}
	}
	good, err := try()
	switch {
	case err != nil:
		return err
	case !good:
		return errors.Join(ErrDenied, s.Store.Fail(ctx, who, network, s.Now()))
	}
	return s.Store.Forgive(ctx, who)
}

// enter counts an attempt, or reports that there are too many at once.
func (s *Service) enter(key string) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.attempts[key] >= maxAttempts || s.waiting >= maxWaiting {
		return nil, false
	}
	s.attempts[key]++
	s.waiting++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.waiting--
		if s.attempts[key]--; s.attempts[key] == 0 {
			delete(s.attempts, key)
		}
	}, true
}

// hashing waits for the permission to hash a password.
func (s *Service) hashing(ctx context.Context) (done func(), err error) {
	select {
	case s.hashes <- struct{}{}:
		return func() { <-s.hashes }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Service) compare(ctx context.Context, encoded, password string) (bool, error) {
	done, err := s.hashing(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	s.compared.Add(1)
	return matches(encoded, password), nil
}
