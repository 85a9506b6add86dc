package logindb

import (
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/login"
	"github.com/kahao/kahao/internal/store/auditdb"
	"github.com/kahao/kahao/internal/store/db"
)

const annaID = "100000000002"

// codeAt is the code of a secret, so many periods from now.
func (r *rig) codeAt(t *testing.T, secret string, periods int64) string {
	t.Helper()
	code, err := hotp.GenerateCode(secret, uint64(r.clock.Now().Unix()/30+periods))
	if err != nil {
		t.Fatalf("GenerateCode: %v", err)
	}
	return code
}

// wrongCode is a code that is right in none of the periods around now.
func (r *rig) wrongCode(t *testing.T, secret string) string {
	t.Helper()
	for n := 0; ; n++ {
		code := fmt.Sprintf("%06d", n)
		if code != r.codeAt(t, secret, -1) && code != r.codeAt(t, secret, 0) && code != r.codeAt(t, secret, 1) {
			return code
		}
	}
}

func (r *rig) anna() login.Principal {
	return login.Principal{Subject: annaID, User: r.users["anna"]}
}

// enrol sets anna's password and switches her second factor on.
func (r *rig) enrol(t *testing.T) (session, secret string, recovery []string) {
	t.Helper()
	session = r.accept(t, annaID, password)
	e, err := r.NewEnrolment("1250000001/anna")
	if err != nil {
		t.Fatalf("NewEnrolment: %v", err)
	}
	recovery, err = r.Enrol(t.Context(), r.anna(), session, password, e.Secret, r.codeAt(t, e.Secret, 0), here)
	if err != nil {
		t.Fatalf("Enrol: %v", err)
	}
	r.clock.Pass(30 * time.Second) // the code of the enrolment is used
	return session, e.Secret, recovery
}

// pending gives anna's password and returns the pending session.
func (r *rig) pending(t *testing.T) string {
	t.Helper()
	token, err := r.SignIn(t.Context(), "1250000001/anna", password, here, "")
	if err != nil {
		t.Fatalf("SignIn: %v", err)
	}
	if p, err := r.Session(t.Context(), token); !errors.Is(err, login.ErrPending) || p.Subject != "" {
		t.Fatalf("Session after the password alone = %+v, %v, want ErrPending", p, err)
	}
	return token
}

// With a second factor a password opens nothing; the code does, in a session
// with another token.
func TestSecondFactor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		session := r.accept(t, annaID, password)
		other, err := r.SignIn(ctx, "1250000001/anna", password, here, "")
		if err != nil {
			t.Fatalf("SignIn: %v", err)
		}
		e, err := r.NewEnrolment("1250000001/anna")
		if err != nil {
			t.Fatalf("NewEnrolment: %v", err)
		}
		for _, c := range []struct {
			what, password, secret, code string
			want                         error
		}{
			{"a wrong password", "wrong", e.Secret, r.codeAt(t, e.Secret, 0), login.ErrDenied},
			{"a wrong code", password, e.Secret, r.wrongCode(t, e.Secret), login.ErrCode},
			{"a short secret", password, e.Secret[:8], r.codeAt(t, e.Secret[:8], 0), login.ErrCode},
			{"the right ones", password, e.Secret, r.codeAt(t, e.Secret, 0), nil},
			{"another secret afterwards", password, e.Secret, r.codeAt(t, e.Secret, 0), login.ErrFactor},
		} {
			codes, err := r.Enrol(ctx, r.anna(), session, c.password, c.secret, c.code, here)
			if !errors.Is(err, c.want) || (len(codes) == login.RecoveryCodes) != (c.want == nil) {
				t.Errorf("Enrol with %s = %d codes, %v, want %v", c.what, len(codes), err, c.want)
			}
		}
		r.signedIn(t, session, annaID)
		r.signedIn(t, other, "") // started before, with the password alone
		r.clock.Pass(30 * time.Second)
		token := r.pending(t)
		if _, err := r.Confirm(ctx, session, r.codeAt(t, e.Secret, 0), here); !errors.Is(err, login.ErrNoSession) {
			t.Errorf("Confirm of a session that is not pending: %v, want ErrNoSession", err)
		}
		in, err := r.Confirm(ctx, token, r.codeAt(t, e.Secret, 0), here)
		if err != nil || in == token {
			t.Fatalf("Confirm = %v, %v, want another token", in == token, err)
		}
		r.signedIn(t, in, annaID)
		r.signedIn(t, token, "")
	})
}

