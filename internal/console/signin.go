package console

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/kahao/kahao/internal/console/catalogue"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/login"
)

// Cookies. A name with __Host- binds the cookie to this host over HTTPS.
const (
	sessionCookie  = "kahao"
	languageCookie = "kahao-lang"
	hostPrefix     = "__Host-"
)

func (p *page) cookie(name, value string, seconds int) {
	if p.Secure {
		name = hostPrefix + name
	}
	http.SetCookie(p.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds, Secure: p.Secure, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// token is that of the browser's session, empty without one.
func (p *page) token() string {
	name := sessionCookie
	if p.Secure {
		name = hostPrefix + name
	}
	c, err := p.r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func (p *page) setSession(token string) {
	p.cookie(sessionCookie, token, int(login.SessionTime.Seconds()))
}

// askToSignIn sends a browser that is not signed in to the page for it, from
// where it comes back.
func (p *page) askToSignIn() error {
	if p.r.Method != http.MethodGet {
		return &statusError{http.StatusUnauthorized, "error.session"}
	}
	http.Redirect(p.w, p.r, p.signInPath(), http.StatusSeeOther)
	return nil
}

// local returns a path on this server, or / for anything else.
func local(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

type signInData struct{ Name, Next string }

func (p *page) showSignIn() error {
	if p.who.Subject != "" {
		return p.redirect(p.homePath(), "")
	}
	return p.render(http.StatusOK, "signin", signInData{Next: local(p.r.URL.Query().Get("next"))})
}

func (p *page) signIn() error {
	name, next := p.field("name"), local(p.field("next"))
	token, err := p.Logins.SignIn(p.r.Context(), name, p.r.PostForm.Get("password"), network(p.r), p.token())
	status, key := http.StatusUnauthorized, "signin.denied"
	switch {
	case err == nil:
		p.setSession(token)
		return p.redirect(next, "")
	case errors.Is(err, login.ErrBusy):
		status, key = http.StatusTooManyRequests, "signin.busy"
		p.w.Header().Set("Retry-After", strconv.Itoa(15))
	case !errors.Is(err, login.ErrDenied):
		return err
	}
	return p.renderWith(status, "signin", signInData{Name: name, Next: next}, p.t(key))
}

func (p *page) signOut() error {
	if err := p.Logins.SignOut(p.r.Context(), p.token()); err != nil {
		return err
	}
	p.cookie(sessionCookie, "", -1)
	p.w.Header().Set("Clear-Site-Data", `"cache"`)
	return p.redirect("/signin", "signedout")
}

type setupData struct{ Name string } // to sign in with

// invited returns the data of the page behind a link.
func (p *page) invited() (setupData, login.Principal, error) {
	who, err := p.Logins.Invited(p.r.Context(), p.r.PathValue("token"))
	if errors.Is(err, login.ErrLink) {
		err = &statusError{http.StatusGone, "setup.gone"}
	}
	return setupData{signInName(who)}, who, err
}

// signInName is the name with which somebody signs in.
func signInName(who login.Principal) string {
	switch {
	case who.Operator():
		return login.Operator
	case who.User.Main:
		return who.User.Account
	}
	return who.User.Account + "/" + who.User.Name
}

func (p *page) showSetup() error {
	d, _, err := p.invited()
	if err != nil {
		return err
	}
	return p.render(http.StatusOK, "setup", d)
}

func (p *page) setup() error {
	d, who, err := p.invited()
	if err != nil {
		return err
	}
	password := p.r.PostForm.Get("password")
	if password != p.r.PostForm.Get("again") {
		return p.renderWith(http.StatusUnprocessableEntity, "setup", d, p.t("password.differ"))
	}
	ctx := audit.With(p.r.Context(), audit.Entry{Account: who.User.Account, Actor: who.Subject, Origin: origin(p.r), Action: "password.set", Target: who.Subject})
	token, err := p.Logins.Accept(ctx, p.r.PathValue("token"), password, p.token())
	if errors.Is(err, login.ErrLink) {
		return &statusError{http.StatusGone, "setup.gone"}
	}
	if key := passwordProblem(err); key != "" {
		return p.renderWith(http.StatusUnprocessableEntity, "setup", d, p.t(key))
	}
	if err != nil {
		return err
	}
	p.setSession(token)
	return p.redirect("/", "")
}

// passwordProblem is the message for a password that must not be used.
func passwordProblem(err error) string {
	switch {
	case errors.Is(err, login.ErrShort):
		return "password.short"
	case errors.Is(err, login.ErrLong):
		return "password.long"
	case errors.Is(err, login.ErrCommon):
		return "password.common"
	}
	return ""
}

func (p *page) showPassword() error {
	return p.render(http.StatusOK, "password", setupData{signInName(p.who)})
}

func (p *page) changePassword() error {
	d := setupData{signInName(p.who)}
	again := func(key string) error { return p.renderWith(http.StatusUnprocessableEntity, "password", d, p.t(key)) }
	password := p.r.PostForm.Get("password")
	if password != p.r.PostForm.Get("again") {
		return again("password.differ")
	}
	ctx := audit.With(p.r.Context(), audit.Entry{Account: p.who.User.Account, Actor: p.who.Subject, Origin: origin(p.r), Action: "password.change", Target: p.who.Subject})
	token, err := p.Logins.ChangePassword(ctx, p.who, p.r.PostForm.Get("old"), password, network(p.r))
	switch key := passwordProblem(err); {
	case err == nil:
		p.setSession(token)
		return p.redirect("/password", "password")
	case key != "":
		return again(key)
	case errors.Is(err, login.ErrDenied):
		return again("password.wrong")
	case errors.Is(err, login.ErrBusy):
		return again("signin.busy")
	}
	return err
}

// language is the one that the browser has chosen or prefers.
func language(r *http.Request) string {
	for _, name := range []string{hostPrefix + languageCookie, languageCookie} {
		if c, err := r.Cookie(name); err == nil && catalogue.Known(c.Value) {
			return c.Value
		}
	}
	return catalogue.Match(r.Header.Get("Accept-Language"))
}

func (p *page) setLanguage() error {
	if lang := p.field("lang"); catalogue.Known(lang) {
		p.cookie(languageCookie, lang, 365*24*60*60)
	}
	return p.redirect(local(p.field("back")), "")
}

// home sends everybody to his first page.
func (p *page) home() error { return p.redirect(p.homePath(), "") }

// SetupPath returns the path of the page on which a link sets a password.
func SetupPath(token string) string { return "/setup/" + token }
