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

// WriteCSV writes rows as CSV (RFC 4180) with a header, for spreadsheets: a
// text that could be taken for a formula is prefixed with an apostrophe.
// Latencies are in milliseconds, and empty if none was measured. It returns the
// errors of w.
func WriteCSV(w io.Writer, rows []Row) error {
	c := csv.NewWriter(w)
	_ = c.Write(header) // reported by c.Error
	for _, r := range rows {
		line := []string{escapeFormula(string(r.Day)), escapeFormula(r.API), escapeFormula(r.Account), escapeFormula(r.User), escapeFormula(r.Bucket),
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

// formulas are the characters that start a formula in some program, also after
// blanks, and their full-width forms.
var formulas = []rune("=+-@\t\r\n|＝＋－＠")

func escapeFormula(s string) string {
	if trimmed := []rune(strings.TrimLeft(s, " \u00a0\u3000")); len(trimmed) > 0 && slices.Contains(formulas, trimmed[0]) {
		return "'" + s
	}
	return s
}