// A pending session ends after ten minutes, whatever is done with it.
func TestPendingSessionEnds(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		_, secret, _ := r.enrol(t)
		token := r.pending(t)
		r.clock.Pass(login.CodeTime)
		if _, err := r.Confirm(t.Context(), token, r.codeAt(t, secret, 0), here); !errors.Is(err, login.ErrNoSession) {
			t.Errorf("Confirm after ten minutes: %v, want ErrNoSession", err)
		}
	})
}

// Replay: a code that was used opens nothing again, in parallel or later.
func TestCodeReplay(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		_, secret, _ := r.enrol(t)
		tokens := []string{r.pending(t), r.pending(t), r.pending(t), r.pending(t)}
		code := r.codeAt(t, secret, 0)
		var wg sync.WaitGroup
		errs := make([]error, len(tokens))
		for i := range errs {
			wg.Go(func() { _, errs[i] = r.Confirm(t.Context(), tokens[i], code, here) })
		}
		wg.Wait()
		good := 0
		for _, err := range errs {
			if err == nil {
				good++
			} else if !errors.Is(err, login.ErrCode) {
				t.Errorf("Confirm: %v, want ErrCode", err)
			}
		}
		if good != 1 {
			t.Errorf("%d of %d used the code, want 1", good, len(tokens))
		}
		r.clock.Pass(30 * time.Second)
		if _, err := r.Confirm(t.Context(), r.pending(t), code, here); !errors.Is(err, login.ErrCode) {
			t.Errorf("Confirm with the code in the next period: %v, want ErrCode", err)
		}
	})
}

// Brute force: after five wrong codes from anywhere, in sequence or at once, no
// code is read for 15 minutes. Recovery codes, which nobody guesses, stay
// usable, so that who knows the password locks nobody out.
func TestCodeBruteForce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		_, secret, recovery := r.enrol(t)
		token := r.pending(t)
		wrong := r.wrongCode(t, secret)
		var wg sync.WaitGroup
		errs := make([]error, 40)
		for i := range errs {
			wg.Go(func() { _, errs[i] = r.Confirm(ctx, token, wrong, fmt.Sprint("198.51.100.", i)) })
		}
		wg.Wait()
		read := 0
		for _, err := range errs {
			if errors.Is(err, login.ErrCode) {
				read++
			} else if !errors.Is(err, login.ErrCodes) {
				t.Errorf("Confirm: %v, want ErrCode or ErrCodes", err)
			}
		}
		if read != login.MaxCodes {
			t.Errorf("%d of 40 guesses at once were read, want %d", read, login.MaxCodes)
		}
		if _, err := r.Confirm(ctx, token, r.codeAt(t, secret, 0), here); !errors.Is(err, login.ErrCodes) {
			t.Errorf("the right code after 5 wrong ones: %v, want ErrCodes", err)
		}
		if _, err := r.Confirm(ctx, r.pending(t), r.codeAt(t, secret, 0), here); !errors.Is(err, login.ErrCodes) {
			t.Errorf("the right code after signing in again: %v, want ErrCodes", err)
		}
		if _, err := r.Confirm(ctx, token, recovery[0], here); err != nil {
			t.Errorf("a recovery code after 5 wrong codes: %v", err)
		}
		r.clock.Pass(login.Window)
		if _, err := r.Confirm(ctx, r.pending(t), r.codeAt(t, secret, 0), here); err != nil {
			t.Errorf("the right code 15 minutes later: %v", err)
		}
	})
}

