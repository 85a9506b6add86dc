package api3

import (
	"bytes"
	"errors"
	"math"
	"net/url"
	"slices"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/api/api3/params"
	"github.com/kahao/kahao/internal/api/datauri"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/ratelimit"
)

// action is one of the interfaces.
type action struct {
	// share is the vendor's limit, as a multiple of that of BankCardOCR.
	share float64
	// parse takes the parameters besides those of the image.
	parse func(*params.Params) (question, error)
}

// question is what an action asks of a reading.
type question interface {
	// extras are what the reading must have.
	extras(*call) capture.Extras
	// answer makes the reply to a reading.
	answer(*call, *kahao.Reading) (response, Condition)
	// digest is a text that differs for questions with other replies.
	digest() string
}

// API stands in the ledger for all requests that name none of the actions. Each
// action is an interface of its own.
const API = "api3"

// The actions that are offered.
const (
	BankCardOCR              = "BankCardOCR"              // reads a card
	RecognizeGeneralCardWarn = "RecognizeGeneralCardWarn" // says how a card was captured
	ClassifyDetectOCR        = "ClassifyDetectOCR"        // finds cards
)

// actions are those that are offered, by name.
var actions = map[string]action{
	BankCardOCR:              {share: 1, parse: parseBankCard},
	RecognizeGeneralCardWarn: {share: 0.5, parse: parseCardWarn},
	ClassifyDetectOCR:        {share: 2, parse: parseClassify},
}

// Actions returns the names of all actions.
func Actions() []string {
	var names []string
	for name := range actions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// limit returns the limit of an account, from that of BankCardOCR.
func (a action) limit(perSecond float64) ratelimit.Limit {
	perSecond *= a.share
	return ratelimit.Limit{PerSecond: perSecond, Burst: int(math.Ceil(perSecond))}
}

// task is what a request asks for.
type task struct {
	url     string // of the image; empty if content is given
	content []byte
	question
}

// errValue means that a parameter has a value that is not one of those allowed.
var errValue = errors.New("api3: invalid value")

// maxURL bounds a URL, in bytes.
const maxURL = 2048

// parse takes the action's parameters.
func (c *call) parse(p *params.Params) (task, Condition) {
	var t task
	text, _ := p.Text("ImageUrl")
	t.url = string(bytes.TrimSpace(text))
	encoded, given := p.Text("ImageBase64")
	var invalid error
	t.question, invalid = actions[c.action].parse(p)
	if err := p.Check(); err != nil {
		return t, c.ofParameters(err)
	}
	if invalid != nil {
		return t, InvalidValue
	}
	if t.url != "" {
		return t, checkURL(t.url)
	}
	if !given {
		return t, InvalidValue
	}
	if int64(len(encoded)) > c.MaxBody {
		return t, ImageTooLarge
	}
	var ok bool
	if t.content, ok = datauri.Decode(encoded); !ok {
		return t, InvalidValue
	}
	return t, OK
}

// checkURL checks the URL of an image, which wins if both are given.
func checkURL(text string) Condition {
	if len(text) > maxURL {
		return DownloadFailed
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return DownloadFailed
	}
	return OK
}

// ofParameters maps errors of the parameters.
func (c *call) ofParameters(err error) Condition {
	var unknown *params.UnknownError
	if !errors.As(err, &unknown) {
		return InvalidParameter
	}
	c.arguments = []any{printable(unknown.Name)}
	return UnknownParameter
}

// maxName bounds what a reply repeats of a parameter's name.
const maxName = 64

// printable returns a name without what could break a line of a log.
func printable(name string) string {
	runes := []rune(name)
	if len(runes) > maxName {
		runes = runes[:maxName]
	}
	for i, r := range runes {
		if r < ' ' || r == 0x7f || r == '`' {
			runes[i] = '?'
		}
	}
	return string(runes)
}

// digest identifies the content of a request.
func (c *call) digest(t task) [32]byte {
	d := metering.NewDigest("api3:"+c.action, c.appID)
	d.Add([]byte(t.url), t.content, []byte(t.question.digest()))
	return d.Sum()
}
