package term

import (
	"bytes"
	"testing"
)

func TestStyle(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	if got := StyleOf(new(bytes.Buffer), env()); got != (Style{}) {
		t.Errorf("StyleOf a buffer = %+v, want the plain style", got)
	}
	for _, c := range []struct {
		env   func(string) string
		color bool
	}{{env(), true}, {env("NO_COLOR", "1"), false}, {env("TERM", "dumb"), false}, {env("TERM", "xterm"), true}} {
		if got := styleOf(80, c.env); got != (Style{Color: c.color, Symbols: true, Width: 80}) {
			t.Errorf("styleOf = %+v, want colours %v", got, c.color)
		}
	}
	if got := (Style{Color: true}).Paint("yes", Green); got != "\x1b[32myes\x1b[0m" {
		t.Errorf("Paint = %q, want it green", got)
	}
	if got := (Style{}).Paint("yes", Green); got != "yes" {
		t.Errorf("Paint without colours = %q, want the text alone", got)
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		s    string
		w    int
		want string
	}{{"abc", 3, "abc"}, {"abcdef", 4, "abc…"}, {"中国银行", 6, "中国…"}} {
		if got := Cut(c.s, c.w); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.s, c.w, got, c.want)
		}
	}
}

// A painted cell takes as many columns as the plain one.
func TestPaintedCellsAlign(t *testing.T) {
	painted := Style{Color: true}.Paint("yes", Red)
	if got, want := Columns(Pad(painted, 6)), 6; got != want {
		t.Errorf("a padded painted cell has %d columns, want %d", got, want)
	}
}
