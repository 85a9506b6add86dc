package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/api/api3"
	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/console/catalogue"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/masking"
	"github.com/kahao/kahao/pan"
)

// Trial is what the page that tries an image needs. Without a Reader there is no
// such page.
type Trial struct {
	Reader interface {
		ReadWith(ctx context.Context, image []byte, extras capture.Extras) (*kahao.Reading, error)
	}
	Gate  legacy.Gate
	Meter *metering.Meter
	Rate  legacy.Rate
	// ReadTimeout bounds one reading. MaxImage is what the legacy API takes, in
	// bytes; the page takes maxTrial.
	ReadTimeout time.Duration
	MaxImage    int64
}

// maxTrial bounds an image of the page: photographs as phones make them.
const maxTrial = 10 << 20

// trialAPI is the console's name among the interfaces of the ledger.
const trialAPI = "console"

type tryData struct {
	Path   string
	Free   bool // the operator's are free of charge
	Result *tryResult
}

// tryResult is what a page shows of a reading. The image itself stays in the
// browser.
type tryResult struct {
	Width, Height int
	Large         bool // the legacy API would refuse the image
	Took          string
	Cards         []tryCard
	Reasons       []string
	Failed        string // message, if there is no reading
	Replies       []tryReply
	Curl          string
	Snippets      []snippet
}

type tryReply struct{ ID, Name, Masked, Whole string }

type tryCard struct {
	Masked, Whole string
	Luhn          bool
	Confidence    string
	Verdict       string
	Reasons       []string
	Expiry        string
	ExpiryVerdict string
	Type, Name    string
	Bank, Network string
	Outline       string // points of polygons
	Number, Date  string
	Digits        []tryDigit
}

type tryDigit struct {
	Points       string
	Masked       string // * for hidden digits
	Whole        string
	P            string
	Alternatives string // empty if the digit is hidden
	Concerned    bool   // a reason is about it
}

func (p *page) showTry() error { return p.tryPage(http.StatusOK, "", nil) }

func (p *page) tryPage(status int, problem string, result *tryResult) error {
	return p.renderWith(status, "try", tryData{Path: p.r.URL.Path, Free: p.who.Operator(), Result: result}, problem)
}

// try reads one image, for the account or free of charge for the operator.
func (p *page) try() error {
	again := func(status int, key string) error { return p.tryPage(status, p.t(key), nil) }
	ctx := p.r.Context()
	leave, ok := p.Trial.Gate.Enter(ctx, min(max(p.r.ContentLength, 0), maxTrial))
	if !ok {
		return again(http.StatusServiceUnavailable, "try.busy")
	}
	defer leave()
	image, err := p.uploaded()
	switch {
	case errors.Is(err, errTooLarge):
		return again(http.StatusRequestEntityTooLarge, "try.toolarge")
	case err != nil || len(image) == 0:
		return again(http.StatusUnprocessableEntity, "try.noimage")
	}
	var charge *metering.Charge
	if !p.who.Operator() {
		if wait, ok := p.Trial.Rate.Take(ctx, p.account.ID); !ok {
			p.w.Header().Set("Retry-After", fmt.Sprint(int(wait.Seconds())+1))
			return again(http.StatusTooManyRequests, "try.toofast")
		}
		charge, err = p.Trial.Meter.Hold(ctx, metering.Request{Images: 1, Caller: ledger.Caller{Account: p.account.ID, User: p.who.Subject, Key: trialAPI, API: trialAPI}})
		if key := holdProblem(err); key != "" {
			return again(http.StatusPaymentRequired, key)
		}
		if err != nil {
			return err
		}
	}
	reading, took, err := p.read(image)
	text, condition := legacy.Preview(reading, err, nil, previewID)
	if err := charge.Settle(ctx, metering.Settlement{Calls: []ledger.Call{{Code: condition.Row().Code, Billed: condition == legacy.OK, Took: took}}}); err != nil {
		return err
	}
	result := p.result(reading, err, text, condition)
	if result.Snippets, err = p.snippets(); err != nil {
		return err
	}
	result.Took = fmt.Sprintf("%.0f ms", float64(took)/float64(time.Millisecond))
	result.Large = int64(len(image)) > p.Trial.MaxImage
	return p.tryPage(http.StatusOK, "", result)
}

// previewID stands for the IDs of real replies.
const previewID = "00000000-0000-4000-8000-000000000000"

func holdProblem(err error) string {
	switch {
	case errors.Is(err, ledger.ErrUsedUp):
		return "try.usedup"
	case errors.Is(err, ledger.ErrArrears):
		return "try.arrears"
	case errors.Is(err, ledger.ErrClosed):
		return "try.closed"
	}
	return ""
}

