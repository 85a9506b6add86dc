package pipeline

import (
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/recognize/linetest"
)

// A row has as many covered digits as columns, however many were counted.
func TestRecountRows(t *testing.T) {
	row := func(text string, at, columns int) *recognize.Line {
		l := linetest.Printed(text, .99, 100, 60+24*float64(at), 16)
		l.Right.X = l.Left.X + 0.8*16*float64(columns) // the row's length, not the text's
		return l
	}
	for _, tt := range []struct {
		name string
		rows []*recognize.Line
		want []string
	}{
		{"a covered row", []*recognize.Line{row("???????????", 0, 8), row("88888883", 1, 8)}, []string{"????????", "88888883"}},
		{"one too few", []*recognize.Line{row("4384???", 0, 8), row("05842873", 1, 8)}, []string{"4384????", "05842873"}},
		{"the rest of the last row", []*recognize.Line{row("6210", 0, 4), row("7588", 1, 4), row("????", 2, 2)}, []string{"6210", "7588", "??"}},
		{"as counted", []*recognize.Line{row("62", 0, 2), row("?588", 1, 4)}, []string{"62", "?588"}},
		{"no other row", []*recognize.Line{row("4384?????", 0, 8)}, []string{"4384?????"}},
		{"another margin", []*recognize.Line{row("4384?????", 0, 8), linetest.Printed("05842873", .99, 160, 84, 16)}, []string{"4384?????", "05842873"}},
		{"nothing covered", []*recognize.Line{row("43845", 0, 8), row("05842873", 1, 8)}, []string{"43845", "05842873"}},
	} {
		recountRows(tt.rows)
		for i, l := range tt.rows {
			if got := l.Top().Text; got != tt.want[i] {
				t.Errorf("%s: row %d = %q, want %q", tt.name, i, got, tt.want[i])
			}
		}
	}
}

// Only visible digits that stand in the columns are counted by.
func TestCountedNeedsColumns(t *testing.T) {
	g := grid{left: 10, pitch: 10, gap: 10}
	r := row{text: "6?8", x: []float64{10, 20, 30}, right: 33}
	if got, ok := r.counted(g, 0, true); !ok || got != "6?8" {
		t.Errorf("counted = %q, %v, want 6?8 as it stands", got, ok)
	}
	r.x[2] = 55 // between the fourth column and the fifth, which a gap separates
	if got, ok := r.counted(g, 0, true); ok {
		t.Errorf("counted = %q for a digit that stands in no column, want none", got)
	}
	r = row{text: "68", x: []float64{10, 30}, right: 33}
	if got, ok := r.counted(g, 0, true); ok {
		t.Errorf("counted = %q for neighbours with a column between them, want none", got)
	}
}

// A line that is read to the card's edge counts if its digits stand in a layout.
func TestLayoutOf(t *testing.T) {
	for text, want := range map[string]string{
		"4213????????3775":     "4213????????3775",
		"????005570779281953":  "????005570779281953",
		"????8888????8888????": "", // three runs
		"42131111":             "",
		"547766??????9509????": "547766??????9509", // what is covered at the end is behind the number
	} {
		l := linetest.Printed(text, .99, 20, 60, 12)
		got, _, ok := layoutOf(l, geom.Rect{X1: 352, Y1: 224})
		if got != want || ok != (want != "") {
			t.Errorf("layoutOf(%q) = %q, %v, want %q", text, got, ok, want)
		}
	}
	if bothOpen("????8888") || bothOpen("8888????") || !bothOpen("??88??") {
		t.Error("a number is covered at both ends if it begins and ends with covered digits")
	}
}
