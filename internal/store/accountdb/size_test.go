package accountdb

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/store/sqlite"
)

// What the cache counts for an entry is what it takes in memory, for each kind of
// account: at most a tenth less, so that the bound holds, and at most four times
// as much.
func TestSizesOfEntries(t *testing.T) {
	e, err := sqlite.OpenMemory(t.Context(), sqlite.Options{})
	if err != nil {
		t.Fatalf("OpenMemory: %v", err)
	}
	t.Cleanup(func() { _ = e.Close() })
	s := open(t, e, at("2026-11-23T12:00:00Z"))
	newAccount := func(name string) account.CreatedKey {
		t.Helper()
		c, err := s.CreateAccount(t.Context(), account.NewAccount{Name: name})
		must(t, err)
		return c
	}
	plain := newAccount("plain")

	many := newAccount("many buckets")
	for i := range 500 {
		must(t, s.CreateBucket(t.Context(), many.AppID, fmt.Sprintf("bucket-%03d-of-a-customer-of-ours", i)))
	}

	limited := newAccount("a document")
	user, err := s.CreateUser(t.Context(), limited.AppID, "clerk")
	must(t, err)
	var actions []string
	for i := range 100 {
		actions = append(actions, fmt.Sprintf(`"name/ocr:Action%d"`, i))
	}
	must(t, s.SetPolicies(t.Context(), user.ID, []account.Policy{{Name: "mine", Document: json.RawMessage(
		`{"version":"2.0","statement":[{"effect":"allow","action":[` + strings.Join(actions, ",") + `],"resource":"*"}]}`)}}))
	document, err := s.CreateKey(t.Context(), user.ID, account.KeySettings{})
	must(t, err)

	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	must(t, err)
	shape, err := json.Marshal(map[string]string{"encrypt": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))})
	must(t, err)
	encrypted, err := s.CreateKey(t.Context(), plain.User, account.KeySettings{Shape: shape})
	must(t, err)

	for _, c := range []struct {
		name, id string
		n        int
	}{
		{"an unknown key", "", 4000}, {"a plain key", plain.SecretID, 2000}, {"500 buckets", many.SecretID, 60},
		{"a large document", document.SecretID, 60}, {"a public key", encrypted.SecretID, 500},
	} {
		cache := newCache(1<<30, (*access).size)
		before := liveBytes()
		for i := range c.n {
			// Each entry is of its own, as if it were another key.
			if _, err := cache.get(t.Context(), fmt.Sprintf("KHID%032d", i), time.Time{}, func(ctx context.Context) (*access, error) {
				if c.id == "" {
					return nil, nil
				}
				a, _, err := s.loadAccess(ctx, c.id)
				return a, err
			}); err != nil {
				t.Fatalf("%s: get: %v", c.name, err)
			}
		}
		took, counted := liveBytes()-before, int64(cache.bytes)
		t.Logf("%s: %d bytes an entry, counted as %d", c.name, took/int64(c.n), counted/int64(c.n))
		if took > counted*11/10 || took < counted/4 {
			t.Errorf("%s: %d entries take %d bytes and are counted as %d, want at least that and at most four times it", c.name, c.n, took, counted)
		}
		runtime.KeepAlive(cache)
	}
}

// A policy document of the longest length whose characters JSON could escape made
// the keys of its user unusable: the stored form was longer.
func TestLongPolicyIsReadAgain(t *testing.T) {
	e, err := sqlite.OpenMemory(t.Context(), sqlite.Options{})
	if err != nil {
		t.Fatalf("OpenMemory: %v", err)
	}
	t.Cleanup(func() { _ = e.Close() })
	s := open(t, e, at("2026-11-23T12:00:00Z"))
	c, err := s.CreateAccount(t.Context(), account.NewAccount{Name: "a"})
	must(t, err)
	user, err := s.CreateUser(t.Context(), c.AppID, "clerk")
	must(t, err)
	key, err := s.CreateKey(t.Context(), user.ID, account.KeySettings{})
	must(t, err)
	document := `{"version":"2.0","statement":[{"effect":"allow","action":"ocr:*","resource":["` + strings.Repeat(`qcs::ocr:::a/`+strings.Repeat("&", 100)+`","`, 40) + `*"]}]}`
	if _, err := policy.Parse([]byte(document)); err != nil {
		t.Fatalf("Parse: %v, want that the document is valid", err)
	}
	must(t, s.SetPolicies(t.Context(), user.ID, []account.Policy{{Name: "mine", Document: json.RawMessage(document)}}))
	if _, known, err := s.Key(t.Context(), key.SecretID); err != nil || !known {
		t.Errorf("Key: %v, %v; want that the key is usable", known, err)
	}
}

func liveBytes() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
