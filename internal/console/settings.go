package console

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
)

type settingsData struct {
	account.Account
	Base      string
	Standing  string
	Buckets   []string
	Minutes   int64
	Hosts     string
	RateValue string
}

func (p *page) showSettings() error { return p.settingsPage(http.StatusOK, "") }

func (p *page) settingsPage(status int, problem string) error {
	buckets, err := p.Accounts.ListBuckets(p.r.Context(), p.account.ID)
	if err != nil {
		return err
	}
	d := settingsData{Account: p.account, Base: p.at("settings"), Standing: p.account.Standing(p.Now()).String(), Buckets: buckets,
		Minutes: int64(p.account.Retention / time.Minute), Hosts: strings.Join(p.account.FetchHosts, "\n")}
	if p.account.Rate.PerSecond > 0 {
		d.RateValue = strconv.FormatFloat(p.account.Rate.PerSecond, 'f', -1, 64)
	}
	return p.renderWith(status, "settings", d, problem)
}

// setAccount changes what customers may set themselves, and for the operator the
// name and the rate.
func (p *page) setAccount() error {
	before, after, c := audit.Values{}, audit.Values{}, account.Changes{}
	postPay, hosts := p.field("postpay") != "", p.list("hosts")
	minutes, err := strconv.ParseInt(p.field("minutes"), 10, 32)
	if err != nil {
		return p.again(errInput, p.settingsPage)
	}
	retention := time.Duration(minutes) * time.Minute
	c.PostPay, c.FetchHosts, c.Retention = &postPay, &hosts, &retention
	before["post-pay"], after["post-pay"] = strconv.FormatBool(p.account.PostPay), strconv.FormatBool(postPay)
	before["fetch hosts"], after["fetch hosts"] = strings.Join(p.account.FetchHosts, ", "), strings.Join(hosts, ", ")
	before["retention"], after["retention"] = p.account.Retention.String(), retention.String()
	if p.who.Operator() {
		name := p.field("name")
		rate, err := p.rate()
		if err != nil {
			return p.again(err, p.settingsPage)
		}
		c.Name, c.Rate = &name, &rate
		before["name"], after["name"] = p.account.Name, name
		before["rate"], after["rate"] = rateText(p.account.Rate), rateText(rate)
	}
	if err := p.Accounts.ChangeAccount(p.change("account.set", p.account.ID, before, after), p.account.ID, c); err != nil {
		return p.again(err, p.settingsPage)
	}
	return p.redirect(p.at("settings"), "saved")
}

func (p *page) createBucket() error {
	name := p.field("name")
	return p.settle(p.Accounts.CreateBucket(p.change("bucket.create", name, nil, nil), p.account.ID, name), "bucketcreated")
}

func (p *page) removeBucket() error {
	name := p.field("name")
	return p.settle(p.Accounts.RemoveBucket(p.change("bucket.remove", name, nil, nil), p.account.ID, name), "bucketremoved")
}

func (p *page) closeAccount() error {
	return p.settle(p.Accounts.CloseAccount(p.change("account.close", p.account.ID, nil, nil), p.account.ID), "accountclosed")
}

func (p *page) openAccount() error {
	return p.settle(p.Accounts.OpenAccount(p.change("account.open", p.account.ID, nil, nil), p.account.ID), "accountopened")
}

// settle ends a change of the settings.
func (p *page) settle(err error, done string) error {
	if errors.Is(err, account.ErrUnknown) {
		err = errInput // a bucket that is gone
	}
	if err != nil {
		return p.again(err, p.settingsPage)
	}
	return p.redirect(p.at("settings"), done)
}

// accountChanges are what pages change of accounts.
type accountChanges interface {
	CreateAccount(ctx context.Context, n account.NewAccount) (account.CreatedKey, error)
	ChangeAccount(ctx context.Context, id string, c account.Changes) error
	CloseAccount(ctx context.Context, id string) error
	OpenAccount(ctx context.Context, id string) error
	ListBuckets(ctx context.Context, accountID string) ([]string, error)
	CreateBucket(ctx context.Context, accountID, name string) error
	RemoveBucket(ctx context.Context, accountID, name string) error
	ListUsers(ctx context.Context, accountID string) ([]account.User, error)
	CreateUser(ctx context.Context, accountID, name string) (account.User, error)
	DisableUser(ctx context.Context, id string, disabled bool) error
	SetPolicies(ctx context.Context, id string, all []account.Policy) error
	ListKeys(ctx context.Context, accountID string) ([]account.Key, error)
	CreateKey(ctx context.Context, user string, set account.KeySettings) (account.CreatedKey, error)
	RotateKey(ctx context.Context, secretID string, overlap time.Duration) (account.CreatedKey, error)
	SetKey(ctx context.Context, secretID string, set account.KeySettings) error
	DisableKey(ctx context.Context, secretID string, disabled bool) error
}
