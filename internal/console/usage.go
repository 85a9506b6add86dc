package console

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/service/usage"
)

// Usage returns the counts of calls. ledgerdb.UsageRows does.
type Usage func(ctx context.Context, f usage.Filter) ([]usage.Row, error)

// Totals returns the sums of the counts of all accounts, by day, or by account.
// ledgerdb.UsageTotals does.
type Totals func(ctx context.Context, f usage.Filter, byAccount bool) ([]usage.Row, error)

// span is a period to choose: days that end today, or a calendar month.
type span struct {
	name   string
	days   int // 0 for months
	months int // before the current one
}

var spans = []span{{"today", 1, 0}, {"7d", 7, 0}, {"30d", 30, 0}, {"90d", 90, 0}, {"365d", 365, 0}, {"month", 0, 0}, {"lastmonth", 0, 1}}

const defaultSpan = "30d"

// usageQuery is what the address of a page of usage asks for.
type usageQuery struct {
	Span      string // name of a span, or empty with From and To
	From, To  billing.Day
	Interface string
	User      string
	Bucket    string
	AnyBucket bool
	Code      string
	By        string
}

var groupings = map[string]func(usage.Row) string{
	"day":       func(r usage.Row) string { return string(r.Day) },
	"month":     func(r usage.Row) string { return string(r.Day.Month()) },
	"user":      func(r usage.Row) string { return r.User },
	"bucket":    func(r usage.Row) string { return r.Bucket },
	"interface": func(r usage.Row) string { return r.API },
	"account":   func(r usage.Row) string { return r.Account },
}

// parseUsage reads the address. What it cannot use it ignores.
func (p *page) parseUsage() usageQuery {
	v := p.r.URL.Query()
	q := usageQuery{Span: v.Get("span"), Interface: v.Get("interface"), User: v.Get("user"), Bucket: v.Get("bucket"), Code: v.Get("code"), By: v.Get("by")}
	q.AnyBucket = q.Bucket == ""
	if _, err := strconv.Atoi(q.Code); err != nil {
		q.Code = ""
	}
	p.parsePeriod(&q)
	unfit := []string{"user", "bucket"} // that only one account has
	if p.account.ID != "" {
		unfit = []string{"account"}
	}
	if groupings[q.By] == nil || slices.Contains(unfit, q.By) {
		q.By = "day"
		if p.days(q) > longDays {
			q.By = "month"
		}
	}
	return q
}

// longDays is how many days a table by day has at most, unless it is asked for.
const longDays = 92

func (p *page) days(q usageQuery) int {
	from, err1 := p.Calendar.DaySpan(q.From)
	to, err2 := p.Calendar.DaySpan(q.To)
	if err1 != nil || err2 != nil {
		return 0
	}
	return int(to.To.Sub(from.From).Hours()) / 24
}

// parsePeriod reads the days: a span by its name, or the first and the last day.
func (p *page) parsePeriod(q *usageQuery) {
	v := p.r.URL.Query()
	today := p.Calendar.Day(p.Now())
	from, err1 := p.Calendar.DaySpan(billing.Day(v.Get("from")))
	to, err2 := p.Calendar.DaySpan(billing.Day(v.Get("to")))
	if q.Span == "" && err1 == nil && err2 == nil && !to.From.Before(from.From) {
		q.From, q.To = billing.Day(v.Get("from")), billing.Day(v.Get("to"))
		return
	}
	i := slices.IndexFunc(spans, func(s span) bool { return s.name == q.Span })
	if i < 0 {
		i = slices.IndexFunc(spans, func(s span) bool { return s.name == defaultSpan })
	}
	s := spans[i]
	q.Span, q.To = s.name, today
	if s.days > 0 {
		q.From = p.Calendar.Day(p.Calendar.In(p.Now()).AddDate(0, 0, 1-s.days))
		return
	}
	first := p.Calendar.In(p.Now())
	first = first.AddDate(0, -s.months, 1-first.Day())
	q.From = p.Calendar.Day(first)
	if s.months > 0 {
		q.To = p.Calendar.Day(first.AddDate(0, 1, -1))
	}
}

// link is the address of the page with a query changed by names and values.
func (p *page) link(changes ...string) string {
	v := p.r.URL.Query()
	v.Del("done")
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "" {
			v.Del(changes[i])
		} else {
			v.Set(changes[i], changes[i+1])
		}
	}
	if len(v) == 0 {
		return p.r.URL.Path
	}
	return p.r.URL.Path + "?" + v.Encode()
}

