// Package browser drives Debian's Chromium through the console of a real
// server.
package browser

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Look is how a browser shows pages.
type Look struct {
	Language string // zh-CN or en
	Width    int64  // CSS pixels
	Dark     bool
}

// String is the look as the end of a file's name.
func (l Look) String() string {
	name := fmt.Sprintf("%s-%d", l.Language, l.Width)
	if l.Dark {
		name += "-dark"
	}
	return name
}

// Browser is a running Chromium.
type Browser struct{ ctx context.Context }

// Start starts Chromium. The returned function ends it.
func Start(ctx context.Context) (*Browser, func(), error) {
	ctx, stop := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, // as root, in CI
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("lang", "en"),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("font-render-hinting", "none"),
		chromedp.WSURLReadTimeout(time.Minute))...)
	ctx, cancel := chromedp.NewContext(ctx)
	return &Browser{ctx}, func() { cancel(); stop() }, chromedp.Run(ctx)
}

// Tab is one page with its own cookies. It records what a page must not do.
type Tab struct {
	Context context.Context
	base    string

	mu       sync.Mutex
	problems []string
	expected int // status of an error page that is being opened
}

// Open opens an empty tab with a look, for the console at the URL base.
func (b *Browser) Open(base string, l Look) (*Tab, func(), error) {
	// chromedp would open the tab without a window, which a context of its own
	// does not have yet.
	var id target.ID
	err := chromedp.Run(b.ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		ctx = cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser)
		own, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(ctx)
		if err != nil {
			return err
		}
		id, err = target.CreateTarget("about:blank").WithBrowserContextID(own).WithNewWindow(true).Do(ctx)
		return err
	}))
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
	t := &Tab{Context: ctx, base: base}
	scheme := "light"
	if l.Dark {
		scheme = "dark"
	}
	chromedp.ListenTarget(ctx, t.listen)
	err = chromedp.Run(ctx, network.Enable(), log.Enable(), runtime.Enable(),
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": l.Language}),
		emulation.SetDeviceMetricsOverride(l.Width, 860, 1, l.Width < 600),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
	return t, cancel, err
}

// listen records errors of the console, violations of the content policy, and
// requests to other origins.
func (t *Tab) listen(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		u := e.Request.URL
		if !strings.HasPrefix(u, t.base+"/") && !strings.HasPrefix(u, "blob:"+t.base) && !strings.HasPrefix(u, "data:") && u != "about:blank" {
			t.problem("a request to another origin: " + u)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError || e.Entry.Level == log.LevelWarning {
			if t.expected != 0 && strings.Contains(e.Entry.Text, fmt.Sprint(t.expected)) {
				return
			}
			t.problem("the log says: " + e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		t.problem("an exception: " + e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			t.problem(fmt.Sprintf("console.%s: %s", e.Type, e.Args[0].Value))
		}
	}
}

func (t *Tab) problem(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.problems = append(t.problems, text)
}

// Expect lets the next pages answer with an error status, which Chromium logs.
func (t *Tab) Expect(status int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expected = status
}

// Problems returns what pages did that they must not, and forgets it.
func (t *Tab) Problems() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var errs []error
	for _, p := range t.problems {
		errs = append(errs, errors.New(p))
	}
	t.problems = nil
	return errors.Join(errs...)
}

// Do runs actions, within a minute.
func (t *Tab) Do(actions ...chromedp.Action) error {
	ctx, cancel := context.WithTimeout(t.Context, time.Minute)
	defer cancel()
	return chromedp.Run(ctx, actions...)
}

// Go opens a path.
func (t *Tab) Go(path string) error { return t.Do(chromedp.Navigate(t.base + path)) }

// SetSession signs the tab in with the token of a session.
func (t *Tab) SetSession(token string) error {
	u, err := url.Parse(t.base)
	if err != nil {
		return err
	}
	return t.Do(network.SetCookie("kahao", token).WithDomain(u.Hostname()).WithPath("/").WithHTTPOnly(true).WithSameSite(network.CookieSameSiteStrict))
}

// Screenshot returns the whole page as PNG.
func (t *Tab) Screenshot() (png []byte, err error) {
	err = t.Do(chromedp.FullScreenshot(&png, 100))
	return png, err
}
