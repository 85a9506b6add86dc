package evaluate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/kahao/kahao/internal/labels"
)

// ErrNoLabels says that the directory has neither labels.tsv nor labels.jsonl.
var ErrNoLabels = errors.New("evaluate: the directory has neither labels.tsv nor labels.jsonl")

// ErrLabels says that a label file is malformed. The error names the line.
var ErrLabels = errors.New("evaluate: malformed labels")

// ReadLabels reads the labels of a directory: labels.tsv, or labels.jsonl as
// synth writes it. It returns ErrNoLabels or ErrLabels, or an error of f.
func ReadLabels(f fs.FS) ([]Label, error) {
	for _, form := range []struct {
		name string
		read func(io.Reader) ([]Label, error)
	}{{"labels.tsv", readTSV}, {labels.File, readJSONL}} {
		file, err := f.Open(form.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer file.Close()
		labels, err := form.read(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", form.name, err)
		}
		return labels, nil
	}
	return nil, ErrNoLabels
}

// readTSV reads tab-separated columns under a header line. Only the columns file
// and number_as_printed are required.
func readTSV(r io.Reader) ([]Label, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		return nil, fmt.Errorf("%w: empty", ErrLabels)
	}
	at := map[string]int{}
	for i, name := range strings.Split(strings.TrimPrefix(lines.Text(), "\ufeff"), "\t") {
		at[strings.TrimSpace(name)] = i
	}
	for _, name := range []string{"file", "number_as_printed"} {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("%w: no column %s", ErrLabels, name)
		}
	}
	var labels []Label
	for n := 2; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		cells := strings.Split(lines.Text(), "\t")
		cell := func(name string) string {
			if i, ok := at[name]; ok && i < len(cells) {
				return strings.TrimSpace(cells[i])
			}
			return ""
		}
		l := Label{File: cell("file"), Set: setOf(cell("file")), Kind: cell("kind"), Print: cell("print"), Network: cell("network")}
		if l.File == "" {
			return nil, fmt.Errorf("%w: line %d: no file", ErrLabels, n)
		}
		if l.Kind == "" {
			l.Kind = "card"
		}
		if l.Kind != "card" && l.Kind != "strip" {
			return nil, fmt.Errorf("%w: line %d: kind %q", ErrLabels, n, l.Kind)
		}
		// "rotated -19 deg", "rotated -35 deg (by eye)"
		l.Rotated, _, _ = strings.Cut(cell("orientation"), " ")
		number, ok := ParsePattern(cell("number_as_printed"))
		if !ok {
			return nil, fmt.Errorf("%w: line %d: the number contains something other than digits, '?' and '_'", ErrLabels, n)
		}
		l.Cards = []Truth{{Number: number, Dates: ParseDates(cell("expiry_as_printed"))}}
		labels = append(labels, l)
	}
	return labels, lines.Err()
}

// setOf is the first directory of a path, or empty.
func setOf(file string) string {
	set, _, ok := strings.Cut(file, "/")
	if !ok {
		return ""
	}
	return set
}
