package console

import (
	"net/http"

	"github.com/kahao/kahao/internal/service/policy"
)

// need is who may use a route.
type need int

// The needs. Those from member on are of routes of an account, whose path has
// {appid}: they let in the account's own users, as far as stated, and the
// operator.
const (
	anybody  need = iota // also who is not signed in
	signedIn             // anybody who is signed in
	operator             // the operator alone
	member               // each user of the account
	mainUser             // the account's main user
	permit               // users whose policies allow the route's action on something
)

// route is one method of one path.
type route struct {
	method, path string
	need         need
	action       string // of permit
	do           func(*page) error
}

// routes are all routes. TestRoutes tries each of them in every role.
func routes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/{$}", signedIn, "", (*page).home},
		{get, "/signin", anybody, "", (*page).showSignIn},
		{post, "/signin", anybody, "", (*page).signIn},
		{post, "/signout", signedIn, "", (*page).signOut},
		{post, "/language", anybody, "", (*page).setLanguage},
		{get, "/setup/{token}", anybody, "", (*page).showSetup},
		{post, "/setup/{token}", anybody, "", (*page).setup},
		{get, "/password", signedIn, "", (*page).showPassword},
		{post, "/password", signedIn, "", (*page).changePassword},

		{get, "/audit", operator, "", (*page).showAudit},
		{get, "/a/{appid}/audit", mainUser, "", (*page).showAudit},
		{get, "/a/{appid}/{$}", permit, policy.QueryCalls, (*page).overview},
	}
}
