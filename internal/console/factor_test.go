package console

import (
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"github.com/kahao/kahao/internal/service/login"
)

// enrolled switches two-step sign-in on in a browser, and returns the secret and
// the recovery codes.
func (b *browser) enrolled() (secret string, recovery []string) {
	b.Helper()
	page := b.get(factorPath)
	secret = between(page.body, `name="secret" value="`, `"`)
	done := b.post(factorPath, "do", "on", "secret", secret, "password", password, "code", b.codeOf(secret))
	b.wants("switching it on", done, 200, "Recovery codes", "shown this once")
	for _, item := range strings.Split(done.body, "<li><code>")[1:] {
		recovery = append(recovery, item[:strings.Index(item, "<")])
	}
	b.clock.Pass(30 * time.Second)
	return secret, recovery
}

// codeOf is the code of a secret now.
func (r *rig) codeOf(secret string) string {
	r.Helper()
	code, err := hotp.GenerateCode(secret, uint64(r.clock.Now().Unix()/30))
	if err != nil {
		r.Fatalf("GenerateCode(%q): %v", secret, err)
	}
	return code
}

// Two-step sign-in in a browser: scan, confirm, out, and in again. The secret and
// the codes are shown once, and are neither in the log nor in the audit log.
func TestTwoStepSignIn(t *testing.T) {
	r := newRig(t)
	b := r.as(r.plain.ID)
	name := r.a.AppID + "/plain"
	first := b.get(factorPath)
	b.wants("the page", first, 200, "<svg class=\"qr\"", "Scan with", name)
	secret := between(first.body, `name="secret" value="`, `"`)
	b.wants("a wrong code", b.post(factorPath, "do", "on", "secret", secret, "password", password, "code", "000000"), 422, "The code is wrong", secret)
	b.wants("a wrong password", b.post(factorPath, "do", "on", "secret", secret, "password", "no", "code", r.codeOf(secret)), 422, "current password is wrong")
	b.wants("no action", b.post(factorPath), 400)
	secret, recovery := b.enrolled()
	if len(recovery) != login.RecoveryCodes {
		t.Fatalf("%d recovery codes are shown, want 10", len(recovery))
	}
	again := b.get(factorPath)
	b.wants("the page afterwards", again, 200, "10 recovery codes are left")
	if again.has(secret) || again.has(recovery[0]) {
		t.Error("the page shows the secret or a recovery code again")
	}

	out := r.as("")
	out.wants("the password", out.post("/signin", "name", name, "password", password, "next", "/codes"), 303, "/codes")
	out.wants("a page after the password alone", out.get("/codes"), 303, codePath+"?next=%2Fcodes")
	out.wants("a change after the password alone", out.post("/password", "old", password), 401)
	out.wants("the account after the password alone", out.get("/a/"+r.a.AppID+"/keys"), 303, codePath)
	out.wants("the page for the code", out.get(codePath+"?next=%2Fcodes"), 200, name, `autocomplete="one-time-code"`, `value="/codes"`)
	out.wants("a wrong code", out.post(codePath, "code", "000000", "next", "/codes"), 422, "The code is wrong", `value="/codes"`)
	before := out.session
	out.wants("the code", out.post(codePath, "code", r.codeOf(secret), "next", "/codes"), 303, "/codes")
	if out.session == before {
		t.Error("the session has the same token before and after the code")
	}
	out.wants("the page", out.get("/codes"), 200)
	out.wants("the code's page when signed in", out.get(codePath), 303, "/signin")

	lost := r.as("")
	lost.post("/signin", "name", name, "password", password)
	lost.wants("a recovery code", lost.post(codePath, "recovery", recovery[0]), 303)
	lost.wants("the page", lost.get(factorPath), 200, "9 recovery codes are left")
	r.clock.Pass(30 * time.Second)
	renewed := lost.post(factorPath, "do", "renew", "password", password, "code", r.codeOf(secret))
	lost.wants("new recovery codes", renewed, 200, "<li><code>")

	main := r.as(r.mainOf(r.a.AppID))
	log := main.get("/a/" + r.a.AppID + "/audit")
	main.wants("the audit log", log, 200, "two-step sign-in switched on", "recovery code used to sign in", "new recovery codes made")
	for _, text := range []string{log.body, r.log.String()} {
		if strings.Contains(text, secret) || strings.Contains(text, recovery[0]) {
			t.Errorf("a log has the secret or a recovery code:\n%.2000s", text)
		}
	}
	r.clock.Pass(30 * time.Second)
	lost.wants("switching it off", lost.post(factorPath, "do", "off", "password", password, "code", r.codeOf(secret)), 303, "done=factoroff")
	b.wants("the browser with the session from before", b.get("/codes"), 303, "/signin")
	out.post("/signin", "name", name, "password", password)
	out.wants("the password alone", out.get("/codes"), 200)
}

