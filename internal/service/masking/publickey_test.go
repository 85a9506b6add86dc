package masking

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// pairs are key pairs of each kind, drawn once.
var pairs = sync.OnceValues(func() (map[string]crypto.Signer, error) {
	all := map[string]crypto.Signer{}
	for name, curve := range map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()} {
		k, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			return nil, err
		}
		all[name] = k
	}
	k, err := rsa.GenerateKey(rand.Reader, minRSABits)
	all["RSA"] = k
	return all, err
})

func privateKeys(t testing.TB) map[string]crypto.Signer {
	t.Helper()
	all, err := pairs()
	if err != nil {
		t.Fatalf("pairs failed: %v", err)
	}
	return all
}

func publicKeys(t testing.TB) map[string]*PublicKey {
	t.Helper()
	all := map[string]*PublicKey{}
	for name, private := range privateKeys(t) {
		k, err := ParsePublicKey(inPEM(t, private.Public()))
		if err != nil {
			t.Fatalf("ParsePublicKey failed: %v", err)
		}
		all[name] = k
	}
	return all
}

func inPEM(t testing.TB, public any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatalf("MarshalPKIXPublicKey failed: %v", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func inJWK(t testing.TB, k jose.JSONWebKey) []byte {
	t.Helper()
	text, err := k.MarshalJSON()
	if err != nil {
		t.Fatalf("MarshalJSON failed: %v", err)
	}
	return text
}

// What is encrypted to a key its owner opens, and nobody else; each reply is
// another.
func TestEncrypt(t *testing.T) {
	const digits = "4000001234567899"
	for name, private := range privateKeys(t) {
		public := publicKeys(t)[name]
		for mode, want := range map[Mode]string{Full: digits, Masked: "400000******7899"} {
			s := shaper(t, Policy{mode, public})
			got, err := s.Number(number(t, digits))
			if err != nil {
				t.Fatalf("Number failed: %v", err)
			}
			if again, _ := s.Number(number(t, digits)); again == got {
				t.Errorf("%s: encrypted twice alike", name)
			}
			if strings.Count(got, ".") != 4 {
				t.Errorf("%s: not compact: %s", name, got)
			}
			jwe, err := jose.ParseEncryptedCompact(got, []jose.KeyAlgorithm{jose.KeyAlgorithm(public.Algorithm())}, []jose.ContentEncryption{jose.A256GCM})
			if err != nil {
				t.Fatalf("ParseEncryptedCompact failed: %v", err)
			}
			if jwe.Header.KeyID != public.ID() || public.ID() == "" {
				t.Errorf("%s: kid %q, want %q", name, jwe.Header.KeyID, public.ID())
			}
			if plain, err := jwe.Decrypt(private); err != nil || string(plain) != want {
				t.Errorf("%s: %q, %v, want %s", name, plain, err, want)
			}
			for other, key := range privateKeys(t) {
				if _, err := jwe.Decrypt(key); other != name && err == nil {
					t.Errorf("%s is opened by the key of %s", name, other)
				}
			}
		}
	}
}

func TestParsePublicKey(t *testing.T) {
	keys := privateKeys(t)
	rsaKey := keys["RSA"].Public().(*rsa.PublicKey)
	p256 := keys["P-256"].Public()
	for name, c := range map[string]struct {
		text      []byte
		algorithm string
		id        string
	}{
		"PEM, RSA":        {inPEM(t, rsaKey), "RSA-OAEP-256", ""},
		"PEM, PKCS #1":    {pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(rsaKey)}), "RSA-OAEP-256", ""},
		"PEM, P-384":      {inPEM(t, keys["P-384"].Public()), "ECDH-ES+A256KW", ""},
		"JWK, RSA":        {inJWK(t, jose.JSONWebKey{Key: rsaKey, KeyID: "mine"}), "RSA-OAEP-256", "mine"},
		"JWK, P-521":      {inJWK(t, jose.JSONWebKey{Key: keys["P-521"].Public()}), "ECDH-ES+A256KW", ""},
		"JWK, all it may": {inJWK(t, jose.JSONWebKey{Key: p256, KeyID: "k", Use: "enc", Algorithm: "ECDH-ES+A256KW"}), "ECDH-ES+A256KW", "k"},
		"blanks around":   {append([]byte("\n "), append(inPEM(t, p256), " \n\n"...)...), "ECDH-ES+A256KW", ""},
	} {
		k, err := ParsePublicKey(c.text)
		if err != nil || k.Algorithm() != c.algorithm || c.id != "" && k.ID() != c.id || k.ID() == "" {
			t.Errorf("%s: %v, %v", name, k, err)
		}
	}
	small := new(big.Int).SetBit(big.NewInt(1), minRSABits-2, 1)
	large := new(big.Int).SetBit(big.NewInt(1), maxRSABits, 1)
	even := new(big.Int).SetBit(big.NewInt(0), minRSABits-1, 1)
	edwards, _, _ := ed25519.GenerateKey(rand.Reader)
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatalf("GenerateKey failed: %v", err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(keys["P-256"])
	if err != nil {
		t.Fatalf("MarshalPKCS8PrivateKey failed: %v", err)
	}
	private := inJWK(t, jose.JSONWebKey{Key: keys["P-256"]})
	for name, text := range map[string][]byte{
		"nothing":                nil,
		"a word":                 []byte("key"),
		"an empty object":        []byte("{}"),
		"RSA of 2047 bits":       inPEM(t, &rsa.PublicKey{N: small, E: 65537}),
		"RSA of 8193 bits":       inPEM(t, &rsa.PublicKey{N: large, E: 65537}),
		"RSA, an even modulus":   inPEM(t, &rsa.PublicKey{N: even, E: 65537}),
		"RSA, an exponent of 1":  inPEM(t, &rsa.PublicKey{N: rsaKey.N, E: 1}),
		"RSA, a large exponent":  inPEM(t, &rsa.PublicKey{N: rsaKey.N, E: 1<<31 + 1}),
		"P-224":                  inPEM(t, p224.Public()),
		"Ed25519":                inPEM(t, edwards),
		"a symmetric key":        []byte(`{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I"}`),
		"a private JWK":          private,
		"a private RSA JWK":      inJWK(t, jose.JSONWebKey{Key: keys["RSA"]}),
		"a private PEM":          pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
		"a private PEM's bytes":  pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkcs8}),
		"two blocks":             append(inPEM(t, p256), inPEM(t, p256)...),
		"PEM of nothing":         pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY"}),
		"a JWK to sign with":     inJWK(t, jose.JSONWebKey{Key: p256, Use: "sig"}),
		"another alg":            inJWK(t, jose.JSONWebKey{Key: rsaKey, Algorithm: "RSA1_5"}),
		"SHA-1":                  inJWK(t, jose.JSONWebKey{Key: rsaKey, Algorithm: "RSA-OAEP"}),
		"a point off the curve":  []byte(`{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"}`),
		"the point at infinity":  []byte(`{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`),
		"a curve that isn't one": []byte(`{"kty":"EC","crv":"P-257","x":"AQ","y":"AQ"}`),
	} {
		k, err := ParsePublicKey(text)
		if !errors.Is(err, ErrPolicy) || k != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		// What was given by mistake is not repeated.
		var jwk struct{ D, K string }
		if json.Unmarshal(text, &jwk) == nil && (jwk.D != "" && strings.Contains(err.Error(), jwk.D) || jwk.K != "" && strings.Contains(err.Error(), jwk.K)) {
			t.Errorf("%s: the error shows the key", name)
		}
	}
}

// A key that came as PEM in JSON goes out as a JWK with the same id.
func TestPublicKeyInJSON(t *testing.T) {
	text, err := json.Marshal(string(inPEM(t, privateKeys(t)["P-256"].Public())))
	if err != nil {
		t.Fatalf("Marshal failed: %v", err)
	}
	p, err := ParsePolicy([]byte(`{"number":"token","encrypt":` + string(text) + `}`))
	if err != nil {
		t.Fatalf("ParsePolicy failed: %v", err)
	}
	out, err := json.Marshal(p)
	if err != nil {
		t.Fatalf("Marshal failed: %v", err)
	}
	back, err := ParsePolicy(out)
	if err != nil || back.Encrypt.ID() != p.Encrypt.ID() || strings.Contains(string(out), `"d"`) || !strings.Contains(string(out), `"crv":"P-256"`) {
		t.Errorf("%s, %v", out, err)
	}
}
