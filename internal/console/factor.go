package console

import (
	"errors"
	"fmt"
	"image/color"
	"net/http"
	"net/url"
	"strings"

	"github.com/boombuler/barcode/qr"

	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/login"
)

// codePath is the page that asks for the one-time code after the password, and
// factorPath the one that switches the second factor on and off.
const (
	codePath   = "/signin/code"
	factorPath = "/second-factor"
)

type codeData struct{ Name, Next string }

func (p *page) showCode() error {
	return p.codePage(http.StatusOK, "", local(p.r.URL.Query().Get("next")))
}

func (p *page) codePage(status int, problem, next string) error {
	who, err := p.Logins.Pending(p.r.Context(), p.token())
	if errors.Is(err, login.ErrNoSession) {
		return p.redirect("/signin", "")
	}
	if err != nil {
		return err
	}
	return p.renderWith(status, "code", codeData{signInName(who), next}, problem)
}

// code returns the one-time code or the recovery code of a form.
func (p *page) code() string {
	if code := p.field("code"); code != "" {
		return code
	}
	return p.field("recovery")
}

func (p *page) giveCode() error {
	next := local(p.field("next"))
	who, err := p.Logins.Pending(p.r.Context(), p.token())
	if errors.Is(err, login.ErrNoSession) {
		return p.redirect("/signin", "")
	}
	if err != nil {
		return err
	}
	ctx := p.r.Context()
	if login.IsRecovery(p.code()) {
		ctx = audit.With(ctx, audit.Entry{Account: who.User.Account, Actor: who.Subject, Origin: origin(p.r), Action: "factor.recovery", Target: who.Subject})
	}
	token, err := p.Logins.Confirm(ctx, p.token(), p.code(), network(p.r))
	if key := codeProblem(err); key != "" {
		return p.codePage(codeStatus(err), p.t(key), next)
	}
	if errors.Is(err, login.ErrNoSession) {
		return p.redirect("/signin", "")
	}
	if err != nil {
		return err
	}
	p.setSession(token)
	return p.redirect(next, "")
}

// codeProblem is the message for a code or a password that is not accepted.
func codeProblem(err error) string {
	switch {
	case errors.Is(err, login.ErrCode):
		return "factor.wrong"
	case errors.Is(err, login.ErrCodes):
		return "factor.toomany"
	case errors.Is(err, login.ErrDenied):
		return "password.wrong"
	case errors.Is(err, login.ErrBusy):
		return "signin.busy"
	case errors.Is(err, login.ErrFactor):
		return "factor.changed"
	}
	return ""
}

func codeStatus(err error) int {
	switch {
	case errors.Is(err, login.ErrCodes), errors.Is(err, login.ErrBusy):
		return http.StatusTooManyRequests
	case errors.Is(err, login.ErrFactor):
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

// factorData is the page of the second factor.
type factorData struct {
	Name      string
	On        bool
	Required  bool // the server demands it
	Left      int  // recovery codes
	Enrolment login.Enrolment
	Secret    string // of the enrolment, in groups
	QR        *qrCode
	Recovery  []string // shown once
}

func (p *page) showFactor() error { return p.factorPage(http.StatusOK, "", "", nil) }

// factorPage shows the state, and while the factor is off a secret: one that a
// form sent back, or a new one.
func (p *page) factorPage(status int, problem, secret string, recovery []string) error {
	l, err := p.Logins.Store.Login(p.r.Context(), p.who.Subject)
	if err != nil {
		return err
	}
	d := factorData{Name: signInName(p.who), On: l.Factor, Required: p.who.Enrol, Left: l.Recovery, Recovery: recovery}
	if !d.On {
		if d.Enrolment, err = login.EnrolmentOf(d.Name, secret); err != nil {
			d.Enrolment, err = p.Logins.NewEnrolment(d.Name)
		}
		if err == nil {
			d.QR, err = newQRCode(d.Enrolment.URL)
		}
		if err != nil {
			return err
		}
		d.Secret = groups(d.Enrolment.Secret)
	}
	return p.renderWith(status, "factor", d, problem)
}

// changeFactor switches the second factor on or off, or makes new recovery
// codes. Each needs the password and a code.
func (p *page) changeFactor() error {
	do, secret, password := p.field("do"), p.field("secret"), p.r.PostForm.Get("password")
	if do != "on" && do != "off" && do != "renew" {
		return errForm
	}
	ctx := audit.With(p.r.Context(), audit.Entry{Account: p.who.User.Account, Actor: p.who.Subject, Origin: origin(p.r), Action: "factor." + do, Target: p.who.Subject})
	var recovery []string
	var err error
	switch do {
	case "on":
		recovery, err = p.Logins.Enrol(ctx, p.who, p.token(), password, secret, p.code(), network(p.r))
	case "renew":
		recovery, err = p.Logins.RenewRecovery(ctx, p.who, password, p.code(), network(p.r))
	default:
		err = p.Logins.RemoveFactor(ctx, p.who, p.token(), password, p.code(), network(p.r))
	}
	if key := codeProblem(err); key != "" {
		return p.factorPage(codeStatus(err), p.t(key), secret, nil)
	}
	if err != nil {
		return err
	}
	if recovery != nil {
		return p.factorPage(http.StatusOK, "", "", recovery)
	}
	return p.redirect(factorPath, "factoroff")
}

// resetFactor switches off the second factor of another user of the account,
// who has lost the device.
func (p *page) resetFactor() error {
	u, err := p.user()
	if err != nil {
		return err
	}
	if u.ID == p.who.Subject {
		return errForbidden // one's own is switched off with a code
	}
	err = p.Logins.ResetFactor(p.change("factor.reset", u.ID, nil, nil), u.ID)
	if errors.Is(err, login.ErrFactor) {
		err = errInput
	}
	if err != nil {
		return p.again(err, p.userProblem)
	}
	return p.redirect(p.at("users/"+u.ID), "factorreset")
}

// mustEnrol sends who lacks a required second factor to the page that switches it
// on. It reports whether it answered.
func (p *page) mustEnrol() (bool, error) {
	if !p.who.Enrol || p.route.need == anybody || p.route.path == factorPath || p.route.path == "/signout" {
		return false, nil
	}
	if p.r.Method != http.MethodGet {
		return true, &statusError{http.StatusForbidden, "factor.required"}
	}
	return true, p.redirect(factorPath, "")
}

// signInPath is the page for a browser that is not, or not completely, signed
// in.
func (p *page) signInPath() string {
	to := "/signin"
	if p.pending {
		to = codePath
	}
	if p.r.URL.Path != "/" {
		to += "?next=" + url.QueryEscape(p.r.URL.RequestURI())
	}
	return to
}

// groups puts a space after every fourth character, for people who type.
func groups(text string) string {
	var b strings.Builder
	for i, c := range text {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// qrCode is a QR code as SVG: Size modules with the quiet zone, and the path of
// the dark ones.
type qrCode struct {
	Size int
	Path string
}

// quietZone is the light border that ISO/IEC 18004 asks for, in modules.
const quietZone = 4

func newQRCode(text string) (*qrCode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("console: QR code: %w", err)
	}
	size := code.Bounds().Dx()
	var b strings.Builder
	for y := range size {
		for x := 0; x < size; {
			from := x
			for x < size && color.GrayModel.Convert(code.At(x, y)).(color.Gray).Y < 128 {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d,%dh%dv1h-%dz", from+quietZone, y+quietZone, x-from, x-from)
			}
			x++
		}
	}
	return &qrCode{size + 2*quietZone, b.String()}, nil
}
