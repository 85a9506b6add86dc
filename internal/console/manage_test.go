package console

import (
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/login"
)

// The operator makes an account and invites its main user, who makes a
// sub-account and invites it in turn.
func TestAccountToSubAccount(t *testing.T) {
	r := newRig(t)
	op := r.as(login.Operator)
	got := op.post("/accounts", "name", "Gamma", "bucket", "cards", "postpay", "1")
	op.wants("a new account", got, 201, "The SecretKey is shown this once")
	secret := between(got.body, `<code id="secretkey">`, `</code>`)
	appID := strings.TrimSpace(between(got.body, `<dt>APPID</dt><dd class="id">`, `</dd>`))
	if len(secret) != 32 || len(appID) != 10 {
		t.Fatalf("the page has the secret %q of the account %q:\n%s", secret, appID, got.body)
	}
	at := "/a/" + appID + "/"
	op.wants("the list", op.get("/accounts?q=gam"), 200, "Gamma", appID)
	op.wants("a search without result", op.get("/accounts?q=zzz"), 200, "No account matches")
	main := r.mainOf(appID)
	op.wants("the users", op.get(at+"users"), 200, "no password yet")
	link := between(op.post(at+"users/"+main+"/invite").body, `<code id="link">`, `</code>`)
	guest := r.as("")
	path := strings.TrimPrefix(link, r.url)
	guest.wants("the invitation", guest.get(path), 200, appID)
	guest.wants("accepting it", guest.post(path, "password", password, "again", password), 303)
	guest.wants("the account", guest.get(at+"settings"), 200, "Gamma")
	guest.wants("inviting oneself", guest.post(at+"users/"+main+"/invite"), 403)
	guest.wants("a sub-account", guest.post(at+"users", "name", "anna"), 303, "usercreated")
	guest.wants("its name again", guest.post(at+"users", "name", "anna"), 422, "taken")
	u, err := r.store.Accounts.FindUser(t.Context(), appID, "anna")
	if err != nil {
		t.Fatalf("FindUser: %v", err)
	}
	user := at + "users/" + u.ID
	guest.wants("a preset", guest.post(user+"/attach", "preset", "QcloudOCRReadSelfUinUsage"), 303)
	guest.wants("a document with a mistake", guest.post(user+"/attach", "name", "mine", "document", `{"version":"2.0","statement":[{"effect":"permit","action":"*","resource":"*"}]}`), 422, "want allow or deny", "permit")
	guest.wants("a document", guest.post(user+"/attach", "name", "mine", "document", `{"version":"2.0","statement":[{"effect":"deny","action":"ocr:BankCardOCR","resource":"*"}]}`), 303)
	guest.wants("may it?", guest.get(user+"?action=ocr:BankCardOCR"), 200, "denied", "Policy mine decides, with statement 1")
	guest.wants("may it?", guest.get(user+"?action=ocr:QueryCallForConsole&resource=qcs::ocr:::subUin/"+u.ID), 200, "allowed", "QcloudOCRReadSelfUinUsage decides, with statement 2")
	guest.wants("may it?", guest.get(user+"?action=ocr:ManageKeys"), 200, "denied", "No statement allows it")
	guest.wants("detaching", guest.post(user+"/detach", "name", "mine"), 303)
	guest.wants("suspending", guest.post(user+"/disable"), 303)
	guest.wants("a suspended user", guest.get(user), 200, "suspended")

	// Who did what is in the log, without secrets.
	entries, err := r.store.Audit.List(t.Context(), audit.Filter{Account: appID, Limit: 100})
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	var actions []string
	for _, e := range entries {
		actions = append(actions, e.Actor+" "+e.Action)
	}
	want := []string{main + " user.disable", main + " policy.detach", main + " policy.attach", main + " policy.attach", main + " user.create", main + " password.set", "operator user.invite", "operator account.create"}
	if strings.Join(actions, ", ") != strings.Join(want, ", ") {
		t.Errorf("the log has %q, want %q", actions, want)
	}
	page := op.get("/audit").body + guest.get(at+"audit").body
	for _, s := range []string{secret, password, strings.TrimPrefix(path, "/setup/")} {
		if strings.Contains(page, s) || strings.Contains(r.log.String(), s) {
			t.Errorf("the audit log or the server's log has the secret %s", s)
		}
	}
}

func between(text, start, end string) string {
	_, rest, _ := strings.Cut(text, start)
	found, _, _ := strings.Cut(rest, end)
	return found
}

