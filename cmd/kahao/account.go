package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/cmd/kahao/internal/words"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ratelimit"
)

func newAccountCommand(e *env) *cobra.Command {
	a, cmd := newAdmin(e, "account", "create, show and change accounts", `
An account is who pays. It has an app ID, a main user, buckets, packs and a
balance. The first key of a new account is printed once, and never again.`,
		`  kahao account create --data demo "Example Ltd."
  kahao account set --data demo 1000000001 --post-pay --rate 5
  kahao account pay --data demo 1000000001 200 --reason "transfer 7"
  kahao account pay --data demo 1000000001 -20`)
	cmd.AddCommand(newAccountCreate(a),
		a.command("list", "list all accounts", 0, 0, listAccounts),
		a.command("show APPID", "show an account with everything it has", 1, 1, showAccount),
		newAccountSet(a),
		a.command("close APPID", "stop the service; refused while a paid pack has units", 1, 1, func(s *session) error {
			return s.did(s.Accounts.CloseAccount(s.ctx, s.args[0]), "closed account %s: its requests are refused until it is opened again", s.args[0])
		}),
		a.command("open APPID", "open a closed account, unchanged", 1, 1, func(s *session) error {
			return s.did(s.Accounts.OpenAccount(s.ctx, s.args[0]), "opened account %s", s.args[0])
		}),
		newAccountPay(a))
	return cmd
}

// createdKey is a new key, which is printed once.
type createdKey struct {
	AppID     string `json:"appid"`
	User      string `json:"uin"`
	Bucket    string `json:"bucket"`
	SecretID  string `json:"secret_id"`
	SecretKey string `json:"secret_key"`

	Kind account.KeyKind `json:"kind,omitempty"` // only of bearer keys, whose secret_key is the whole key
}

func (s *session) printKey(c account.CreatedKey) error {
	if s.json {
		return writeJSON(s.out, recordKey(c))
	}
	if c.Kind == account.Bearer {
		if err := printFields(s.out, "appid", c.AppID, "uin", c.User, "bucket", c.Bucket, "key id", c.SecretID, "key", string(c.SecretKey)); err != nil {
			return err
		}
		_, err := fmt.Fprintln(s.out, "The key is not shown again, and the server keeps only a hash of it.")
		return err
	}
	if err := printFields(s.out, "appid", c.AppID, "uin", c.User, "bucket", c.Bucket, "secret id", c.SecretID, "secret key", string(c.SecretKey)); err != nil {
		return err
	}
	_, err := fmt.Fprintln(s.out, "The secret key is not shown again.")
	return err
}

func recordKey(c account.CreatedKey) createdKey {
	r := createdKey{AppID: c.AppID, User: c.User, Bucket: c.Bucket, SecretID: c.SecretID, SecretKey: string(c.SecretKey)}
	if c.Kind == account.Bearer {
		r.Kind = c.Kind
	}
	return r
}

func newAccountCreate(a *admin) *cobra.Command {
	var n account.NewAccount
	cmd := a.command("create NAME", "create an account with a key", 1, 1, func(s *session) error {
		n.Name = s.args[0]
		c, err := s.Accounts.CreateAccount(s.ctx, n)
		if err != nil {
			return err
		}
		return s.printKey(c)
	})
	cmd.Flags().StringVar(&n.Bucket, "bucket", "", "`name` of its first bucket (default kahao)")
	postPayFlag(cmd, &n.PostPay)
	return cmd
}

func postPayFlag(cmd *cobra.Command, postPay *bool) {
	cmd.Flags().BoolVar(postPay, "post-pay", false, "bill calls without a pack monthly instead of refusing them")
}

func listAccounts(s *session) error {
	all, err := s.Accounts.ListAccounts(s.ctx)
	if err != nil {
		return err
	}
	return printAll(s, all, []string{"APPID", "NAME", "STANDING", "POST-PAY", "BALANCE", "CREATED"}, func(d account.Account) []string {
		return []string{d.ID, d.Name, d.Standing(s.Now()).String(), yesNo(d.PostPay), d.Balance.String(), s.day(d.Created)}
	})
}

// shownAccount is an account with everything it has.
type shownAccount struct {
	account.Account
	Standing  string         `json:"standing"`
	Retention string         `json:"retention"`
	Buckets   []string       `json:"buckets"`
	Users     []account.User `json:"users"`
	Keys      []account.Key  `json:"keys"`
	Packs     []account.Pack `json:"packs"`
	Bills     []account.Bill `json:"bills"`
}

