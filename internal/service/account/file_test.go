package account

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/service/ratelimit"
)

const accountsFile = `{"accounts":[
 {"appid":"1250000001","name":"first","buckets":["one","two"],"standing":"closed","post_pay":false,"fetch_hosts":["*.example.com"],"rate":{"per_second":2.5,"burst":10},
  "keys":[{"secret_id":"ID1","secret_key":"KEY1"},{"secret_id":"ID2","secret_key":"KEY2","disabled":true,"buckets":["two"]}]},
 {"appid":"1250000002","keys":[{"secret_id":"ID3","secret_key":"KEY3"}]}]}`

func TestDecodeFile(t *testing.T) {
	want := []FileAccount{
		{AppID: "1250000001", Name: "first", Buckets: []string{"one", "two"}, Standing: Closed, PostPay: new(bool),
			FetchHosts: []string{"*.example.com"}, Rate: ratelimit.Limit{PerSecond: 2.5, Burst: 10},
			Keys: []FileKey{{SecretID: "ID1", Secret: "KEY1"}, {SecretID: "ID2", Secret: "KEY2", Disabled: true, Buckets: []string{"two"}}}},
		{AppID: "1250000002", Name: "1250000002", Keys: []FileKey{{SecretID: "ID3", Secret: "KEY3"}}},
	}
	got, err := DecodeFile(strings.NewReader(accountsFile))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("DecodeFile: %+v, %v, want %+v", got, err, want)
	}
	if s := fmt.Sprintf("%v %+v %#v", got, got, got); strings.Contains(s, "KEY1") {
		t.Errorf("a secret prints: %s", s)
	}
	const key = `{"secret_id":"A","secret_key":"B"}`
	for name, file := range map[string]string{
		"nothing":             ``,
		"no JSON":             `accounts`,
		"two values":          `{"accounts":[]}{}`,
		"no account":          `{"accounts":[]}`,
		"an unknown field":    `{"accounts":[{"appid":"1","key":[]}]}`,
		"of a key":            `{"accounts":[{"appid":"1","keys":[{"secret_id":"A","secret_key":"B","secret":"x"}]}]}`,
		"a standing":          `{"accounts":[{"appid":"1","keys":[` + key + `],"standing":"good"}]}`,
		"arrears":             `{"accounts":[{"appid":"1","keys":[` + key + `],"standing":"arrears"}]}`,
		"no key":              `{"accounts":[{"appid":"1"}]}`,
		"three keys":          `{"accounts":[{"appid":"1","keys":[` + key + `,{"secret_id":"A2","secret_key":"B"},{"secret_id":"A3","secret_key":"B"}]}]}`,
		"no secret":           `{"accounts":[{"appid":"1","keys":[{"secret_id":"A"}]}]}`,
		"no app id":           `{"accounts":[{"keys":[` + key + `]}]}`,
		"an app id of text":   `{"accounts":[{"appid":"x","keys":[` + key + `]}]}`,
		"a bucket":            `{"accounts":[{"appid":"1","buckets":["A_b"],"keys":[` + key + `]}]}`,
		"a key's bucket":      `{"accounts":[{"appid":"1","buckets":["a"],"keys":[{"secret_id":"A","secret_key":"B","buckets":["b"]}]}]}`,
		"a rate":              `{"accounts":[{"appid":"1","rate":{"per_second":-1},"keys":[` + key + `]}]}`,
		"a name":              `{"accounts":[{"appid":"1","name":" x","keys":[` + key + `]}]}`,
		"a number for app id": `{"accounts":[{"appid":1,"keys":[` + key + `]}]}`,
		"an app id twice":     `{"accounts":[{"appid":"1","keys":[` + key + `]},{"appid":"1","keys":[{"secret_id":"C","secret_key":"B"}]}]}`,
		"a secret id twice":   `{"accounts":[{"appid":"1","keys":[` + key + `]},{"appid":"2","keys":[` + key + `]}]}`,
	} {
		if got, err := DecodeFile(strings.NewReader(file)); err == nil || got != nil {
			t.Errorf("%s: %+v, %v, want an error", name, got, err)
		}
	}
	_, err = DecodeFile(strings.NewReader(`{"accounts":[{"appid":"1","keys":[{"secret_id":"A","secret_key":"not allowed: &"}]}]}`))
	if !errors.Is(err, ErrIncomplete) || strings.Contains(err.Error(), "not allowed: &") {
		t.Errorf("a secret with wrong characters: %v, want ErrIncomplete without the secret", err)
	}
}

func TestAccessBuckets(t *testing.T) {
	two := Access{Buckets: []string{"one", "two"}, Only: []string{"two"}}
	for bucket, want := range map[string][2]bool{"one": {true, false}, "two": {true, true}, "three": {false, false}, "": {false, false}} {
		if got := [2]bool{two.HasBucket(bucket), two.Allows(bucket)}; got != want {
			t.Errorf("bucket %q: known and allowed %v, want %v", bucket, got, want)
		}
	}
	one := Access{Buckets: []string{"one", "two"}}
	if !one.Allows("one") || !one.Allows("two") {
		t.Error("a key without buckets of its own is not valid for all")
	}
}
