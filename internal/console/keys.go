package console

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/masking"
	"github.com/kahao/kahao/internal/service/policy"
)

// keysData is the page of an account's keys.
type keysData struct {
	Base    string // path of the page
	Rows    []keyRow
	Users   []account.User // that a key can be made for
	Created *account.CreatedKey
	Secret  string // of Created: secrets print as [secret]
	Bearer  bool   // Created is a bearer key: Secret is all of it
	Kinds   []account.KeyKind
	May     bool // keys may be changed
	Max     int  // usable keys of a user
}

type keyRow struct {
	account.Key
	User  string // name
	State string // active, disabled or expired
	Form  masking.Mode
	Crypt bool // numbers are encrypted
	Soon  bool // it expires within two weeks
	Path  string
}

// soon is how long before its end a key is said to expire.
const soon = 14 * 24 * time.Hour

// ownKeysOnly reports whether only the keys of who is signed in are shown.
func (p *page) ownKeysOnly() bool { return !p.who.Operator() && !p.who.User.Main }

func (p *page) mayManageKeys() bool {
	return p.may.Allows(policy.ManageKeys, policy.All) || p.may.Allows(policy.ManageKeys, policy.UsageOf(p.who.Subject))
}

// at is a path below the account of the page.
func (p *page) at(rest string) string { return "/a/" + p.account.ID + "/" + rest }

