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
A user has at most two active keys. Rotating a key creates a new one and ends
the old one after --overlap. A secret key is printed once, and never again.
Changes take effect in every server within five seconds.`,
		`  kahao key create --data demo 1000000001 --number bin_last4
  kahao key rotate --data demo AKIDexample --overlap 1h`)
	cmd.AddCommand(newKeyCreate(a),
		a.command("list APPID", "list an account's keys", 1, 1, func(s *session) error {
			keys, err := s.Accounts.ListKeys(s.ctx, s.args[0])
			if err != nil {
				return err
			}
			return printKeys(s, keys)
		}),
		newKeySet(a), newKeyRotate(a),
		a.command("disable SECRETID", "stop a key", 1, 1, func(s *session) error {
			return s.Accounts.DisableKey(s.ctx, s.args[0], true)
		}),
		a.command("enable SECRETID", "accept a key again", 1, 1, func(s *session) error {
			return s.Accounts.DisableKey(s.ctx, s.args[0], false)
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
	var user string
	cmd := a.command("create APPID", "create a key", 1, 1, func(s *session) error {
		id, err := keyOwner(s, user)
		if err != nil {
			return err
		}
		k, err := f.settings(s, nil)
		if err != nil {
			return err
		}
		c, err := s.Accounts.CreateKey(s.ctx, id, k)
		if err != nil {
			return err
		}
		return s.printKey(c)
	})
	cmd.Flags().StringVar(&user, "user", "", "the key's owner, `name` or UIN (default: the main user)")
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

func newKeySet(a *admin) *cobra.Command {
	var f keyFlags
	cmd := a.command("set SECRETID", "change a key's settings", 1, 1, func(s *session) error {
		found, err := s.Accounts.Secret(s.ctx, s.args[0])
		if err != nil {
			return err
		}
		keys, err := s.Accounts.ListKeys(s.ctx, found.AppID)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if k.SecretID != s.args[0] {
				continue
			}
			changes, err := f.settings(s, k.Shape)
			if err != nil {
				return err
			}
			return s.Accounts.SetKey(s.ctx, k.SecretID, changes)
		}
		return fmt.Errorf("%w: key %s", account.ErrUnknown, s.args[0])
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
		return []string{k.SecretID, k.User, state, maskingText(k.Shape), buckets, rateText(k.Rate), optionalTimestamp(k.Expires), k.LastUsed}
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
