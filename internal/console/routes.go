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
	anybody    need = iota // also who is not signed in
	signedIn               // anybody who is signed in
	operator               // the operator alone
	member                 // each user of the account
	mainUser               // the account's main user
	operatorOf             // the operator alone
	permit                 // users whose policies allow the route's action on something
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
		{get, codePath, anybody, "", (*page).showCode},
		{post, codePath, anybody, "", (*page).giveCode},
		{post, "/signout", signedIn, "", (*page).signOut},
		{post, "/language", anybody, "", (*page).setLanguage},
		{get, "/setup/{token}", anybody, "", (*page).showSetup},
		{post, "/setup/{token}", anybody, "", (*page).setup},
		{get, "/password", signedIn, "", (*page).showPassword},
		{post, "/password", signedIn, "", (*page).changePassword},
		{get, factorPath, signedIn, "", (*page).showFactor},
		{post, factorPath, signedIn, "", (*page).changeFactor},

		{get, "/accounts", operator, "", (*page).showAccounts},
		{post, "/accounts", operator, "", (*page).createAccount},
		{get, "/try", operator, "", (*page).showTry},
		{post, "/try", operator, "", (*page).try},
		{get, "/usage", operator, "", (*page).showUsage},
		{get, "/usage.csv", operator, "", (*page).usageCSV},
		{get, "/usage.xlsx", operator, "", (*page).usageXLSX},
		{get, "/audit", operator, "", (*page).showAudit},
		{get, "/books", operator, "", (*page).showBooks},
		{post, "/books", operator, "", (*page).verifyBooks},
		{get, "/server", operator, "", (*page).showServer},
		{get, "/codes", signedIn, "", (*page).showCodes},

		{get, "/a/{appid}/audit", mainUser, "", (*page).showAudit},
		{get, "/a/{appid}/{$}", permit, policy.QueryCalls, (*page).overview},
		{get, "/a/{appid}/try", permit, policy.Recognise, (*page).showTry},
		{post, "/a/{appid}/try", permit, policy.Recognise, (*page).try},
		{get, "/a/{appid}/usage", permit, policy.QueryCalls, (*page).showUsage},
		{get, "/a/{appid}/usage.csv", permit, policy.QueryCalls, (*page).usageCSV},
		{get, "/a/{appid}/usage.xlsx", permit, policy.QueryCalls, (*page).usageXLSX},
		{get, "/a/{appid}/bills", permit, policy.QueryBills, (*page).showBills},
		{post, "/a/{appid}/bills/pack", operatorOf, "", (*page).addPack},
		{post, "/a/{appid}/bills/pack/{pack}/refund", operatorOf, "", (*page).refundPack},
		{post, "/a/{appid}/bills/pay", operatorOf, "", (*page).pay},
		{get, "/a/{appid}/keys", member, "", (*page).showKeys},
		{post, "/a/{appid}/keys", permit, policy.ManageKeys, (*page).createKey},
		{get, "/a/{appid}/keys/{key}", member, "", (*page).showKey},
		{post, "/a/{appid}/keys/{key}", permit, policy.ManageKeys, (*page).setKey},
		{post, "/a/{appid}/keys/{key}/rotate", permit, policy.ManageKeys, (*page).rotateKey},
		{post, "/a/{appid}/keys/{key}/disable", permit, policy.ManageKeys, (*page).disableKey},
		{post, "/a/{appid}/keys/{key}/enable", permit, policy.ManageKeys, (*page).enableKey},
		{get, "/a/{appid}/users", mainUser, "", (*page).showUsers},
		{post, "/a/{appid}/users", mainUser, "", (*page).createUser},
		{get, "/a/{appid}/users/{user}", mainUser, "", (*page).showUser},
		{post, "/a/{appid}/users/{user}/invite", mainUser, "", (*page).inviteUser},
		{post, "/a/{appid}/users/{user}/disable", mainUser, "", (*page).disableUser},
		{post, "/a/{appid}/users/{user}/enable", mainUser, "", (*page).enableUser},
		{post, "/a/{appid}/users/{user}/reset-factor", mainUser, "", (*page).resetFactor},
		{post, "/a/{appid}/users/{user}/attach", mainUser, "", (*page).attachPolicy},
		{post, "/a/{appid}/users/{user}/detach", mainUser, "", (*page).detachPolicy},
		{get, "/a/{appid}/settings", mainUser, "", (*page).showSettings},
		{post, "/a/{appid}/settings", mainUser, "", (*page).setAccount},
		{post, "/a/{appid}/settings/bucket", mainUser, "", (*page).createBucket},
		{post, "/a/{appid}/settings/unbucket", mainUser, "", (*page).removeBucket},
		{post, "/a/{appid}/settings/close", mainUser, "", (*page).closeAccount},
		{post, "/a/{appid}/settings/open", mainUser, "", (*page).openAccount},
	}
}
