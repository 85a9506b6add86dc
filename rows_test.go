package kahao

import (
	"math"
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/vision/spell"
)

func TestStacked(t *testing.T) {
	row := func(text string, x, y, height float64) *spell.Line { return printed(text, .99, x, y, height) }
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
		{"says nothing", []*spell.Line{row("6225", 200, 60, 16), row("7588", 200, 84, 16), printed("8888", .3, 200, 108, 16)}, []int{0, 1}},
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
	k := stacked([]*spell.Line{printed("6225", .99, 200, 60, 16), printed("7588", .99, 202, 84, 16), printed("88", .99, 204, 108, 16)})
	for at, want := range map[int]float64{-1: 36, 2: 108, 3: 132} {
		s := k.strip(at)
		if s.Left.Y != want || s.Left.X != 200+2*float64(at) || s.Height != 16 || math.Abs(s.Right.X-s.Left.X-0.8*16*4) > 1e-9 {
			t.Errorf("row %d: %+v", at, s)
		}
	}
	if !k.covers(printed("9", .99, 205, 110, 14)) || k.covers(printed("9", .99, 205, 130, 14)) {
		t.Error("the third row covers what stands in its place, and nothing else")
	}
}

// A number does not end before a row that is seen below it, though each row
// that is read takes a little from how likely it is.
func TestAssembleLeavesNoRowOut(t *testing.T) {
	s := &session{Reader: &Reader{}}
	var rows []*spell.Line
	for i, text := range []string{"9400", "5750", "0737", "0297", "3"} {
		rows = append(rows, printed(text, .97, 200, 60+24*float64(i), 16))
	}
	parts, number := s.assemble(rows)
	if got := number.Top().Text; got != "94005750073702973" || len(parts) != 5 {
		t.Errorf("%q of %d parts", got, len(parts))
	}
}
