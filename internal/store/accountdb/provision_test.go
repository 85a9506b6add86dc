package accountdb

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/store/db"
)

func declared(appID string, keys ...account.FileKey) account.FileAccount {
	return account.FileAccount{AppID: appID, Name: "n" + appID, Buckets: []string{"one", "two"}, Keys: keys}
}

func fileKey(id string) account.FileKey {
	return account.FileKey{SecretID: id, Secret: "SECRETOF" + "KEY"}
}

// Provisioning creates, updates and disables what the file says, and repeating
// it changes nothing. A second registry reads the result.
func TestProvision(t *testing.T) {
	each(t, func(t *testing.T, e db.Engine) {
		ctx, clock := t.Context(), at("2026-11-23T04:00:00Z")
		r := open(t, e, clock)
		provision := func(what string, want Provisioned, declared ...account.FileAccount) {
			t.Helper()
			if got, err := r.Provision(ctx, declared); err != nil || got != want {
				t.Fatalf("%s: %+v, %v, want %+v", what, got, err, want)
			}
		}
		usable := func(what, id string, want bool) {
			t.Helper()
			other := open(t, e, clock) // without this one's cache
			k, found, err := other.Key(ctx, id)
			if got := found && !k.Disabled; err != nil || got != want {
				t.Errorf("%s: key %s usable %v, %v, want %v", what, id, got, err, want)
			}
		}
		first := declared("1250000001", fileKey("A1"), fileKey("A2"))
		first.Rate, first.FetchHosts = ratelimit.Limit{PerSecond: 2.5, Burst: 10}, []string{"*.example.com"}
		second := declared("1250000002", fileKey("B1"))
		second.PostPay, second.Standing = new(bool), account.Closed
		for range 2 {
			provision("the first file", Provisioned{2, 3, 0}, second, first)
		}
		a, err := r.Account(ctx, "1250000001")
		if err != nil || a.Name != "n1250000001" || a.Closed || !a.PostPay || a.Rate != first.Rate || !slices.Equal(a.FetchHosts, first.FetchHosts) {
			t.Errorf("the first account: %+v, %v", a, err)
		}
		if b, err := r.Account(ctx, "1250000002"); err != nil || !b.Closed || b.PostPay {
			t.Errorf("the second account: %+v, %v, want closed and without post-pay", b, err)
		}
		if s, err := r.Secret(ctx, "A1"); err != nil || s.SecretKey != "SECRETOFKEY" || s.Bucket != "one" {
			t.Errorf("the first key: %+v, %v", s, err)
		}
		users, err := r.ListUsers(ctx, "1250000001")
		if err != nil || len(users) != 1 || !users[0].Main {
			t.Errorf("users: %+v, %v, want one main user", users, err)
		}

		// A key and an account leave the file; made by command, a key stays.
		if err := r.DisableKey(ctx, "A2", true); err != nil {
			t.Fatalf("DisableKey: %v", err)
		}
		made, err := r.CreateKey(ctx, users[0].ID, account.KeySettings{})
		if err != nil {
			t.Fatalf("CreateKey: %v", err)
		}
		clock.Pass(time.Hour)
		changed := declared("1250000001", fileKey("A1"))
		changed.Buckets, changed.Keys[0].Buckets, changed.Keys[0].Secret = []string{"two", "three"}, []string{"three"}, "OTHERSECRET"
		provision("without A2 and the second account", Provisioned{1, 1, 1}, changed)
		for id, want := range map[string]bool{"A1": true, "A2": false, "B1": false, made.SecretID: true} {
			usable("after keys left the file", id, want)
		}
		if known, err := r.ListBuckets(ctx, "1250000001"); err != nil || !slices.Equal(known, []string{"three", "two"}) {
			t.Errorf("buckets %v, %v, want three and two", known, err)
		}
		if s, err := r.Secret(ctx, "A1"); err != nil || s.SecretKey != "OTHERSECRET" || s.Bucket != "three" {
			t.Errorf("the changed key: %+v, %v", s, err)
		}
		if _, err := r.Account(ctx, "1250000002"); err != nil {
			t.Errorf("an account that left the file: %v, want it to stay", err)
		}

		// The file decides what a command changed, and a key may move within it.
		if err := r.DisableKey(ctx, "A1", true); err != nil {
			t.Fatalf("DisableKey: %v", err)
		}
		second.Standing = account.Active
		second.Keys = append(second.Keys, fileKey("A2"))
		provision("A2 in the other account", Provisioned{2, 3, 0}, changed, second)
		for _, id := range []string{"A1", "B1", "A2"} {
			usable("after it came back", id, true)
		}
		if s, err := r.Secret(ctx, "A2"); err != nil || s.AppID != "1250000002" {
			t.Errorf("the moved key belongs to %s, %v, want 1250000002", s.AppID, err)
		}

		// What is refused changes nothing.
		outside, err := r.CreateAccount(ctx, account.NewAccount{Name: "outside"})
		if err != nil {
			t.Fatalf("CreateAccount: %v", err)
		}
		if _, err := r.Provision(ctx, []account.FileAccount{declared("1250000003", fileKey(outside.SecretID))}); !errors.Is(err, account.ErrExists) {
			t.Errorf("a key of an account outside the file: %v, want ErrExists", err)
		}
		if _, err := r.Provision(ctx, []account.FileAccount{declared("1250000001", fileKey("C1"), fileKey("C2"))}); !errors.Is(err, account.ErrTooMany) {
			t.Errorf("two keys in addition to one made by command: %v, want ErrTooMany", err)
		}
		usable("after a refused file", "A1", true)
		usable("after a refused file", outside.SecretID, true)
		if _, err := r.Account(ctx, "1250000003"); !errors.Is(err, account.ErrUnknown) {
			t.Errorf("the account of a refused file: %v, want ErrUnknown", err)
		}
	})
}
