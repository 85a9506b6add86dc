package accountdb

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/testutil"
)

// Every engine passes the same tests of accounts, users, keys and money.
func TestConformance(t *testing.T) {
	for name, test := range map[string]func(*testing.T, *rig){
		"account": testAccount, "change": testChange, "users": testUsers, "keys": testKeys, "rotation": testRotation,
		"two keys at most": testTwoKeys, "buckets": testBuckets, "packs": testPacks, "closing": testClosing, "paying": testPaying, "bill of nothing": testEmptyBill,
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, e db.Engine) {
				clock := at("2026-11-23T04:00:00Z")
				test(t, &rig{open(t, e, clock), clock})
			})
		})
	}
}

// rig is a store and its clock.
type rig struct {
	*Store
	*testutil.Clock
}

// Now returns the clock's time.
func (r *rig) Now() time.Time { return r.Clock.Now() }

// create makes an account.
func (r *rig) create(t *testing.T, name string) account.CreatedKey {
	t.Helper()
	c, err := r.CreateAccount(t.Context(), account.NewAccount{Name: name, Bucket: "cards"})
	if err != nil {
		t.Fatalf("CreateAccount failed: %v", err)
	}
	return c
}

func refused(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

func testAccount(t *testing.T, r *rig) {
	ctx := t.Context()
	c := r.create(t, "Example 支付")
	if len(c.AppID) != 10 || c.Bucket != "cards" || c.SecretID == "" || len(c.SecretKey) != 32 || len(c.User) != 12 {
		t.Errorf("%+v", c)
	}
	d, err := r.Account(ctx, c.AppID)
	if err != nil || d.Name != "Example 支付" || d.Closed || d.PostPay || d.Balance != 0 || d.NegativeSince != nil || !d.Created.Equal(r.Now()) || d.Retention != 0 {
		t.Errorf("%+v, %v", d, err)
	}
	if a, err := r.Secret(ctx, c.SecretID); err != nil || a != c.Credentials {
		t.Errorf("the key comes back as %v %v %v, %v", a.AppID, a.Bucket, a.SecretID, err)
	}
	known := account.Credentials{AppID: "1250000001", Bucket: "b", SecretID: "KHIDknown", SecretKey: "known"}
	if c, err := r.CreateAccount(ctx, account.NewAccount{Name: "known", Credentials: known}); err != nil || c.Credentials != known {
		t.Errorf("%+v, %v", c, err)
	}
	_, err = r.CreateAccount(ctx, account.NewAccount{Name: "again", Credentials: known})
	refused(t, "an app id twice", err, account.ErrExists)
	for _, bad := range []account.NewAccount{{}, {Name: "a\nb"}, {Name: "x", Bucket: "A b"}, {Name: "x", Credentials: account.Credentials{AppID: "12a"}}} {
		_, err := r.CreateAccount(ctx, bad)
		refused(t, "a bad account", err, account.ErrIncomplete)
	}
	all, err := r.ListAccounts(ctx)
	if err != nil || len(all) != 2 || !slices.IsSortedFunc(all, func(a, b account.Account) int { return strings.Compare(a.ID, b.ID) }) {
		t.Errorf("%+v, %v", all, err)
	}
	_, err = r.Account(ctx, "1")
	refused(t, "no account", err, account.ErrUnknown)
	_, err = r.Secret(ctx, "none")
	refused(t, "no key", err, account.ErrUnknown)
}

func testChange(t *testing.T, r *rig) {
	ctx := t.Context()
	c := r.create(t, "a")
	keep, rate, hosts, region, yes := 10*time.Minute, ratelimit.Limit{PerSecond: 0.5, Burst: 3}, []string{"*.example.com"}, "ap-guangzhou", true
	must(t, r.ChangeAccount(ctx, c.AppID, account.Changes{PostPay: &yes, Region: &region, Retention: &keep, FetchHosts: &hosts, Rate: &rate}))
	d, err := r.Account(ctx, c.AppID)
	if err != nil || !d.PostPay || d.Region != region || d.Retention != keep || !slices.Equal(d.FetchHosts, hosts) || d.Rate != rate || d.Name != "a" {
		t.Errorf("%+v, %v", d, err)
	}
	half, long, fast, odd, empty := 500*time.Millisecond, 31*24*time.Hour, ratelimit.Limit{PerSecond: 1e7}, "a b", ""
	for _, bad := range []account.Changes{{Retention: &half}, {Retention: &long}, {Rate: &fast}, {Region: &odd}, {Name: &empty}} {
		refused(t, "a bad change", r.ChangeAccount(ctx, c.AppID, bad), account.ErrIncomplete)
	}
	refused(t, "nobody", r.ChangeAccount(ctx, "1", account.Changes{}), account.ErrUnknown)
}

func testUsers(t *testing.T, r *rig) {
	ctx := t.Context()
	c, other := r.create(t, "a"), r.create(t, "b")
	u, err := r.CreateUser(ctx, c.AppID, "reader")
	if err != nil || u.Main || u.Account != c.AppID || u.Name != "reader" {
		t.Fatalf("%+v, %v", u, err)
	}
	_, err = r.CreateUser(ctx, c.AppID, "reader")
	refused(t, "a name twice", err, account.ErrExists)
	if _, err := r.CreateUser(ctx, other.AppID, "reader"); err != nil {
		t.Errorf("the same name in another account: %v", err)
	}
	_, err = r.CreateUser(ctx, "1", "x")
	refused(t, "of nobody", err, account.ErrUnknown)
	all, err := r.ListUsers(ctx, c.AppID)
	if err != nil || len(all) != 2 || !all[0].Main || all[0].ID != c.User || all[1].ID != u.ID {
		t.Errorf("%+v, %v", all, err)
	}
	for _, by := range []string{u.ID, "reader"} {
		if got, err := r.FindUser(ctx, c.AppID, by); err != nil || got.ID != u.ID {
			t.Errorf("by %s: %+v, %v", by, got, err)
		}
	}
	_, err = r.FindUser(ctx, other.AppID, u.ID)
	refused(t, "another account's user", err, account.ErrUnknown)
	policies := []account.Policy{{Name: "QcloudOCRFullAccess"}, {Name: "own", Document: []byte(`{"version":"2.0","statement":[]}`)}}
	must(t, r.SetPolicies(ctx, u.ID, policies))
	must(t, r.DisableUser(ctx, u.ID, true))
	got, err := r.FindUser(ctx, "", u.ID)
	if err != nil || got.Disabled == nil || len(got.Policies) != 2 || got.Policies[0].Name != policies[0].Name || string(got.Policies[1].Document) != string(policies[1].Document) {
		t.Errorf("%+v, %v", got, err)
	}
	must(t, r.DisableUser(ctx, u.ID, false))
	if got, _ := r.FindUser(ctx, "", u.ID); got.Disabled != nil {
		t.Error("still disabled")
	}
	refused(t, "a main user is disabled", r.DisableUser(ctx, c.User, true), account.ErrRefused)
	refused(t, "a main user's policies", r.SetPolicies(ctx, c.User, policies), account.ErrRefused)
	refused(t, "nobody", r.DisableUser(ctx, "1", true), account.ErrUnknown)
}

func testKeys(t *testing.T, r *rig) {
	ctx := t.Context()
	c := r.create(t, "a")
	buckets, rate := []string{"cards"}, ratelimit.Limit{PerSecond: 2, Burst: 5}
	end := r.Now().Add(time.Hour)
	k, err := r.CreateKey(ctx, c.User, account.KeySettings{Buckets: &buckets, Rate: &rate, Expires: &end})
	if err != nil || k.AppID != c.AppID || k.User != c.User || k.SecretID == c.SecretID || k.Bucket != "cards" {
		t.Fatalf("%+v, %v", k, err)
	}
	keys, err := r.ListKeys(ctx, c.AppID)
	if err != nil || len(keys) != 2 {
		t.Fatalf("%+v, %v", keys, err)
	}
	i := slices.IndexFunc(keys, func(x account.Key) bool { return x.SecretID == k.SecretID })
	if got := keys[i]; !slices.Equal(got.Buckets, buckets) || got.Rate != rate || got.Expires == nil || !got.Expires.Equal(end) || !got.Usable(r.Now()) || got.Usable(end) {
		t.Errorf("%+v", got)
	}
	none := []string{"none"}
	refused(t, "for a bucket that there is not", r.SetKey(ctx, k.SecretID, account.KeySettings{Buckets: &none}), account.ErrUnknown)
	past := r.Now()
	refused(t, "an end that is over", r.SetKey(ctx, k.SecretID, account.KeySettings{Expires: &past}), account.ErrIncomplete)
	all := []string{}
	must(t, r.SetKey(ctx, k.SecretID, account.KeySettings{Buckets: &all}))
	must(t, r.DisableKey(ctx, k.SecretID, true))
	r.Pass(time.Minute)
	must(t, r.DisableKey(ctx, k.SecretID, true)) // which changes nothing
	keys, err = r.ListKeys(ctx, c.AppID)
	must(t, err)
	if got := keys[i]; got.Disabled == nil || !got.Disabled.Equal(r.Now().Add(-time.Minute)) || len(got.Buckets) != 0 || got.Rate != rate {
		t.Errorf("%+v", got)
	}
	must(t, r.DisableKey(ctx, k.SecretID, false))
	refused(t, "no key", r.DisableKey(ctx, "none", true), account.ErrUnknown)
	_, err = r.CreateKey(ctx, "1", account.KeySettings{})
	refused(t, "nobody's", err, account.ErrUnknown)
}

// A key is replaced while both work, and the old one ends at its time.
func testRotation(t *testing.T, r *rig) {
	ctx := t.Context()
	c := r.create(t, "a")
	fresh, err := r.RotateKey(ctx, c.SecretID, time.Hour)
	if err != nil || fresh.User != c.User || fresh.AppID != c.AppID || fresh.SecretKey == c.SecretKey {
		t.Fatalf("%+v, %v", fresh, err)
	}
	usable := func() (ids []string) {
		keys, err := r.ListKeys(ctx, c.AppID)
		must(t, err)
		for _, k := range keys {
			if k.Usable(r.Now()) {
				ids = append(ids, k.SecretID)
			}
		}
		return ids
	}
	if ids := usable(); len(ids) != 2 {
		t.Errorf("during the overlap: %v", ids)
	}
	_, err = r.RotateKey(ctx, fresh.SecretID, time.Hour)
	refused(t, "a third key in addition to two", err, account.ErrTooMany)
	r.Pass(time.Hour)
	if ids := usable(); !slices.Equal(ids, []string{fresh.SecretID}) {
		t.Errorf("after the overlap: %v", ids)
	}
	_, err = r.RotateKey(ctx, c.SecretID, time.Hour)
	refused(t, "a key that has ended", err, account.ErrRefused)
	last, err := r.RotateKey(ctx, fresh.SecretID, 0)
	must(t, err)
	if ids := usable(); !slices.Equal(ids, []string{last.SecretID}) {
		t.Errorf("at once: %v", ids)
	}
	_, err = r.RotateKey(ctx, last.SecretID, -1)
	refused(t, "a negative overlap", err, account.ErrIncomplete)
}

// A user gets at most two keys, even of concurrent requests.
func testTwoKeys(t *testing.T, r *rig) {
	ctx := t.Context()
	c := r.create(t, "a")
	made := make(chan error, 8)
	for range cap(made) {
		go func() {
			_, err := r.CreateKey(ctx, c.User, account.KeySettings{})
			made <- err
		}()
	}
	n := 0
	for range cap(made) {
		if err := <-made; err == nil {
			n++
		} else {
			refused(t, "one too many", err, account.ErrTooMany)
		}
	}
	if n != 1 {
		t.Errorf("%d keys were created in addition to the first, want 1", n)
	}
	must(t, r.DisableKey(ctx, c.SecretID, true))
	if _, err := r.CreateKey(ctx, c.User, account.KeySettings{}); err != nil {
		t.Errorf("in the place of a disabled one: %v", err)
	}
	refused(t, "the disabled one again", r.DisableKey(ctx, c.SecretID, false), account.ErrTooMany)
}
