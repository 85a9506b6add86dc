package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/masking"
	"github.com/kahao/kahao/internal/service/ratelimit"
)

func newKeyCommand(e *env) *cobra.Command {
	a, cmd := newAdmin(e, "key", "create, rotate and disable API keys", `
A signing key signs requests of the vendor's APIs; a bearer key is sent with
requests of the native API (docs/native-api.md). A user has at most two active
keys of each kind. Rotating a key creates a new one and ends the old one after
--overlap. A secret key is printed when it is created;
"show-once" prints a signing key's again as long as nothing was signed with it.
Changes take effect in every server within five seconds.`,
		`  kahao key create --data demo 1000000001 --number bin_last4
  kahao key create --data demo 1000000001 --kind bearer
  kahao key rotate --data demo AKIDexample --overlap 1h`)
	cmd.AddCommand(newKeyCreate(a),
		a.command("list APPID", "list an account's keys", 1, 1, func(s *session) error {
			keys, err := s.Accounts.ListKeys(s.ctx, s.args[0])
			if err != nil {
				return err
			}
			return printKeys(s, keys)
		}),
		newKeyShowOnce(a), newKeySet(a), newKeyRotate(a),
		a.command("disable SECRETID", "stop a key", 1, 1, func(s *session) error {
			return s.did(s.Accounts.DisableKey(s.ctx, s.args[0], true), "disabled key %s: it is refused within five seconds", s.args[0])
		}),
		a.command("enable SECRETID", "accept a key again", 1, 1, func(s *session) error {
			return s.did(s.Accounts.DisableKey(s.ctx, s.args[0], false), "enabled key %s", s.args[0])
		}))
	return cmd
}

// keyFlags are the settings of a key.
type keyFlags struct {
	buckets, number, encrypt string
	expires                  time.Duration
	limit                    ratelimit.Limit
}

func (f *keyFlags) declare(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.buckets, "buckets", "", "accept it for these `buckets` only")
	fs.StringVar(&f.number, "number", "", "`form` of card numbers in replies: full, bin_last4 or token")
	fs.StringVar(&f.encrypt, "encrypt", "", "encrypt card numbers to the public key in this `file` (PEM or JWK); - ends encryption")
	fs.DurationVar(&f.expires, "expires", 0, "end the key after this `time`")
	rateFlags(cmd, &f.limit)
	complete(cmd, "number", masking.ModeNames()...)
}

// settings are the changes that the flags ask for. The masking policy starts
// from the one that the key has.
func (f *keyFlags) settings(s *session, current json.RawMessage) (k account.KeySettings, err error) {
	k.Buckets, k.Rate = optional(s, "buckets", splitList(f.buckets)), s.rate(f.limit)
	k.Expires = optional(s, "expires", s.Now().Add(f.expires))
	encrypt := s.cmd.Flags().Changed("encrypt")
	if !s.cmd.Flags().Changed("number") && !encrypt {
		return k, nil
	}
	p := masking.Policy{}
	if len(current) > 0 {
		if p, err = masking.ParsePolicy(current); err != nil {
			return k, err
		}
	}
	if s.cmd.Flags().Changed("number") {
		p.Number = masking.Mode(f.number)
	}
	switch {
	case f.encrypt == "-":
		p.Encrypt = nil
	case encrypt:
		text, err := os.ReadFile(f.encrypt)
		if err != nil {
			return k, err
		}
		if p.Encrypt, err = masking.ParsePublicKey(text); err != nil {
			return k, fmt.Errorf("%s: %w", f.encrypt, err)
		}
	}
	k.Shape, err = json.Marshal(p)
	return k, err
}

func newKeyCreate(a *admin) *cobra.Command {
	var f keyFlags
	var user, kind string
	cmd := a.command("create APPID", "create a key", 1, 1, func(s *session) error {
		id, err := keyOwner(s, user)
		if err != nil {
			return err
		}
		k, err := f.settings(s, nil)
		if err != nil {
			return err
		}
		k.Kind = account.KeyKind(kind)
		c, err := s.Accounts.CreateKey(s.ctx, id, k)
		if err != nil {
			return err
		}
		return s.printKey(c)
	})
	cmd.Flags().StringVar(&user, "user", "", "the key's owner, `name` or UIN (default: the main user)")
	cmd.Flags().StringVar(&kind, "kind", string(account.Signing), "`kind` of key: signing, or bearer for the native API")
	complete(cmd, "kind", string(account.Signing), string(account.Bearer))
	f.declare(cmd)
	return cmd
}

