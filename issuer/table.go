package issuer

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/kahao/kahao/pan"
)

// compressed is table.tsv, a sixth as large.
//
//go:embed table.tsv.gz
var compressed []byte

// text returns table.tsv. What is embedded is read by every test: an error is a
// mistake of the build and panics.
func text() string {
	z, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		panic("issuer: table.tsv.gz: " + err.Error())
	}
	content, err := io.ReadAll(z)
	if err != nil {
		panic("issuer: table.tsv.gz: " + err.Error())
	}
	return string(content)
}

// row is a line of the table. Its strings are pieces of the table's text.
type row struct {
	prefix, network, code, issuer, name      string
	length, sources                          uint8
	kind                                     Type
	inferredCode, inferredType, inferredName bool
}

// permissive reports whether nearly any number fits the row: 65, 644, 303, 888,
// 103 and 159, with two and three digits.
func (w *row) permissive() bool { return len(w.prefix) <= 3 }

// Lengths of the table's prefixes.
const (
	minPrefix = 2
	maxPrefix = 10
)

// cardTable is the parsed table.
type cardTable struct {
	rows []row // sorted by prefix, then length
	// byLength finds a row by prefix and length, anyLength the row of a
	// prefix with the most sources.
	byLength, anyLength map[uint64]int32
	weights             []int32 // running totals of sources, for Random
}

// table parses the embedded text once.
var table = sync.OnceValue(func() *cardTable {
	lines := strings.Split(strings.TrimSuffix(text(), "\n"), "\n")[1:]
	t := &cardTable{
		rows:      make([]row, len(lines)),
		byLength:  make(map[uint64]int32, len(lines)),
		anyLength: make(map[uint64]int32, len(lines)),
		weights:   make([]int32, len(lines)),
	}
	total := int32(0)
	for i, line := range lines {
		w := &t.rows[i]
		*w = parse(line)
		prefix := key(w.prefix)
		t.byLength[withLength(prefix, int(w.length))] = int32(i)
		if j, seen := t.anyLength[prefix]; !seen || w.sources > t.rows[j].sources {
			t.anyLength[prefix] = int32(i)
		}
		if !w.permissive() {
			total += int32(w.sources)
		}
		t.weights[i] = total
	}
	return t
})

// parse reads a line. The table is embedded and its tests read every row, so a
// line that does not parse is a mistake of the build and panics.
func parse(line string) row {
	var f [8]string
	for i := range f {
		f[i], line, _ = strings.Cut(line, "\t")
	}
	w := row{prefix: f[0], network: f[3], issuer: f[6], length: small(f[1]), sources: small(f[4])}
	kind, inferred := strings.CutPrefix(f[2], "~")
	if kind != "" {
		w.kind = Type(kind[0])
	}
	w.inferredType = inferred
	w.code, w.inferredCode = strings.CutPrefix(f[5], "~")
	w.name, w.inferredName = strings.CutPrefix(f[7], "~")
	return w
}

func small(s string) uint8 {
	v, err := strconv.ParseUint(s, 10, 8)
	if err != nil {
		panic("issuer: damaged table")
	}
	return uint8(v)
}

// key packs a prefix of at most ten digits and its length, because leading
// zeros matter.
func key(prefix string) uint64 {
	v := uint64(0)
	for i := range len(prefix) {
		v = v*10 + uint64(prefix[i]-'0')
	}
	return v | uint64(len(prefix))<<40
}

func withLength(key uint64, length int) uint64 { return key | uint64(length)<<48 }

// find returns the row of a string of digits, or -1, and whether its length
// matches too: the longest prefix among the rows of its length, or else the
// longest of any length. The vendor's own sample, a 15-digit number under a
// 16-digit BIN, needs the latter.
func (t *cardTable) find(number string) (at int, exact bool) {
	var keys [maxPrefix + 1]uint64
	longest := min(maxPrefix, len(number))
	for n := minPrefix; n <= longest; n++ {
		keys[n] = key(number[:n])
	}
	if len(number) <= pan.MaxDigits {
		for n := longest; n >= minPrefix; n-- {
			if i, ok := t.byLength[withLength(keys[n], len(number))]; ok {
				return int(i), true
			}
		}
	}
	for n := longest; n >= minPrefix; n-- {
		if i, ok := t.anyLength[keys[n]]; ok {
			return int(i), false
		}
	}
	return -1, false
}

// widerThan returns the row of the next shorter prefix for numbers of the
// same length, or -1.
func (t *cardTable) widerThan(w *row) int {
	for n := len(w.prefix) - 1; n >= minPrefix; n-- {
		if i, ok := t.byLength[withLength(key(w.prefix[:n]), int(w.length))]; ok {
			return int(i)
		}
	}
	return -1
}
