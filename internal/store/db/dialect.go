package db

import (
	"strconv"
	"strings"
	"sync"
)

// Dialect is what sets one engine's SQL apart.
type Dialect struct {
	Name      string // "sqlite" or "postgres": which migrations are for it
	Numbered  bool   // parameters are $1, $2, … instead of ?
	ForUpdate string // " FOR UPDATE", where rows can be locked
	// Lock is the statement that keeps other processes from migrating until
	// the transaction ends; empty where one process owns the database.
	Lock string
	// HasTable reports whether there is a table of that name.
	HasTable func(tx *Tx, name string) (bool, error)
	// IsUnique reports whether an error is that of a row that there is already.
	IsUnique func(error) bool
	// IsCheck reports whether an error is that of a CHECK that does not hold.
	IsCheck func(error) bool

	bound sync.Map // of queries, with their parameters numbered
}

// Bind returns the query as the engine wants its parameters written. A ? in a
// quoted text or name is none.
func (d *Dialect) Bind(query string) string {
	if !d.Numbered || !strings.Contains(query, "?") {
		return query
	}
	if bound, ok := d.bound.Load(query); ok {
		return bound.(string)
	}
	bound := number(query)
	d.bound.Store(query, bound)
	return bound
}

func number(query string) string {
	var out strings.Builder
	var quote rune
	n := 0
	for _, r := range query {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == '?':
			n++
			out.WriteByte('$')
			out.WriteString(strconv.Itoa(n))
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// Marks returns n parameters for a list, "?, ?, ?".
func Marks(n int) string {
	return strings.TrimSuffix(strings.Repeat("?, ", n), ", ")
}
