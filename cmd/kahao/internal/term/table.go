package term

import (
	"fmt"
	"io"
	"strings"
)

// Table prints rows below a header, in columns as wide as what is in them.
// Columns of numbers stand to the right. Without rows it prints nothing.
func Table(w io.Writer, header []string, rows [][]string) error {
	if len(rows) == 0 {
		return nil
	}
	widths := make([]int, len(header))
	for i, name := range header {
		widths[i] = Columns(name)
		numbers := true
		for _, row := range rows {
			row[i] = Visible(row[i])
			widths[i] = max(widths[i], Columns(row[i]))
			numbers = numbers && strings.Trim(row[i], "0123456789.,-+% ms") == ""
		}
		if numbers {
			widths[i] = -widths[i]
		}
	}
	for _, row := range append([][]string{header}, rows...) {
		if _, err := fmt.Fprintln(w, Row(widths, row...)); err != nil {
			return err
		}
	}
	return nil
}
