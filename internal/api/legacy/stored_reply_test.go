package legacy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/masking"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store/resultdb"
)

// waysToStoredReplies has, for each method of resultdb.Store that returns a
// stored reply, the request that uses it. session is the id of the reply, and
// first the request that it answers.
var waysToStoredReplies = map[string]func(session string, first testCall) testCall{
	"Get": func(session string, _ testCall) testCall {
		return testCall{method: "GET", path: PathSession + session, contentType: "-"}
	},
	"Recorded": func(_ string, first testCall) testCall { return first },
}

// TestStoredReplyMethods expects a row above for each method that returns a
// reply, and that each takes the access of the key that asks.
func TestStoredReplyMethods(t *testing.T) {
	methods := 0
	store := reflect.TypeFor[*resultdb.Store]()
	for i := range store.NumMethod() {
		m := store.Method(i)
		returnsBytes, takesAccess := false, false
		for j := range m.Type.NumOut() {
			returnsBytes = returnsBytes || m.Type.Out(j) == reflect.TypeFor[[]byte]()
		}
		for j := range m.Type.NumIn() {
			takesAccess = takesAccess || m.Type.In(j) == reflect.TypeFor[account.Access]()
		}
		if m.Name == "Record" { // returns the sealed form
			continue
		}
		if returnsBytes != takesAccess {
			t.Errorf("resultdb.Store.%s: returns bytes: %v, takes the access of the asking key: %v, want both or neither", m.Name, returnsBytes, takesAccess)
		}
		if !returnsBytes {
			continue
		}
		methods++
		if waysToStoredReplies[m.Name] == nil {
			t.Errorf("resultdb.Store.%s returns a stored reply, and waysToStoredReplies has no request for it", m.Name)
		}
	}
	if methods != len(waysToStoredReplies) {
		t.Errorf("resultdb.Store has %d methods that return replies, waysToStoredReplies has %d", methods, len(waysToStoredReplies))
	}
}

// keyPolicy is a policy of a key: what its replies show, their recipient, and its
// buckets.
type keyPolicy struct {
	name    string
	shape   json.RawMessage
	buckets []string
}

// everyPolicy returns each mode of package masking, in clear and encrypted to
// two recipients, with each of the bucket limits.
func everyPolicy(t *testing.T, buckets ...[]string) (all []keyPolicy) {
	t.Helper()
	recipients := []json.RawMessage{nil}
	for range 2 {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatalf("GenerateKey: %v", err)
		}
		der, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			t.Fatalf("MarshalPKIXPublicKey: %v", err)
		}
		text, err := json.Marshal(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
		if err != nil {
			t.Fatalf("Marshal: %v", err)
		}
		recipients = append(recipients, text)
	}
	for _, mode := range masking.ModeNames() {
		for i, recipient := range recipients {
			shape, err := json.Marshal(struct {
				Number  string          `json:"number"`
				Encrypt json.RawMessage `json:"encrypt,omitempty"`
			}{mode, recipient})
			if err != nil {
				t.Fatalf("Marshal: %v", err)
			}
			for _, list := range buckets {
				all = append(all, keyPolicy{fmt.Sprintf("%s, recipient %d, buckets %v", mode, i, list), shape, list})
			}
		}
	}
	return all
}

// TestStoredReplies reaches a stored reply in every way with keys of every
// policy. The key gets the reply if its own replies have the same form and it is
// valid for the reply's bucket. Otherwise it gets nothing of the reply.
func TestStoredReplies(t *testing.T) {
	const maker, asker = "MAKERID", "ASKERID"
	drawn := uint64(0)
	s, _ := keeping(t, func(o *Options) {
		o.Random = func() uint64 { drawn++; return drawn }
		with(func(a *account.FileAccount) {
			a.Buckets = append(a.Buckets, "second")
			a.Keys = []account.FileKey{{SecretID: maker, Secret: "MAKERKEY"}, {SecretID: asker, Secret: "ASKERKEY"}}
		})(t, o)
		keep := time.Hour
		if err := registry(o).ChangeAccount(t.Context(), demo.AppID, account.Changes{Retention: &keep}); err != nil {
			t.Fatalf("ChangeAccount: %v", err)
		}
	})
	s.handler.lookups = ratelimit.New(ratelimit.Limit{}, nil, s.clock.Now) // failed lookups are limited in TestFailedLookupsAreLimited
	set := func(key string, p keyPolicy) {
		t.Helper()
		if err := s.store.Accounts.SetKey(t.Context(), key, account.KeySettings{Shape: p.shape, Buckets: &p.buckets}); err != nil {
			t.Fatalf("SetKey(%s): %v", p.name, err)
		}
	}
	sign := func(key, secret, bucket string) string {
		return signature.Sign(signature.Secret(secret), signature.Params{AppID: demo.AppID, Bucket: bucket, SecretID: key, Created: second, Expires: second + 900})
	}
	first := demo.Bucket
	makers := everyPolicy(t, []string{first})
	askers := makers
	for _, p := range makers {
		askers = append(askers, keyPolicy{p.name + " and second", p.shape, []string{first, "second"}},
			keyPolicy{p.name + ", changed to all", p.shape, []string{}}, keyPolicy{p.name + ", changed to second", p.shape, []string{"second"}})
	}
	got, withheld := 0, 0
	for i, made := range makers {
		set(maker, made)
		call := keyed(jsonCall(object{"appid": demo.AppID, "image": encoded}), fmt.Sprint("order ", i))
		call.auth = sign(maker, "MAKERKEY", first)
		sent := s.do(t, call)
		if sent.Code != 0 {
			t.Fatalf("%s: %s, want a reading", made.name, sent.text)
		}
		secret := sent.Data.Items[0].String
		for _, asks := range askers {
			set(asker, asks)
			may := string(asks.shape) == string(made.shape) && (len(asks.buckets) == 0 || strings.Contains(fmt.Sprint(asks.buckets), first))
			for name, way := range waysToStoredReplies {
				again := way(sent.Data.SessionID, call)
				again.auth = sign(asker, "ASKERKEY", first)
				if name == "Get" {
					again.auth = sign(asker, "ASKERKEY", "")
				}
				reply := s.do(t, again)
				if may && reply.text != sent.text {
					t.Errorf("%s: made for %s, asked by %s: %s, want the reply", name, made.name, asks.name, reply.text)
				}
				if !may && (reply.text == sent.text || strings.Contains(reply.text, secret) || reply.Data != nil) {
					t.Errorf("%s: made for %s, asked by %s: %s, want a refusal", name, made.name, asks.name, reply.text)
				}
				if may {
					got++
				} else {
					withheld++
				}
			}
		}
	}
	t.Logf("%d times the reply, %d times none", got, withheld)
	if got == 0 || withheld == 0 {
		t.Error("one of the two outcomes was never tried")
	}
}

