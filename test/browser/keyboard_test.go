package browser

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tabTo presses Tab until an element that the selector matches has the focus. It
// fails if that takes too many, or if the element with the focus cannot be seen
// or shows no outline.
func tabTo(selector string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for range 120 {
			if err := key(kb.Tab).Do(ctx); err != nil {
				return err
			}
			var there, shown bool
			err := chromedp.Evaluate(fmt.Sprintf("!!document.activeElement?.matches(%q)", selector), &there).Do(ctx)
			if err != nil || !there { // while another page is coming there is no document
				if err := chromedp.Sleep(10 * time.Millisecond).Do(ctx); err != nil {
					return err
				}
				continue
			}
			err = chromedp.Evaluate(`(() => { const e = document.activeElement, b = e.getBoundingClientRect(), s = getComputedStyle(e);
				return b.width > 0 && b.height > 0 && s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 })()`, &shown).Do(ctx)
			if err == nil && !shown {
				err = fmt.Errorf("%s has the focus and does not show it", selector)
			}
			return err
		}
		return fmt.Errorf("no Tab reaches %s", selector)
	})
}

// enter reaches an element with Tab and presses Enter.
func enter(selector string) chromedp.Action { return chromedp.Tasks{tabTo(selector), key(kb.Enter)} }

// typed reaches a field with Tab and types.
func typed(selector, text string) chromedp.Action {
	return chromedp.Tasks{tabTo(selector), chromedp.KeyEvent(text)}
}

// TestKeyboard does the main task of each page with Tab, Enter, arrows and
// letters alone, on a desk and on a phone's width with the menu closed.
func TestKeyboard(t *testing.T) {
	for _, l := range []Look{{Language: "en", Width: 1280}, {Language: "zh-CN", Width: 390}} {
		t.Run(l.String(), func(t *testing.T) { keyboard(t, l) })
	}
}

func keyboard(t *testing.T, l Look) {
	s := start(t, "--data", filepath.Join(t.TempDir(), "data"))
	r := tab(t, chromium(t), s, l)
	follow := func(href string) chromedp.Action { // a link of the navigation
		if l.Width < 600 {
			return chromedp.Tasks{enter("button.menu"), enter(`nav a[href="` + href + `"]`)}
		}
		return enter(`nav a[href="` + href + `"]`)
	}
	r.do("the password", r.path(s.Setup), typed("#password", password), typed("#again", password), key(kb.Enter), r.sees("accounts.create"))
	r.do("skipping to the content", chromedp.Reload(), key(kb.Tab), key(kb.Enter), r.sees("accounts.create"))
	var skipped bool
	r.do("where that leads", chromedp.Evaluate(`location.hash === "#main"`, &skipped))
	if !skipped {
		t.Error("the first Tab and Enter do not skip to the content")
	}
	r.do("an account", r.path("/accounts"), typed("#name", "Example Ltd."), enter(`form[method=post][action="/accounts"] button`), r.sees("secret.once"))
	r.do("its users", enter("a.button.primary"), r.sees("users.create"))
	var users string
	r.do("where they are", chromedp.Evaluate("location.pathname", &users))
	account := users[:len(users)-len("users")]
	r.do("a sub-account", typed("#name", "anna"), key(kb.Enter), r.sees("done.usercreated"))
	r.do("its policy", enter(`form[action$="/attach"] button`), r.sees("done.policyattached"))
	r.do("an invitation", enter(`form[action$="/invite"] button`), r.sees("user.linkonce"))
	r.do("a key", follow(account+"keys"), r.sees("keys.create"), enter(`form[action$="/keys"] button.primary`), sees("SecretKey"))
	r.do("its settings", r.path(account+"keys"), enter("td.id a"), r.sees("key.settings"), typed("#rate", "5"), key(kb.Enter), r.sees("done.saved"))
	r.do("a payment", follow(account+"bills"), typed("#amount", "12.50"), key(kb.Enter), sees("12.50"))
	r.do("the settings", follow(account+"settings"), typed("#minutes", "5"), key(kb.Enter), r.sees("done.saved"))
	r.do("another period", follow(account+"usage"), tabTo("#span"), key(kb.ArrowDown), enter(".filters button"), r.sees("usage.empty"))
	r.do("the file of a trial", follow(account+"try"), tabTo("#image"), tabTo("form.try button.primary"))
	// Chromium's fake camera shows a pattern: there is no card in it.
	r.do("the camera", enter("button.camera"), chromedp.WaitVisible("#camera", chromedp.ByQuery), chromedp.Poll(`document.querySelector("#camera video").videoWidth > 0 && document.activeElement.matches(".shoot")`, nil), key(kb.Enter), r.sees("try.replies"))
	r.barriers("what the camera saw")
	r.do("the log", follow(account+"audit"), r.sees("action.key.create"))
	r.do("the ledger", follow("/books"), enter(`form[action="/books"] button`), r.sees("books.now"))
	r.do("the server", follow("/server"), r.sees("server.versions"), tabTo(".scroll"))
	r.do("the language", enter(`form[action="/language"] button`), chromedp.WaitVisible("html[lang='"+map[string]string{"en": "zh-CN", "zh-CN": "en"}[l.Language]+"']", chromedp.ByQuery))
	r.do("signing out", enter(`form[action="/signout"] button`), chromedp.WaitVisible("#password", chromedp.ByQuery))
}
