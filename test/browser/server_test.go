package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kahao/kahao/internal/console/catalogue"
)

// password is everybody's.
const password = "rain on the roof"

// server is a running kahao.
type server struct{ Console, Setup string }

// binary returns the kahao to test: that of KAHAO_BINARY, or one that is built
// for the test.
func binary(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("KAHAO_BINARY"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "kahao")
	build := exec.Command("go", "build", "-o", path, "./cmd/kahao")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// start starts kahao with more arguments, and expects a setup link.
func start(t *testing.T, args ...string) server {
	t.Helper()
	cmd := exec.Command(binary(t), append([]string{"serve", "--listen", "127.0.0.1:0", "--console", "127.0.0.1:0", "--json", "--quiet"}, args...)...)
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

// chromium starts a browser.
func chromium(t *testing.T) *Browser {
	t.Helper()
	b, end, err := Start(context.Background())
	t.Cleanup(end)
	if err != nil {
		t.Fatalf("Chromium: %v", err)
	}
	return b
}

// run is a test in one tab.
type run struct {
	*testing.T
	*Tab
	look Look
}

// tab opens a tab with a look.
func tab(t *testing.T, b *Browser, s server, l Look) *run {
	t.Helper()
	view, done, err := b.Open(s.Console, l)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(done)
	return &run{t, view, l}
}

// text is a message of the pages in the tab's language.
func (r *run) text(key string, args ...any) string {
	return catalogue.Text(r.look.Language, key, args...)
}

// sees waits for a message of the pages.
func (r *run) sees(key string, args ...any) chromedp.Action { return sees(r.text(key, args...)) }

// do runs actions, and expects that the page does nothing that it must not.
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
func (r *run) path(path string) chromedp.Action {
	return chromedp.Navigate(r.base + strings.TrimPrefix(path, r.base))
}

// twice types the password into the two fields of a form that sets it.
func twice() chromedp.Tasks {
	return chromedp.Tasks{chromedp.SendKeys("#password", password, chromedp.ByQuery), chromedp.SendKeys("#again", password, chromedp.ByQuery)}
}

// press sends the form of a button by the keyboard.
func press(selector string) chromedp.Action {
	return chromedp.Tasks{chromedp.Focus(selector, chromedp.ByQuery), chromedp.KeyEvent(kb.Enter)}
}

// signIn signs a name in with the password.
func (r *run) signIn(name string) {
	r.Helper()
	r.do("signing in as "+name, r.path("/signin"), chromedp.SendKeys("#name", name, chromedp.ByQuery), chromedp.SendKeys("#password", password+kb.Enter, chromedp.ByQuery), chromedp.WaitReady(`form[action="/signout"]`, chromedp.ByQuery))
}

// awaitPromise waits for what a script promises.
func awaitPromise(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

var axe = func() string {
	source, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		return ""
	}
	return string(source)
}()

// barriers runs axe-core on the page, and expects that it finds nothing, that
// nothing scrolls sideways and that nothing has moved while the page was loaded.
func (r *run) barriers(where string) {
	r.Helper()
	var moved float64
	err := r.Do(chromedp.Evaluate(`new Promise(done => {
		const loaded = performance.getEntriesByType("navigation")[0].loadEventEnd + 300; // what people do later may move things
		new PerformanceObserver(list => done(list.getEntries().reduce((sum, e) => sum + (e.hadRecentInput || e.startTime > loaded ? 0 : e.value), 0))).observe({ type: "layout-shift", buffered: true });
		setTimeout(() => done(0), 50);
	})`, &moved, awaitPromise))
	if err != nil || moved > 0.001 {
		r.Errorf("%s: the layout shifts by %.4f, %v, want 0", where, moved, err)
	}
	if axe == "" {
		r.Fatal("axe-core is missing: run npm ci in test/browser")
	}
	var found string
	// The policy of the pages blocks inline scripts, not the debugger.
	err = r.Do(chromedp.Evaluate(axe+";0", nil), chromedp.Evaluate(
		`axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 120) + " " + n.failureSummary).join(" | ")).join("\n"))`,
		&found, awaitPromise))
	if err != nil {
		r.Fatalf("axe on %s: %v", where, err)
	}
	if found != "" {
		r.Errorf("axe finds on %s:\n%s", where, found)
	}
	// A phone's innerWidth grows with the page.
	var width int64
	if err := r.Do(chromedp.Evaluate(`document.documentElement.scrollWidth`, &width)); err != nil || width > r.look.Width {
		r.Errorf("%s is %d pixels wide in a window of %d, %v: it scrolls sideways", where, width, r.look.Width, err)
	}
}

// key presses a key once, as a keyboard does.
func key(name string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for _, e := range kb.Encode([]rune(name)[0]) {
			if err := (*input.DispatchKeyEventParams)(e).Do(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}