// TestWithheldReplies expects the documented refusals, and that a refused retry
// does not use up a single-use signature.
func TestWithheldReplies(t *testing.T) {
	s, _ := keeping(t, nil)
	call := keyed(jsonCall(object{"appid": demo.AppID, "image": encoded}), "order 1")
	sent := s.do(t, call)
	mask := func(shape string) {
		t.Helper()
		if err := s.store.Accounts.SetKey(t.Context(), demo.SecretID, account.KeySettings{Shape: json.RawMessage(shape)}); err != nil {
			t.Fatalf("SetKey: %v", err)
		}
	}
	mask(`{"number":"bin_last4"}`)
	if a := s.do(t, query(sent.Data.SessionID)); a.status != 404 || a.Message != "result not found" {
		t.Errorf("query by a key with another policy: %d %s, want 404 and result not found", a.status, a.text)
	}
	once := call
	once.auth = signed(func(p *signature.Params) { p.Expires, p.FileID = 0, "card.jpg" })
	for range 2 {
		if a := s.do(t, once); a.status != 422 || a.header.Get(metering.HeaderReplayed) != "" {
			t.Errorf("retry by a key with another policy: %d %s, want 422", a.status, a.text)
		}
	}
	mask(`{"number":"full"}`)
	if a := s.do(t, once); a.text != sent.text {
		t.Errorf("retry with the first policy: %s, want %s", a.text, sent.text)
	}
}

// TestSignatureBucketLimitsQuery expects that a signature for a bucket does not
// reach results of another.
func TestSignatureBucketLimitsQuery(t *testing.T) {
	s, _ := keeping(t, func(o *Options) {
		if err := registry(o).CreateBucket(t.Context(), demo.AppID, "second"); err != nil {
			t.Fatalf("CreateBucket: %v", err)
		}
	})
	call := jsonCall(object{"appid": demo.AppID, "image": encoded})
	call.auth = signed(func(p *signature.Params) { p.Bucket = "second" })
	id := s.do(t, call).Data.SessionID
	for bucket, status := range map[string]int{"": 200, "second": 200, demo.Bucket: 404} {
		q := query(id)
		q.auth = signed(func(p *signature.Params) { p.Bucket, p.Expires = bucket, second+900 })
		if a := s.do(t, q); a.status != status {
			t.Errorf("signature for bucket %q: %d %s, want %d", bucket, a.status, a.text, status)
		}
	}
}

// TestFailedLookupsAreLimited tries session ids: after the burst they are
// refused with code 15, and found ones cost nothing.
func TestFailedLookupsAreLimited(t *testing.T) {
	s, pass := keeping(t, nil)
	id := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded})).Data.SessionID
	for range 3 * backend.FailedLookups.Burst {
		if a := s.do(t, query(id)); a.Code != 0 {
			t.Fatalf("an existing result: %s", a.text)
		}
	}
	missed, refused := 0, 0
	for i := range 10 * backend.FailedLookups.Burst {
		switch a := s.do(t, query(fmt.Sprintf("1250000001%010d", i))); a.Code {
		case 3:
			missed++
		case 15:
			refused++
			if a.header.Get("Retry-After") != "5" {
				t.Errorf("Retry-After %q, want 5", a.header.Get("Retry-After"))
			}
		}
	}
	if missed != backend.FailedLookups.Burst || refused != 9*backend.FailedLookups.Burst {
		t.Errorf("%d failed lookups answered, %d refused, want %d and the rest", missed, refused, backend.FailedLookups.Burst)
	}
	if a := s.do(t, query(id)); a.Code != 15 {
		t.Errorf("an existing result after failures: %s, want 15 like any other", a.text)
	}
	pass(5 * time.Second)
	if a := s.do(t, query(id)); a.Code != 0 {
		t.Errorf("an existing result after the wait: %s", a.text)
	}
}
