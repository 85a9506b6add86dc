package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ratelimit"
)

var settable = []string{"name", "post-pay", "region", "retention", "fetch-hosts", "rate", "burst"}

var accountCommand = (&family{
	name: "account", brief: "makes, shows and changes accounts",
	intro: `
Accounts are who pays: each has an app id, a main user, buckets, packs and a
balance. A new account's first key is printed once, and never again.`,
	flags: accountFlags,
	verbs: []verb{
		{name: "create", args: "NAME", n: [2]int{1, 1}, flags: []string{"bucket", "post-pay"}, brief: "makes an account with a key", do: createAccount},
		{name: "list", brief: "lists all", do: listAccounts},
		{name: "show", args: "APPID", n: [2]int{1, 1}, brief: "shows one with everything it has", do: showAccount},
		{name: "set", args: "APPID", n: [2]int{1, 1}, flags: settable, brief: "changes it", do: setAccount},
		{name: "close", args: "APPID", n: [2]int{1, 1}, brief: "stops the service; refused while a paid pack has units", do: closeAccount},
		{name: "open", args: "APPID", n: [2]int{1, 1}, brief: "opens it again, as it was", do: openAccount},
		{name: "pay", args: "APPID AMOUNT", n: [2]int{2, 2}, flags: []string{"reason"}, brief: "puts money on its balance, or takes it off", do: payAccount},
	},
}).command()

// made is a key as it is printed, once.
type made struct {
	AppID     string `json:"appid"`
	User      string `json:"uin"`
	Bucket    string `json:"bucket"`
	SecretID  string `json:"secret_id"`
	SecretKey string `json:"secret_key"`
}

func (j *job) tell(c account.Created) error {
	if j.json {
		return j.encode(made{c.AppID, c.User, c.Bucket, c.SecretID, string(c.SecretKey)})
	}
	if err := fields(j.out, "appid", c.AppID, "uin", c.User, "bucket", c.Bucket, "secret id", c.SecretID, "secret key", string(c.SecretKey)); err != nil {
		return err
	}
	_, err := fmt.Fprintln(j.out, "The secret key is not shown again.")
	return err
}

func createAccount(j *job) error {
	c, err := j.Registry.CreateAccount(j.ctx, account.NewAccount{Name: j.args[0], Bucket: j.flags.bucket, PostPay: j.flags.postPay})
	if err != nil {
		return err
	}
	return j.tell(c)
}

func listAccounts(j *job) error {
	all, err := j.Registry.ListAccounts(j.ctx)
	if err != nil {
		return err
	}
	return printAll(j, all, []string{"APPID", "NAME", "STANDING", "POST-PAY", "BALANCE", "CREATED"}, func(d account.Details) []string {
		return []string{d.ID, d.Name, d.Standing(j.Now()).String(), yes(d.PostPay), d.Balance.String(), j.day(d.Created)}
	})
}

// shownAccount is an account with everything it has.
type shownAccount struct {
	account.Details
	Standing  string                `json:"standing"`
	Retention string                `json:"retention"`
	Buckets   []string              `json:"buckets"`
	Users     []account.User        `json:"users"`
	Keys      []account.APIKey      `json:"keys"`
	Packs     []account.PackDetails `json:"packs"`
	Bills     []account.BillDetails `json:"bills"`
}

func showAccount(j *job) error {
	id := j.args[0]
	d, err := j.Registry.Account(j.ctx, id)
	if err != nil {
		return err
	}
	s := shownAccount{Details: d, Standing: d.Standing(j.Now()).String(), Retention: d.Retention.String()}
	var errs [5]error
	s.Buckets, errs[0] = j.Registry.ListBuckets(j.ctx, id)
	s.Users, errs[1] = j.Registry.ListUsers(j.ctx, id)
	s.Keys, errs[2] = j.Registry.ListKeys(j.ctx, id)
	s.Packs, errs[3] = j.Registry.ListPacks(j.ctx, id)
	s.Bills, errs[4] = j.Registry.ListBills(j.ctx, id)
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if j.json {
		return j.encode(s)
	}
	since := ""
	if d.NegativeSince != nil {
		since = ", negative since " + moment(*d.NegativeSince)
	}
	retention := ""
	if d.Retention > 0 {
		retention = d.Retention.String()
	}
	err = fields(j.out, "appid", d.ID, "name", d.Name, "standing", s.Standing, "balance", d.Balance.String()+since, "post-pay", yes(d.PostPay),
		"region", d.Region, "rate", rateText(d.Rate), "retention", retention, "fetch hosts", strings.Join(d.FetchHosts, ", "),
		"buckets", strings.Join(s.Buckets, ", "), "created", moment(d.Created))
	if err != nil {
		return err
	}
	for _, table := range []func() error{
		func() error { return printUsers(j, s.Users) }, func() error { return printKeys(j, s.Keys) },
		func() error { return printPacks(j, s.Packs) }, func() error { return printBills(j, s.Bills) },
	} {
		fmt.Fprintln(j.out)
		if err := table(); err != nil {
			return err
		}
	}
	return nil
}

func setAccount(j *job) error {
	c := account.Changes{}
	f := j.flags
	if j.given["name"] {
		c.Name = &f.name
	}
	if j.given["post-pay"] {
		c.PostPay = &f.postPay
	}
	if j.given["region"] {
		c.Region = &f.region
	}
	if j.given["retention"] {
		c.Retention = &f.retention
	}
	if j.given["fetch-hosts"] {
		hosts := words(f.hosts)
		c.FetchHosts = &hosts
	}
	c.Rate = j.rate()
	if c == (account.Changes{}) {
		return misuse("say what to set: --%s", strings.Join(settable, ", --"))
	}
	return j.Registry.ChangeAccount(j.ctx, j.args[0], c)
}

// rate is what --rate and --burst say; nil where they say nothing.
func (j *job) rate() *ratelimit.Limit {
	if !j.given["rate"] && !j.given["burst"] {
		return nil
	}
	l := ratelimit.Limit{PerSecond: j.flags.rate, Burst: j.flags.burst}
	if l.PerSecond > 1 && l.Burst == 0 {
		l.Burst = int(l.PerSecond)
	}
	return &l
}

func closeAccount(j *job) error { return j.Registry.CloseAccount(j.ctx, j.args[0]) }

func openAccount(j *job) error { return j.Registry.OpenAccount(j.ctx, j.args[0]) }

func payAccount(j *job) error {
	amount, err := billing.ParseCents(j.args[1])
	if err != nil {
		return err
	}
	d, err := j.Registry.Pay(j.ctx, j.args[0], amount, j.flags.reason)
	if err != nil {
		return err
	}
	if j.json {
		return j.encode(d)
	}
	_, err = fmt.Fprintf(j.out, "balance %s, %s\n", d.Balance, d.Standing(j.Now()))
	return err
}

// Texts of tables.

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func rateText(l ratelimit.Limit) string {
	if l.PerSecond == 0 {
		return ""
	}
	return fmt.Sprintf("%v/s, burst %d", l.PerSecond, max(l.Burst, 1))
}

func (j *job) day(t time.Time) string { return string(j.Calendar.Day(t)) }

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

func orNever(t *time.Time) string {
	if t == nil {
		return ""
	}
	return moment(*t)
}

// words are those of a list with commas.
func words(list string) []string {
	all := []string{}
	for word := range strings.SplitSeq(list, ",") {
		if word = strings.TrimSpace(word); word != "" {
			all = append(all, word)
		}
	}
	return all
}
