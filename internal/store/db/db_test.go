package db

import (
	"context"
	"database/sql"
	"errors"
	"slices"
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

// Lists of every length make no cache that grows without end.
func TestBoundQueriesAreBounded(t *testing.T) {
	d := &Dialect{Numbered: true}
	const own = "SELECT 1 FROM t WHERE x = ?"
	for n := range 4000 {
		d.Bind("SELECT 1 FROM t WHERE x IN (" + Marks(n) + ")")
		if got := d.Bind(own); got != "SELECT 1 FROM t WHERE x = $1" {
			t.Fatalf("after %d queries, Bind(%q) = %q", n, own, got)
		}
		bytes := 0
		for query, bound := range d.bound {
			bytes += len(query) + len(bound)
		}
		if bytes != d.bytes || bytes > maxBound {
			t.Fatalf("after %d queries: %d bytes, counted as %d, want at most %d", n, bytes, d.bytes, maxBound)
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

// recorder is a Runner that notes what it is given.
type recorder struct{ run, queued []string }

func note(to *[]string, statements []Statement) error {
	for _, s := range statements {
		query, _ := s.Query()
		*to = append(*to, query)
	}
	return nil
}

func (r *recorder) Run(_ context.Context, s []Statement) error   { return note(&r.run, s) }
func (r *recorder) Queue(_ context.Context, s []Statement) error { return note(&r.queued, s) }

// Statements are bound to the dialect, but scripts are not: they have no
// parameters, and a question mark is a part of them.
func TestStatementsAreBound(t *testing.T) {
	r := &recorder{}
	tx := NewTx(t.Context(), r, &Dialect{Numbered: true})
	if _, err := tx.Exec("a ?", 1); err != nil {
		t.Fatalf("Exec: %v", err)
	}
	if err := tx.Row("b ?", 1).Scan(); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("Scan without a row: %v, want %v", err, sql.ErrNoRows)
	}
	if err := errors.Join(tx.Run(Script("c ?")), tx.Queue(Do("d ?", 1))); err != nil {
		t.Fatalf("Run and Queue: %v", err)
	}
	tx.SkipSync() // which this Runner does not know
	if err := tx.Queue(Script("e")); err == nil {
		t.Error("a script was queued, want an error")
	}
	if want := []string{"a $1", "b $1", "c ?"}; !slices.Equal(r.run, want) || !slices.Equal(r.queued, []string{"d $1"}) {
		t.Errorf("run %q and queued %q, want %q and d $1", r.run, r.queued, want)
	}
}
