package evaluate

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kahao/kahao/internal/labels"
)

// Tally collects scores. The zero Tally is ready for use.
type Tally struct {
	images, failed int
	rows           map[key]*counts
}

// key names a slice: one value of one dimension.
type key struct{ dimension, value string }

type counts struct {
	number, date            [4]int // by Outcome
	accepted, acceptedWrong int
	given, givenWrong       [len(levels)]int // with at least the confidence of the level
	ms                      []float64        // of its images
	samples                 []Sample
}

// levels are the confidences for which a report counts the numbers that a
// threshold there would accept.
var levels = [...]float64{0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995}

// dimensions are in the order in which a report lists them.
var dimensions = []string{"all", "total", "set", "kind", "print", "layout", "length", "check digit", "background", "light", "blur", "tilt", "rotation", "size",
	"long side", "cards", "group", "set, print", "set, rotation", "image kind", "unreadable", "no number"}

// Add scores an answer, counts it and returns the scores.
func (t *Tally) Add(l Label, a Answer) []Score {
	t.images++
	if a.Err != nil {
		t.failed++
	}
	scores := Compare(l, a)
	for i, s := range scores {
		for _, k := range slicesOf(l, s.Truth) {
			t.row(k).add(s)
			if i == 0 && a.Err == nil {
				t.row(k).ms = append(t.row(k).ms, a.MS)
			}
		}
	}
	return scores
}

func (t *Tally) row(k key) *counts {
	if t.rows == nil {
		t.rows = map[key]*counts{}
	}
	if t.rows[k] == nil {
		t.rows[k] = &counts{}
	}
	return t.rows[k]
}

func (c *counts) add(s Score) {
	c.number[s.Number]++
	c.date[s.Date]++
	for i, from := range levels {
		if s.Read.Number != "" && s.Read.Confidence >= from {
			c.given[i]++
			if s.Number == Wrong {
				c.givenWrong[i]++
			}
		}
	}
	if s.Read.Number != "" {
		c.samples = append(c.samples, Sample{s.Read.Confidence, s.Number == Exact})
	}
	if s.Read.Accepted && s.Read.Number != "" {
		c.accepted++
		if s.Number == Wrong {
			c.acceptedWrong++
		}
	}
}

// slicesOf returns the slices that count a card of an image. Line crops have no
// slice by length: their length says nothing about cards.
func slicesOf(l Label, t Truth) []key {
	keys := []key{{"all", ""}}
	add := func(dimension string, values ...string) {
		value := ""
		for i, v := range values {
			if v == "" {
				return
			}
			if i > 0 {
				value += ", "
			}
			value += v
		}
		keys = append(keys, key{dimension, value})
	}
	if l.Slices != nil {
		for _, s := range l.Slices {
			add(s.Dimension, s.Value)
		}
		totals(l, t, add)
		return keys
	}
	add("set", l.Set)
	add("kind", l.Kind)
	add("print", l.Print)
	add("rotation", l.Rotated)
	add("set, print", l.Set, l.Print)
	add("set, rotation", l.Set, l.Rotated)
	add("image kind", l.ImageKind)
	add("layout", l.Layout)
	if l.Kind != "strip" {
		switch {
		case t.Number == "":
			add("length", "no number")
		case t.Number.Hidden():
			add("length", "partly hidden")
		default:
			add("length", strconv.Itoa(t.Number.Len()))
		}
	}
	return keys
}

// clean is the group of a planned set in which nothing about the photograph
// makes it hard.
var clean = labels.Slice{Dimension: "group", Value: "clean"}

// totals adds the slices that summarise a planned set.
func totals(l Label, t Truth, add func(dimension string, values ...string)) {
	switch {
	case t.Number == "":
		add("total", "no number")
		return
	case t.Unreadable != "":
		add("total", "declared unreadable")
		add("unreadable", t.Unreadable)
	default:
		add("total", "all but unreadable")
		if slices.Contains(l.Slices, clean) {
			add("total", "clean")
		}
	}
	add("total", "all numbers")
}

// Report holds the figures of a Tally.
type Report struct {
	Images int   `json:"images"`
	Failed int   `json:"failed"` // reading returned an error; their cards count as refused
	Rows   []Row `json:"slices"`
}

