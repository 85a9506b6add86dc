package browser

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// awaitPromise waits for what a script promises.
func awaitPromise(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// server is a running kahao with an empty data directory.
type server struct{ Console, Setup string }

// start builds kahao, unless KAHAO_BINARY names one, and starts it.
func start(t *testing.T) server {
	t.Helper()
	binary := os.Getenv("KAHAO_BINARY")
	if binary == "" {
		binary = filepath.Join(t.TempDir(), "kahao")
		build := exec.Command("go", "build", "-o", binary, "./cmd/kahao")
		build.Dir = "../.."
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, out)
		}
	}
	cmd := exec.Command(binary, "serve", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0", "--console", "127.0.0.1:0", "--json", "--quiet")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")} // kahao refuses variables of tests
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatalf("StdoutPipe: %v", err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	var s server
	if err == nil {
		err = json.Unmarshal([]byte(line), &s)
	}
	if err != nil || s.Setup == "" {
		t.Fatalf("the first line is %q, %v, want one with a setup link", line, err)
	}
	return s
}

// run is a test in one tab.
type run struct {
	*testing.T
	*Tab
	axe string
}

func (r *run) do(what string, actions ...chromedp.Action) {
	r.Helper()
	if err := r.Do(actions...); err != nil {
		r.Fatalf("%s: %v", what, err)
	}
	if err := r.Problems(); err != nil {
		r.Errorf("%s: %v", what, err)
	}
}

// path follows a local path.
func (r *run) path(path string) chromedp.Action { return chromedp.Navigate(r.base + path) }

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

// press sends the form of a button by the keyboard.
func press(selector string) chromedp.Action {
	return chromedp.Tasks{chromedp.Focus(selector, chromedp.ByQuery), chromedp.KeyEvent("\r")}
}

// barriers runs axe-core on the page, and returns what it finds.
func (r *run) barriers(where string) {
	r.Helper()
	var found string
	// The policy of the pages blocks inline scripts, not the debugger.
	err := r.Do(chromedp.Evaluate(r.axe+";0", nil), chromedp.Evaluate(
		`axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 120) + " " + n.failureSummary).join(" | ")).join("\n"))`,
		&found, awaitPromise))
	if err != nil {
		r.Fatalf("axe on %s: %v", where, err)
	}
	if found != "" {
		r.Errorf("axe finds on %s:\n%s", where, found)
	}
	var width [2]int
	if err := r.Do(chromedp.Evaluate(`[document.documentElement.scrollWidth, innerWidth]`, &width)); err != nil || width[0] > width[1] {
		r.Errorf("%s is %d pixels wide in a window of %d, %v: it scrolls sideways", where, width[0], width[1], err)
	}
}