// visibleRows returns the counts of the account that who is signed in may see,
// for a query; without an account all, for the operator.
func (p *page) visibleRows(q usageQuery) ([]usage.Row, error) {
	rows, err := p.Usage(p.r.Context(), p.filter(q))
	if err != nil {
		return nil, err
	}
	if p.account.ID != "" {
		rows = usage.Visible(rows, p.account.ID, p.who.Subject, p.may.Usage(policy.QueryCalls))
	}
	return ofCode(rows, q.Code), nil
}

// ofCode returns the rows with a code, all for none.
func ofCode(rows []usage.Row, code string) []usage.Row {
	if code == "" {
		return rows
	}
	return slices.DeleteFunc(rows, func(r usage.Row) bool { return strconv.Itoa(r.Code) != code })
}

// filter is the query for the store.
func (p *page) filter(q usageQuery) usage.Filter {
	f := usage.Filter{From: q.From, To: q.To}
	if p.account.ID != "" {
		f.Accounts = []string{p.account.ID}
	}
	if q.Interface != "" {
		f.APIs = []string{q.Interface}
	}
	if q.User != "" {
		f.Users = []string{q.User}
	}
	if !q.AnyBucket {
		f.Buckets = []string{q.Bucket}
	}
	return f
}

// shownRows returns the counts that the page sums up, and those of its table.
// Those of all accounts are added up by the database.
func (p *page) shownRows(q usageQuery) (rows, table []usage.Row, err error) {
	if p.account.ID != "" {
		rows, err = p.visibleRows(q)
		return rows, rows, err
	}
	if rows, err = p.Totals(p.r.Context(), p.filter(q), false); err != nil {
		return nil, nil, err
	}
	rows = ofCode(rows, q.Code)
	if q.By != "account" {
		return rows, rows, nil
	}
	table, err = p.Totals(p.r.Context(), p.filter(q), true)
	return rows, ofCode(table, q.Code), err
}

// usageData is the page of usage.
type usageData struct {
	usageQuery
	Path, CSV, XLSX string
	Spans           []choice
	Interfaces      []choice
	Users           []choice // nil if only his own are visible
	Buckets         []choice
	Groupings       []choice
	Summary         usage.Summary
	Rate            string
	Quantiles       []quantile // nil if latency is not visible
	Chart           *chart
	Hourly          bool   // the chart is by the hour
	Peak            string // calls in one second at most; empty if it is not known or not visible
	Errors          []errorShare
	Rows            []groupRow
	Groups          int // rows, also those beyond maxRows that are not shown
	ClearCode       string
}

type choice struct {
	Value, Text string
	Chosen      bool
}

type quantile struct{ Name, Text string }

type errorShare struct {
	usage.Error
	Name    string // in its API's notation
	Meaning string
	ID      string // of the row on the page of codes
	Share   string
	Per     float64 // of the failures, 0 to 1
	Path    string
}

type groupRow struct {
	Name string
	Path string // of the account's usage
	usage.Summary
	Rate          string
	P50, P95, P99 string
}

// maxRows is how many accounts, users, buckets or interfaces the table has, those
// with the most calls. The files have all.
const maxRows = 100

func (p *page) showUsage() error {
	q := p.parseUsage()
	rows, table, err := p.shownRows(q)
	if err != nil {
		return err
	}
	d := usageData{usageQuery: q, Path: p.r.URL.Path, Summary: usage.Summarise(rows), ClearCode: p.link("code", "")}
	d.Rate = percent(d.Summary)
	query := p.r.URL.RawQuery
	d.CSV, d.XLSX = p.r.URL.Path+".csv?"+query, p.r.URL.Path+".xlsx?"+query
	users, err := p.usageChoices(&d)
	if err != nil {
		return err
	}
	latency := p.account.ID == "" || p.may.Usage(policy.QueryCostTime) != policy.None
	if latency {
		for _, of := range []struct {
			name string
			q    float64
		}{{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}} {
			d.Quantiles = append(d.Quantiles, quantile{of.name, milliseconds(d.Summary.Latency, of.q)})
		}
	}
	if d.Chart, d.Peak, err = p.hours(q); err != nil {
		return err
	}
	if d.Hourly = d.Chart != nil; !d.Hourly {
		d.Chart = p.dailyChart(rows, q.From, q.To)
	}
	d.Errors = p.errorShares(d.Summary)
	groups := usage.By(table, groupings[q.By])
	if d.Groups = len(groups); q.By == "day" || q.By == "month" {
		slices.Reverse(groups) // the newest first
	} else {
		slices.SortStableFunc(groups, func(a, b usage.Group) int { return cmp.Compare(b.Total, a.Total) })
		groups = groups[:min(len(groups), maxRows)]
	}
	for _, g := range groups {
		row := groupRow{Name: g.Key, Summary: g.Summary, Rate: percent(g.Summary)}
		if name, ok := users[g.Key]; ok && q.By == "user" {
			row.Name = name
		}
		if q.By == "account" {
			row.Path = "/a/" + g.Key + p.link("by", "")
		}
		if latency {
			row.P50, row.P95, row.P99 = milliseconds(g.Latency, 0.5), milliseconds(g.Latency, 0.95), milliseconds(g.Latency, 0.99)
		}
		d.Rows = append(d.Rows, row)
	}
	return p.render(http.StatusOK, "usage", d)
}

