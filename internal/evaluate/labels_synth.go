package evaluate

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// drawn is a line of synth's labels.jsonl, as far as scoring needs it.
type drawn struct {
	File  string      `json:"file"`
	Kind  string      `json:"kind"` // of picture; "line" is a crop of one line
	Text  string      `json:"text"` // of a line
	Cards []drawnCard `json:"cards"`
	// Of planned sets:
	Slices     []Slice  `json:"slices"`
	Unreadable []string `json:"unreadable"` // by card
}

type drawnCard struct {
	Number  string     `json:"number"`
	Dates   []string   `json:"dates"`
	Print   string     `json:"print"`
	Layout  string     `json:"layout"`
	Corners [8]float64 `json:"corners"` // x, y pairs from the top-left, as read
}

func readJSONL(r io.Reader) ([]Label, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	var labels []Label
	for n := 1; lines.Scan(); n++ {
		l, err := ParseDrawn(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		labels = append(labels, l)
	}
	return labels, lines.Err()
}

// ParseDrawn reads one line of synth's labels.jsonl. It returns ErrLabels.
func ParseDrawn(line []byte) (Label, error) {
	var d drawn
	if err := json.Unmarshal(line, &d); err != nil {
		return Label{}, fmt.Errorf("%w: %v", ErrLabels, err)
	}
	l, ok := d.label()
	if !ok {
		return Label{}, fmt.Errorf("%w: a number has something other than digits", ErrLabels)
	}
	return l, nil
}

func (d drawn) label() (Label, bool) {
	l := Label{File: d.File, Set: setOf(d.File), Kind: "card", Picture: d.Kind, Slices: d.Slices}
	if d.Kind == "line" {
		l.Kind, l.Picture = "strip", ""
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

// upright is the angle of a card's upper edge, in degrees, up to which it
// counts as upright: what a hand that means to hold it level does.
const upright = 7

func rotation(corners [8]float64) string {
	dx, dy := corners[2]-corners[0], corners[3]-corners[1]
	switch {
	case dx == 0 && dy == 0:
		return ""
	case math.Abs(math.Atan2(dy, dx))*180/math.Pi <= upright:
		return "upright"
	}
	return "rotated"
}
