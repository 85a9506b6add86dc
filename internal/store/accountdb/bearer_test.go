package accountdb

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/bearer"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store/db"
)

// A bearer key is verified by its text, and by nothing that a signing key is
// verified by; the database has neither its text nor its hash in clear.
func TestBearerKey(t *testing.T) {
	each(t, func(t *testing.T, e db.Engine) {
		ctx, clock := t.Context(), at("2026-11-30T04:00:00Z")
		s := open(t, e, clock)
		a, err := s.CreateAccount(ctx, account.NewAccount{Name: "a"})
		if err != nil {
			t.Fatalf("CreateAccount: %v", err)
		}
		c, err := s.CreateKey(ctx, a.User, account.KeySettings{Kind: account.Bearer, Shape: []byte(`{"number":"bin_last4"}`)})
		if err != nil || c.Kind != account.Bearer {
			t.Fatalf("CreateKey: kind %q, %v, want bearer", c.Kind, err)
		}
		verify := func(text signature.Secret) error {
			_, _, err := bearer.Verify(ctx, s, "Bearer "+string(text))
			return err
		}
		if err := verify(c.SecretKey); err != nil {
			t.Errorf("Verify of the key: %v", err)
		}
		access, err := s.Access(ctx, c.AppID, c.SecretID)
		if err != nil || access.WholeNumber() || access.SubAccount {
			t.Errorf("Access: whole numbers %v, sub-account %v, %v, want those of the key's settings", access.WholeNumber(), access.SubAccount, err)
		}
		for id, signing := range map[string]bool{a.SecretID: true, c.SecretID: false} {
			if _, found, err := s.Key(ctx, id); err != nil || found != signing {
				t.Errorf("Key(%s): found %v, %v, want %v", id, found, err, signing)
			}
			if _, found, err := s.BearerKey(ctx, id); err != nil || found == signing {
				t.Errorf("BearerKey(%s): found %v, %v, want %v", id, found, err, !signing)
			}
		}
		if _, err := s.Secret(ctx, c.SecretID); !errors.Is(err, account.ErrRefused) {
			t.Errorf("Secret of a bearer key: %v, want ErrRefused", err)
		}
		var kept []byte
		if err := e.Read(ctx, func(tx *db.Tx) error {
			return tx.Row(`SELECT secret_ct FROM api_key WHERE secret_id = ?`, c.SecretID).Scan(&kept)
		}); err != nil {
			t.Fatalf("Read: %v", err)
		}
		hash := bearer.HashOf(c.SecretKey)
		if bytes.Contains(kept, hash[:]) || bytes.Contains(kept, []byte(c.SecretKey)) {
			t.Error("the row has the key or its hash in clear")
		}

		next, err := s.RotateKey(ctx, c.SecretID, time.Hour)
		if err != nil || next.Kind != account.Bearer || verify(next.SecretKey) != nil || verify(c.SecretKey) != nil {
			t.Errorf("RotateKey: kind %q, %v; the new and the old key verify as %v and %v, want both accepted", next.Kind, err, verify(next.SecretKey), verify(c.SecretKey))
		}
		clock.Pass(time.Hour)
		if err := verify(c.SecretKey); !errors.Is(err, bearer.ErrInvalid) {
			t.Errorf("the old key after the overlap: %v, want ErrInvalid", err)
		}
		if err := s.DisableKey(ctx, next.SecretID, true); err != nil {
			t.Fatalf("DisableKey: %v", err)
		}
		if err := verify(next.SecretKey); !errors.Is(err, bearer.ErrInvalid) {
			t.Errorf("a disabled key: %v, want ErrInvalid", err)
		}
		if _, err := s.CreateKey(ctx, a.User, account.KeySettings{Kind: "other"}); !errors.Is(err, account.ErrIncomplete) {
			t.Errorf("CreateKey of another kind: %v, want ErrIncomplete", err)
		}
	})
}

// Each kind of key has its own count.
func TestBearerKeyCount(t *testing.T) {
	s := open(t, engines["sqlite"](t), at("2026-11-30T04:00:00Z"))
	a, err := s.CreateAccount(t.Context(), account.NewAccount{Name: "a"})
	if err != nil {
		t.Fatalf("CreateAccount: %v", err)
	}
	for i, want := range []error{nil, nil, account.ErrTooMany} {
		if _, err := s.CreateKey(t.Context(), a.User, account.KeySettings{Kind: account.Bearer}); !errors.Is(err, want) {
			t.Errorf("bearer key %d: %v, want %v", i+1, err, want)
		}
	}
	if _, err := s.CreateKey(t.Context(), a.User, account.KeySettings{}); err != nil {
		t.Errorf("a second signing key next to two bearer keys: %v", err)
	}
}
