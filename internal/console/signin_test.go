package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/service/login"
)

func newRecorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }

// The first visit: the setup link, a password, the first page; then out, and in
// again.
func TestSetupAndSignIn(t *testing.T) {
	r := newRig(t)
	link, err := r.logins.Invite(t.Context(), login.Operator)
	if err != nil {
		t.Fatalf("Invite: %v", err)
	}
	b, path := r.as(""), SetupPath(link)
	b.wants("the setup page", b.get(path), 200, "Set a password", `value="operator"`)
	b.wants("two passwords", b.post(path, "password", password, "again", "snow on the hill"), 422, "differ")
	b.wants("a short password", b.post(path, "password", "short", "again", "short"), 422, "fewer than 12")
	b.wants("a common password", b.post(path, "password", "Password1234", "again", "Password1234"), 422, "too common")
	b.wants("the password", b.post(path, "password", password, "again", password), 303)
	b.wants("the link again", b.get(path), 410, "was used")
	b.wants("the link again", b.post(path, "password", password, "again", password), 410)
	b.wants("the first page", b.get("/"), 303, operatorHome)
	b.wants("the audit log", b.get("/audit"), 200, "password set", "operator")
	session := b.session
	b.wants("signing out", b.post("/signout"), 303, "/signin")
	b.session = session
	b.wants("the session afterwards", b.get("/audit"), 303, "/signin?next=%2Faudit")
	b.wants("signing in", b.post("/signin", "name", "operator", "password", password, "next", "/audit"), 303, "/audit")
	b.wants("the page", b.get("/audit"), 200)
	b.wants("signing in again", b.get("/signin"), 303, operatorHome)
	if text := r.log.String(); strings.Contains(text, password) || strings.Contains(text, link) {
		t.Errorf("the log has a secret:\n%s", text)
	}
}

// A password is changed with the old one; other browsers are signed out.
func TestChangePassword(t *testing.T) {
	r := newRig(t)
	b := r.as(r.plain.ID)
	other := r.as("")
	other.wants("signing in", other.post("/signin", "name", r.a.AppID+"/plain", "password", password), 303)
	b.wants("a wrong old password", b.post("/password", "old", "wrong", "password", "snow on the hill", "again", "snow on the hill"), 422, "current password is wrong")
	b.wants("the name in it", b.post("/password", "old", password, "password", "plain and simple", "again", "plain and simple"), 422, "contains the name")
	b.wants("a new password", b.post("/password", "old", password, "password", "snow on the hill", "again", "snow on the hill"), 303, "done=password")
	b.wants("the page that says so", b.get("/password?done=password"), 200, "is changed")
	other.wants("the other browser", other.get("/password"), 303, "/signin")
}

// The language is the browser's, until another one is chosen.
func TestLanguage(t *testing.T) {
	r := newRig(t)
	b := r.as("")
	b.wants("English", b.get("/signin"), 200, `<html lang="en">`, "Sign in")
	b.header.Set("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8")
	b.wants("Chinese", b.get("/signin"), 200, `<html lang="zh-CN">`, "登录")
	got := b.post("/language", "lang", "en", "back", "/signin?next=%2Faudit")
	b.wants("choosing English", got, 303, "/signin?next=%2Faudit")
	b.header.Set("Cookie", strings.Split(got.header.Get("Set-Cookie"), ";")[0])
	b.wants("English", b.get("/signin"), 200, `<html lang="en">`)
	b.wants("a language that there is not", b.post("/language", "lang", "xx", "back", "//evil.example"), http.StatusSeeOther, "/")
}

// An account's log shows its own entries only.
func TestAuditPages(t *testing.T) {
	r := newRig(t)
	mainA, mainB := r.as(r.mainOf(r.a.AppID)), r.as(r.mainOf(r.b.AppID))
	mainA.wants("setting a password", mainA.post("/password", "old", password, "password", "snow on the hill", "again", "snow on the hill"), 303)
	mainA.wants("a's log", mainA.get("/a/"+r.a.AppID+"/audit"), 200, "password changed", r.mainOf(r.a.AppID))
	got := mainB.get("/a/" + r.b.AppID + "/audit")
	mainB.wants("b's log", got, 200, "No changes yet")
	mainB.wants("a's log for b", mainB.get("/a/"+r.a.AppID+"/audit"), 404)
}
