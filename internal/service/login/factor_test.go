package login

import (
	"encoding/base32"
	"errors"
	"net/url"
	"testing"
	"time"
)

// The codes are those of RFC 6238, appendix B, shortened to six digits, and each
// is valid once: in its period and the one on either side.
func TestCodes(t *testing.T) {
	secret := []byte("12345678901234567890")
	for _, c := range []struct {
		at   int64
		code string
	}{{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}} {
		for _, d := range []struct {
			periods int64
			want    error
		}{{-2, ErrCode}, {-1, nil}, {0, nil}, {1, nil}, {2, ErrCode}} {
			if c.at+30*d.periods < 0 {
				continue
			}
			f, err := Factor{Secret: secret}.use(c.code, time.Unix(c.at+30*d.periods, 0))
			if !errors.Is(err, d.want) {
				t.Errorf("the code of %d, %d periods later: %v, want %v", c.at, d.periods, err, d.want)
				continue
			}
			if err != nil {
				continue
			}
			if _, err := f.use(c.code, time.Unix(c.at+30*d.periods, 0)); !errors.Is(err, ErrCode) {
				t.Errorf("the code of %d again: %v, want ErrCode", c.at, err)
			}
		}
	}
	at := time.Unix(1111111109, 0)
	for _, code := range []string{" 081 804 ", "081-804"} {
		if _, err := (Factor{Secret: secret}).use(code, at); err != nil {
			t.Errorf("use(%q): %v, want no error", code, err)
		}
	}
	for _, code := range []string{"", "081804 0", "81804", "081805", "０８１８０４", "081804\x00", "AAAA-BBBB-CCCC-DDDD"} {
		if _, err := (Factor{Secret: secret}).use(code, at); !errors.Is(err, ErrCode) {
			t.Errorf("use(%q): %v, want ErrCode", code, err)
		}
	}
}

// A code of a later period makes the earlier ones invalid: who looks over a
// shoulder cannot use the code before.
func TestEarlierCodes(t *testing.T) {
	f, err := Factor{Secret: []byte("12345678901234567890")}.use("050471", time.Unix(1111111111, 0))
	if err != nil {
		t.Fatalf("use: %v", err)
	}
	if _, err := f.use("081804", time.Unix(1111111111, 0)); !errors.Is(err, ErrCode) {
		t.Errorf("the code of the period before: %v, want ErrCode", err)
	}
}

// The address for authenticator apps has the parameters that Check computes
// with; a secret that a form sends back must be one of ours.
func TestEnrolment(t *testing.T) {
	s, err := New(Options{Cost: Cost{1, 64}})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	e, err := s.NewEnrolment("1000000001/anna")
	if err != nil {
		t.Fatalf("NewEnrolment: %v", err)
	}
	u, err := url.Parse(e.URL)
	if err != nil {
		t.Fatalf("Parse(%q): %v", e.URL, err)
	}
	q := u.Query()
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/kahao:1000000001/anna" || q.Get("secret") != e.Secret || q.Get("issuer") != "kahao" {
		t.Errorf("the URL is %s, want otpauth://totp/kahao:1000000001/anna with the secret", e.URL)
	}
	if q.Get("digits") != "6" || q.Get("period") != "30" || q.Get("algorithm") != "SHA1" {
		t.Errorf("the URL has %v, want six digits, 30 seconds, SHA1", q)
	}
	if b, err := base32.StdEncoding.DecodeString(e.Secret); err != nil || len(b) != 20 {
		t.Errorf("the secret %q has %d bytes, %v, want 20", e.Secret, len(b), err)
	}
	for _, secret := range []string{"", "AAAA", "not base32", e.Secret + "A", e.Secret[:30]} {
		if _, err := EnrolmentOf("x", secret); !errors.Is(err, ErrCode) {
			t.Errorf("EnrolmentOf(%q): %v, want ErrCode", secret, err)
		}
	}
}
