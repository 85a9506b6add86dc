package native

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/redaction"
	"github.com/kahao/kahao/internal/service/billing"
)

// query are the options of a request, with the library's names.
type query struct {
	bucket   string
	deadline time.Duration // 0 means that of the server

	luhn                         kahao.LuhnMode
	maxCards                     int // 0 means all
	cardCrop, numberCrop, checks bool

	covers     redaction.Options
	allowEmpty bool

	lenient     bool // of Presidio's dialect: other entities are ignored
	allowUnsure bool

	from, to billing.Day // empty means none
	by       string
}

const (
	maxCardsLimit = 1000
	maxDeadline   = 3_600_000 // milliseconds
)

// parseQuery takes the options of the path. One that it does not have is refused:
// a misspelt option would otherwise go unnoticed.
func (c *call) parseQuery() Condition {
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		c.detail = "the query is not valid"
		return InvalidParameter
	}
	for name, list := range values {
		if !slices.Contains(c.route.query, name) {
			c.detail = "this path has the query parameters " + strings.Join(c.route.query, ", ")
			return InvalidParameter
		}
		if len(list) != 1 {
			c.detail = name + " is given twice"
			return InvalidParameter
		}
	}
	c.query, err = parseQuery(values, c.Luhn)
	if err != nil {
		c.detail = err.Error()
		return InvalidParameter
	}
	return OK
}

// parseQuery parses the options. Its errors quote none of their values.
func parseQuery(values url.Values, luhn kahao.LuhnMode) (q query, err error) {
	q = query{bucket: values.Get("bucket"), luhn: luhn, by: "day"}
	p := parser{values: values}
	if text, ok := p.text("luhn"); ok && q.luhn.UnmarshalText([]byte(text)) != nil {
		p.refuse("luhn: want prior, strict or off")
	}
	q.maxCards = p.integer("max_cards", maxCardsLimit)
	q.deadline = time.Duration(p.integer("deadline_ms", maxDeadline)) * time.Millisecond
	q.checks, q.allowEmpty = p.boolean("checks"), p.boolean("allow_empty")
	q.lenient, q.allowUnsure = p.boolean("lenient"), p.boolean("allow_unsure")
	if text, ok := p.text("crop"); ok {
		for part := range strings.SplitSeq(text, ",") {
			switch part {
			case "card":
				q.cardCrop = true
			case "number":
				q.numberCrop = true
			default:
				p.refuse("crop: want card, number or card,number")
			}
		}
	}
	q.covers = p.covers()
	q.from, q.to = p.day("from"), p.day("to")
	if text, ok := p.text("by"); ok {
		if q.by = text; groupings[text] == nil {
			p.refuse("by: want day, month, interface, user, bucket or code")
		}
	}
	return q, p.err
}

// parser parses query parameters, and keeps the first error.
type parser struct {
	values url.Values
	err    error
}

func (p *parser) refuse(text string) {
	if p.err == nil {
		p.err = errors.New(text)
	}
}

func (p *parser) text(name string) (string, bool) { return p.values.Get(name), p.values.Has(name) }

// integer returns a whole number from 1 on, or 0 without the parameter.
func (p *parser) integer(name string, most int) int {
	text, ok := p.text(name)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most || strconv.Itoa(n) != text {
		p.refuse(fmt.Sprintf("%s: want a whole number from 1 to %d", name, most))
		return 0
	}
	return n
}

func (p *parser) boolean(name string) bool {
	switch text, ok := p.text(name); {
	case !ok, text == "false":
		return false
	case text == "true":
		return true
	}
	p.refuse(name + ": want true or false")
	return false
}

func (p *parser) day(name string) billing.Day {
	text, ok := p.text(name)
	if !ok {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		p.refuse(name + ": want a day such as 2026-11-30")
		return ""
	}
	return billing.Day(text)
}

// covers returns the options of redaction.
func (p *parser) covers() redaction.Options {
	get := func(name, standard string) string {
		if text, ok := p.text(name); ok {
			return text
		}
		return standard
	}
	o, err := redaction.Parse(get("keep", "6,4"), get("style", string(redaction.Fill)), get("fields", "number"))
	var wrong *redaction.OptionError
	if errors.As(err, &wrong) {
		p.refuse(wrong.Option + ": want " + wrong.Want)
	}
	return o
}