// keyRows returns the keys that the page may show.
func (p *page) keyRows() (rows []keyRow, users []account.User, err error) {
	ctx := p.r.Context()
	if users, err = p.Accounts.ListUsers(ctx, p.account.ID); err != nil {
		return nil, nil, err
	}
	if p.ownKeysOnly() {
		users = slices.DeleteFunc(users, func(u account.User) bool { return u.ID != p.who.Subject })
	}
	keys, err := p.Accounts.ListKeys(ctx, p.account.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, u := range users {
		for _, k := range keys {
			if k.User == u.ID {
				rows = append(rows, p.keyRow(k, u))
			}
		}
	}
	return rows, users, nil
}

func (p *page) keyRow(k account.Key, u account.User) keyRow {
	row := keyRow{Key: k, User: u.Name, State: "active", Form: masking.Full, Path: p.at("keys/" + url.PathEscape(k.SecretID))}
	now := p.Now()
	switch {
	case k.Disabled != nil:
		row.State = "disabled"
	case !k.Usable(now):
		row.State = "expired"
	case k.Expires != nil:
		row.Soon = k.Expires.Sub(now) < soon
	}
	if m, err := masking.ParsePolicy(k.Shape); err == nil {
		row.Form, row.Crypt = m.Number, m.Encrypt != nil
		if row.Form == "" {
			row.Form = masking.Full
		}
	}
	return row
}

func (p *page) showKeys() error { return p.keysPage(http.StatusOK, "", nil) }

func (p *page) keysPage(status int, problem string, created *account.CreatedKey) error {
	rows, users, err := p.keyRows()
	if err != nil {
		return err
	}
	d := keysData{Base: p.at("keys"), Rows: rows, Users: users, Created: created, May: p.mayManageKeys(), Max: account.MaxUsableKeys, Kinds: []account.KeyKind{account.Signing, account.Bearer}}
	if created != nil {
		d.Secret, d.Bearer = string(created.SecretKey), created.Kind == account.Bearer
	}
	return p.renderWith(status, "keys", d, problem)
}

func (p *page) createKey() error {
	show := func(status int, problem string) error { return p.keysPage(status, problem, nil) }
	user := p.field("user")
	_, users, err := p.keyRows()
	if err != nil {
		return err
	}
	if user == "" && len(users) > 0 {
		user = users[0].ID
	}
	if !slices.ContainsFunc(users, func(u account.User) bool { return u.ID == user }) {
		return account.ErrUnknown
	}
	set := account.KeySettings{Kind: account.KeyKind(p.field("kind"))}
	if mode := p.field("number"); mode != "" {
		if set.Shape, err = json.Marshal(masking.Policy{Number: masking.Mode(mode)}); err != nil {
			return err
		}
	}
	if set.Expires, err = p.endOfDay("expires"); err != nil {
		return p.again(err, show)
	}
	after := audit.Values{"user": user, "kind": string(cmp.Or(set.Kind, account.Signing)), "number": p.field("number"), "expires": p.field("expires")}
	c, err := p.Accounts.CreateKey(p.change("key.create", "", nil, after), user, set)
	if err != nil {
		return p.again(err, show)
	}
	return p.keysPage(http.StatusCreated, "", &c)
}

// keyData is the page of one key.
type keyData struct {
	keyRow
	Keys, Base string
	May        bool
	Buckets    []bucketChoice
	Modes      []masking.Mode
	CryptID    string // of the public key
}

type bucketChoice struct {
	Name    string
	Checked bool
}

// key finds the key of the path among those that the page may show.
func (p *page) key() (keyRow, error) {
	rows, _, err := p.keyRows()
	if err != nil {
		return keyRow{}, err
	}
	for _, row := range rows {
		if row.SecretID == p.r.PathValue("key") {
			return row, nil
		}
	}
	return keyRow{}, account.ErrUnknown
}

func (p *page) showKey() error { return p.keyPage(http.StatusOK, "") }

func (p *page) keyPage(status int, problem string) error {
	row, err := p.key()
	if err != nil {
		return err
	}
	d := keyData{keyRow: row, Keys: p.at("keys"), Base: row.Path, May: p.mayManageKeys(), Modes: []masking.Mode{masking.Full, masking.Masked, masking.Token}}
	if m, err := masking.ParsePolicy(row.Shape); err == nil && m.Encrypt != nil {
		d.CryptID = m.Encrypt.Algorithm() + " " + m.Encrypt.ID()
	}
	names, err := p.Accounts.ListBuckets(p.r.Context(), p.account.ID)
	if err != nil {
		return err
	}
	for _, name := range names {
		d.Buckets = append(d.Buckets, bucketChoice{name, slices.Contains(row.Key.Buckets, name)})
	}
	return p.renderWith(status, "key", d, problem)
}

func (p *page) setKey() error {
	row, err := p.key()
	if err != nil {
		return err
	}
	set, err := p.keySettings(row)
	if err != nil {
		return p.again(err, p.keyPage)
	}
	before := audit.Values{"buckets": strings.Join(row.Key.Buckets, ", "), "number": formText(row.Form, row.Crypt), "rate": rateText(row.Rate)}
	after := audit.Values{"buckets": strings.Join(*set.Buckets, ", "), "number": formText(masking.Mode(p.field("number")), p.field("encrypt") != "" || row.Crypt && p.field("clear") == ""), "rate": rateText(*set.Rate)}
	if set.Expires != nil {
		after["expires"] = set.Expires.UTC().Format(time.RFC3339)
	}
	if err := p.Accounts.SetKey(p.change("key.set", row.SecretID, before, after), row.SecretID, set); err != nil {
		return p.again(err, p.keyPage)
	}
	return p.redirect(row.Path, "saved")
}

func formText(m masking.Mode, encrypted bool) string {
	if encrypted {
		return string(m) + ", encrypted"
	}
	return string(m)
}

// keySettings reads the form of a key.
func (p *page) keySettings(row keyRow) (set account.KeySettings, err error) {
	buckets := append([]string{}, p.r.PostForm["bucket"]...)
	set.Buckets = &buckets
	l, err := p.rate()
	if err != nil {
		return set, err
	}
	set.Rate = &l
	if set.Expires, err = p.endOfDay("expires"); err != nil {
		return set, err
	}
	m, err := masking.ParsePolicy(row.Shape)
	if err != nil {
		return set, err
	}
	m.Number = masking.Mode(p.field("number"))
	switch text := p.field("encrypt"); {
	case text != "":
		if m.Encrypt, err = masking.ParsePublicKey([]byte(text)); err != nil {
			return set, err
		}
	case p.field("clear") != "":
		m.Encrypt = nil
	}
	set.Shape, err = json.Marshal(m)
	return set, err
}

func (p *page) rotateKey() error {
	row, err := p.key()
	if err != nil {
		return err
	}
	hours, err := strconv.Atoi(p.field("hours"))
	if err != nil || hours < 0 || hours > 24*366 {
		return p.again(errInput, p.keyPage)
	}
	ctx := p.change("key.rotate", row.SecretID, nil, audit.Values{"overlap": strconv.Itoa(hours) + "h"})
	c, err := p.Accounts.RotateKey(ctx, row.SecretID, time.Duration(hours)*time.Hour)
	if err != nil {
		return p.again(err, p.keyPage)
	}
	return p.keysPage(http.StatusCreated, "", &c)
}

func (p *page) disableKey() error {
	return p.switchKey("key.disable", "keydisabled", func(ctx context.Context, id string) error { return p.Accounts.DisableKey(ctx, id, true) })
}

func (p *page) enableKey() error {
	return p.switchKey("key.enable", "keyenabled", func(ctx context.Context, id string) error { return p.Accounts.DisableKey(ctx, id, false) })
}

func (p *page) switchKey(action, done string, do func(context.Context, string) error) error {
	row, err := p.key()
	if err != nil {
		return err
	}
	if err := do(p.change(action, row.SecretID, nil, nil), row.SecretID); err != nil {
		return p.again(err, p.keyPage)
	}
	return p.redirect(row.Path, done)
}
