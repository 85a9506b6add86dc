package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/signature"
)

// FileAccount is an account as the accounts file declares it. The file sets
// everything that it can express; balance, packs and usage are the store's.
type FileAccount struct {
	AppID   string    `json:"appid"`
	Name    string    `json:"name"` // the app id if empty
	Buckets []string  `json:"buckets"`
	Keys    []FileKey `json:"keys"`
	// Standing is Active or Closed. Arrears is refused: the balance decides.
	Standing Standing `json:"standing"`
	// PostPay allows calls beyond the account's units; true if absent.
	PostPay    *bool           `json:"post_pay"`
	FetchHosts []string        `json:"fetch_hosts"` // see Access
	Rate       ratelimit.Limit `json:"rate"`        // zero means the operator's default
}

// FileKey is one API key of the account's main user.
type FileKey struct {
	SecretID string
	Secret   signature.Secret
	Disabled bool
	Buckets  []string // that the key is valid for; empty means all
}

// UnmarshalJSON reads a key and its secret. signature.Secret has no decoder of
// its own, because it never encodes.
func (k *FileKey) UnmarshalJSON(text []byte) error {
	var f struct {
		SecretID  string   `json:"secret_id"`
		SecretKey string   `json:"secret_key"`
		Disabled  bool     `json:"disabled"`
		Buckets   []string `json:"buckets"`
	}
	if err := decodeStrict(strings.NewReader(string(text)), &f); err != nil {
		return err
	}
	*k = FileKey{f.SecretID, signature.Secret(f.SecretKey), f.Disabled, f.Buckets}
	return nil
}

// DecodeFile reads an accounts file, {"accounts":[…]}. It refuses unknown
// fields, accounts that cannot be served, and an app id or secret id that
// occurs twice. No error contains a value that could be a secret.
func DecodeFile(r io.Reader) ([]FileAccount, error) {
	var file struct {
		Accounts []FileAccount `json:"accounts"`
	}
	if err := decodeStrict(r, &file); err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	if len(file.Accounts) == 0 {
		return nil, fmt.Errorf("%w: no account", ErrIncomplete)
	}
	apps, keys := map[string]bool{}, map[string]bool{}
	for i := range file.Accounts {
		a := &file.Accounts[i]
		if a.Name == "" {
			a.Name = a.AppID
		}
		if err := a.validate(); err != nil {
			return nil, fmt.Errorf("account %s: %w", a.AppID, err)
		}
		if apps[a.AppID] {
			return nil, fmt.Errorf("%w: app id %s occurs twice", ErrIncomplete, a.AppID)
		}
		apps[a.AppID] = true
		for _, k := range a.Keys {
			if keys[k.SecretID] {
				return nil, fmt.Errorf("%w: account %s: a secret id occurs twice", ErrIncomplete, a.AppID)
			}
			keys[k.SecretID] = true
		}
	}
	return file.Accounts, nil
}

// validate returns every mistake in the account, each as ErrIncomplete.
func (a *FileAccount) validate() error {
	errs := []error{checkParts(part{"app id", a.AppID, digits})}
	if a.Name != "" {
		errs = append(errs, CheckName("name", a.Name))
	}
	for _, bucket := range a.Buckets {
		errs = append(errs, CheckBucket(bucket))
	}
	enabled := 0
	for _, k := range a.Keys {
		errs = append(errs, checkParts(part{"secret id", k.SecretID, keySet}, part{"secret key", string(k.Secret), keySet}))
		if !k.Disabled {
			enabled++
		}
		for _, bucket := range k.Buckets {
			if !slices.Contains(a.Buckets, bucket) {
				errs = append(errs, fmt.Errorf("%w: a key is for bucket %q, which the account does not have", ErrIncomplete, bucket))
			}
		}
	}
	if len(a.Keys) == 0 {
		errs = append(errs, fmt.Errorf("%w: no key", ErrIncomplete))
	}
	if enabled > MaxUsableKeys {
		errs = append(errs, ErrTooMany)
	}
	if a.Standing == Arrears {
		errs = append(errs, fmt.Errorf("%w: standing is active or closed; the balance decides on arrears", ErrIncomplete))
	}
	return errors.Join(append(errs, a.Rate.Validate())...)
}

// decodeStrict decodes one JSON value without unknown fields.
func decodeStrict(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	return nil
}
