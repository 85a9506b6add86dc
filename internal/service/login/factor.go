package login

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// The second factor is a one-time code of an authenticator app (RFC 6238:
// SHA-1, six digits, 30 seconds, which every app knows), or one of the recovery
// codes that were shown when it was switched on.
const (
	// CodeTime is how long a code may be given after the password.
	CodeTime = 10 * time.Minute
	// MaxCodes is how many wrong codes a subject may give within Window. More are
	// refused unread: three of a million codes are right at a time, so that
	// who knows a password guesses a code in a day with probability 0.0015.
	// Recovery codes have 80 random bits and stay usable.
	MaxCodes = 5
	// RecoveryCodes is how many recovery codes a subject gets.
	RecoveryCodes = 10

	codeDigits    = 6
	codePeriod    = 30 // seconds
	codeSkew      = 1  // periods that a clock may be off
	secretBytes   = 20
	recoveryBytes = 10
)

// Errors of the second factor.
var (
	// ErrPending means that the browser gave a password and must give a code.
	ErrPending = errors.New("login: a one-time code is missing")
	// ErrCode means that a code is wrong, or was used.
	ErrCode = errors.New("login: wrong one-time code")
	// ErrCodes means that there were too many wrong codes.
	ErrCodes = errors.New("login: too many wrong one-time codes")
	// ErrFactor means that the second factor is on or off already.
	ErrFactor = errors.New("login: the second factor is not in that state")
)

// Factor is the stored second factor of a subject. The zero Factor is none.
type Factor struct {
	Secret   []byte
	Used     int64  // period of the last code: it and earlier ones are not valid
	Recovery []Hash // of the recovery codes that are left
}

// On reports whether there is a second factor.
func (f Factor) On() bool { return len(f.Secret) > 0 }

// FactorChange checks a code and changes the factor, in one transaction.
type FactorChange struct {
	Subject string
	Now     time.Time
	// Bound counts failures under Name. After MaxCodes of them since Since, Check
	// is not called. Nil means no bound.
	Bound *FailureBound
	// Keep, if it is not nil, is the one session of the subject that stays.
	Keep *Hash
	// Check returns the factor to store. It may be called more than once.
	Check func(Factor) (Factor, error)
}

// FailureBound is the name and the network under which failures are counted.
type FailureBound struct {
	Name, Network string
	Since         time.Time
}

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// Enrolment is a new secret to put into an authenticator app.
type Enrolment struct {
	Secret string // base32
	URL    string // otpauth://totp/..., for a QR code
}

// NewEnrolment returns a random secret for the subject with a name to sign in
// with. Nothing is stored before Enrol.
func (s *Service) NewEnrolment(name string) (Enrolment, error) {
	b := make([]byte, secretBytes)
	if _, err := io.ReadFull(s.Random, b); err != nil {
		return Enrolment{}, fmt.Errorf("login: %w", err)
	}
	return EnrolmentOf(name, base32Text.EncodeToString(b))
}

// EnrolmentOf returns the enrolment with a secret that a form sent back, or
// ErrCode if it is none of NewEnrolment.
func EnrolmentOf(name, secret string) (Enrolment, error) {
	b, err := decodeSecret(secret)
	if err != nil {
		return Enrolment{}, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "kahao", AccountName: name, Secret: b, Period: codePeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return Enrolment{}, fmt.Errorf("login: %w", err)
	}
	return Enrolment{secret, key.URL()}, nil
}

// decodeSecret returns the bytes of a secret, or ErrCode.
func decodeSecret(secret string) ([]byte, error) {
	b, err := base32Text.DecodeString(secret)
	if err != nil || len(b) != secretBytes || base32Text.EncodeToString(b) != secret {
		return nil, ErrCode
	}
	return b, nil
}

