package console

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/kahao/kahao/internal/console/catalogue"
	"github.com/kahao/kahao/internal/redact"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/login"
	"github.com/kahao/kahao/internal/service/policy"
)

// page is one request being answered.
type page struct {
	*Console
	w     http.ResponseWriter
	r     *http.Request
	route route
	lang  string

	who     login.Principal // zero if nobody is signed in
	pending bool            // a password was given, and no one-time code yet
	may     policy.Set      // of who is signed in
	account account.Account // of the path; zero without {appid}
}

// Errors of a page, besides those of the services.
var (
	errForbidden = errors.New("console: not permitted")
	errTooLarge  = errors.New("console: the form is too large")
	errForm      = errors.New("console: not a form")
)

// statusError is an error that is shown with the page that the user was on.
type statusError struct {
	status int
	key    string // of the message
}

func (e *statusError) Error() string { return "console: " + e.key }

// serve checks who asks, reads the form, and runs the route.
func (p *page) serve() error {
	if err := p.identify(); err != nil {
		return err
	}
	if err := p.authorize(); err != nil {
		if errors.Is(err, login.ErrNoSession) {
			return p.askToSignIn()
		}
		return err
	}
	if done, err := p.mustEnrol(); done {
		return err
	}
	// A route that takes files reads its body itself.
	if p.r.Method == http.MethodPost && !strings.HasPrefix(p.r.Header.Get("Content-Type"), "multipart/") {
		if err := p.parseForm(maxForm); err != nil {
			return err
		}
	}
	return p.route.do(p)
}

// identify reads who is signed in, if anybody is.
func (p *page) identify() error {
	who, err := p.Logins.Session(p.r.Context(), p.token())
	p.pending = errors.Is(err, login.ErrPending)
	if p.pending || errors.Is(err, login.ErrNoSession) {
		return nil
	}
	if err != nil {
		return err
	}
	p.who = who
	p.may, err = policy.ForUser(who.Subject, who.Operator() || who.User.Main, who.User.Policies)
	return err
}

// authorize returns an error if who asks may not use the route: ErrNoSession,
// account.ErrUnknown for what belongs to others, errForbidden for what another
// user of the same account may use.
func (p *page) authorize() error {
	switch {
	case p.route.need == anybody:
		return nil
	case p.who.Subject == "":
		return login.ErrNoSession
	case p.route.need == signedIn:
		return nil
	case p.route.need == operator, p.route.need == operatorOf && !p.who.Operator():
		if p.who.Operator() {
			return nil
		}
		return account.ErrUnknown
	}
	appID := p.r.PathValue("appid")
	if !p.who.Operator() && p.who.User.Account != appID {
		return account.ErrUnknown
	}
	var err error
	if p.account, err = p.Accounts.Account(p.r.Context(), appID); err != nil {
		return err
	}
	switch {
	case p.who.Operator(), p.who.User.Main, p.route.need == member:
		return nil
	case p.route.need == permit && (p.may.Allows(p.route.action, policy.All) || p.may.Allows(p.route.action, policy.UsageOf(p.who.Subject))):
		return nil
	}
	return errForbidden
}

// parseForm reads a form of at most so many bytes.
func (p *page) parseForm(most int64) error {
	p.r.Body = http.MaxBytesReader(p.w, p.r.Body, most)
	err := p.r.ParseForm()
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return errTooLarge
	case err != nil:
		return errForm
	}
	return nil
}

// field returns a field of the form, without spaces around it.
func (p *page) field(name string) string { return strings.TrimSpace(p.r.PostForm.Get(name)) }

// change returns a context in which a change is recorded in the audit log.
func (p *page) change(action, target string, before, after audit.Values) context.Context {
	e := audit.Entry{Account: p.account.ID, Actor: p.who.Subject, Origin: origin(p.r), Action: action, Target: target, Before: before, After: after}
	return audit.With(p.r.Context(), e)
}

// t returns a message in the page's language.
func (p *page) t(key string, args ...any) string { return catalogue.Text(p.lang, key, args...) }

// view is what every template gets.
type view struct {
	Lang, Other string // the page's language, and the one that it can be switched to
	Title       string
	Path        string // of this page, with its query
	Home        string
	Who         login.Principal
	WhoName     string
	Account     account.Account
	Nav         []navGroup
	Error       string // of the form on this page
	Done        string // what was done before this page was shown
	Data        any
}

// render sends a page: the template with its name, with the message
// name.title as its title.
func (p *page) render(status int, name string, data any) error {
	return p.renderWith(status, name, data, "")
}

// renderWith renders a page with an error of its form.
func (p *page) renderWith(status int, name string, data any, problem string) error {
	v := view{
		Lang: p.lang, Other: catalogue.Other(p.lang), Title: p.t(name + ".title"), Path: p.r.URL.RequestURI(),
		Who: p.who, Account: p.account, Nav: p.nav(), Home: p.homePath(), Error: problem, Data: data,
	}
	if p.r.Method != http.MethodGet {
		v.Path = p.r.URL.Path
	}
	v.WhoName = p.who.User.Name
	if p.who.Operator() {
		v.WhoName = p.t("role.operator")
	}
	if done := p.r.URL.Query().Get("done"); done != "" && catalogue.Has("done."+done) {
		v.Done = p.t("done." + done)
	}
	var b bytes.Buffer
	if err := p.pages[p.lang].execute(&b, name, v); err != nil {
		return err
	}
	h := p.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", p.lang)
	h.Add("Vary", "Accept-Language, Cookie")
	p.w.WriteHeader(status)
	_, _ = p.w.Write(b.Bytes())
	return nil
}

// redirect sends the browser to a path, where it says what was done.
func (p *page) redirect(path, done string) error {
	if done != "" {
		path += "?done=" + url.QueryEscape(done)
	}
	http.Redirect(p.w, p.r, path, http.StatusSeeOther)
	return nil
}

// fail answers with an error page. Faults of the server are logged.
func (p *page) fail(err error) {
	status, key := http.StatusInternalServerError, "error.internal"
	var known *statusError
	switch {
	case errors.As(err, &known):
		status, key = known.status, known.key
	case errors.Is(err, account.ErrUnknown):
		status, key = http.StatusNotFound, "error.notfound"
	case errors.Is(err, errForbidden):
		status, key = http.StatusForbidden, "error.forbidden"
	case errors.Is(err, errTooLarge):
		status, key = http.StatusRequestEntityTooLarge, "error.toolarge"
	case errors.Is(err, errForm):
		status, key = http.StatusBadRequest, "error.form"
	case errors.Is(err, context.Canceled):
		return // nobody is waiting
	default:
		p.Logger.ErrorContext(p.r.Context(), "console page failed", "route", p.route.method+" "+p.route.path, "cause", redact.Error(err))
	}
	if e := p.render(status, "error", errorData{Message: p.t(key)}); e != nil {
		p.Logger.ErrorContext(p.r.Context(), "console error page failed", "cause", redact.Error(e))
		http.Error(p.w, "internal error", http.StatusInternalServerError)
	}
}

type errorData struct{ Message string }

func (p *page) notFound() error { return account.ErrUnknown }

func (p *page) crossSite() error {
	discard(p.r)
	return &statusError{http.StatusForbidden, "error.crosssite"}
}
