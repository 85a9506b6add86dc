package console

import (
	"strings"

	"github.com/kahao/kahao/internal/service/policy"
)

// navGroup is a group of links of the navigation.
type navGroup struct {
	Title string // empty for the first
	Items []navItem
}

type navItem struct {
	Path, Text string
	Current    bool
}

// homePath is where somebody starts.
func (p *page) homePath() string {
	switch {
	case p.who.Subject == "":
		return "/signin"
	case p.who.Operator():
		return operatorHome
	case p.mayQuery():
		return p.own("")
	}
	return p.own("try")
}

func (p *page) mayQuery() bool { return p.may.Usage(policy.QueryCalls) != policy.None }

// own is a path below the account of who is signed in.
func (p *page) own(rest string) string { return "/a/" + p.who.User.Account + "/" + rest }

// nav is the navigation for who is signed in: to the pages that he may see.
func (p *page) nav() []navGroup {
	if p.who.Subject == "" {
		return nil
	}
	var groups []navGroup
	add := func(title string, items ...navItem) {
		for i := range items {
			items[i].Current = current(items[i].Path, p.r.URL.Path)
			items[i].Text = p.t(items[i].Text)
		}
		groups = append(groups, navGroup{title, items})
	}
	if p.who.Operator() {
		add("", navItem{Path: "/accounts", Text: "nav.accounts"}, navItem{Path: "/usage", Text: "nav.usage"}, navItem{Path: "/try", Text: "nav.try"}, navItem{Path: "/server", Text: "nav.server"}, navItem{Path: "/books", Text: "nav.books"}, navItem{Path: "/audit", Text: "nav.audit"})
		if p.account.ID != "" {
			add(p.account.Name, p.accountNav("/a/"+p.account.ID+"/")...)
		}
		return groups
	}
	add("", p.accountNav(p.own(""))...)
	return groups
}

// current reports whether a page belongs to an item of the navigation.
func current(item, path string) bool {
	return path == item || !strings.HasSuffix(item, "/") && strings.HasPrefix(path, item+"/")
}

// accountNav is the pages of an account below a path.
func (p *page) accountNav(at string) []navItem {
	all := p.who.Operator() || p.who.User.Main
	var items []navItem
	for _, i := range []struct {
		path, text string
		shown      bool
	}{
		{"", "nav.overview", p.mayQuery()},
		{"try", "nav.try", p.may.Allows(policy.Recognise, policy.All)},
		{"usage", "nav.usage", p.mayQuery()},
		{"bills", "nav.bills", p.may.Allows(policy.QueryBills, policy.All)},
		{"keys", "nav.keys", true},
		{"users", "nav.users", all},
		{"settings", "nav.settings", all},
		{"audit", "nav.audit", all},
	} {
		if i.shown {
			items = append(items, navItem{Path: at + i.path, Text: i.text})
		}
	}
	return items
}

const operatorHome = "/accounts"
