// Command gen writes the issuer table that package issuer embeds, from the
// facts and the notes of the card list. Run it in the directory of package
// issuer:
//
//	BINS=bins.tsv BIN_NOTES=bins-notes.tsv go generate
//
// The output depends on the input only. It merges the two files, one row per
// line, with a tilde before every value that is inferred, not observed.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() { os.Exit(run()) }

func run() int {
	bins := flag.String("bins", "", "the facts: `FILE` with prefix, card_len, issuer_code, issuer_name, card_name, card_type, network, n_sources")
	notes := flag.String("notes", "", "the notes: `FILE` with prefix, card_len, families, code_filled_by_name, issuer_code_2021, inferred_type, inferred_name")
	out := flag.String("out", "table.tsv", "the table: `FILE` to write, and compressed with .gz behind its name")
	version := flag.String("version", "version.go", "the Go `FILE` to write the table's version to")
	flag.Parse()
	table, err := merge(*bins, *notes)
	if err == nil {
		err = os.WriteFile(*out, table, 0o644)
	}
	if err == nil {
		err = os.WriteFile(*out+".gz", compressed(table), 0o644)
	}
	if err == nil {
		err = os.WriteFile(*version, versionFile(table), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		return 1
	}
	return 0
}

// compressed returns a table in the format of gzip.
func compressed(table []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is one
	}
	z.Write(table) // a buffer takes all
	z.Close()
	return b.Bytes()
}

// Columns of the two inputs.
const (
	binColumns  = "prefix	card_len	issuer_code	issuer_name	card_name	card_type	network	n_sources"
	noteColumns = "prefix	card_len	families	code_filled_by_name	issuer_code_2021	inferred_type	inferred_name"
	outColumns  = "prefix	length	type	network	sources	code	issuer	name"
)

var (
	letters  = map[string]string{"": "", "debit": "d", "credit": "c", "quasi-credit": "q", "prepaid": "p"}
	networks = []string{"unionpay", "mastercard", "visa", "discover", "jcb", "amex", "diners"}
)

// merge reads both files and writes the table.
func merge(binsFile, notesFile string) ([]byte, error) {
	bins, err := read(binsFile, binColumns)
	if err != nil {
		return nil, err
	}
	notes, err := read(notesFile, noteColumns)
	if err != nil {
		return nil, err
	}
	if len(bins) != len(notes) {
		return nil, fmt.Errorf("%d rows of facts, %d of notes", len(bins), len(notes))
	}
	var b bytes.Buffer
	b.WriteString(outColumns + "\n")
	previous := ""
	for i, f := range bins {
		row, err := mergeRow(f, notes[i])
		if err != nil {
			return nil, fmt.Errorf("row %d (%s): %w", i+2, f[0], err)
		}
		if key := f[0] + "\t" + f[1]; key <= previous {
			return nil, fmt.Errorf("row %d (%s): not sorted, or twice", i+2, f[0])
		} else {
			previous = key
		}
		b.WriteString(row + "\n")
	}
	return b.Bytes(), nil
}

func mergeRow(f, n []string) (string, error) {
	prefix, length, code, issuer, name, kind, network, sources := f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7]
	filled, inferredType, inferredName := n[3], n[5], n[6]
	switch {
	case n[0] != prefix || n[1] != length:
		return "", fmt.Errorf("the note is for %s, %s digits", n[0], n[1])
	case !number(prefix, 1, 9_999_999_999) || len(prefix) > 10:
		return "", fmt.Errorf("bad prefix")
	case !number(length, 8, 19) || !number(sources, 1, 99):
		return "", fmt.Errorf("bad length or count of sources")
	case code != "" && (len(code) != 8 || !number(code, 1, 99_999_999)):
		return "", fmt.Errorf("bad issuer code %q", code)
	case issuer == "" || !slices.Contains(networks, network):
		return "", fmt.Errorf("no issuer, or unknown network %q", network)
	case strings.HasPrefix(name, "~") || strings.HasPrefix(issuer, "~"):
		return "", fmt.Errorf("a name begins with the mark of inferred values")
	}
	name, issuer = whole(name), whole(issuer)
	if filled == "1" {
		code = "~" + code
	}
	kind, ok := letters[kind]
	if !ok {
		return "", fmt.Errorf("bad type %q", f[5])
	}
	if kind == "" && inferredType != "" {
		letter, ok := letters[inferredType]
		if !ok {
			return "", fmt.Errorf("bad inferred type %q", inferredType)
		}
		kind = "~" + letter
	}
	if name == "" && inferredName != "" {
		name = "~" + inferredName
	}
	return strings.Join([]string{prefix, length, kind, network, sources, code, issuer, name}, "\t"), nil
}

// whole cuts a name before a bracket that the list's narrow column left open.
func whole(name string) string {
	open := -1
	for i, c := range name {
		switch c {
		case '(', '（':
			open = i
		case ')', '）':
			open = -1
		}
	}
	if open > 0 {
		return name[:open]
	}
	return name
}

func number(s string, least, most int64) bool {
	v, err := strconv.ParseInt(s, 10, 64)
	return err == nil && s[0] != '+' && v >= least && v <= most
}

// read returns the rows of a tab-separated file after its header.
func read(file, header string) ([][]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if lines[0] != header {
		return nil, fmt.Errorf("%s: the header is not the expected one", file)
	}
	columns := strings.Count(header, "\t") + 1
	rows := make([][]string, 0, len(lines)-1)
	for i, line := range lines[1:] {
		row := strings.Split(line, "\t")
		if len(row) != columns {
			return nil, fmt.Errorf("%s, line %d: %d columns", file, i+2, len(row))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// versionFile names the table by its count of rows and its content.
func versionFile(table []byte) []byte {
	sum := sha256.Sum256(table)
	return fmt.Appendf(nil, `// Code generated by gen. DO NOT EDIT.

package issuer

// Version names the embedded table: its count of rows and the beginning of
// the SHA-256 of table.tsv.
const Version = "%d-%x"
`, bytes.Count(table, []byte("\n"))-1, sum[:4])
}