// usageChoices fills in the choices of the filters, and returns the names of
// users.
func (p *page) usageChoices(d *usageData) (names map[string]string, err error) {
	if d.Span == "" {
		d.Spans = append(d.Spans, choice{"", p.t("span.custom"), true})
	}
	for _, s := range spans {
		d.Spans = append(d.Spans, choice{s.name, p.t("span." + s.name), s.name == d.Span})
	}
	d.Interfaces = []choice{{"", p.t("all"), d.Interface == ""}}
	for _, api := range apis {
		d.Interfaces = append(d.Interfaces, choice{api, p.t("interface." + api), api == d.Interface})
	}
	names = map[string]string{}
	groups := []string{"day", "month", "user", "bucket", "interface"}
	if p.account.ID == "" {
		groups = []string{"day", "month", "account", "interface"}
	}
	for _, by := range groups {
		d.Groupings = append(d.Groupings, choice{by, p.t("by." + by), by == d.By})
	}
	if p.account.ID == "" {
		return names, nil
	}
	users, err := p.Accounts.ListUsers(p.r.Context(), p.account.ID)
	if err != nil {
		return nil, err
	}
	d.Users = []choice{{"", p.t("all"), d.User == ""}}
	for _, u := range users {
		names[u.ID] = u.Name
		d.Users = append(d.Users, choice{u.ID, u.Name, u.ID == d.User})
	}
	if p.may.Usage(policy.QueryCalls) != policy.Everyone {
		d.Users = nil
	}
	buckets, err := p.Accounts.ListBuckets(p.r.Context(), p.account.ID)
	d.Buckets = []choice{{"", p.t("all"), d.AnyBucket}}
	for _, b := range buckets {
		d.Buckets = append(d.Buckets, choice{b, b, b == d.Bucket})
	}
	return names, err
}

// percent is a rate rounded down, so that 100 % is all of them, as kahao usage
// shows it.
func percent(s usage.Summary) string {
	if s.Total == 0 {
		return "—"
	}
	return fmt.Sprintf("%.1f%%", math.Floor(s.Rate()*1000)/10)
}

// milliseconds is a quantile of latency.
func milliseconds(h usage.Histogram, q float64) string {
	d, ok := h.Quantile(q)
	if !ok {
		return "—"
	}
	return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
}

func (p *page) errorShares(s usage.Summary) (all []errorShare) {
	for _, e := range s.Errors {
		share := float64(e.Calls) / float64(max(s.Failed, 1))
		name, meaning, id := explain(p.lang, e.Code)
		all = append(all, errorShare{e, name, meaning, id, fmt.Sprintf("%.1f%%", 100*share), share, p.link("code", strconv.Itoa(e.Code))})
	}
	return all
}

func (p *page) usageCSV() error {
	return p.export("csv", "text/csv; charset=utf-8", func(w io.Writer, rows []usage.Row) error {
		if _, err := io.WriteString(w, "\ufeff"); err != nil { // or Excel takes it for a local encoding
			return err
		}
		return usage.WriteCSV(w, rows)
	})
}

func (p *page) usageXLSX() error {
	return p.export("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", usage.WriteXLSX)
}

// export sends every row of a query as a file.
func (p *page) export(ext, contentType string, write func(io.Writer, []usage.Row) error) error {
	q := p.parseUsage()
	rows, err := p.visibleRows(q)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("kahao-usage-%s-%s-%s.%s", cmp.Or(p.account.ID, "all"), q.From, q.To, ext)
	h := p.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", `attachment; filename="`+url.PathEscape(name)+`"`)
	return write(p.w, rows)
}