// A recovery code is valid once; new ones replace the old. Wrong ones slow down.
func TestRecoveryCodes(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		_, secret, recovery := r.enrol(t)
		typed := strings.ToLower(strings.ReplaceAll(recovery[3], "-", " "))
		if _, err := r.Confirm(ctx, r.pending(t), typed, here); err != nil {
			t.Errorf("a recovery code in small letters: %v", err)
		}
		if _, err := r.Confirm(ctx, r.pending(t), recovery[3], here); !errors.Is(err, login.ErrCode) {
			t.Errorf("a used recovery code: %v, want ErrCode", err)
		}
		if l, err := r.store.Login(ctx, annaID); err != nil || !l.Factor || l.Recovery != login.RecoveryCodes-1 {
			t.Errorf("Login = %+v, %v, want a factor with 9 codes left", l, err)
		}
		for _, c := range []struct {
			what, password, code string
			want                 error
		}{{"a wrong password", "wrong", r.codeAt(t, secret, 0), login.ErrDenied}, {"a wrong code", password, r.wrongCode(t, secret), login.ErrCode}} {
			if codes, err := r.RenewRecovery(ctx, r.anna(), c.password, c.code, here); !errors.Is(err, c.want) || codes != nil {
				t.Errorf("RenewRecovery with %s = %d codes, %v, want %v", c.what, len(codes), err, c.want)
			}
		}
		renewed, err := r.RenewRecovery(ctx, r.anna(), password, r.codeAt(t, secret, 0), here)
		if err != nil || len(renewed) != login.RecoveryCodes {
			t.Fatalf("RenewRecovery = %d codes, %v, want 10", len(renewed), err)
		}
		if _, err := r.Confirm(ctx, r.pending(t), recovery[4], here); !errors.Is(err, login.ErrCode) {
			t.Errorf("a replaced recovery code: %v, want ErrCode", err)
		}
		if _, err := r.Confirm(ctx, r.pending(t), renewed[4], here); err != nil {
			t.Errorf("a new recovery code: %v", err)
		}
		r.slept = nil
		for range 7 {
			_, _ = r.Confirm(ctx, r.pending(t), "AAAA-BBBB-CCCC-DDDD", here)
		}
		if len(r.slept) != 2 {
			t.Errorf("7 wrong recovery codes waited %v, want two waits", r.slept)
		}
	})
}

// A link that sets a password, in the wrong hands, does not pass the second
// factor; nor does it switch it off.
func TestStolenLink(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		_, secret, _ := r.enrol(t)
		token := r.accept(t, annaID, other)
		if _, err := r.Session(t.Context(), token); !errors.Is(err, login.ErrPending) {
			t.Errorf("Session after a link: %v, want ErrPending", err)
		}
		if _, err := r.Confirm(t.Context(), token, r.codeAt(t, secret, 0), here); err != nil {
			t.Errorf("the code after the link: %v", err)
		}
	})
}

// A stolen session does not switch the second factor off: that takes the
// password and a code. Losing everything takes a reset, which ends all sessions.
func TestRemoveFactor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		session, secret, _ := r.enrol(t)
		for _, c := range []struct {
			what, password, code string
			want                 error
		}{
			{"no password", "", r.codeAt(t, secret, 0), login.ErrDenied}, {"no code", password, "", login.ErrCode},
			{"a wrong code", password, r.wrongCode(t, secret), login.ErrCode}, {"both", password, r.codeAt(t, secret, 0), nil},
		} {
			if err := r.RemoveFactor(ctx, r.anna(), session, c.password, c.code, here); !errors.Is(err, c.want) {
				t.Errorf("RemoveFactor with %s: %v, want %v", c.what, err, c.want)
			}
			l, err := r.store.Login(ctx, annaID)
			if err != nil || l.Factor != (c.want != nil) {
				t.Errorf("after %s the factor is on: %v, %v", c.what, l.Factor, err)
			}
		}
		r.signedIn(t, session, annaID)
		r.clock.Pass(30 * time.Second)
		_, _, _ = r.enrol(t)
		if err := r.ResetFactor(ctx, annaID); err != nil {
			t.Errorf("ResetFactor: %v", err)
		}
		for _, subject := range []string{annaID, "100000000001"} {
			if err := r.ResetFactor(ctx, subject); !errors.Is(err, login.ErrFactor) {
				t.Errorf("ResetFactor of %s without a factor: %v, want ErrFactor", subject, err)
			}
		}
		r.signedIn(t, session, "")
		in, err := r.SignIn(ctx, "1250000001/anna", password, here, "")
		if err != nil {
			t.Fatalf("SignIn after the reset: %v", err)
		}
		r.signedIn(t, in, annaID)
	})
}