func showAccount(s *session) error {
	id := s.args[0]
	d, err := s.Accounts.Account(s.ctx, id)
	if err != nil {
		return err
	}
	a := shownAccount{Account: d, Standing: d.Standing(s.Now()).String(), Retention: d.Retention.String()}
	var errs [5]error
	a.Buckets, errs[0] = s.Accounts.ListBuckets(s.ctx, id)
	a.Users, errs[1] = s.Accounts.ListUsers(s.ctx, id)
	a.Keys, errs[2] = s.Accounts.ListKeys(s.ctx, id)
	a.Packs, errs[3] = s.Accounts.ListPacks(s.ctx, id)
	a.Bills, errs[4] = s.Accounts.ListBills(s.ctx, id)
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if s.json {
		return writeJSON(s.out, a)
	}
	since := ""
	if d.NegativeSince != nil {
		since = ", negative since " + s.timestamp(*d.NegativeSince)
	}
	retention := ""
	if d.Retention > 0 {
		retention = d.Retention.String()
	}
	err = printFields(s.out, "appid", d.ID, "name", d.Name, "standing", a.Standing, "balance", d.Balance.String()+since, "post-pay", yesNo(d.PostPay),
		"region", d.Region, "rate", rateText(d.Rate), "retention", retention, "fetch hosts", strings.Join(d.FetchHosts, ", "),
		"buckets", strings.Join(a.Buckets, ", "), "created", s.timestamp(d.Created))
	if err != nil {
		return err
	}
	for _, print := range []func() error{
		func() error { return printUsers(s, a.Users) }, func() error { return printKeys(s, a.Keys) },
		func() error { return printPacks(s, a.Packs) }, func() error { return printBills(s, a.Bills, words.English) },
	} {
		fmt.Fprintln(s.out)
		if err := print(); err != nil {
			return err
		}
	}
	return nil
}

func newAccountSet(a *admin) *cobra.Command {
	var name, region, hosts string
	var postPay bool
	var retention time.Duration
	var limit ratelimit.Limit
	cmd := a.command("set APPID", "change an account", 1, 1, func(s *session) error {
		c := account.Changes{
			Name: optional(s, "name", name), PostPay: optional(s, "post-pay", postPay), Region: optional(s, "region", region),
			Retention: optional(s, "retention", retention), FetchHosts: optional(s, "fetch-hosts", splitList(hosts)), Rate: s.rate(limit),
		}
		if c == (account.Changes{}) {
			return misuse("nothing to set: --name, --post-pay, --region, --retention, --fetch-hosts, --rate, --burst")
		}
		return s.did(s.Accounts.ChangeAccount(s.ctx, s.args[0], c), "set %s of account %s", s.changed(), s.args[0])
	})
	fs := cmd.Flags()
	fs.StringVar(&name, "name", "", "name of the account, `text`")
	postPayFlag(cmd, &postPay)
	fs.StringVar(&region, "region", "", "`name` of the account's region")
	fs.DurationVar(&retention, "retention", 0, "`time` to keep results for; 0 leaves it to --keep-results of the server")
	fs.StringVar(&hosts, "fetch-hosts", "", "fetch its images from these `hosts` only")
	rateFlags(cmd, &limit)
	return cmd
}

func rateFlags(cmd *cobra.Command, l *ratelimit.Limit) {
	cmd.Flags().Float64Var(&l.PerSecond, "rate", 0, "`n` requests a second; 0 means no limit of its own")
	cmd.Flags().IntVar(&l.Burst, "burst", 0, "`n` requests at once within --rate; 0 means one second's worth")
}

// rate is the limit that --rate and --burst set, or nil.
func (s *session) rate(l ratelimit.Limit) *ratelimit.Limit {
	if !s.cmd.Flags().Changed("rate") && !s.cmd.Flags().Changed("burst") {
		return nil
	}
	if l.PerSecond > 1 && l.Burst == 0 {
		l.Burst = int(l.PerSecond)
	}
	return &l
}

func rateText(l ratelimit.Limit) string {
	if l.PerSecond == 0 {
		return ""
	}
	return fmt.Sprintf("%v/s, burst %d", l.PerSecond, max(l.Burst, 1))
}

func newAccountPay(a *admin) *cobra.Command {
	var reason string
	cmd := a.command("pay APPID AMOUNT", "add an amount to the balance, or take a negative one off", 2, 2, func(s *session) error {
		amount, err := billing.ParseCents(s.args[1])
		if err != nil {
			return err
		}
		d, err := s.Accounts.Pay(s.ctx, s.args[0], amount, reason)
		if err != nil {
			return err
		}
		done := "added %[1]s to"
		if amount < 0 {
			done, amount = "took %[1]s off", -amount
		}
		return s.printOne(d, done+" the balance of account %[2]s: balance %[3]s %[4]s, %[5]s\n", amount, d.ID, d.Balance, s.Prices.Currency, d.Standing(s.Now()))
	})
	cmd.Aliases = []string{"credit"} // its first name
	negativeArguments(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "reason of the payment, `text`")
	return cmd
}
