package account

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// FuzzFile: an accounts file that is taken has accounts that can be served, each
// once, with keys that fit them; and no error has a secret of the file.
func FuzzFile(f *testing.F) {
	const secret = "SECRETsecretSECRETsecret"
	for _, s := range []string{
		`{"accounts":[{"appid":"1250000001","buckets":["cards"],"keys":[{"secret_id":"KHIDa","secret_key":"` + secret + `"}],"standing":"active"}]}`,
		`{"accounts":[{"appid":"1250000001","name":"A","keys":[{"secret_id":"KHIDa","secret_key":"` + secret + `","disabled":true,"buckets":["x"]}],"rate":{"per_second":1,"burst":2},"post_pay":false,"fetch_hosts":["*.example.com"]}]}`,
		`{"accounts":[{"appid":"1","keys":[{"secret_id":"a","secret_key":"` + secret + `"}]},{"appid":"1","keys":[{"secret_id":"a","secret_key":"` + secret + `"}]}]}`,
		`{"accounts":[{"appid":"1","keys":[{"secret_id":"a","secret_key":"` + secret + `","secret":1}]}]}`,
		`{"accounts":[]}`, `{} {}`, `[]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := DecodeFile(bytes.NewReader(text))
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Fatalf("the error has a secret: %v", err)
			}
			if all != nil {
				t.Fatalf("DecodeFile: %+v and %v", all, err)
			}
			return
		}
		var apps, keys []string
		for _, a := range all {
			checkFileAccount(t, a)
			apps = append(apps, a.AppID)
			for _, k := range a.Keys {
				keys = append(keys, k.SecretID)
			}
		}
		for _, list := range [][]string{apps, keys} {
			slices.Sort(list)
			if n := len(slices.Compact(slices.Clone(list))); n != len(list) {
				t.Fatalf("%d of %v occur twice", len(list)-n, list)
			}
		}
	})
}

func checkFileAccount(t *testing.T, a FileAccount) {
	t.Helper()
	if strings.Trim(a.AppID, "0123456789") != "" || a.AppID == "" || a.Standing == Arrears || len(a.Keys) == 0 {
		t.Fatalf("an account that cannot be served: %+v", a)
	}
	usable := 0
	for _, k := range a.Keys {
		if k.SecretID == "" || k.Secret == "" {
			t.Fatalf("account %s has a key without ID or secret", a.AppID)
		}
		if !k.Disabled {
			usable++
		}
		for _, b := range k.Buckets {
			if !slices.Contains(a.Buckets, b) {
				t.Fatalf("a key of account %s is for bucket %q, which it does not have", a.AppID, b)
			}
		}
	}
	if usable > MaxUsableKeys {
		t.Fatalf("account %s has %d usable keys, want at most %d", a.AppID, usable, MaxUsableKeys)
	}
	for _, b := range a.Buckets {
		if err := CheckBucket(b); err != nil {
			t.Fatalf("account %s: %v", a.AppID, err)
		}
	}
	if err := errors.Join(CheckName("name", a.Name), a.Rate.Validate()); err != nil {
		t.Fatalf("account %s: %v", a.AppID, err)
	}
}
