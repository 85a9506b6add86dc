package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/masking"
)

var keySettings = []string{"buckets", "number", "encrypt", "rate", "burst", "expires"}

var keyCommand = (&family{
	name: "key", brief: "makes, rotates and disables API keys",
	intro: `
A user has at most two key pairs that can be used. Rotating makes a new one and
lets the old one end after --overlap. A secret key is printed once, and never
again. What is changed here is in effect in every server within five seconds.`,
	flags: keyFlags,
	verbs: []verb{
		{name: "create", args: "APPID", n: [2]int{1, 1}, flags: append([]string{"user"}, keySettings...), brief: "makes a key", do: createKey},
		{name: "list", args: "APPID", n: [2]int{1, 1}, brief: "lists an account's", do: listKeys},
		{name: "set", args: "SECRETID", n: [2]int{1, 1}, flags: keySettings, brief: "changes what it may", do: setKey},
		{name: "rotate", args: "SECRETID", n: [2]int{1, 1}, flags: []string{"overlap"}, brief: "makes its successor", do: rotateKey},
		{name: "disable", args: "SECRETID", n: [2]int{1, 1}, brief: "stops it", do: disableKey},
		{name: "enable", args: "SECRETID", n: [2]int{1, 1}, brief: "lets it be used again", do: enableKey},
	},
}).command()

func createKey(j *job) error {
	user := j.flags.user
	if user == "" {
		users, err := j.Registry.ListUsers(j.ctx, j.args[0])
		if err != nil {
			return err
		}
		user = users[0].ID // the main user comes first
	} else {
		u, err := j.Registry.FindUser(j.ctx, j.args[0], user)
		if err != nil {
			return err
		}
		user = u.ID
	}
	s, err := j.keySettings(nil)
	if err != nil {
		return err
	}
	c, err := j.Registry.CreateKey(j.ctx, user, s)
	if err != nil {
		return err
	}
	return j.tell(c)
}

// keySettings are what the flags say of a key that has a shape.
func (j *job) keySettings(had json.RawMessage) (s account.KeySettings, err error) {
	f := j.flags
	if j.given["buckets"] {
		buckets := words(f.buckets)
		s.Buckets = &buckets
	}
	if j.given["expires"] {
		end := j.Now().Add(f.expires)
		s.Expires = &end
	}
	s.Rate = j.rate()
	if !j.given["number"] && !j.given["encrypt"] {
		return s, nil
	}
	p := masking.Policy{}
	if len(had) > 0 {
		if p, err = masking.ParsePolicy(had); err != nil {
			return s, err
		}
	}
	if j.given["number"] {
		p.Number = masking.Mode(f.number)
	}
	switch {
	case f.encrypt == "-":
		p.Encrypt = nil
	case j.given["encrypt"]:
		text, err := os.ReadFile(f.encrypt)
		if err != nil {
			return s, err
		}
		if p.Encrypt, err = masking.ParsePublicKey(text); err != nil {
			return s, fmt.Errorf("%s: %w", f.encrypt, err)
		}
	}
	s.Shape, err = json.Marshal(p)
	return s, err
}

func setKey(j *job) error {
	a, err := j.Registry.Secret(j.ctx, j.args[0])
	if err != nil {
		return err
	}
	keys, err := j.Registry.ListKeys(j.ctx, a.AppID)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.SecretID != j.args[0] {
			continue
		}
		s, err := j.keySettings(k.Shape)
		if err != nil {
			return err
		}
		return j.Registry.SetKey(j.ctx, k.SecretID, s)
	}
	return fmt.Errorf("%w: key %s", account.ErrUnknown, j.args[0])
}

func listKeys(j *job) error {
	keys, err := j.Registry.ListKeys(j.ctx, j.args[0])
	if err != nil {
		return err
	}
	return printKeys(j, keys)
}

func printKeys(j *job, keys []account.APIKey) error {
	return printAll(j, keys, []string{"SECRET ID", "UIN", "STATE", "NUMBER", "BUCKETS", "RATE", "EXPIRES", "LAST USED"}, func(k account.APIKey) []string {
		state := "active"
		switch {
		case k.Disabled != nil:
			state = "disabled"
		case !k.Usable(j.Now()):
			state = "expired"
		}
		buckets := "all"
		if len(k.Buckets) > 0 {
			buckets = strings.Join(k.Buckets, ",")
		}
		return []string{k.SecretID, k.User, state, shapeText(k.Shape), buckets, rateText(k.Rate), orNever(k.Expires), k.LastUsed}
	})
}

// shapeText says what replies carry of a number.
func shapeText(document json.RawMessage) string {
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

func rotateKey(j *job) error {
	c, err := j.Registry.RotateKey(j.ctx, j.args[0], j.flags.overlap)
	if err != nil {
		return err
	}
	return j.tell(c)
}

func disableKey(j *job) error { return j.Registry.DisableKey(j.ctx, j.args[0], true) }

func enableKey(j *job) error { return j.Registry.DisableKey(j.ctx, j.args[0], false) }
