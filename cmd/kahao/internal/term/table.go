// Package term prints to terminals: tables whose columns stay aligned with
// Chinese names in them, and a progress bar.
package term

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Characters of ambiguous width, such as "…", take one column, whatever the
// locale: output must not depend on it.
func init() { text.OverrideRuneWidthEastAsianWidth(false) }

// Table prints rows below a header, two blanks between columns. Columns of
// numbers are aligned right. Without rows it prints nothing.
func Table(w io.Writer, header []string, rows [][]string) error {
	if len(rows) == 0 {
		return nil
	}
	t := table.NewWriter()
	t.SetStyle(table.Style{Box: table.BoxStyle{PaddingRight: "  "}})
	t.SuppressTrailingSpaces()
	columns := make([]table.ColumnConfig, len(header))
	for i := range columns {
		align := text.AlignLeft
		if numeric(rows, i) {
			align = text.AlignRight
		}
		columns[i] = table.ColumnConfig{Number: i + 1, Align: align, AlignHeader: align}
	}
	t.SetColumnConfigs(columns)
	t.AppendHeader(cells(header))
	for _, row := range rows {
		t.AppendRow(cells(row))
	}
	_, err := fmt.Fprintln(w, t.Render())
	return err
}

// numeric reports whether a column holds numbers only.
func numeric(rows [][]string, column int) bool {
	for _, row := range rows {
		if strings.Trim(row[column], "0123456789.,-+% ms") != "" {
			return false
		}
	}
	return true
}

func cells(row []string) table.Row {
	all := make(table.Row, len(row))
	for i, s := range row {
		all[i] = Visible(s)
	}
	return all
}

// Columns is the number of columns that s takes on a terminal.
func Columns(s string) int { return text.StringWidthWithoutEscSequences(s) }

// Pad fills s with blanks to w columns: at its end or, if w is negative, at
// its start.
func Pad(s string, w int) string {
	if w < 0 {
		return text.AlignRight.Apply(s, -w)
	}
	return s + strings.Repeat(" ", max(0, w-Columns(s)))
}

// Row puts cells into columns of the given widths, two blanks between them:
// for tables that are printed row by row.
func Row(widths []int, cells ...string) string {
	padded := make([]string, len(cells))
	for i := range cells {
		padded[i] = Pad(cells[i], widths[i])
	}
	return strings.TrimRight(strings.Join(padded, "  "), " ")
}

// Visible replaces control characters by '?': file names and errors could
// otherwise write anywhere on the terminal.
func Visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
}

// Shorten cuts s to w columns. It keeps the end, in which file names differ.
func Shorten(s string, w int) string {
	if Columns(s) <= w {
		return s
	}
	r := []rune(s)
	for len(r) > 0 && Columns(string(r)) > w-1 {
		r = r[1:]
	}
	return "…" + string(r)
}
