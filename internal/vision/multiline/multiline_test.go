package multiline

import (
	"math"
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/recognize/linetest"
)

// rules are those of a number of 12 to 19 digits, without a prior, which may always
// have more rows.
var rules = Rules{MinDigits: 12, MaxDigits: 19, Whole: func(string) bool { return false }}

func TestJoin(t *testing.T) {
	tests := []struct {
		name  string
		lines []*recognize.Line
		want  string
		parts int
	}{
		{"nothing", nil, "", 0},
		{"one line", []*recognize.Line{linetest.Printed("6225758888888888", .99, 40, 120, 16)}, "6225758888888888", 1},
		{"too short alone", []*recognize.Line{linetest.Printed("62257588", .99, 40, 120, 16)}, "", 0},
		{"two halves", []*recognize.Line{linetest.Printed("62257588", .99, 40, 100, 16), linetest.Printed("88888888", .99, 40, 125, 16)}, "6225758888888888", 2},
		{"four rows", []*recognize.Line{linetest.Printed("6225", .99, 200, 60, 16), linetest.Printed("7588", .99, 200, 84, 16),
			linetest.Printed("8888", .99, 200, 108, 16), linetest.Printed("8888", .99, 200, 132, 16)}, "6225758888888888", 4},
		{"side by side", []*recognize.Line{linetest.Printed("62257588", .99, 30, 120, 16), linetest.Printed("88888888", .99, 190, 121, 16)}, "6225758888888888", 2},
		{"the first digits again, small", []*recognize.Line{linetest.Printed("6225758888888888", .99, 40, 120, 16), linetest.Printed("6225", .99, 40, 140, 8)}, "6225758888888888", 1},
		{"halves of another size", []*recognize.Line{linetest.Printed("62257588", .99, 40, 100, 16), linetest.Printed("88888888", .99, 40, 125, 30)}, "", 0},
		{"halves far apart", []*recognize.Line{linetest.Printed("62257588", .99, 40, 20, 16), linetest.Printed("88888888", .99, 40, 190, 16)}, "", 0},
	}
	for _, tt := range tests {
		n, ok := rules.Join(tt.lines)
		if got := n.Hypotheses.Top().Text; got != tt.want || len(n.Parts) != tt.parts || ok != (tt.parts > 0) {
			t.Errorf("%s: Join = %q of %d parts, %v, want %q of %d", tt.name, got, len(n.Parts), ok, tt.want, tt.parts)
		}
	}
}

// A whole number is preferred to one that is put together out of others.
func TestJoinPrefersTheLikelier(t *testing.T) {
	unsure := []*recognize.Line{linetest.Printed("12345678", .6, 40, 60, 16), linetest.Printed("87654321", .6, 40, 84, 16), linetest.Printed("6225758888888888", .99, 40, 120, 16)}
	if n, _ := rules.Join(unsure); len(n.Parts) != 1 || n.Hypotheses.Top().Text != "6225758888888888" {
		t.Errorf("Join = %q of %d parts, want the whole number of one", n.Hypotheses.Top().Text, len(n.Parts))
	}
}

func TestStacked(t *testing.T) {
	row := func(text string, x, y, height float64) *recognize.Line {
		return linetest.Printed(text, .99, x, y, height)
	}
	tests := []struct {
		name   string
		pieces []*recognize.Line
		at     []int
	}{
		{"nothing", nil, nil},
		{"a row by itself", []*recognize.Line{row("6225", 200, 60, 16)}, []int{0}},
		{"four rows", []*recognize.Line{row("6225", 200, 60, 16), row("7588", 200, 84, 16), row("8888", 201, 108, 15), row("8888", 199, 132, 16)}, []int{0, 1, 2, 3}},
		{"one between is missing", []*recognize.Line{row("6225", 200, 60, 16), row("7588", 200, 84, 16), row("8888", 200, 131, 16)}, []int{0, 1, 3}},
		{"the second is missing", []*recognize.Line{row("6225", 200, 60, 16), row("8888", 200, 108, 16), row("8888", 201, 132, 16)}, []int{0, 2, 3}},
		{"the last is short", []*recognize.Line{row("6225", 200, 60, 16), row("7588", 200, 84, 16), row("88", 200, 108, 16)}, []int{0, 1, 2}},
		{"unevenly", []*recognize.Line{row("6225", 200, 60, 16), row("7588", 200, 84, 16), row("8888", 200, 121, 16)}, []int{0, 1}},
		{"another margin", []*recognize.Line{row("6225", 200, 60, 16), row("7588", 200, 84, 16), row("8888", 230, 108, 16)}, []int{0, 1}},
		{"longer than the row above", []*recognize.Line{row("62", 200, 60, 16), row("7588", 200, 84, 16)}, []int{0}},
		{"gives nothing", []*recognize.Line{row("6225", 200, 60, 16), row("7588", 200, 84, 16), linetest.Printed("8888", .3, 200, 108, 16)}, []int{0, 1}},
		{"a whole number", []*recognize.Line{row("6225758888888888", 20, 60, 16), row("7588", 20, 84, 16)}, []int{0}},
	}
	for _, tt := range tests {
		if k := stacked(tt.pieces); !slices.Equal(k.index, tt.at) || len(k.rows) != len(tt.at) {
			t.Errorf("%s: rows at %v, want %v", tt.name, k.index, tt.at)
		}
	}
}