// TestFirstFiveMinutes does what docs/console.md describes: from an empty server
// to a sub-account that sees its own calls only. Every page on the way is
// checked for barriers, violations of the content policy and requests to other
// origins. KAHAO_SHOTS names a directory for screenshots of the account's pages.
func TestFirstFiveMinutes(t *testing.T) {
	axe, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("axe-core is missing: run npm ci in test/browser: %v", err)
	}
	s := start(t)
	b, end, err := Start(context.Background())
	defer end()
	if err != nil {
		t.Fatalf("Chromium: %v", err)
	}
	tab, done, err := b.Open(s.Console, Look{Language: "en", Width: 1280})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	defer done()
	r := &run{t, tab, string(axe)}
	const password = "rain on the roof"
	set := chromedp.Tasks{chromedp.SendKeys("#password", password, chromedp.ByQuery), chromedp.SendKeys("#again", password, chromedp.ByQuery)}
	r.do("the setup link", r.path(strings.TrimPrefix(s.Setup, s.Console)), set, press("form:not([action]) button"), sees("Accounts"))
	r.do("a new account", chromedp.SendKeys("#name", "Example Ltd.", chromedp.ByQuery), press(`form[action="/accounts"][method=post] button`), sees("The SecretKey is shown this once"))
	r.barriers("the new account")
	var users string
	r.do("its path", chromedp.AttributeValue("a.button.primary", "href", &users, nil, chromedp.ByQuery))
	r.do("its users", r.path(users), chromedp.Click(`td a`, chromedp.ByQuery), sees("Make an invitation"))
	var link string
	r.do("the invitation", press(`form[action$="/invite"] button`), sees("The invitation"), chromedp.Text("#link", &link, chromedp.ByQuery))
	account := strings.TrimSuffix(users, "users")

	r.do("signing out", press(`form[action="/signout"] button`), sees("You are signed out"))
	r.barriers("the page to sign in")
	r.do("accepting the invitation", r.path(strings.TrimPrefix(link, s.Console)), set, press("form:not([action]) button"), sees("Example Ltd."))
	r.do("a key", r.path(account+"keys"), press(`form[action$="/keys"] button`), sees("SecretKey"))
	image, _ := filepath.Abs("../../testdata/known/10.jpg")
	r.do("trying an image", r.path(account+"try"), chromedp.SetUploadFiles("#image", []string{image}, chromedp.ByQuery), press("form.try button"), sees("Hide the number"), sees("622908"))
	r.barriers("what was read")
	r.do("the call in the usage", r.path(account+"usage"), sees("Calls by day"), sees("100.0%"))
	r.do("a sub-account", r.path(account+"users"), chromedp.SendKeys("#name", "anna", chromedp.ByQuery), press(`form[action$="/users"] button`), sees("The sub-account exists"))
	r.do("its policy", chromedp.SetValue("#preset", "QcloudOCRReadSelfUinUsage", chromedp.ByQuery), press(`form[action$="/attach"] button`), sees("The policy is attached"))
	r.do("its invitation", press(`form[action$="/invite"] button`), sees("The invitation"), chromedp.Text("#link", &link, chromedp.ByQuery))

	anna, close, err := b.Open(s.Console, Look{Language: "en", Width: 390, Dark: true})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	defer close()
	a := &run{t, anna, string(axe)}
	a.do("the sub-account accepts", a.path(strings.TrimPrefix(link, s.Console)), set, press("form:not([action]) button"), sees("No calls in the last 30 days"))
	a.Expect(403)
	a.do("the users, which it may not see", a.path(account+"users"), sees("Your policies do not permit this"))
	a.Expect(0)
	a.barriers("a page that is not permitted")
	looks, shots := []Look{{"en", 1280, false}, {"zh-CN", 390, true}}, os.Getenv("KAHAO_SHOTS")
	if shots != "" {
		looks = []Look{{"en", 1280, false}, {"zh-CN", 1280, false}, {"en", 390, false}, {"zh-CN", 390, true}}
	}
	for _, l := range looks {
		view, close, err := b.Open(s.Console, l)
		if err != nil {
			t.Fatalf("Open: %v", err)
		}
		v := &run{t, view, string(axe)}
		v.do("signing in", v.path("/signin"), chromedp.SendKeys("#name", strings.Trim(strings.TrimPrefix(account, "/a"), "/"), chromedp.ByQuery),
			chromedp.SendKeys("#password", password+"\r", chromedp.ByQuery), sees("Example Ltd."))
		for _, page := range []string{"", "try", "usage", "bills", "keys", "users", "settings", "audit"} {
			v.do(page+" in "+l.String(), v.path(account+page))
			v.barriers("/" + page + " in " + l.String())
			if shots == "" {
				continue
			}
			png, err := v.Screenshot()
			if err == nil {
				err = os.WriteFile(filepath.Join(shots, cmp.Or(page, "overview")+"-"+l.String()+".png"), png, 0o644)
			}
			if err != nil {
				t.Errorf("the screenshot of %s: %v", page, err)
			}
		}
		close()
	}
}