// A key is made, changed, rotated and disabled; its secret is shown once.
func TestKeys(t *testing.T) {
	r := newRig(t)
	b := r.as(r.mainOf(r.a.AppID))
	at := "/a/" + r.a.AppID + "/keys"
	got := b.post(at, "number", "bin_last4", "expires", "2026-12-31")
	b.wants("a new key", got, 201)
	id, secret := between(got.body, `<code id="secretid">`, `</code>`), between(got.body, `<code id="secretkey">`, `</code>`)
	stored, err := r.store.Accounts.Secret(t.Context(), id)
	if err != nil || string(stored.SecretKey) != secret {
		t.Fatalf("the page shows %q for the key %s: %v", secret, id, err)
	}
	list := b.get(at)
	b.wants("the list", list, 200, id, "first six and last four", "2027-01-01 00:00")
	if list.has(secret) || strings.Contains(r.log.String(), secret) {
		t.Error("the secret is shown again, or logged")
	}
	b.wants("a third key", b.post(at), 422, "at most two")
	b.wants("a key of another's user", b.post(at, "user", r.mainOf(r.b.AppID)), 404)
	b.wants("the key", b.get(at+"/"+id), 200, id)
	b.wants("its settings", b.post(at+"/"+id, "number", "token", "bucket", "cards", "rate", "2.5", "burst", "5"), 303, "done=saved")
	b.wants("a bucket that there is not", b.post(at+"/"+id, "number", "token", "bucket", "other"), 404)
	b.wants("a wrong rate", b.post(at+"/"+id, "number", "token", "rate", "fast"), 422, "wrong format")
	b.wants("a wrong key", b.post(at+"/"+id, "number", "token", "encrypt", "not a key"), 422, "public key cannot be used")
	b.wants("a wrong form", b.post(at+"/"+id, "number", "digits"), 422)
	keys, _ := r.store.Accounts.ListKeys(t.Context(), r.a.AppID)
	for _, k := range keys {
		if k.SecretID == id && (string(k.Shape) != `{"number":"token"}` || k.Rate.PerSecond != 2.5 || len(k.Buckets) != 1) {
			t.Errorf("the key is %+v, want token, 2.5/s, one bucket", k)
		}
	}
	b.wants("disabling", b.post(at+"/"+id+"/disable"), 303)
	b.wants("the list", b.get(at), 200, "disabled")
	b.wants("rotating it", b.post(at+"/"+id+"/rotate", "hours", "1"), 422, "disabled or expired")
	b.wants("enabling", b.post(at+"/"+id+"/enable"), 303)
	b.wants("rotating at once", b.post(at+"/"+id+"/rotate", "hours", "0"), 201, "secretkey")
	b.wants("a wrong overlap", b.post(at+"/"+r.a.SecretID+"/rotate", "hours", "-1"), 422)
}

// A sub-account sees its own keys only, and changes them only if it may.
func TestKeysOfSubAccounts(t *testing.T) {
	r := newRig(t)
	c, err := r.store.Accounts.CreateKey(t.Context(), r.plain.ID, account.KeySettings{})
	if err != nil {
		t.Fatalf("CreateKey: %v", err)
	}
	at := "/a/" + r.a.AppID + "/keys"
	plain, full := r.as(r.plain.ID), r.as(r.full.ID)
	got := plain.get(at)
	plain.wants("its keys", got, 200, c.SecretID)
	if got.has(r.a.SecretID) || got.has("New key") {
		t.Errorf("a sub-account sees the main user's key, or may make one:\n%s", got.body)
	}
	plain.wants("making one", plain.post(at), 403)
	full.wants("another's key", full.post(at+"/"+c.SecretID+"/disable"), 404)
	full.wants("a key for another", full.post(at, "user", r.plain.ID), 404)
	full.wants("its own", full.post(at), 201)
	full.wants("its own", full.get(at), 200, "New key")
}

func TestSettings(t *testing.T) {
	r := newRig(t)
	b := r.as(r.mainOf(r.a.AppID))
	at := "/a/" + r.a.AppID + "/settings"
	b.wants("the page", b.get(at), 200, "Alpha", "cards")
	b.wants("changing", b.post(at, "hosts", "img.example.com\n*.example.org", "minutes", "10", "name", "mine", "rate", "1000"), 303)
	a, err := r.store.Accounts.Account(t.Context(), r.a.AppID)
	if err != nil || a.PostPay || len(a.FetchHosts) != 2 || a.Retention.Minutes() != 10 {
		t.Errorf("the account is %+v, %v, want no post-pay, two hosts, 10 minutes", a, err)
	}
	if a.Name != "Alpha 有限公司" || a.Rate.PerSecond != 0 {
		t.Errorf("a customer changed the name to %q or the rate to %v", a.Name, a.Rate)
	}
	b.wants("a wrong time", b.post(at, "minutes", "long"), 422)
	b.wants("a bucket", b.post(at+"/bucket", "name", "faces"), 303)
	b.wants("a wrong bucket", b.post(at+"/bucket", "name", "Faces!"), 422)
	b.wants("removing it", b.post(at+"/unbucket", "name", "faces"), 303)
	b.wants("closing with a paid pack", b.post(at+"/close"), 422, "A paid pack has units left")
	if _, err := r.store.Accounts.RefundPack(t.Context(), r.packs[0]); err != nil {
		t.Fatalf("RefundPack: %v", err)
	}
	b.wants("closing", b.post(at+"/close"), 303)
	b.wants("closed", b.get(at), 200, "The service is closed")
	b.wants("opening", b.post(at+"/open"), 303)
	op := r.as(login.Operator)
	op.wants("the operator", op.post(at, "minutes", "0", "name", "Alpha 2", "rate", "5", "postpay", "1"), 303)
	if a, _ = r.store.Accounts.Account(t.Context(), r.a.AppID); a.Name != "Alpha 2" || a.Rate.PerSecond != 5 || a.Rate.Burst != 5 {
		t.Errorf("the account is %+v, want Alpha 2 with 5/s", a)
	}
}

