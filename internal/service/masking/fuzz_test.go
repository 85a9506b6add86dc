package masking

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// FuzzPublicKey: a key that is taken encrypts a number, its JWE names the key and
// the algorithm of its kind, and the key is written as a text that is read as the
// same key. No private key is taken, and no error quotes the text.
func FuzzPublicKey(f *testing.F) {
	for _, k := range publicKeys(f) {
		text, err := json.Marshal(k)
		if err != nil {
			f.Fatalf("Marshal: %v", err)
		}
		f.Add(text)
	}
	for _, k := range privateKeys(f) {
		f.Add(inPEM(f, k.Public()))
	}
	f.Add([]byte(`{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I"}`))
	f.Add([]byte(`{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ","use":"enc","alg":"ECDH-ES+A256KW","kid":"1"}`))
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"))
	n := number(f, "4000001234567899")
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ParsePublicKey(text)
		if err != nil {
			if !errors.Is(err, ErrPolicy) || k != nil {
				t.Fatalf("ParsePublicKey: %v, %v; want nothing and ErrPolicy", k, err)
			}
			if s := strings.TrimSpace(string(text)); len(s) > 40 && strings.Contains(err.Error(), s) {
				t.Fatalf("the error quotes the key: %v", err)
			}
			return
		}
		written, err := json.Marshal(k)
		if err != nil {
			t.Fatalf("Marshal: %v", err)
		}
		again, err := ParsePublicKey(written)
		if err != nil {
			t.Fatalf("ParsePublicKey(%s): %v", written, err)
		}
		if again.ID() != k.ID() || again.algorithm != k.algorithm {
			t.Fatalf("%s is read as the key %q for %s, want %q for %s", written, again.ID(), again.algorithm, k.ID(), k.algorithm)
		}
		m, err := New(Policy{Encrypt: k}, nil)
		if err != nil {
			t.Fatalf("New: %v", err)
		}
		sent, err := m.Number(n)
		if err != nil {
			t.Fatalf("Number: %v", err)
		}
		if strings.Contains(sent, n.Reveal()) {
			t.Fatalf("the JWE has the number: %s", sent)
		}
		jwe, err := jose.ParseEncryptedCompact(sent, []jose.KeyAlgorithm{k.algorithm}, []jose.ContentEncryption{jose.A256GCM})
		if err != nil || jwe.Header.KeyID != k.ID() {
			t.Fatalf("the JWE %s names the key %q, %v; want %q", sent, jwe.Header.KeyID, err, k.ID())
		}
	})
}
