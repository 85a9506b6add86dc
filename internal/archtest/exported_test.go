package archtest

import (
	"strings"
	"testing"
)

func TestExported(t *testing.T) { none(t, Exported(tree(t))) }

// The rule finds every way of showing an internal type, and lets what a user
// cannot see pass.
func TestExportedCatches(t *testing.T) {
	for _, tt := range []struct {
		src    string
		caught bool
	}{
		{"func F(p geom.Point) {}", true},
		{"func F() []geom.Point { return nil }", true},
		{"func (t *T) M() map[string]*geom.Point { return nil }", true},
		{"type Point = geom.Point", true},
		{"type Card struct{ Corners [4]geom.Point }", true},
		{"type Card struct{ geom.Point }", true},
		{"type Reader interface{ Read() geom.Point }", true},
		{"type Trace func(geom.Point)", true},
		{"var Origin geom.Point", true},
		{"var Origin = geom.Point{}", true},
		{"type point = geom.Point\n\nfunc F(point) {}", true},
		{"type Card struct{ corners geom.Point }", false},
		{"func f(geom.Point) {}", false},
		{"func F() { _ = geom.Point{} }", false},
		{"var origin = geom.Point{}", false},
	} {
		src := "// Package pan is.\npackage pan\n\nimport \"" + Module + "/internal/geom\"\n\n" + tt.src + "\n"
		broken := Exported(module(t, map[string]string{"pan/a.go": src}))
		if (len(broken) > 0) != tt.caught {
			t.Errorf("Exported of %q = %q, want a finding: %v", tt.src, broken, tt.caught)
		}
		for _, b := range broken {
			if !strings.Contains(b, "geom.Point") {
				t.Errorf("Exported of %q = %q, want one that names geom.Point", tt.src, b)
			}
		}
	}
}