// Stored cross-site scripting: no text that a customer sets becomes markup, on
// any page.
func TestCrossSiteScripting(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'{{.}}`
	r := newRig(t)
	ctx := t.Context()
	name := evil
	must(t, r.store.Accounts.ChangeAccount(ctx, r.a.AppID, account.Changes{Name: &name, FetchHosts: &[]string{evil}}))
	u, err := r.store.Accounts.CreateUser(ctx, r.a.AppID, evil)
	must(t, err)
	must(t, r.store.Accounts.SetPolicies(ctx, u.ID, []account.Policy{{Name: evil, Document: []byte(`{"version":"2.0","statement":[{"effect":"allow","action":"ocr:*","resource":"*"}]}`)}}))
	op, sub := r.as(login.Operator), r.as(u.ID)
	ids := r.ids(false)
	ids["user"] = u.ID
	pages := map[string]string{}
	for _, rt := range routes() {
		if rt.method == "GET" {
			path := fill(rt.path, ids)
			for _, query := range []string{"", "?q=" + urlEvil + "&action=" + urlEvil + "&resource=" + urlEvil + "&next=" + urlEvil + "&done=" + urlEvil + "&from=" + urlEvil + "&before=" + urlEvil + "&bucket=" + urlEvil + "&user=" + urlEvil} {
				pages["operator "+path+query] = op.get(path + query).body
				pages["user "+path+query] = sub.get(path + query).body
			}
		} else {
			path := fill(rt.path, ids)
			fields := []string{}
			for _, f := range []string{"name", "bucket", "document", "number", "encrypt", "rate", "hosts", "old", "next", "amount", "units", "reason"} {
				fields = append(fields, f, evil)
			}
			if rt.path != "/signout" && rt.path != "/password" {
				pages["POST "+path] = op.post(path, fields...).body
			}
		}
	}
	anon := r.as("")
	pages["a failed sign-in"] = anon.post("/signin", "name", evil, "password", "x", "next", evil).body
	for where, body := range pages {
		if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") {
			t.Errorf("%s has the markup of a customer:\n%s", where, body)
		}
	}
}

const urlEvil = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E%3Cimg%20src=x%20onerror=alert(1)%3E"

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// A bearer key is shown once, as one text; the server keeps only a hash. It is
// rotated and disabled as any other, and counts apart from signing keys.
func TestBearerKeys(t *testing.T) {
	r := newRig(t)
	b := r.as(r.mainOf(r.a.AppID))
	at := "/a/" + r.a.AppID + "/keys"
	b.wants("a kind that there is not", b.post(at, "kind", "password"), 422)
	for range account.MaxUsableKeys {
		got := b.post(at, "kind", "bearer")
		b.wants("a bearer key", got, 201, "The key is shown this once", "Bearer")
		text, id := between(got.body, `<code id="secretkey">`, `</code>`), between(got.body, `<code id="secretid">`, `</code>`)
		if !strings.HasPrefix(text, id+"_") || !strings.HasPrefix(id, "kh_") {
			t.Fatalf("the page shows the key %.20q with the ID %q, want the key to begin with the ID", text, id)
		}
		if again := b.get(at); !again.has(id) || again.has(text) || strings.Contains(r.log.String(), text) {
			t.Error("the key is shown again, or logged")
		}
	}
	b.wants("a third", b.post(at, "kind", "bearer"), 422)
	b.wants("a signing key", b.post(at, "kind", "signing"), 201, "The SecretKey is shown this once")
	keys, err := r.store.Accounts.ListKeys(t.Context(), r.a.AppID)
	if err != nil {
		t.Fatalf("ListKeys: %v", err)
	}
	for _, k := range keys {
		if k.Kind == account.Bearer {
			b.wants("its page", b.get(at+"/"+k.SecretID), 200, "bearer key")
			b.wants("rotating it", b.post(at+"/"+k.SecretID+"/rotate", "hours", "0"), 201, "The key is shown this once")
			return
		}
	}
	t.Error("no key is a bearer key")
}
