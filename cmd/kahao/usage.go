package main

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

var usageCommand = &command{
	name: "usage", args: "[APPID]",
	brief: "shows calls, billed and failed, by day and more",
	help: `
Shows the calls of an account, or of all: how many there were, how many of them
were billed, succeeded and failed, and with which codes, and how long those that
succeeded took. Days are those of --time-zone. What a sub-account may see is
shown with --as.

With --csv it prints one line for each day, interface, account, user, bucket and
code. With --json it prints {"summary":{...},"groups":[...]}. With --rebuild the
counts are first made anew from the books, which a running server need not be
stopped for.`,
	define: func(fs *flag.FlagSet) action {
		j := &job{flags: &flags{}, loader: &config.Loader{}}
		fs.BoolVar(&j.json, "json", false, "print JSON")
		usageFlags(fs, j.flags)
		j.loader.StoreFlags(fs)
		return func(c *call) error {
			if len(c.args) > 1 {
				return misuse("usage takes one account at most")
			}
			key, ok := usageKeys[j.flags.by]
			if !ok {
				return misuse("--by must be day, user, bucket, code or interface")
			}
			s, err := openStores(c, j.loader)
			if err != nil {
				return err
			}
			j.call, j.Stores, j.given = c, s, map[string]bool{}
			fs.Visit(func(given *flag.Flag) { j.given[given.Name] = true })
			return errors.Join(j.usage(key), s.Close())
		}
	},
}

// usageKeys are what the table may have a row for.
var usageKeys = map[string]func(usage.Row) string{
	"day":       func(r usage.Row) string { return string(r.Day) },
	"user":      func(r usage.Row) string { return r.User },
	"bucket":    func(r usage.Row) string { return r.Bucket },
	"code":      func(r usage.Row) string { return strconv.Itoa(r.Code) },
	"interface": func(r usage.Row) string { return r.API },
}

func (j *job) usage(key func(usage.Row) string) error {
	if j.flags.rebuild {
		if err := j.Books.Rebuild(j.ctx); err != nil {
			return err
		}
	}
	rows, err := j.usageRows()
	if err != nil {
		return err
	}
	summary, groups := usage.Summarise(rows), usage.By(rows, key)
	switch {
	case j.flags.csv:
		return usage.WriteCSV(j.out, rows)
	case j.json:
		return j.encode(usageJSON(summary, groups))
	}
	return j.printUsage(summary, groups)
}

// usageRows are what the flags ask for, and the user of --as may see.
func (j *job) usageRows() ([]usage.Row, error) {
	f := usage.Filter{From: billing.Day(j.flags.from), To: billing.Day(j.flags.to)}
	for _, d := range []billing.Day{f.From, f.To} {
		if d == "" {
			continue
		}
		if _, err := j.Calendar.DaySpan(d); err != nil {
			return nil, err
		}
	}
	if f.From == "" {
		if j.flags.days < 1 {
			return nil, misuse("--days must be 1 or more")
		}
		end := j.Now()
		if f.To != "" {
			span, err := j.Calendar.DaySpan(f.To)
			if err != nil {
				return nil, err
			}
			end = span.From
		}
		f.From = j.Calendar.Day(end.AddDate(0, 0, 1-j.flags.days))
	}
	appID := ""
	if len(j.args) == 1 {
		appID = j.args[0]
		if _, err := j.Registry.Account(j.ctx, appID); err != nil {
			return nil, err
		}
		f.Accounts = []string{appID}
	}
	if j.given["bucket"] {
		f.Buckets = []string{j.flags.bucket}
	}
	if j.flags.api != "" {
		f.APIs = []string{j.flags.api}
	}
	for _, name := range words(j.flags.user) {
		u, err := j.Registry.FindUser(j.ctx, appID, name)
		if err != nil {
			return nil, err
		}
		f.Users = append(f.Users, u.ID)
	}
	rows, err := ledgerdb.UsageRows(j.ctx, j.Engine, f)
	if err != nil || j.flags.as == "" {
		return rows, err
	}
	u, err := j.Registry.FindUser(j.ctx, appID, j.flags.as)
	if err != nil {
		return nil, err
	}
	may, err := mayOf(u)
	return usage.Visible(rows, u.Account, u.ID, may), err
}

// mayOf is whose usage a user may see.
func mayOf(u account.User) (policy.Usage, error) {
	if u.Main {
		return policy.Everyone, nil
	}
	set, err := policiesOf(u)
	return set.Usage(policy.QueryCalls), err
}

