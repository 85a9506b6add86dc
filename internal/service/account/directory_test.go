package account

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/kahao/kahao/internal/service/ratelimit"
)

const accountsFile = `{"accounts":[
 {"appid":"1250000001","buckets":["one","two"],"standing":"arrears","fetch_hosts":["*.example.com"],"rate":{"per_second":2.5,"burst":10},"monthly":1000,
  "keys":[{"secret_id":"ID1","secret_key":"KEY1"},{"secret_id":"ID2","secret_key":"KEY2","disabled":true,"sub_account":true,"buckets":["two"]}]},
 {"appid":"1250000002","keys":[{"secret_id":"ID3","secret_key":"KEY3"}]}]}`

func decoded(t *testing.T) []Customer {
	t.Helper()
	customers, err := Decode(strings.NewReader(accountsFile))
	if err != nil {
		t.Fatal(err)
	}
	return customers
}

func TestDecode(t *testing.T) {
	want := []Customer{
		{AppID: "1250000001", Buckets: []string{"one", "two"}, Standing: Arrears, FetchHosts: []string{"*.example.com"}, Rate: ratelimit.Limit{PerSecond: 2.5, Burst: 10}, Monthly: 1000,
			Keys: []Key{{SecretID: "ID1", Secret: "KEY1"}, {SecretID: "ID2", Secret: "KEY2", Disabled: true, SubAccount: true, Buckets: []string{"two"}}}},
		{AppID: "1250000002", Keys: []Key{{SecretID: "ID3", Secret: "KEY3"}}},
	}
	if got := decoded(t); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	for name, file := range map[string]string{
		"nothing":             ``,
		"no JSON":             `accounts`,
		"two values":          `{"accounts":[]}{}`,
		"an unknown field":    `{"accounts":[{"appid":"1","key":[]}]}`,
		"of a key":            `{"accounts":[{"appid":"1","keys":[{"secret_id":"A","secret_key":"B","secret":"x"}]}]}`,
		"a standing":          `{"accounts":[{"appid":"1","keys":[{"secret_id":"A","secret_key":"B"}],"standing":"good"}]}`,
		"no key":              `{"accounts":[{"appid":"1"}]}`,
		"no secret":           `{"accounts":[{"appid":"1","keys":[{"secret_id":"A"}]}]}`,
		"no app id":           `{"accounts":[{"keys":[{"secret_id":"A","secret_key":"B"}]}]}`,
		"an app id of text":   `{"accounts":[{"appid":"x","keys":[{"secret_id":"A","secret_key":"B"}]}]}`,
		"a bucket":            `{"accounts":[{"appid":"1","buckets":["A_b"],"keys":[{"secret_id":"A","secret_key":"B"}]}]}`,
		"a key's bucket":      `{"accounts":[{"appid":"1","buckets":["a"],"keys":[{"secret_id":"A","secret_key":"B","buckets":["b"]}]}]}`,
		"a rate":              `{"accounts":[{"appid":"1","rate":{"per_second":-1},"keys":[{"secret_id":"A","secret_key":"B"}]}]}`,
		"a month":             `{"accounts":[{"appid":"1","monthly":-1,"keys":[{"secret_id":"A","secret_key":"B"}]}]}`,
		"a number for app id": `{"accounts":[{"appid":1,"keys":[{"secret_id":"A","secret_key":"B"}]}]}`,
	} {
		if got, err := Decode(strings.NewReader(file)); err == nil || got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	_, err := Decode(strings.NewReader(`{"accounts":[{"appid":"1","keys":[{"secret_id":"A","secret_key":"not allowed: &"}]}]}`))
	if !errors.Is(err, ErrIncomplete) || strings.Contains(err.Error(), "not allowed: &") {
		t.Errorf("the error shows the key: %v", err)
	}
}

func TestDirectory(t *testing.T) {
	ctx := t.Context()
	d, err := NewDirectory(decoded(t)...)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"1250000001": true, "1250000002": true, "125000000": false, "": false} {
		if got, _ := d.App(ctx, id); got != want {
			t.Errorf("App(%q) = %v", id, got)
		}
	}
	for id, want := range map[string]string{"ID1": "1250000001 KEY1 false", "ID2": "1250000001 KEY2 true", "ID3": "1250000002 KEY3 false"} {
		k, found, _ := d.Key(ctx, id)
		if got := fmt.Sprint(k.AppID, " ", string(k.Secret), " ", k.Disabled); !found || got != want {
			t.Errorf("Key(%s) = %s, %v", id, got, found)
		}
	}
	for _, id := range []string{"", "ID", "ID4", "id1"} {
		if k, found, _ := d.Key(ctx, id); found || k.Secret != "" {
			t.Errorf("a key for %q", id)
		}
	}
	two, err := d.Access(ctx, "1250000001", "ID2")
	if err != nil || two.Standing != Arrears || !two.SubAccount || two.FetchHosts[0] != "*.example.com" {
		t.Errorf("%+v, %v", two, err)
	}
	for bucket, want := range map[string][2]bool{"one": {true, false}, "two": {true, true}, "three": {false, false}, "": {false, false}} {
		if got := [2]bool{two.Known(bucket), two.May(bucket)}; got != want {
			t.Errorf("%q: known and allowed: %v", bucket, got)
		}
	}
	one, _ := d.Access(ctx, "1250000001", "ID1")
	if one.SubAccount || !one.May("one") || !one.May("two") {
		t.Errorf("%+v", one)
	}
	for _, pair := range [][2]string{{"1250000002", "ID1"}, {"1250000001", "ID4"}, {"", ""}} {
		if a, err := d.Access(ctx, pair[0], pair[1]); !errors.Is(err, ErrUnavailable) || !reflect.ValueOf(a).IsZero() {
			t.Errorf("%v: %+v, %v", pair, a, err)
		}
	}
	if d.Limit("1250000001").PerSecond != 2.5 || d.Limit("1250000002") != (ratelimit.Limit{}) || d.Monthly("1250000001") != 1000 || d.Monthly("9") != 0 {
		t.Error("limits")
	}
}

func TestReplace(t *testing.T) {
	ctx := t.Context()
	d, err := NewDirectory(decoded(t)...)
	if err != nil {
		t.Fatal(err)
	}
	twice := decoded(t)
	twice[1].AppID = twice[0].AppID
	sameKey := decoded(t)
	sameKey[1].Keys = sameKey[0].Keys[:1]
	for _, wrong := range [][]Customer{twice, sameKey, {{}}} {
		if err := d.Replace(wrong...); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%+v: %v", wrong, err)
		}
		if known, _ := d.App(ctx, "1250000002"); !known {
			t.Fatal("a replacement that was refused took effect")
		}
	}
	// While it is replaced over and over, every look finds one or the other.
	paid := decoded(t)
	paid[0].Standing = Active
	var wait sync.WaitGroup
	wait.Go(func() {
		for i := range 1000 {
			_ = d.Replace([][]Customer{decoded(t), paid}[i%2]...)
		}
	})
	for range 1000 {
		if a, err := d.Access(ctx, "1250000001", "ID1"); err != nil || len(a.Buckets) != 2 {
			t.Fatal(a, err)
		}
	}
	wait.Wait()
	if a, _ := d.Access(ctx, "1250000001", "ID1"); a.Standing != Active {
		t.Error(a.Standing)
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	c := decoded(t)
	d, _ := NewDirectory(c...)
	if s := fmt.Sprintf("%v %+v %#v %+v", c, c, c, d); strings.Contains(s, "KEY1") {
		t.Error(s)
	}
}
