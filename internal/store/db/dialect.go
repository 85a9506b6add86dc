package db

import (
	"strconv"
	"strings"
	"sync"
)

// Dialect describes the differences of one engine's SQL.
type Dialect struct {
	Name      string // "sqlite" or "postgres"; selects the migrations
	Numbered  bool   // parameters are $1, $2, … instead of ?
	ForUpdate string // " FOR UPDATE" if rows can be locked
	// Lock is a statement that blocks migrations by other processes until the
	// transaction ends; empty if one process owns the database.
	Lock string
	// HasTable reports whether a table exists.
	HasTable func(tx *Tx, name string) (bool, error)
	// IsUnique reports whether an error is a unique-constraint violation.
	IsUnique func(error) bool
	// IsCheck reports whether an error is a violated CHECK.
	IsCheck func(error) bool

	// Queries with numbered parameters. Those of a list with as many parameters as
	// a caller gives are new ones, so their bytes are bounded.
	mu    sync.RWMutex
	bound map[string]string
	bytes int
}

// maxBound bounds the bytes of the queries in memory, before and after. The stores'
// own take some 30 KB.
const maxBound = 1 << 20

// Bind returns the query with parameters in the engine's form. A ? in a quoted
// text or name is not a parameter.
func (d *Dialect) Bind(query string) string {
	if !d.Numbered || !strings.Contains(query, "?") {
		return query
	}
	d.mu.RLock()
	bound, ok := d.bound[query]
	d.mu.RUnlock()
	if ok {
		return bound
	}
	bound = number(query)
	d.mu.Lock()
	defer d.mu.Unlock()
	size := len(query) + len(bound)
	if size > maxBound/16 {
		return bound
	}
	if d.bound == nil || d.bytes+size > maxBound {
		d.bound, d.bytes = map[string]string{}, 0
	}
	if _, ok := d.bound[query]; !ok {
		d.bound[query] = bound
		d.bytes += size
	}
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

// Marks returns a list of n parameters, "?, ?, ?".
func Marks(n int) string {
	return strings.TrimSuffix(strings.Repeat("?, ", n), ", ")
}
