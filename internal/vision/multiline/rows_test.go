package multiline

import (
	"math"
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/vision/spell"
	"github.com/kahao/kahao/internal/vision/spell/spelltest"
)

// number has 12 to 19 digits, all alike.
var number = &Number{Least: 12, Most: 19}

func TestAssemble(t *testing.T) {
	tests := []struct {
		name  string
		lines []*spell.Line
		want  string
		parts int
	}{
		{"nothing", nil, "", 0},
		{"one line", []*spell.Line{spelltest.Printed("6225758888888888", .99, 40, 120, 16)}, "6225758888888888", 1},
		{"too short alone", []*spell.Line{spelltest.Printed("62257588", .99, 40, 120, 16)}, "", 0},
		{"two halves", []*spell.Line{spelltest.Printed("62257588", .99, 40, 100, 16), spelltest.Printed("88888888", .99, 40, 125, 16)}, "6225758888888888", 2},
		{"four rows", []*spell.Line{spelltest.Printed("6225", .99, 200, 60, 16), spelltest.Printed("7588", .99, 200, 84, 16),
			spelltest.Printed("8888", .99, 200, 108, 16), spelltest.Printed("8888", .99, 200, 132, 16)}, "6225758888888888", 4},
		{"side by side", []*spell.Line{spelltest.Printed("62257588", .99, 30, 120, 16), spelltest.Printed("88888888", .99, 190, 121, 16)}, "6225758888888888", 2},
		{"the first digits again, small", []*spell.Line{spelltest.Printed("6225758888888888", .99, 40, 120, 16), spelltest.Printed("6225", .99, 40, 140, 8)}, "6225758888888888", 1},
		{"halves of another size", []*spell.Line{spelltest.Printed("62257588", .99, 40, 100, 16), spelltest.Printed("88888888", .99, 40, 125, 30)}, "", 0},
		{"halves far apart", []*spell.Line{spelltest.Printed("62257588", .99, 40, 20, 16), spelltest.Printed("88888888", .99, 40, 190, 16)}, "", 0},
	}
	for _, tt := range tests {
		parts, whole, _ := number.Assemble(tt.lines)
		if got := whole.Top().Text; got != tt.want || len(parts) != tt.parts {
			t.Errorf("%s: %q of %d parts, want %q of %d", tt.name, got, len(parts), tt.want, tt.parts)
		}
	}
}

// A whole number is preferred to one that is put together out of others.
func TestAssemblePrefersTheLikelier(t *testing.T) {
	unsure := []*spell.Line{spelltest.Printed("12345678", .6, 40, 60, 16), spelltest.Printed("87654321", .6, 40, 84, 16), spelltest.Printed("6225758888888888", .99, 40, 120, 16)}
	if parts, whole, _ := number.Assemble(unsure); len(parts) != 1 || whole.Top().Text != "6225758888888888" {
		t.Errorf("%q of %d parts", whole.Top().Text, len(parts))
	}
}

func TestStacked(t *testing.T) {
	row := func(text string, x, y, height float64) *spell.Line { return spelltest.Printed(text, .99, x, y, height) }
	tests := []struct {
		name   string
		pieces []*spell.Line
		at     []int
	}{
		{"nothing", nil, nil},
		{"a row by itself", []*spell.Line{row("6225", 200, 60, 16)}, []int{0}},
		{"four rows", []*spell.Line{row("6225", 200, 60, 16), row("7588", 200, 84, 16), row("8888", 201, 108, 15), row("8888", 199, 132, 16)}, []int{0, 1, 2, 3}},
		{"one between is missing", []*spell.Line{row("6225", 200, 60, 16), row("7588", 200, 84, 16), row("8888", 200, 131, 16)}, []int{0, 1, 3}},
		{"the last is short", []*spell.Line{row("6225", 200, 60, 16), row("7588", 200, 84, 16), row("88", 200, 108, 16)}, []int{0, 1, 2}},
		{"unevenly", []*spell.Line{row("6225", 200, 60, 16), row("7588", 200, 84, 16), row("8888", 200, 121, 16)}, []int{0, 1}},
		{"another margin", []*spell.Line{row("6225", 200, 60, 16), row("7588", 200, 84, 16), row("8888", 230, 108, 16)}, []int{0, 1}},
		{"longer than the row above", []*spell.Line{row("62", 200, 60, 16), row("7588", 200, 84, 16)}, []int{0}},
		{"says nothing", []*spell.Line{row("6225", 200, 60, 16), row("7588", 200, 84, 16), spelltest.Printed("8888", .3, 200, 108, 16)}, []int{0, 1}},
		{"a whole number", []*spell.Line{row("6225758888888888", 20, 60, 16), row("7588", 20, 84, 16)}, []int{0}},
	}
	for _, tt := range tests {
		if k := stacked(tt.pieces); !slices.Equal(k.at, tt.at) || len(k.rows) != len(tt.at) {
			t.Errorf("%s: rows at %v, want %v", tt.name, k.at, tt.at)
		}
	}
}

// A row that is missing has its place by the others', wherever the first
// stands by now.
func TestStackStrip(t *testing.T) {
	k := stacked([]*spell.Line{spelltest.Printed("6225", .99, 200, 60, 16), spelltest.Printed("7588", .99, 202, 84, 16), spelltest.Printed("88", .99, 204, 108, 16)})
	for at, want := range map[int]float64{-1: 36, 2: 108, 3: 132} {
		s := k.strip(at)
		if s.Left.Y != want || s.Left.X != 200+2*float64(at) || s.Height != 16 || math.Abs(s.Right.X-s.Left.X-0.8*16*4) > 1e-9 {
			t.Errorf("row %d: %+v", at, s)
		}
	}
	if !k.covers(spelltest.Printed("9", .99, 205, 110, 14)) || k.covers(spelltest.Printed("9", .99, 205, 130, 14)) {
		t.Error("the third row covers what stands in its place, and nothing else")
	}
}

// A number does not end before a row that is seen below it, though each row
// that is read takes a little from how likely it is.
func TestAssembleLeavesNoRowOut(t *testing.T) {
	var rows []*spell.Line
	for i, text := range []string{"9400", "5750", "0737", "0297", "3"} {
		rows = append(rows, spelltest.Printed(text, .97, 200, 60+24*float64(i), 16))
	}
	parts, whole, more := number.Assemble(rows)
	if got := whole.Top().Text; got != "94005750073702973" || len(parts) != 5 || more {
		t.Errorf("%q of %d parts, more: %v", got, len(parts), more)
	}
	// An issuer's numbers that never have that length do, and it is said.
	against := Number{Least: number.Least, Most: number.Most, Prior: func(text string) float64 { return -8 * math.Abs(float64(len(text)-16)) }}
	parts, whole, more = against.Assemble(rows)
	if got := whole.Top().Text; got != "9400575007370297" || len(parts) != 4 || !more {
		t.Errorf("%q of %d parts, more: %v", got, len(parts), more)
	}
}
