package tc3

import (
	"context"
	"crypto/sha256"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/testutil"
)

// TestTimeTellsNothing compares how long the verification of requests takes that
// differ in what they must not reveal: whether the key exists, and how much of a
// signature is right. The requests alternate in random order, so that whatever
// else the machine does meets all alike, and the medians are compared. A real
// difference shows in every attempt; one good attempt is enough.
func TestTimeTellsNothing(t *testing.T) {
	v := &Verifier{Keys: keys{testutil.SecretID: {AppID: testutil.AppID, Secret: testutil.SecretKey}}}
	header := func(change func(*Request)) Signed {
		r := vectors[1].request()
		change(r)
		return r
	}
	form := func(change func(*Form)) Signed {
		f := v1().set("ImageBase64", "/9j/4A==")
		f.set("Signature", f.Sign(testutil.SecretKey))
		change(f)
		return f
	}
	good := form(func(*Form) {}).(*Form).Sign(testutil.SecretKey)
	for name, classes := range map[string][]Signed{
		"TC3": {
			header(func(r *Request) { r.Signature[0] ^= 1 }),
			header(func(r *Request) { r.Signature[31] ^= 1 }),
			header(func(r *Request) { r.SecretID = "UNKNOWNSECRETID0000000000000000001" }),
		},
		"v1": {
			form(func(f *Form) { f.set("Signature", "x"+good[1:]) }),
			form(func(f *Form) { f.set("Signature", good[:len(good)-2]+"x=") }),
			form(func(f *Form) { f.set("SecretId", "UNKNOWNSECRETID0000000000000000001") }),
		},
	} {
		const attempts, tolerance = 8, 0.08
		var spread float64
		for range attempts {
			medians := timeAlternately(t, v, classes)
			if spread = float64(slices.Max(medians))/float64(slices.Min(medians)) - 1; spread <= tolerance {
				break
			}
			t.Logf("%s: medians %v", name, medians)
		}
		if spread > tolerance {
			t.Errorf("%s: the slowest kind takes %.0f%% longer than the fastest in each of %d attempts, want at most %.0f%%", name, 100*spread, attempts, 100*tolerance)
		}
	}
}

// TestTimingSeesEarlyReturn shows that the method of TestTimeTellsNothing sees a
// verifier that does not compute the HMAC for unknown keys.
func TestTimingSeesEarlyReturn(t *testing.T) {
	v := &hasty{keys{testutil.SecretID: {AppID: testutil.AppID, Secret: testutil.SecretKey}}}
	wrong, unknown := vectors[1].request(), vectors[1].request()
	wrong.Signature[0] ^= 1
	unknown.SecretID = "UNKNOWNSECRETID0000000000000000001"
	for range 8 {
		if m := timeAlternately(t, v, []Signed{wrong, unknown}); float64(m[0]) > 1.08*float64(m[1]) {
			return
		}
	}
	t.Error("an early return for unknown keys was not seen")
}

// hasty is a verifier that returns early.
type hasty struct{ keys }

func (h *hasty) Verify(ctx context.Context, s Signed) (signature.Key, error) {
	key, found, err := h.Key(ctx, s.KeyID())
	if err != nil || !found {
		return key, signature.ErrUnknownKey
	}
	if !s.Matches(key.Secret) {
		return key, signature.ErrMismatch
	}
	return key, nil
}

// timeAlternately returns the median time of each kind of request.
func timeAlternately(t *testing.T, v interface {
	Verify(context.Context, Signed) (signature.Key, error)
}, classes []Signed) []time.Duration {
	t.Helper()
	const rounds = 600
	took := make([][]time.Duration, len(classes))
	order := make([]int, len(classes))
	for i := range order {
		order[i] = i
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			start := time.Now()
			_, err := v.Verify(t.Context(), classes[i])
			took[i] = append(took[i], time.Since(start))
			if err == nil {
				t.Fatalf("kind %d was accepted", i)
			}
		}
	}
	medians := make([]time.Duration, len(classes))
	for i := range took {
		slices.Sort(took[i])
		medians[i] = took[i][rounds/2]
	}
	return medians
}

// Every request costs the same HMACs, whoever sends it.
func TestEqualWork(t *testing.T) {
	v := &Verifier{Keys: keys{testutil.SecretID: {AppID: testutil.AppID, Secret: testutil.SecretKey}}}
	for _, id := range []string{testutil.SecretID, "UNKNOWN"} {
		r := vectors[1].request()
		r.SecretID, r.PayloadHash = id, sha256.Sum256(nil)
		c := &counting{Signed: r}
		_, _ = v.Verify(t.Context(), c)
		if c.n != 1 || c.secrets == "" {
			t.Errorf("key %s: Matches ran %d times with a secret of %d bytes, want once with one", id, c.n, len(c.secrets))
		}
	}
}

// counting counts how often a signature is computed.
type counting struct {
	Signed
	n       int
	secrets string
}

func (c *counting) Matches(secret signature.Secret) bool {
	c.n++
	c.secrets = string(secret)
	return c.Signed.Matches(secret)
}
