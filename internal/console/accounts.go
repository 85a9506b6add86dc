package console

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
)

// accountsPage is how many accounts a page of the list has.
const accountsPage = 100

type accountsData struct {
	Query   string
	Rows    []accountRow
	Count   int64 // accounts found
	Pages   int
	Page    int
	Next    string // path of the next page
	Prev    string
	Created *account.CreatedKey
	Secret  string
	Bearer  bool   // never: an account's first key signs
	Path    string // of the created account
}

type accountRow struct {
	account.Account
	Standing string
}

func (p *page) showAccounts() error { return p.accountsPage(http.StatusOK, "", nil) }

func (p *page) accountsPage(status int, problem string, created *account.CreatedKey) error {
	all, err := p.Accounts.ListAccounts(p.r.Context())
	if err != nil {
		return err
	}
	q := p.r.URL.Query()
	d := accountsData{Query: strings.TrimSpace(q.Get("q")), Created: created}
	if created != nil {
		d.Secret, d.Path = string(created.SecretKey), "/a/"+created.AppID+"/users"
	}
	now := p.Now()
	query := strings.ToLower(d.Query)
	for _, a := range all {
		if strings.Contains(a.ID, query) || strings.Contains(strings.ToLower(a.Name), query) {
			d.Rows = append(d.Rows, accountRow{a, a.Standing(now).String()})
		}
	}
	found := len(d.Rows)
	d.Count, d.Pages = int64(found), max(1, (found+accountsPage-1)/accountsPage)
	d.Page, _ = strconv.Atoi(q.Get("page"))
	d.Page = min(max(d.Page, 1), d.Pages)
	d.Rows = d.Rows[(d.Page-1)*accountsPage : min(d.Page*accountsPage, found)]
	link := func(page int) string {
		v := p.r.URL.Query()
		v.Set("page", strconv.Itoa(page))
		return "/accounts?" + v.Encode()
	}
	if d.Page > 1 {
		d.Prev = link(d.Page - 1)
	}
	if d.Page < d.Pages {
		d.Next = link(d.Page + 1)
	}
	return p.renderWith(status, "accounts", d, problem)
}

func (p *page) createAccount() error {
	n := account.NewAccount{Name: p.field("name"), Bucket: p.field("bucket"), PostPay: p.field("postpay") != ""}
	ctx := p.change("account.create", "", nil, audit.Values{"name": n.Name, "bucket": n.Bucket, "post-pay": strconv.FormatBool(n.PostPay)})
	c, err := p.Accounts.CreateAccount(ctx, n)
	if err != nil {
		return p.again(err, func(status int, problem string) error { return p.accountsPage(status, problem, nil) })
	}
	return p.accountsPage(http.StatusCreated, "", &c)
}
