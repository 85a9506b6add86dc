package evaluate

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/kahao/kahao/internal/labels"
)

// synthetic is a line of labels.jsonl. Kind "line" is a crop of one text line.
type synthetic struct {
	labels.Planned
	Text string `json:"text"` // of a line
}

func readJSONL(r io.Reader) ([]Label, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	var all []Label
	for n := 1; lines.Scan(); n++ {
		l, err := ParseSynthetic(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		all = append(all, l)
	}
	return all, lines.Err()
}

// ParseSynthetic reads one line of labels.jsonl. It returns ErrLabels.
func ParseSynthetic(line []byte) (Label, error) {
	var d synthetic
	if err := json.Unmarshal(line, &d); err != nil {
		return Label{}, fmt.Errorf("%w: %v", ErrLabels, err)
	}
	l, ok := d.label()
	if !ok {
		return Label{}, fmt.Errorf("%w: a number contains something other than digits", ErrLabels)
	}
	return l, nil
}

func (d synthetic) label() (Label, bool) {
	l := Label{File: d.File, Set: setOf(d.File), Kind: "card", ImageKind: d.Kind, Slices: d.Slices}
	if d.Kind == "line" {
		l.Kind, l.ImageKind = "strip", ""
		number, ok := ParsePattern(d.Text)
		l.Cards = []Truth{{Number: number}}
		return l, ok
	}
	for i, c := range d.Cards {
		number, ok := ParsePattern(c.Number)
		if !ok {
			return l, false
		}
		t := Truth{Number: number}
		for _, text := range c.Dates {
			t.Dates = append(t.Dates, ParseDates(text)...)
		}
		if i < len(d.Unreadable) {
			t.Unreadable = d.Unreadable[i]
		}
		l.Cards = append(l.Cards, t)
		if i == 0 {
			l.Print, l.Layout, l.Rotated = c.Print, c.Layout, rotation(c.Corners)
		}
	}
	return l, true
}

// maxUpright is the angle of a card's upper edge, in degrees, up to which it
// counts as upright: the error of a hand that means to hold it level.
const maxUpright = 7

func rotation(corners [8]float64) string {
	dx, dy := corners[2]-corners[0], corners[3]-corners[1]
	switch {
	case dx == 0 && dy == 0:
		return ""
	case math.Abs(math.Atan2(dy, dx))*180/math.Pi <= maxUpright:
		return "upright"
	}
	return "rotated"
}
