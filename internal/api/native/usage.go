package native

import (
	"net/http"
	"strconv"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/service/usage"
)

// groupings are the values of the parameter by.
var groupings = map[string]func(usage.Row) string{
	"day":       func(r usage.Row) string { return string(r.Day) },
	"month":     func(r usage.Row) string { return string(r.Day.Month()) },
	"interface": func(r usage.Row) string { return r.API },
	"user":      func(r usage.Row) string { return r.User },
	"bucket":    func(r usage.Row) string { return r.Bucket },
	"code":      func(r usage.Row) string { return strconv.Itoa(r.Code) },
}

// usageReply is the reply of GET /v1/usage.
type usageReply struct {
	From  billing.Day  `json:"from"`
	To    billing.Day  `json:"to"`
	By    string       `json:"by"`
	Rows  []usageGroup `json:"rows"`
	Total usageSum     `json:"total"`
}

type usageGroup struct {
	Key string `json:"key"`
	usageSum
}

// usageSum is the sum of calls.
type usageSum struct {
	Calls     int64        `json:"calls"`
	Billed    int64        `json:"billed"`
	Succeeded int64        `json:"succeeded"`
	Failed    int64        `json:"failed"`
	Errors    []usageError `json:"errors"`
}

type usageError struct {
	Code  int    `json:"code"`
	Text  string `json:"text"` // of the code; empty for codes that are numbers only
	Calls int64  `json:"calls"`
}

const (
	defaultDays = 30
	maxDays     = 366
)

// usage answers GET /v1/usage with the rows that the console shows, of those that
// the key's user may see and that are of the key's buckets.
func (c *call) usage() {
	may := c.access.Policies.Usage(policy.QueryCalls)
	if may == policy.None {
		c.refuse(NotAuthorized)
		return
	}
	q := &c.query
	if q.to == "" {
		q.to = c.Calendar.Day(c.start)
	}
	last, err := c.Calendar.DaySpan(q.to)
	if err != nil {
		c.refuse(InvalidPeriod)
		return
	}
	if q.from == "" {
		q.from = c.Calendar.Day(last.From.AddDate(0, 0, 1-defaultDays))
	}
	if earliest := c.Calendar.Day(last.From.AddDate(0, 0, 1-maxDays)); q.from > q.to || q.from < earliest {
		c.refuse(InvalidPeriod)
		return
	}
	f := usage.Filter{From: q.from, To: q.to, Accounts: []string{c.key.AppID}}
	if len(c.access.Only) > 0 {
		f.Buckets = c.access.Only
	}
	rows, err := c.Usage(c.r.Context(), f)
	if err != nil {
		c.refuse(c.fault(err, ServerFault))
		return
	}
	rows = usage.Visible(rows, c.key.AppID, c.access.User, may)
	reply := usageReply{From: q.from, To: q.to, By: q.by, Rows: []usageGroup{}, Total: c.sum(usage.Summarise(rows))}
	for _, g := range usage.By(rows, groupings[q.by]) {
		reply.Rows = append(reply.Rows, usageGroup{g.Key, c.sum(g.Summary)})
	}
	c.send(OK, http.StatusOK, jsonType, encode(reply))
}

func (c *call) sum(s usage.Summary) usageSum {
	sum := usageSum{s.Total, s.Billed, s.Succeeded, s.Failed, []usageError{}}
	for _, e := range s.Errors {
		sum.Errors = append(sum.Errors, usageError{e.Code, c.CodeText(e.Code), e.Calls})
	}
	return sum
}