// keyOwner returns the UIN of the user, or of the main user.
func keyOwner(s *session, user string) (string, error) {
	if user != "" {
		u, err := s.Accounts.FindUser(s.ctx, s.args[0], user)
		return u.ID, err
	}
	users, err := s.Accounts.ListUsers(s.ctx, s.args[0])
	if err != nil {
		return "", err
	}
	return users[0].ID, nil // the main user is the first
}

// newKeyShowOnce prints the secret of a key that is not in use yet: the first
// output may have been lost, such as that of a server that could not start.
func newKeyShowOnce(a *admin) *cobra.Command {
	return a.command("show-once [SECRETID]", "print the secret of a key that has not been used (default: the demo account's)", 0, 1, func(s *session) error {
		var found account.Credentials
		var err error
		if len(s.args) == 1 {
			found, err = s.Accounts.Secret(s.ctx, s.args[0])
		} else if found, err = s.DemoKey(s.ctx); err == nil && found.SecretID == "" {
			return misuse("there is no demo account: name the key")
		}
		if err != nil {
			return err
		}
		keys, err := s.Accounts.ListKeys(s.ctx, found.AppID)
		if err != nil {
			return err
		}
		user := ""
		for _, k := range keys {
			if k.SecretID != found.SecretID {
				continue
			}
			user = k.User
			if k.LastUsed != "" {
				return fmt.Errorf("%w: key %s was used on %s: create another with 'kahao key create %s', or replace it with 'kahao key rotate %s'",
					account.ErrRefused, k.SecretID, k.LastUsed, found.AppID, k.SecretID)
			}
		}
		return s.printOne(createdKey{AppID: found.AppID, User: user, Bucket: found.Bucket, SecretID: found.SecretID, SecretKey: string(found.SecretKey)},
			"appid       %s\nbucket      %s\nsecret id   %s\nsecret key  %s\n", found.AppID, found.Bucket, found.SecretID, string(found.SecretKey))
	})
}

func newKeySet(a *admin) *cobra.Command {
	var f keyFlags
	cmd := a.command("set SECRETID", "change a key's settings", 1, 1, func(s *session) error {
		k, err := s.Accounts.FindKey(s.ctx, s.args[0])
		if err != nil {
			return err
		}
		changes, err := f.settings(s, k.Shape)
		if err != nil {
			return err
		}
		return s.did(s.Accounts.SetKey(s.ctx, k.SecretID, changes), "set %s of key %s", s.changed(), k.SecretID)
	})
	f.declare(cmd)
	return cmd
}

func newKeyRotate(a *admin) *cobra.Command {
	var overlap time.Duration
	cmd := a.command("rotate SECRETID", "create a key's successor", 1, 1, func(s *session) error {
		c, err := s.Accounts.RotateKey(s.ctx, s.args[0], overlap)
		if err != nil {
			return err
		}
		return s.printKey(c)
	})
	cmd.Flags().DurationVar(&overlap, "overlap", 24*time.Hour, "`time` for which the old key works next to the new one")
	return cmd
}

func printKeys(s *session, keys []account.Key) error {
	return printAll(s, keys, []string{"SECRET ID", "UIN", "STATE", "NUMBER", "BUCKETS", "RATE", "EXPIRES", "LAST USED"}, func(k account.Key) []string {
		state := "active"
		switch {
		case k.Disabled != nil:
			state = "disabled"
		case !k.Usable(s.Now()):
			state = "expired"
		}
		buckets := "all"
		if len(k.Buckets) > 0 {
			buckets = strings.Join(k.Buckets, ",")
		}
		return []string{k.SecretID, k.User, state, maskingText(k.Shape), buckets, rateText(k.Rate), s.optionalTimestamp(k.Expires), k.LastUsed}
	})
}

// maskingText is the form of card numbers in replies to a key.
func maskingText(document json.RawMessage) string {
	p, err := masking.ParsePolicy(document)
	if err != nil {
		return "?"
	}
	text := string(p.Number)
	if text == "" {
		text = string(masking.Full)
	}
	if p.Encrypt != nil {
		text += ", encrypted"
	}
	return text
}