// usageSummary is a summary as it is printed.
type usageSummary struct {
	Key       string        `json:"key,omitempty"`
	Total     int64         `json:"calls"`
	Billed    int64         `json:"billed"`
	Succeeded int64         `json:"succeeded"`
	Failed    int64         `json:"failed"`
	Rate      float64       `json:"success_rate"`
	Errors    []usage.Error `json:"errors"`
	P50       *float64      `json:"p50_ms"` // null where nothing succeeded
	P90       *float64      `json:"p90_ms"`
	P99       *float64      `json:"p99_ms"`
}

func usageJSON(s usage.Summary, groups []usage.Group) any {
	of := func(key string, s usage.Summary) usageSummary {
		ms := func(q float64) *float64 {
			d, ok := s.Latency.Quantile(q)
			if !ok {
				return nil
			}
			n := round(float64(d)/float64(time.Millisecond), 10)
			return &n
		}
		errs := s.Errors
		if errs == nil {
			errs = []usage.Error{}
		}
		return usageSummary{key, s.Total, s.Billed, s.Succeeded, s.Failed, math.Floor(s.Rate()*1e4) / 1e4, errs, ms(0.5), ms(0.9), ms(0.99)}
	}
	all := []usageSummary{}
	for _, g := range groups {
		all = append(all, of(g.Key, g.Summary))
	}
	return struct {
		Summary usageSummary   `json:"summary"`
		Groups  []usageSummary `json:"groups"`
	}{of("", s), all}
}

// chartWidth is how many columns the longest bar has.
const chartWidth = 30

func (j *job) printUsage(s usage.Summary, groups []usage.Group) error {
	if s.Total == 0 && s.Billed == 0 {
		_, err := fmt.Fprintln(j.out, "no calls")
		return err
	}
	most := int64(1)
	for _, g := range groups {
		most = max(most, g.Total)
	}
	n := func(n int64) string { return strconv.FormatInt(n, 10) }
	var table [][]string
	for _, g := range groups {
		key := g.Key
		if key == "" {
			key = "(none)"
		}
		table = append(table, []string{key, n(g.Total), n(g.Billed), n(g.Succeeded), rate(g.Summary), n(g.Failed),
			quantile(g.Latency, 0.5), quantile(g.Latency, 0.99), bar(g.Succeeded, g.Failed, most)})
	}
	header := []string{strings.ToUpper(j.flags.by), "CALLS", "BILLED", "GOOD", "RATE", "FAILED", "P50", "P99", "█ GOOD ░ FAILED"}
	if err := term.Table(j.out, header, table); err != nil {
		return err
	}
	fmt.Fprintf(j.out, "\n%d calls, %d billed, %d succeeded (%s), %d failed\n", s.Total, s.Billed, s.Succeeded, rate(s), s.Failed)
	if s.Succeeded > 0 {
		fmt.Fprintf(j.out, "those that succeeded took p50 %s, p90 %s, p99 %s\n", quantile(s.Latency, 0.5), quantile(s.Latency, 0.9), quantile(s.Latency, 0.99))
	}
	if len(s.Errors) == 0 {
		return nil
	}
	fmt.Fprintln(j.out)
	var codes [][]string
	for _, e := range s.Errors {
		codes = append(codes, []string{strconv.Itoa(e.Code), n(e.Calls), fmt.Sprintf("%.1f%%", 100*float64(e.Calls)/float64(max(s.Failed, 1)))})
	}
	return term.Table(j.out, []string{"CODE", "CALLS", "OF FAILED"}, codes)
}

// rate is rounded down, so that 100 % is all of them.
func rate(s usage.Summary) string {
	return fmt.Sprintf("%.1f%%", math.Floor(s.Rate()*1000)/10)
}

func quantile(h usage.Histogram, q float64) string {
	d, ok := h.Quantile(q)
	if !ok {
		return "-"
	}
	return fmt.Sprintf("%.0fms", float64(d)/float64(time.Millisecond))
}

// bar draws what succeeded and what failed, in shares of the longest bar.
func bar(good, failed, most int64) string {
	columns := func(n int64) int {
		if n == 0 {
			return 0
		}
		return max(1, int(math.Round(float64(n)/float64(most)*chartWidth)))
	}
	return strings.Repeat("█", columns(good)) + strings.Repeat("░", columns(failed))
}