// uploaded returns the image of the form, from memory.
func (p *page) uploaded() ([]byte, error) {
	p.r.Body = http.MaxBytesReader(p.w, p.r.Body, maxTrial+maxForm)
	form, err := p.r.MultipartReader()
	if err != nil {
		return nil, errForm
	}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return nil, nil
		}
		var image []byte
		if err == nil && part.FormName() == "image" {
			image, err = io.ReadAll(part)
		}
		switch {
		case errors.As(err, new(*http.MaxBytesError)) || len(image) > maxTrial:
			return nil, errTooLarge
		case err != nil:
			return nil, errForm
		case len(image) > 0: // a field without a file is sent empty
			return image, nil
		}
	}
}

// read reads within the time limit. A panic is a failed reading.
func (p *page) read(image []byte) (reading *kahao.Reading, took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(p.r.Context(), p.Trial.ReadTimeout)
	defer cancel()
	start := time.Now()
	reading, err = p.Trial.Reader.ReadWith(ctx, image, capture.Extras{Checks: true, Today: p.Calendar.In(p.Now())})
	return reading, time.Since(start), err
}

// result is what the page shows of a reading.
func (p *page) result(reading *kahao.Reading, err error, text []byte, condition legacy.Condition) *tryResult {
	hidden, _ := masking.New(masking.Policy{Number: masking.Masked}, nil)
	masked, _ := legacy.Preview(reading, err, hidden, previewID)
	inChinese := p.lang == catalogue.Chinese
	r := &tryResult{Curl: p.curl()}
	r.Replies = []tryReply{
		{"legacy", p.t("interface.legacy"), indent(masked), indent(text)},
		{"api3", p.t("interface.api3"), indent(api3.Preview(reading, err, hidden, inChinese, previewID)), indent(api3.Preview(reading, err, nil, inChinese, previewID))},
	}
	if err != nil {
		_, r.Failed, _ = explain(p.lang, condition.Row().Code)
		return r
	}
	r.Width, r.Height, r.Reasons = reading.Width, reading.Height, p.reasons(reading.Reasons)
	for _, c := range reading.Cards {
		r.Cards = append(r.Cards, p.card(c))
	}
	return r
}

func (p *page) card(c *kahao.Card) tryCard {
	whole := c.PAN.Reveal() + c.Masked.Reveal() // one of them is zero
	d := tryCard{
		Masked: pan.Mask(whole), Whole: whole, Luhn: pan.Luhn(whole), Confidence: probability(c.Number.Confidence), Verdict: string(c.Verdict), Reasons: p.reasons(c.Reasons),
		Expiry: c.Expiry.String(), ExpiryVerdict: string(c.Expiry.Verdict), Type: c.Issuer.TypeText(), Name: c.Issuer.CardName, Bank: c.Issuer.BankInfo(), Network: c.Issuer.Network,
		Outline: points(c.Corners), Number: points(c.Number.Quad), Date: points(c.Expiry.Quad),
	}
	for i, digit := range c.Number.Digits {
		t := tryDigit{Points: points(digit.Quad), Masked: "*", Whole: string(rune(digit.Value)), P: probability(digit.P)}
		if i < len(d.Masked) && d.Masked[i] != '*' {
			t.Masked = d.Masked[i : i+1]
		}
		var others []string
		for _, a := range digit.Alternatives {
			others = append(others, fmt.Sprintf("%c %s", a.Value, probability(a.P)))
		}
		t.Alternatives = strings.Join(others, ", ")
		for _, reason := range c.Reasons {
			t.Concerned = t.Concerned || reason.Digits.OK() && i >= reason.Digits.From && i < reason.Digits.To
		}
		d.Digits = append(d.Digits, t)
	}
	return d
}

// reasons are the reasons in words, with the digits that they are about.
func (p *page) reasons(all []kahao.Reason) (texts []string) {
	for _, r := range all {
		text := string(r.Code)
		if key := "reason." + text; catalogue.Has(key) {
			text = p.t(key)
		}
		switch {
		case r.Digits.OK() && r.Digits.To == r.Digits.From+1:
			text = p.t("reason.digit", text, r.Digits.To)
		case r.Digits.OK():
			text = p.t("reason.digits", text, r.Digits.From+1, r.Digits.To)
		}
		texts = append(texts, text)
	}
	return texts
}

// probability is rounded down to tenths of a per cent, so that 100 % is certain.
func probability(x float64) string { return fmt.Sprintf("%.1f%%", math.Floor(x*1000)/10) }

// points are the corners of a quad for SVG, empty for the zero quad.
func points(q kahao.Quad) string {
	if q == (kahao.Quad{}) {
		return ""
	}
	var all []string
	for _, c := range q {
		all = append(all, decimal(c.X)+","+decimal(c.Y))
	}
	return strings.Join(all, " ")
}

func indent(text []byte) string {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return string(text)
	}
	return b.String()
}

// curl is a command that asks the legacy API for the same.
func (p *page) curl() string {
	appID := p.account.ID
	if appID == "" {
		appID = "APPID"
	}
	return "curl " + p.API + legacy.Path + " \\\n  -H \"Authorization: $(kahao sign --appid " + appID + " --secret-id SECRETID --secret-key-file key)\" \\\n  -F appid=" + appID + " -F image=@card.jpg"
}