// Where a second factor is required, who has none is sent to switch it on.
func TestRequiredFactor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.RequireFactor = true
		session := r.accept(t, annaID, password)
		if p, err := r.Session(t.Context(), session); err != nil || !p.Enrol {
			t.Errorf("Session without a factor = %+v, %v, want Enrol", p, err)
		}
		session, _, _ = r.enrol(t)
		if p, err := r.Session(t.Context(), session); err != nil || p.Enrol {
			t.Errorf("Session with a factor = %+v, %v, want no Enrol", p, err)
		}
	})
}

// The database has neither the secret nor the recovery codes. The secret opens
// in its own row only, and with a rotated key.
func TestSecretIsSealed(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		_, secret, recovery := r.enrol(t)
		read := func() (sealed []byte, codes string) {
			if err := r.engine.Read(ctx, func(tx *db.Tx) error {
				return tx.Row(`SELECT totp_ct, recovery FROM login WHERE subject = ?`, annaID).Scan(&sealed, &codes)
			}); err != nil {
				t.Fatalf("Read: %v", err)
			}
			return sealed, codes
		}
		sealed, codes := read()
		plain, err := base32.StdEncoding.DecodeString(secret)
		if err != nil || bytes.Contains(sealed, plain) || bytes.Contains(sealed, []byte(secret)) {
			t.Errorf("the row has the secret in clear, %v", err)
		}
		for _, code := range recovery {
			if strings.Contains(codes, code) || strings.Contains(codes, strings.ReplaceAll(code, "-", "")) {
				t.Errorf("the row has the recovery code %s in clear", code)
			}
		}
		if _, err := r.keyring.Open(secretAAD("100000000001"), sealed); !errors.Is(err, envelope.ErrOpen) {
			t.Errorf("the secret in another row: %v, want ErrOpen", err)
		}
		if n, err := r.store.Rewrap(ctx); err != nil || n != 0 {
			t.Errorf("Rewrap under the same key = %d, %v, want 0", n, err)
		}
		foreign, _ := newKeyring(t, "k1", "")
		if _, err := New(r.engine, foreign, rand.Reader).Rewrap(ctx); err == nil {
			t.Error("Rewrap with a foreign keyring succeeded")
		}
		if again, _ := read(); !bytes.Equal(again, sealed) {
			t.Error("a failed Rewrap changed the secret")
		}
		rotated, _ := newKeyring(t, "k2", r.keys)
		r.store.keyring = rotated
		for _, want := range []int{1, 0} {
			if n, err := r.store.Rewrap(ctx); err != nil || n != want {
				t.Errorf("Rewrap under a new key = %d, %v, want %d", n, err, want)
			}
		}
		if sealed, _ = read(); !bytes.Contains(sealed[:4], []byte("k2")) {
			t.Errorf("the secret is sealed under %q, want k2", sealed[:4])
		}
		if _, err := r.Confirm(ctx, r.pending(t), r.codeAt(t, secret, 0), here); err != nil {
			t.Errorf("a code after the rotation: %v", err)
		}
	})
}

// Switching on, the use of a recovery code and a reset are in the audit log,
// without secrets and codes.
func TestFactorAudit(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		_, secret, recovery := r.enrol(t)
		as := func(action string) audit.Entry {
			return audit.Entry{Account: "1250000001", Actor: annaID, Action: action, Target: annaID}
		}
		token := r.pending(t)
		if _, err := r.Confirm(audit.With(t.Context(), as("factor.wrong")), token, "AAAA-BBBB-CCCC-DDDD", here); !errors.Is(err, login.ErrCode) {
			t.Fatalf("Confirm: %v, want ErrCode", err)
		}
		if _, err := r.Confirm(audit.With(t.Context(), as("factor.recovery")), token, recovery[0], here); err != nil {
			t.Fatalf("Confirm: %v", err)
		}
		if err := r.ResetFactor(audit.With(t.Context(), as("factor.reset")), annaID); err != nil {
			t.Fatalf("ResetFactor: %v", err)
		}
		all, err := auditdb.New(r.engine).List(t.Context(), audit.Filter{Account: "1250000001", Limit: 10})
		if err != nil || len(all) != 2 || all[0].Action != "factor.reset" || all[1].Action != "factor.recovery" {
			t.Errorf("List = %+v, %v, want the reset and the recovery code", all, err)
		}
		if text := fmt.Sprintf("%+v", all); strings.Contains(text, secret) || strings.Contains(text, recovery[0]) {
			t.Errorf("the log has a secret: %s", text)
		}
	})
}