// Brute force of codes: after five wrong ones the page refuses the right one.
func TestBruteForceOfCodes(t *testing.T) {
	r := newRig(t)
	secret, _ := r.as(login.Operator).enrolled()
	b := r.as("")
	b.post("/signin", "name", "operator", "password", password)
	for range login.MaxCodes {
		b.wants("a guess", b.post(codePath, "code", "000000"), 422)
	}
	b.wants("the right code", b.post(codePath, "code", r.codeOf(secret)), http.StatusTooManyRequests, "15 minutes")
}

// Who has lost everything is reset by the main user or the operator. Nobody
// resets their own: a stolen session would switch it off without a code.
func TestResetOfTwoStepSignIn(t *testing.T) {
	r := newRig(t)
	plain, main, op := r.as(r.plain.ID), r.as(r.mainOf(r.a.AppID)), r.as(login.Operator)
	plain.enrolled()
	main.enrolled()
	at := "/a/" + r.a.AppID + "/users/"
	main.wants("the user's page", main.get(at+r.plain.ID), 200, "Reset two-step sign-in")
	main.wants("its own", main.post(at+r.mainOf(r.a.AppID)+"/reset-factor"), 403)
	main.wants("the reset", main.post(at+r.plain.ID+"/reset-factor"), 303, "done=factorreset")
	main.wants("another reset", main.post(at+r.plain.ID+"/reset-factor"), 422)
	plain.wants("the user's session", plain.get("/codes"), 303, "/signin")
	op.wants("the main user's reset", op.post(at+r.mainOf(r.a.AppID)+"/reset-factor"), 303, "done=factorreset")
	main.wants("the main user's session", main.get("/codes"), 303, "/signin")
	op.wants("the audit log", op.get("/audit"), 200, "two-step sign-in reset")
}

// With --console-two-step nobody gets further than the page that switches it on.
func TestRequiredTwoStepSignIn(t *testing.T) {
	r := newRig(t)
	r.logins.RequireFactor = true
	ids := r.ids(false)
	for _, rt := range routes() {
		if rt.need == anybody || rt.path == factorPath || rt.path == "/signout" {
			continue
		}
		b := r.as(login.Operator)
		got := b.send(rt.method, fill(rt.path, ids), formType(rt), nil)
		if rt.method == "GET" && (got.status != 303 || got.header.Get("Location") != factorPath) || rt.method == "POST" && got.status != 403 {
			t.Errorf("%s %s without two-step sign-in: %d to %s, want it refused", rt.method, rt.path, got.status, got.header.Get("Location"))
		}
	}
	b := r.as(login.Operator)
	b.wants("the page that switches it on", b.get(factorPath), 200, "requires two-step sign-in")
	b.enrolled()
	b.wants("the first page", b.get("/accounts"), 200)
}

// The QR code has a light border of four modules and, in its corner, the finder
// pattern of ISO/IEC 18004.
func TestQRCode(t *testing.T) {
	e, err := login.EnrolmentOf("1000000001/anna", strings.Repeat("A", 32))
	if err != nil {
		t.Fatalf("EnrolmentOf: %v", err)
	}
	q, err := newQRCode(e.URL)
	if err != nil {
		t.Fatalf("newQRCode: %v", err)
	}
	if (q.Size-2*quietZone-17)%4 != 0 || !strings.HasPrefix(q.Path, "M4,4h7v1h-7z") || !strings.Contains(q.Path, "M4,5h1v1h-1zM10,5h1v1h-1z") {
		t.Errorf("the QR code has size %d and begins %.60s, want a finder pattern at 4,4", q.Size, q.Path)
	}
	if html.EscapeString(q.Path) != q.Path {
		t.Error("the path has characters to escape")
	}
}
