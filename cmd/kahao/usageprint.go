package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/cmd/kahao/internal/words"
	"github.com/kahao/kahao/internal/service/usage"
)

// chartWidth is how many columns the longest bar has.
const chartWidth = 30

// usageKinds are the titles of the groupings.
var usageKinds = map[string]words.Account{
	"day": words.Day, "user": words.User, "bucket": words.Bucket, "code": words.Code, "interface": words.Interface,
}

func printUsage(w io.Writer, lang words.Language, by string, s usage.Summary, groups []usage.Group) error {
	if s.Total == 0 && s.Billed == 0 {
		_, err := fmt.Fprintln(w, lang.Account(words.NoCalls))
		return err
	}
	most := int64(1)
	for _, g := range groups {
		most = max(most, g.Total)
	}
	var table [][]string
	for _, g := range groups {
		key := g.Key
		if key == "" {
			key = lang.Account(words.Nobody)
		}
		table = append(table, []string{key, integer(g.Total), integer(g.Billed), integer(g.Succeeded), rate(g.Summary), integer(g.Failed),
			quantile(g.Latency, 0.5), quantile(g.Latency, 0.99), bar(g.Succeeded, g.Failed, most)})
	}
	t := lang.Account
	header := []string{t(usageKinds[by]), t(words.Calls), t(words.Billed), t(words.Good), t(words.Rate), t(words.Failed), "P50", "P99", t(words.Chart)}
	if err := term.Table(w, header, table); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n", lang.CallsInAll(s.Total, s.Billed, s.Succeeded, rate(s), s.Failed))
	if s.Succeeded > 0 {
		fmt.Fprintln(w, lang.Latency(quantile(s.Latency, 0.5), quantile(s.Latency, 0.9), quantile(s.Latency, 0.99)))
	}
	if len(s.Errors) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	var codes [][]string
	for _, e := range s.Errors {
		codes = append(codes, []string{codeText(e.Code), integer(e.Calls), fmt.Sprintf("%.1f%%", 100*float64(e.Calls)/float64(max(s.Failed, 1)))})
	}
	return term.Table(w, []string{t(words.Code), t(words.Calls), t(words.OfFailed)}, codes)
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
