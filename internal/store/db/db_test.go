package db

import (
	"errors"
	"strings"
	"testing"
)

func TestBind(t *testing.T) {
	numbered, plain := &Dialect{Numbered: true}, &Dialect{}
	for _, c := range []struct{ query, want string }{
		{"SELECT 1", "SELECT 1"},
		{"SELECT ? + ?", "SELECT $1 + $2"},
		{"SELECT '?' || ?", "SELECT '?' || $1"},
		{`SELECT "a?" FROM t WHERE x = ?`, `SELECT "a?" FROM t WHERE x = $1`},
		{"SELECT 'it''s ?', ?", "SELECT 'it''s ?', $1"},
		{"SELECT 'é?', ?", "SELECT 'é?', $1"},
		{"VALUES (" + Marks(11) + ")", "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"},
	} {
		for range 2 { // the second time from memory
			if got := numbered.Bind(c.query); got != c.want {
				t.Errorf("%s became %s, want %s", c.query, got, c.want)
			}
		}
		if got := plain.Bind(c.query); got != c.query {
			t.Errorf("%s became %s", c.query, got)
		}
	}
}

func TestMarks(t *testing.T) {
	for n, want := range []string{"", "?", "?, ?", "?, ?, ?"} {
		if got := Marks(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}

func TestContain(t *testing.T) {
	mine := errors.New("mine")
	if err := Contain(func() error { return mine }); err != mine {
		t.Errorf("Contain: %v, want mine", err)
	}
	err := Contain(func() error { panic("a secret") })
	var p *PanicError
	if !errors.As(err, &p) || p.Value != "a secret" || len(p.Stack) == 0 {
		t.Fatalf("%#v", err)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error prints the value: %v", err)
	}
}
