// Package calibration maps features of a reading to a calibrated probability
// that it is right, and has the thresholds of the verdicts.
//
// The map is a logistic regression: a bias and one weight for each feature.
// Every feature is bounded, and a greater value always supports the reading, so
// no weight is negative: each result can be explained term by term. The weights
// are fitted by "kahao calibrate" on synthetic images and embedded.
package calibration

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

//go:embed calibration.json
var embedded []byte

// ErrMalformed is wrapped by errors about a calibration that cannot be used.
var ErrMalformed = errors.New("calibration: malformed")

// Feature is one kind of evidence.
type Feature int

// The features. One that does not apply, such as the check digit of a date, is
// 0.
const (
	// Posterior is the log-odds of the reading against all others, by pixels
	// and priors together.
	Posterior Feature = iota
	// Pixels is its log-likelihood by all crops together.
	Pixels
	// Margin is by how much, in log-likelihood, the crops prefer it to the next
	// best reading, whatever the priors are.
	Margin
	// Weakest is the log-odds of its least certain digit.
	Weakest
	// Agreement is the share of the crops that give the reading by themselves.
	Agreement
	// Check is 1 if the check digit is right and -1 if it is wrong, but 0 if
	// that tells nothing, as of a made-up number. Of a date it is 1 if a card
	// can have the date.
	Check
	// Listed is 1 if the table has the number's BIN with its length, -1 if it
	// has it with other lengths only.
	Listed
	// Length is 1 if the number has the length of those that begin like it.
	Length
	// Inside is 1 if the number neither ends at the image's edge, which may
	// hide more of it, nor next to a row that may belong to it.
	Inside
	// OneLine is 1 if the number stands on one line, 0 if it was joined.
	OneLine
	// Groups is 1 if its digits stand in groups that card makers set.
	Groups
	// Height is the logarithm of a digit's height in pixels of the image
	// over 16.
	Height
	// Outline is 1 if the card was detected, 0 if the whole image was taken for
	// it.
	Outline

	Features // how many there are
)

var bounds = [Features]struct {
	name     string
	from, to float64
}{
	{"posterior", -4, 6}, {"pixels", -6, 0}, {"margin", -2, 6}, {"weakest", -2, 5}, {"agreement", 0, 1},
	{"check", -1, 1}, {"listed", -1, 1},
	{"length", 0, 1}, {"inside", 0, 1}, {"one_line", 0, 1}, {"groups", 0, 1}, {"height", -1, 0.5}, {"outline", 0, 1},
}

// String is the feature's name in files.
func (f Feature) String() string { return bounds[f].name }

// Evidence is a value for each feature.
type Evidence [Features]float64

// Bounded returns the evidence with every value clamped to its bounds; NaN
// becomes the lower bound.
func (e Evidence) Bounded() Evidence {
	for i, b := range bounds {
		if !(e[i] >= b.from) {
			e[i] = b.from
		}
		e[i] = math.Min(e[i], b.to)
	}
	return e
}

// Acceptable reports whether a number with this evidence may be accepted at
// all: not if it ends at the image's edge, however sure its digits are.
func (e Evidence) Acceptable() bool { return e[Inside] > 0 }

// Map is a logistic regression.
type Map struct {
	Bias    float64
	Weights [Features]float64
}

// Probability returns the probability that a reading with this evidence is right.
func (m Map) Probability(e Evidence) float64 { return 1 / (1 + math.Exp(-m.LogOdds(e))) }

// LogOdds returns the log-odds that it is.
func (m Map) LogOdds(e Evidence) float64 {
	sum := m.Bias
	for i, v := range e.Bounded() {
		sum += m.Weights[i] * v
	}
	return sum
}

// Calibration is the maps and thresholds for one set of networks.
type Calibration struct {
	Version string
	Number  Map // of a card
	Date    Map
	Line    Map // of a crop of one line, with any digits

	// Probabilities from which a number is accepted, or reviewed.
	Accept, Review float64

	Fit Fit // what it was fitted on
}

// Fit records what a calibration was fitted on, and its results on readings
// that it had not been fitted on (cross-fitting).
type Fit struct {
	Seed     uint64 `json:"seed"`
	Pictures int    `json:"pictures"` // synthetic images
	Numbers  int    `json:"numbers"`  // read in them
	Wrong    int    `json:"wrong"`    // of those
	Dates    int    `json:"dates"`
	Lines    int    `json:"lines"`
	// Of the numbers:
	Error         float64 `json:"ece"` // expected calibration error, 15 bins
	Ranking       float64 `json:"auroc"`
	Accepted      int     `json:"accepted"`
	AcceptedWrong int     `json:"accepted_wrong"`
}

// Embedded returns the embedded calibration.
func Embedded() (*Calibration, error) { return Parse(embedded) }

// file is a Calibration as JSON.
type file struct {
	Version string  `json:"version"`
	Accept  float64 `json:"accept"`
	Review  float64 `json:"review"`
	Number  mapFile `json:"number"`
	Date    mapFile `json:"date"`
	Line    mapFile `json:"line"`
	Fit     Fit     `json:"fit"`
}

type mapFile struct {
	Bias    float64            `json:"bias"`
	Weights map[string]float64 `json:"weights"` // a missing feature has weight 0
}

// Parse reads a calibration from JSON.
func Parse(data []byte) (*Calibration, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	c := &Calibration{Version: f.Version, Accept: f.Accept, Review: f.Review, Fit: f.Fit}
	if c.Version == "" {
		return nil, fmt.Errorf("%w: no version", ErrMalformed)
	}
	if !(0 < c.Review && c.Review <= c.Accept && c.Accept < 1) {
		return nil, fmt.Errorf("%w: thresholds %g and %g", ErrMalformed, c.Review, c.Accept)
	}
	for _, m := range []struct {
		name string
		from mapFile
		to   *Map
	}{{"number", f.Number, &c.Number}, {"date", f.Date, &c.Date}, {"line", f.Line, &c.Line}} {
		var err error
		if *m.to, err = m.from.parse(); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrMalformed, m.name, err)
		}
	}
	return c, nil
}

func (f mapFile) parse() (Map, error) {
	m := Map{Bias: f.Bias}
	known := 0
	for i := range Features {
		w, ok := f.Weights[i.String()]
		if !ok {
			continue
		}
		known++
		if !(w >= 0) || math.IsInf(w, 0) {
			return Map{}, fmt.Errorf("weight %g of %s", w, i)
		}
		m.Weights[i] = w
	}
	if known == 0 || known != len(f.Weights) {
		return Map{}, fmt.Errorf("%d weights, %d of them of a known feature", len(f.Weights), known)
	}
	return m, nil
}

// JSON writes the calibration as Parse reads it.
func (c *Calibration) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(file{
		c.Version, c.Accept, c.Review, c.Number.file(), c.Date.file(), c.Line.file(), c.Fit,
	}, "", "  ")
	return append(data, '\n'), err
}

func (m Map) file() mapFile {
	f := mapFile{m.Bias, map[string]float64{}}
	for i, w := range m.Weights {
		if w != 0 {
			f.Weights[Feature(i).String()] = w
		}
	}
	return f
}