// A row that is missing has its place by the others', wherever the first
// stands by now.
func TestStackStrip(t *testing.T) {
	k := stacked([]*recognize.Line{linetest.Printed("6225", .99, 200, 60, 16), linetest.Printed("7588", .99, 202, 84, 16), linetest.Printed("88", .99, 204, 108, 16)})
	for at, want := range map[int]float64{-1: 36, 2: 108, 3: 132} {
		s := k.strip(at)
		if s.Left.Y != want || s.Left.X != 200+2*float64(at) {
			t.Errorf("row %d starts at %v, want %v, %v", at, s.Left, 200+2*float64(at), want)
		}
		if s.Height != 16 || math.Abs(s.Right.X-s.Left.X-0.8*16*4) > 1e-9 {
			t.Errorf("row %d is %v high and %v long, want 16 and %v", at, s.Height, s.Right.X-s.Left.X, 0.8*16*4)
		}
	}
	if !k.covers(linetest.Printed("9", .99, 205, 110, 14)) || k.covers(linetest.Printed("9", .99, 205, 130, 14)) {
		t.Error("the third row covers what stands in its place, and nothing else")
	}
}

// A number does not end before a row that is seen below it, though each row
// that is read takes a little from how likely it is.
func TestJoinLeavesNoRowOut(t *testing.T) {
	var rows []*recognize.Line
	for i, text := range []string{"9400", "5750", "0737", "0297", "3"} {
		rows = append(rows, linetest.Printed(text, .97, 200, 60+24*float64(i), 16))
	}
	n, _ := rules.Join(rows)
	if got := n.Hypotheses.Top().Text; got != "94005750073702973" || len(n.Parts) != 5 || n.More {
		t.Errorf("Join = %q of %d parts, more: %v, want all five rows", got, len(n.Parts), n.More)
	}
	// An issuer's numbers that never have that length do, and it is said.
	against := Rules{MinDigits: rules.MinDigits, MaxDigits: rules.MaxDigits, Whole: rules.Whole, Prior: func(text string) float64 { return -8 * math.Abs(float64(len(text)-16)) }}
	n, _ = against.Join(rows)
	if got := n.Hypotheses.Top().Text; got != "9400575007370297" || len(n.Parts) != 4 || !n.More {
		t.Errorf("Join = %q of %d parts, more: %v, want four rows and more", got, len(n.Parts), n.More)
	}
}

// A row of covered digits is read where the others leave room for it, unless
// they are a whole number.
func TestCompleteAddsCoveredRows(t *testing.T) {
	row := func(text string, at int) *recognize.Line {
		return linetest.Printed(text, .99, 200, 60+24*float64(at), 16)
	}
	nothing := func(recognize.Strip) (*recognize.Line, error) {
		return &recognize.Line{Hypotheses: &ctc.Hypotheses{}}, nil
	}
	asked := 0
	covered := func(s recognize.Strip) (*recognize.Line, error) {
		asked++
		if s.Left.Y != 108 {
			return nothing(s)
		}
		return row("????", 2), nil
	}
	lines, err := rules.Complete([]*recognize.Line{row("6225", 0), row("7588", 1), row("8888", 3)}, nothing, covered)
	if err != nil {
		t.Fatalf("Complete: %v", err)
	}
	if n, ok := rules.Join(lines); !ok || n.Hypotheses.Top().Text != "62257588????8888" {
		t.Errorf("number of %d rows = %q, %v, want 62257588????8888", len(lines), n.Hypotheses.Top().Text, ok)
	}
	// Covered digits are as many as the other rows have, however many are counted.
	miscounted := func(s recognize.Strip) (*recognize.Line, error) {
		if s.Left.Y != 84 {
			return nothing(s)
		}
		return row("?????", 1), nil
	}
	if lines, err = rules.Complete([]*recognize.Line{row("6225", 0), row("8888", 2), row("8888", 3)}, nothing, miscounted); err != nil {
		t.Fatalf("Complete: %v", err)
	}
	if n, ok := rules.Join(lines); !ok || n.Hypotheses.Top().Text != "6225????88888888" {
		t.Errorf("number of %d rows = %q, %v, want 6225????88888888", len(lines), n.Hypotheses.Top().Text, ok)
	}
	asked = 0
	if _, err = rules.Complete([]*recognize.Line{row("6225", 0), row("7588", 1), row("8888", 2), row("8888", 3)}, nothing, covered); err != nil || asked > 0 {
		t.Errorf("of a whole number %d rows were read for covered digits (%v), want none", asked, err)
	}
	diners := rules
	diners.Whole = func(text string) bool { return text == "30569309025904" }
	if _, err = diners.Complete([]*recognize.Line{row("3056", 0), row("9309", 1), row("0259", 2), row("04", 3)}, nothing, covered); err != nil || asked > 0 {
		t.Errorf("of a whole number of 14 digits %d rows were read for covered digits (%v), want none", asked, err)
	}
}

// No number has as many digits as two rows and the text above them would make.
func TestCompleteLeavesTextAbove(t *testing.T) {
	row := func(text string, at int) *recognize.Line {
		return linetest.Printed(text, .99, 200, 60+24*float64(at), 16)
	}
	nothing := func(recognize.Strip) (*recognize.Line, error) {
		return &recognize.Line{Hypotheses: &ctc.Hypotheses{}}, nil
	}
	covered := func(s recognize.Strip) (*recognize.Line, error) {
		if s.Left.Y != 36 {
			return nothing(s)
		}
		return row("????????", -1), nil
	}
	lines, err := rules.Complete([]*recognize.Line{row("36219914", 0), row("228265", 1)}, nothing, covered)
	if err != nil || len(lines) != 2 {
		t.Errorf("Complete gave %d rows, %v, want the two of 14 digits", len(lines), err)
	}
}
