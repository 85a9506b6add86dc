package console

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ratelimit"
)

// Fields of forms. An empty field is nil; one that is not of its kind is
// errInput.

// rate reads the fields rate and burst.
func (p *page) rate() (ratelimit.Limit, error) {
	var l ratelimit.Limit
	var err error
	if text := p.field("rate"); text != "" {
		if l.PerSecond, err = strconv.ParseFloat(text, 64); err != nil || l.PerSecond != l.PerSecond {
			return l, errInput
		}
	}
	if text := p.field("burst"); text != "" {
		if l.Burst, err = strconv.Atoi(text); err != nil {
			return l, errInput
		}
	}
	if l.PerSecond > 1 && l.Burst == 0 {
		l.Burst = int(min(l.PerSecond, 1e6))
	}
	return l, nil
}

// integer reads a whole number.
func (p *page) integer(name string) (int64, error) {
	n, err := strconv.ParseInt(strings.ReplaceAll(p.field(name), ",", ""), 10, 64)
	if err != nil {
		return 0, errInput
	}
	return n, nil
}

// endOfDay reads a day and returns its end, or nil.
func (p *page) endOfDay(name string) (*time.Time, error) {
	text := p.field(name)
	if text == "" {
		return nil, nil
	}
	span, err := p.Calendar.DaySpan(billing.Day(text))
	if err != nil {
		return nil, err
	}
	return &span.To, nil
}

// list reads a list of words, separated by commas, spaces or lines.
func (p *page) list(name string) []string {
	return strings.FieldsFunc(p.field(name), func(r rune) bool { return strings.ContainsRune(", \n\r\t，、", r) })
}

func rateText(l ratelimit.Limit) string {
	if l.PerSecond == 0 {
		return ""
	}
	return fmt.Sprintf("%v/s, %d", l.PerSecond, max(l.Burst, 1))
}
