package usage

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

var header = []string{"day", "interface", "account", "user", "bucket", "code", "calls", "billed", "p50_ms", "p90_ms", "p99_ms"}

// WriteCSV writes rows as comma-separated values (RFC 4180) with a header, one
// line a row, for spreadsheets: a text that one would take for a formula has
// an apostrophe in front. Latencies are in milliseconds, and empty where none
// was measured. It returns the errors of w.
func WriteCSV(w io.Writer, rows []Row) error {
	c := csv.NewWriter(w)
	_ = c.Write(header) // Error tells
	for _, r := range rows {
		line := []string{inert(string(r.Day)), inert(r.API), inert(r.Account), inert(r.User), inert(r.Bucket),
			strconv.Itoa(r.Code), strconv.FormatInt(r.Calls, 10), strconv.FormatInt(r.Units, 10)}
		for _, q := range []float64{0.5, 0.9, 0.99} {
			line = append(line, milliseconds(r.Latency.Quantile(q)))
		}
		_ = c.Write(line)
	}
	c.Flush()
	return c.Error()
}

func milliseconds(d time.Duration, ok bool) string {
	if !ok {
		return ""
	}
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 1, 64)
}

// formulas begin with one of these, in one program or another, also after
// blanks, and in the wide forms that some take for the same.
var formulas = []rune("=+-@\t\r\n|＝＋－＠")

func inert(s string) string {
	if trimmed := []rune(strings.TrimLeft(s, " \u00a0\u3000")); len(trimmed) > 0 && slices.Contains(formulas, trimmed[0]) {
		return "'" + s
	}
	return s
}
