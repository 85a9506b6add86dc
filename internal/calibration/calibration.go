// Package calibration turns what speaks for a reading into the probability
// that it is right, and holds the thresholds of the verdicts.
//
// A logistic map adds up the evidence: a bias and one weight for each feature.
// Every feature is bounded, and more of it always speaks for the reading, so
// no weight is negative: what the map says can be explained term by term. The
// weights are fitted by "kahao calibrate" on drawn pictures and embedded.
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

// The features, with their bounds. Where one has no meaning, such as the check
// digit of a date, it is 0.
const (
	// Posterior is the log-odds of the reading against all others, by the
	// pixels and the priors together.
	Posterior Feature = iota
	// Pixels is the log probability that the crops together give it.
	Pixels
	// Margin is by how much, in log probability, the crops prefer it to the
	// next best reading, whatever the priors say.
	Margin
	// Weakest is the log-odds of its least certain digit.
	Weakest
	// Agreement is the share of the crops that say the same by themselves.
	Agreement
	// Check is 1 where the check digit is right and -1 where it is wrong, but 0
	// where that says nothing, of a made-up number; of a date, whether it can be one.
	Check
	// Listed is 1 where the table has the number's beginning with its
	// length, -1 where it has it with other lengths alone.
	Listed
	// Length is 1 where the number is as long as those that begin like it.
	Length
	// Inside is 1 where it does not end at the picture's edge, which may hide
	// more of it, nor beside a row that may belong to it.
	Inside
	// OneLine is 1 where it stands on one line, 0 where it was joined.
	OneLine
	// Groups is 1 where its digits stand in groups that card makers set.
	Groups
	// Height is the logarithm of a digit's height in pixels of the picture
	// over 16.
	Height
	// Outline is 1 where the card was found in the picture, 0 where the whole
	// picture was taken for it.
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

// Bounded is the evidence with every value brought into its bounds; what is
// not a number speaks against.
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
// all: not one that ends at the picture's edge, however sure its digits are.
func (e Evidence) Acceptable() bool { return e[Inside] > 0 }

// Map is a logistic map.
type Map struct {
	Bias    float64
	Weights [Features]float64
}

// Probability is the probability that a reading with this evidence is right.
func (m Map) Probability(e Evidence) float64 { return 1 / (1 + math.Exp(-m.LogOdds(e))) }

// LogOdds is the logarithm of the odds that it is.
func (m Map) LogOdds(e Evidence) float64 {
	sum := m.Bias
	for i, v := range e.Bounded() {
		sum += m.Weights[i] * v
	}
	return sum
}

// Calibration is the maps and thresholds that belong together: they are fitted
// for one set of networks.
type Calibration struct {
	Version string
	Number  Map // of a card
	Date    Map
	Line    Map // a crop of one line, of any digits

	// The probabilities from which a number is accepted, or reviewed.
	Accept, Review float64

	Fit Fit // what it was fitted on
}

// Fit records what a calibration was fitted on, and what it did there to
// readings that it had not been fitted on.
type Fit struct {
	Seed     uint64 `json:"seed"`
	Pictures int    `json:"pictures"` // drawn
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

// Embedded returns the calibration in this binary.
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
	Weights map[string]float64 `json:"weights"` // a feature that is missing has none
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
		return Map{}, fmt.Errorf("%d weights, of which %d have a feature", len(f.Weights), known)
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