// Enrol switches the second factor of who is signed in on, if the password is
// right and the code is one of the secret. It returns the recovery codes, ends
// the subject's other sessions, and returns ErrDenied, ErrBusy, ErrCode or
// ErrFactor.
func (s *Service) Enrol(ctx context.Context, p Principal, session, password, secret, code, network string) (recovery []string, err error) {
	if err := s.checkPassword(ctx, p, password, network); err != nil {
		return nil, err
	}
	b, err := decodeSecret(secret)
	if err != nil {
		return nil, err
	}
	recovery, hashes, err := s.recoveryCodes()
	if err != nil {
		return nil, err
	}
	now, keep := s.Now(), hashOf(session)
	err = s.Store.ChangeFactor(ctx, FactorChange{Subject: p.Subject, Now: now, Keep: &keep, Check: func(f Factor) (Factor, error) {
		if f.On() {
			return f, ErrFactor
		}
		f, err := Factor{Secret: b}.use(code, now)
		f.Recovery = hashes
		return f, err
	}})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// Confirm turns a pending session into one that is signed in, with another
// token. It returns ErrNoSession, ErrCode, ErrCodes or ErrBusy.
func (s *Service) Confirm(ctx context.Context, pending, code, network string) (session string, err error) {
	stored, err := s.stored(ctx, pending)
	if err != nil {
		return "", err
	}
	if !stored.Pending {
		return "", ErrNoSession
	}
	if err := s.useCode(ctx, stored.Subject, code, network, nil, nil); err != nil {
		return "", err
	}
	return s.start(ctx, stored.Subject, pending, false)
}

// RemoveFactor switches the second factor of who is signed in off, with the
// password and a code, and ends the subject's other sessions.
func (s *Service) RemoveFactor(ctx context.Context, p Principal, session, password, code, network string) error {
	if err := s.checkPassword(ctx, p, password, network); err != nil {
		return err
	}
	keep := hashOf(session)
	return s.useCode(ctx, p.Subject, code, network, &keep, func(Factor) Factor { return Factor{} })
}

// RenewRecovery replaces the recovery codes of who is signed in, with the
// password and a code.
func (s *Service) RenewRecovery(ctx context.Context, p Principal, password, code, network string) (recovery []string, err error) {
	if err := s.checkPassword(ctx, p, password, network); err != nil {
		return nil, err
	}
	recovery, hashes, err := s.recoveryCodes()
	if err != nil {
		return nil, err
	}
	err = s.useCode(ctx, p.Subject, code, network, nil, func(f Factor) Factor {
		f.Recovery = hashes
		return f
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// ResetFactor switches a subject's second factor off without a code, and ends
// the subject's sessions: for who has lost the device and the recovery codes.
// It returns ErrFactor if there is none.
func (s *Service) ResetFactor(ctx context.Context, subject string) error {
	return s.Store.ChangeFactor(ctx, FactorChange{Subject: subject, Now: s.Now(), Keep: &Hash{}, Check: func(f Factor) (Factor, error) {
		if !f.On() {
			return f, ErrFactor
		}
		return Factor{}, nil
	}})
}

func (s *Service) checkPassword(ctx context.Context, p Principal, password, network string) error {
	return s.attempt(ctx, p.Subject, network, func() (bool, error) {
		l, err := s.Store.Login(ctx, p.Subject)
		if err != nil {
			return false, err
		}
		return s.compare(ctx, l.Password, password)
	})
}

// useCode uses a code once, and changes the factor with then.
func (s *Service) useCode(ctx context.Context, subject, code, network string, keep *Hash, then func(Factor) Factor) error {
	now := s.Now()
	c := FactorChange{Subject: subject, Now: now, Keep: keep, Check: func(f Factor) (Factor, error) {
		if !f.On() {
			return f, ErrFactor
		}
		f, err := f.use(code, now)
		if err == nil && then != nil {
			f = then(f)
		}
		return f, err
	}}
	if IsRecovery(code) {
		err := s.attempt(ctx, "recovery/"+subject, network, func() (bool, error) {
			err := s.Store.ChangeFactor(ctx, c)
			if errors.Is(err, ErrCode) {
				return false, nil
			}
			return true, err
		})
		if errors.Is(err, ErrDenied) {
			return ErrCode
		}
		return err
	}
	c.Bound = &FailureBound{Name: nameHash("code/" + subject), Network: network, Since: now.Add(-Window)}
	return s.Store.ChangeFactor(ctx, c)
}

// IsRecovery reports whether a code has the form of a recovery code.
func IsRecovery(code string) bool { return len(compact(code)) > codeDigits }

// compact removes what people write between the characters of codes.
func compact(code string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\u3000", "").Replace(code))
}

// use returns the factor after a code was used, or ErrCode. A code is valid
// once: in its own period and the one on either side, unless that period or a
// later one was used.
func (f Factor) use(code string, now time.Time) (Factor, error) {
	code = compact(code)
	if len(code) > codeDigits {
		i := slices.Index(f.Recovery, hashOf(code))
		if i < 0 {
			return f, ErrCode
		}
		f.Recovery = slices.Delete(slices.Clone(f.Recovery), i, i+1)
		return f, nil
	}
	period, secret := now.Unix()/codePeriod, base32Text.EncodeToString(f.Secret)
	found := int64(0)
	for at := period - codeSkew; at <= period+codeSkew; at++ {
		right, err := hotp.GenerateCode(secret, uint64(at))
		if err != nil {
			return f, fmt.Errorf("login: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(right), []byte(code)) == 1 && at > f.Used {
			found = at
		}
	}
	if found == 0 {
		return f, ErrCode
	}
	f.Used = found
	return f, nil
}

// recoveryCodes returns new recovery codes and their hashes.
func (s *Service) recoveryCodes() (codes []string, hashes []Hash, err error) {
	for range RecoveryCodes {
		b := make([]byte, recoveryBytes)
		if _, err := io.ReadFull(s.Random, b); err != nil {
			return nil, nil, fmt.Errorf("login: %w", err)
		}
		text := base32Text.EncodeToString(b)
		hashes = append(hashes, hashOf(text))
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
	}
	return codes, hashes, nil
}