// Row holds the figures of one slice. Shares are of its N cards; those of dates
// are of its cards with a date.
type Row struct {
	Dimension     string `json:"dimension"`
	Value         string `json:"value"`
	N             int    `json:"n"`
	Exact         Share  `json:"exact"`
	Wrong         Share  `json:"wrong"`
	Refused       Share  `json:"refused"`
	Accepted      Share  `json:"accepted"`       // readings with verdict accept
	WrongAccepted Share  `json:"wrong_accepted"` // of the accepted ones
	Dates         int    `json:"dates"`
	DateExact     Share  `json:"date_exact"`
	DateWrong     Share  `json:"date_wrong"`
	DateRefused   Share  `json:"date_refused"`

	Levels      []Level      `json:"levels"`
	Latency     Latency      `json:"latency_ms"`            // of the images in the slice
	Calibration *Calibration `json:"calibration,omitempty"` // of all, totals and sets
}

// Level is the share of numbers that a threshold on the confidence would accept,
// and the share of those that is wrong.
type Level struct {
	From  float64 `json:"from"`
	Given Share   `json:"given"`
	Wrong Share   `json:"wrong"`
}

// Latency is in milliseconds per image.
type Latency struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P95  float64 `json:"p95"`
	Max  float64 `json:"max"`
}

// Report returns the figures so far, without dimensions in which all images have
// one value.
func (t *Tally) Report() Report {
	r := Report{Images: t.images, Failed: t.failed}
	total := 0
	if all := t.rows[key{"all", ""}]; all != nil {
		total = sum(all.number)
	}
	values := map[string]int{}
	for k := range t.rows {
		values[k.dimension]++
	}
	for k, c := range t.rows {
		n := sum(c.number)
		oneValue := values[k.dimension] == 1 && n == total
		oneSet := values["set"] < 2 && strings.HasPrefix(k.dimension, "set, ")
		if k.dimension != "all" && (oneValue || oneSet) {
			continue
		}
		r.Rows = append(r.Rows, c.row(k, n))
	}
	slices.SortFunc(r.Rows, func(a, b Row) int {
		return cmp.Or(
			cmp.Compare(slices.Index(dimensions, a.Dimension), slices.Index(dimensions, b.Dimension)),
			compareValues(a.Value, b.Value))
	})
	return r
}

// compareValues orders numbers by value, and before words.
func compareValues(a, b string) int {
	m, errA := strconv.Atoi(a)
	n, errB := strconv.Atoi(b)
	switch {
	case errA == nil && errB == nil:
		return cmp.Compare(m, n)
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return cmp.Compare(a, b)
}

func (c *counts) row(k key, n int) Row {
	dates := c.date[Exact] + c.date[Wrong] + c.date[Refused]
	var at []Level
	for i, from := range levels {
		at = append(at, Level{from, NewShare(c.given[i], n), NewShare(c.givenWrong[i], c.given[i])})
	}
	var calibration *Calibration
	if slices.Contains([]string{"all", "total", "set"}, k.dimension) {
		of := Calibrate(c.samples, n)
		calibration = &of
	}
	return Row{
		Calibration: calibration, Levels: at, Latency: latency(c.ms),
		Dimension: k.dimension, Value: k.value, N: n,
		Exact: NewShare(c.number[Exact], n), Wrong: NewShare(c.number[Wrong], n), Refused: NewShare(c.number[Refused], n),
		Accepted: NewShare(c.accepted, n), WrongAccepted: NewShare(c.acceptedWrong, c.accepted),
		Dates: dates, DateExact: NewShare(c.date[Exact], dates), DateWrong: NewShare(c.date[Wrong], dates),
		DateRefused: NewShare(c.date[Refused], dates),
	}
}

func sum(counts [4]int) int { return counts[0] + counts[1] + counts[2] + counts[3] }

func latency(ms []float64) Latency {
	if len(ms) == 0 {
		return Latency{}
	}
	sorted := slices.Sorted(slices.Values(ms))
	total := 0.0
	for _, v := range sorted {
		total += v
	}
	return Latency{
		Mean: total / float64(len(sorted)), P50: Percentile(sorted, 50),
		P95: Percentile(sorted, 95), Max: sorted[len(sorted)-1],
	}
}

// Percentile returns the nearest-rank percentile of sorted values: the smallest
// one that at least p percent of them do not exceed.
func Percentile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
