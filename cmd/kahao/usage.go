package main

import (
	"math"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/internal/api/api3"
	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/api/native"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// usageFlags are what usage shows.
type usageFlags struct {
	from, to, by, user, bucket, api, as, lang string
	days                                      int
	csv, rebuild                              bool
}

func newUsageCommand(e *env) *cobra.Command {
	a, f := &admin{env: e}, &usageFlags{}
	cmd := a.command("usage [APPID]", "show calls, billed and failed, by day and more", 0, 1, f.run)
	cmd.Long = `
Shows the calls of an account, or of all: how many there were, how many of them
were billed, succeeded and failed, with which codes, and how long those that
succeeded took. Days are those of --time-zone. --as shows what a sub-account may
see.

Text is in the language of --lang, or of LC_ALL, LC_MESSAGES or LANG.

--csv prints one line for each day, API, account, user, bucket and code. --json
prints {"summary":{...},"groups":[...]}. --rebuild first counts again from the
ledger; a server may run meanwhile.`
	cmd.Example = `  kahao usage --data demo
  kahao usage --data demo 1000000001 --days 7 --by code
  kahao usage --data demo --from 2026-01-01 --csv`
	fs := cmd.Flags()
	fs.StringVar(&f.from, "from", "", "the first `day`, 2006-01-02")
	fs.StringVar(&f.to, "to", "", "the last `day`")
	fs.IntVar(&f.days, "days", 30, "the last `n` days, if --from is not given")
	fs.StringVar(&f.by, "by", "day", "a row for each `kind` of: day, user, bucket, code or interface")
	fs.StringVar(&f.user, "user", "", "only calls of these `users`, by name or UIN")
	fs.StringVar(&f.bucket, "bucket", "", "only calls for this `bucket`")
	fs.StringVar(&f.api, "interface", "", "only calls of this `API`: legacy, api3 or one action of it, such as BankCardOCR")
	fs.StringVar(&f.as, "as", "", "show what this `user` may see")
	fs.BoolVar(&f.csv, "csv", false, "print every row as comma-separated values")
	fs.BoolVar(&f.rebuild, "rebuild", false, "first count again from the ledger")
	langFlag(cmd, &f.lang)
	a.flags(cmd)
	complete(cmd, "by", "day", "user", "bucket", "code", "interface")
	complete(cmd, "interface", append([]string{legacy.API, api3.API}, api3.Actions()...)...)
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if usageKeys[f.by] == nil {
			return misuse("--by must be day, user, bucket, code or interface")
		}
		return run(cmd, args)
	}
	return cmd
}

// usageKeys are the groupings of --by.
var usageKeys = map[string]func(usage.Row) string{
	"day":       func(r usage.Row) string { return string(r.Day) },
	"user":      func(r usage.Row) string { return r.User },
	"bucket":    func(r usage.Row) string { return r.Bucket },
	"code":      func(r usage.Row) string { return codeText(r.Code) },
	"interface": func(r usage.Row) string { return r.API },
}

func (f *usageFlags) run(s *session) error {
	lang, err := language(f.lang)
	if err != nil {
		return err
	}
	if f.rebuild {
		if err := s.Ledger.Rebuild(s.ctx); err != nil {
			return err
		}
	}
	rows, err := f.rows(s)
	if err != nil {
		return err
	}
	summary, groups := usage.Summarise(rows), usage.By(rows, usageKeys[f.by])
	switch {
	case f.csv:
		return usage.WriteCSV(s.out, rows)
	case s.json:
		return writeJSON(s.out, usageJSON(summary, groups))
	}
	return printUsage(s.out, lang, f.by, summary, groups)
}

// rows are the counts that the flags ask for, as far as the user of --as may
// see them.
func (f *usageFlags) rows(s *session) ([]usage.Row, error) {
	filter, appID := usage.Filter{}, ""
	var err error
	if filter.From, filter.To, err = f.period(s); err != nil {
		return nil, err
	}
	if len(s.args) == 1 {
		appID = s.args[0]
		if _, err := s.Accounts.Account(s.ctx, appID); err != nil {
			return nil, err
		}
		filter.Accounts = []string{appID}
	}
	if s.cmd.Flags().Changed("bucket") {
		filter.Buckets = []string{f.bucket}
	}
	if f.api != "" {
		filter.APIs = []string{f.api}
		if f.api == api3.API {
			filter.APIs = append(filter.APIs, api3.Actions()...)
		}
	}
	for _, name := range splitList(f.user) {
		u, err := s.Accounts.FindUser(s.ctx, appID, name)
		if err != nil {
			return nil, err
		}
		filter.Users = append(filter.Users, u.ID)
	}
	rows, err := ledgerdb.UsageRows(s.ctx, s.Engine, filter)
	if err != nil || f.as == "" {
		return rows, err
	}
	u, err := s.Accounts.FindUser(s.ctx, appID, f.as)
	if err != nil {
		return nil, err
	}
	set, err := policy.ForUser(u.ID, u.Main, u.Policies)
	return usage.Visible(rows, u.Account, u.ID, set.Usage(policy.QueryCalls)), err
}

// period returns the first and the last day; an empty last day means today.
func (f *usageFlags) period(s *session) (from, to billing.Day, err error) {
	from, to = billing.Day(f.from), billing.Day(f.to)
	end := s.Now()
	for _, d := range []billing.Day{from, to} {
		if d == "" {
			continue
		}
		span, err := s.Calendar.DaySpan(d)
		if err != nil {
			return "", "", err
		}
		end = span.From
	}
	if from == "" {
		if f.days < 1 {
			return "", "", misuse("--days must be 1 or more")
		}
		from = s.Calendar.Day(end.AddDate(0, 0, 1-f.days))
	}
	return from, to, nil
}

// codeText is the code that a client saw. In the ledger a number stands for each
// code of API 3.0 and of the native API.
func codeText(code int) string {
	if text := codeName(code); text != "" {
		return text
	}
	return strconv.Itoa(code)
}

// codeName is the text of a code, empty if it has none.
func codeName(code int) string {
	if text, ok := native.CodeText(code); ok {
		return text
	}
	text, _ := api3.CodeText(code)
	return text
}

// codeCount is the number of calls with a code.
type codeCount struct {
	usage.Error
	Text string `json:"text,omitempty"` // the code of API 3.0 or of the native API
}

// usageSummary is a summary as it is printed.
type usageSummary struct {
	Key       string      `json:"key,omitempty"`
	Total     int64       `json:"calls"`
	Billed    int64       `json:"billed"`
	Succeeded int64       `json:"succeeded"`
	Failed    int64       `json:"failed"`
	Rate      float64     `json:"success_rate"`
	Errors    []codeCount `json:"errors"`
	P50       *float64    `json:"p50_ms"` // null if nothing succeeded
	P90       *float64    `json:"p90_ms"`
	P99       *float64    `json:"p99_ms"`
}

func usageJSON(s usage.Summary, groups []usage.Group) any {
	of := func(key string, s usage.Summary) usageSummary {
		ms := func(q float64) *float64 {
			d, ok := s.Latency.Quantile(q)
			if !ok {
				return nil
			}
			n := evaluate.Round(float64(d)/float64(time.Millisecond), 10)
			return &n
		}
		errs := []codeCount{}
		for _, e := range s.Errors {
			errs = append(errs, codeCount{e, codeName(e.Code)})
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
