package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/kahao/kahao/internal/store/postgres/pgtest"
)

// sees waits for a text on the page, also while another page is coming.
func sees(text string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for end := time.Now().Add(30 * time.Second); ; {
			var found bool
			err := chromedp.Evaluate(fmt.Sprintf("!!document.body && document.body.innerText.includes(%q)", text), &found).Do(ctx)
			if found {
				return nil
			}
			if time.Now().After(end) {
				return fmt.Errorf("no %q on the page (%v)", text, err)
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
}

// TestFirstFiveMinutes does what docs/console.md describes: from an empty server
// to a sub-account that sees its own calls only; with each engine, in both
// languages, on a desk and on a phone. Every page on the way is checked for
// barriers, violations of the content policy and requests to other origins.
func TestFirstFiveMinutes(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		firstFiveMinutes(t, start(t, "--data", filepath.Join(t.TempDir(), "data")), Look{Language: "en", Width: 1280})
	})
	t.Run("sqlite, phone, Chinese", func(t *testing.T) {
		firstFiveMinutes(t, start(t, "--data", filepath.Join(t.TempDir(), "data")), Look{Language: "zh-CN", Width: 390, Dark: true})
	})
	t.Run("postgres", func(t *testing.T) {
		keys := filepath.Join(t.TempDir(), "keys")
		url := pgtest.URL(t)
		line, err := exec.Command(binary(t), "db", "new-key").Output()
		if err == nil {
			err = os.WriteFile(keys, line, 0o600)
		}
		if err != nil {
			t.Fatalf("a key: %v", err)
		}
		firstFiveMinutes(t, start(t, "--database-url", url, "--auto-migrate", "--key-file", keys), Look{Language: "zh-CN", Width: 1280})
	})
}

func firstFiveMinutes(t *testing.T, s server, l Look) {
	b := chromium(t)
	r := tab(t, b, s, l)
	r.do("the setup link", r.path(s.Setup), twice(), press("form:not([action]) button"), r.sees("accounts.create"))
	r.do("a new account", chromedp.SendKeys("#name", "Example Ltd.", chromedp.ByQuery), press(`form[action="/accounts"][method=post] button`), r.sees("secret.once"))
	r.barriers("the new account")
	var users string
	r.do("its path", chromedp.AttributeValue("a.button.primary", "href", &users, nil, chromedp.ByQuery))
	r.do("its users", r.path(users), chromedp.Click(`td a`, chromedp.ByQuery), r.sees("user.invitehint"))
	var link string
	r.do("the invitation", press(`form[action$="/invite"] button`), r.sees("user.linkonce"), chromedp.Text("#link", &link, chromedp.ByQuery))
	account := strings.TrimSuffix(users, "users")

	r.do("signing out", press(`form[action="/signout"] button`), r.sees("done.signedout"))
	r.barriers("the page to sign in")
	r.do("accepting the invitation", r.path(link), twice(), press("form:not([action]) button"), r.sees("overview.empty"))
	r.do("a key", r.path(account+"keys"), press(`form[action$="/keys"] button`), sees("SecretKey"))
	r.do("a bearer key", r.path(account+"keys"), chromedp.SetValue("#kind", "bearer", chromedp.ByQuery), press(`form[action$="/keys"] button`), r.sees("secret.bearer"))
	image, err := filepath.Abs("../../testdata/known/10.jpg")
	if err != nil {
		t.Fatalf("Abs: %v", err)
	}
	r.do("trying an image", r.path(account+"try"), chromedp.SetUploadFiles("#image", []string{image}, chromedp.ByQuery), press("form.try button.primary"), r.sees("try.hide"), sees("622908"))
	r.barriers("what was read")
	r.do("the call in the usage", r.path(account+"usage"), r.sees("usage.chart"), sees("100.0%"))
	r.do("a sub-account", r.path(account+"users"), chromedp.SendKeys("#name", "anna", chromedp.ByQuery), press(`form[action$="/users"] button`), r.sees("done.usercreated"))
	r.do("its policy", chromedp.SetValue("#preset", "QcloudOCRReadSelfUinUsage", chromedp.ByQuery), press(`form[action$="/attach"] button`), r.sees("done.policyattached"))
	r.do("its invitation", press(`form[action$="/invite"] button`), r.sees("user.linkonce"), chromedp.Text("#link", &link, chromedp.ByQuery))

	a := tab(t, b, s, Look{Language: "en", Width: 390, Dark: true})
	a.do("the sub-account accepts", a.path(link), twice(), press("form:not([action]) button"), a.sees("overview.empty"))
	a.Expect(403)
	a.do("the users, which it may not see", a.path(account+"users"), a.sees("error.forbidden"))
	a.Expect(0)
	a.barriers("a page that is not permitted")
}
