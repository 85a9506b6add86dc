package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/policy"
)

type usersData struct {
	Base string
	Rows []userRow
}

type userRow struct {
	account.User
	Path     string
	Password bool // it can sign in
	Factor   bool // with a second factor
}

func (p *page) userRow(u account.User) (userRow, error) {
	l, err := p.Logins.Store.Login(p.r.Context(), u.ID)
	return userRow{u, p.at("users/" + u.ID), l.Password != "", l.Factor}, err
}

func (p *page) showUsers() error { return p.usersPage(http.StatusOK, "") }

func (p *page) usersPage(status int, problem string) error {
	users, err := p.Accounts.ListUsers(p.r.Context(), p.account.ID)
	if err != nil {
		return err
	}
	d := usersData{Base: p.at("users")}
	for _, u := range users {
		row, err := p.userRow(u)
		if err != nil {
			return err
		}
		d.Rows = append(d.Rows, row)
	}
	return p.renderWith(status, "users", d, problem)
}

func (p *page) createUser() error {
	name := p.field("name")
	u, err := p.Accounts.CreateUser(p.change("user.create", "", nil, audit.Values{"name": name}), p.account.ID, name)
	if err != nil {
		return p.again(err, p.usersPage)
	}
	return p.redirect(p.at("users/"+u.ID), "usercreated")
}

// userData is the page of one user.
type userData struct {
	userRow
	Users      string
	SignIn     string   // name to sign in with
	Self       bool     // who is signed in
	Presets    []string // that are not attached
	Actions    []string
	Link       string // an invitation, shown once
	Check      *check
	PolicyName string // in the form
	Document   string
	PolicyBad  bool // the form of the policy has the error
}

const exampleDocument = `{"version":"2.0","statement":[{"effect":"allow","action":["ocr:BankCardOCR"],"resource":"*"}]}`

// check is the answer to "may this user do this?".
type check struct {
	Action, Resource string
	policy.Decision
}

// user finds the user of the path.
func (p *page) user() (account.User, error) {
	users, err := p.Accounts.ListUsers(p.r.Context(), p.account.ID)
	if err != nil {
		return account.User{}, err
	}
	i := slices.IndexFunc(users, func(u account.User) bool { return u.ID == p.r.PathValue("user") })
	if i < 0 {
		return account.User{}, account.ErrUnknown
	}
	return users[i], nil
}

func (p *page) showUser() error { return p.userPage(http.StatusOK, "", userData{}) }

func (p *page) userProblem(status int, problem string) error {
	return p.userPage(status, problem, userData{})
}

func (p *page) userPage(status int, problem string, d userData) error {
	u, err := p.user()
	if err != nil {
		return err
	}
	if d.userRow, err = p.userRow(u); err != nil {
		return err
	}
	d.Users, d.Self = p.at("users"), u.ID == p.who.Subject
	d.SignIn = u.Account
	if !u.Main {
		d.SignIn += "/" + u.Name
	}
	for _, name := range policy.Presets() {
		if !slices.ContainsFunc(u.Policies, func(a account.Policy) bool { return a.Name == name }) {
			d.Presets = append(d.Presets, name)
		}
	}
	d.Actions = policy.Actions()
	if d.Document == "" {
		d.Document = exampleDocument
	}
	q := p.r.URL.Query()
	if action := strings.TrimSpace(q.Get("action")); action != "" {
		set, err := policy.ForUser(u.ID, u.Main, u.Policies)
		if err != nil {
			return err
		}
		d.Check = &check{Action: action, Resource: strings.TrimSpace(q.Get("resource"))}
		if d.Check.Resource == "" {
			d.Check.Resource = policy.All
		}
		d.Check.Decision = set.Decide(d.Check.Action, d.Check.Resource)
	}
	return p.renderWith(status, "user", d, problem)
}

func (p *page) inviteUser() error {
	u, err := p.user()
	if err != nil {
		return err
	}
	if u.ID == p.who.Subject {
		return errForbidden // a password of one's own is changed with the old one
	}
	if u.Disabled != nil {
		return p.again(errInput, p.userProblem)
	}
	token, err := p.Logins.Invite(p.change("user.invite", u.ID, nil, nil), u.ID)
	if err != nil {
		return err
	}
	scheme := "http://"
	if p.Secure {
		scheme = "https://"
	}
	return p.userPage(http.StatusCreated, "", userData{Link: scheme + p.r.Host + SetupPath(token)})
}

func (p *page) disableUser() error { return p.switchUser("user.disable", "userdisabled", true) }
func (p *page) enableUser() error  { return p.switchUser("user.enable", "userenabled", false) }

func (p *page) switchUser(action, done string, disabled bool) error {
	u, err := p.user()
	if err != nil {
		return err
	}
	if err := p.Accounts.DisableUser(p.change(action, u.ID, nil, nil), u.ID, disabled); err != nil {
		return p.again(err, p.userProblem)
	}
	return p.redirect(p.at("users/"+u.ID), done)
}

func (p *page) attachPolicy() error {
	u, err := p.user()
	if err != nil {
		return err
	}
	a := account.Policy{Name: p.field("preset")}
	if a.Name == "" {
		a.Name = p.field("name")
		a.Document = []byte(p.field("document"))
		if err := account.CheckName("policy's name", a.Name); err != nil {
			return p.policyProblem(err, a)
		}
		if len(a.Document) == 0 {
			a.Document = []byte("{}") // so that the mistake is shown
		}
	}
	all, err := policy.Attach(u.Policies, a)
	if err != nil {
		return p.policyProblem(err, a)
	}
	after := audit.Values{"policy": a.Name, "document": string(a.Document)}
	return p.setPolicies(p.change("policy.attach", u.ID, nil, after), u, all, "policyattached")
}

// policyProblem shows a document again, with its mistake.
func (p *page) policyProblem(err error, a account.Policy) error {
	return p.again(err, func(status int, problem string) error {
		return p.userPage(status, problem, userData{PolicyName: a.Name, Document: string(a.Document), PolicyBad: true})
	})
}

func (p *page) detachPolicy() error {
	u, err := p.user()
	if err != nil {
		return err
	}
	all := policy.Detach(u.Policies, p.field("name"))
	if len(all) == len(u.Policies) {
		return p.again(errInput, p.userProblem)
	}
	return p.setPolicies(p.change("policy.detach", u.ID, audit.Values{"policy": p.field("name")}, nil), u, all, "policydetached")
}

func (p *page) setPolicies(ctx context.Context, u account.User, all []account.Policy, done string) error {
	if err := p.Accounts.SetPolicies(ctx, u.ID, all); err != nil {
		return p.again(err, p.userProblem)
	}
	return p.redirect(p.at("users/"+u.ID), done)
}
