package usage

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/policy"
)

func TestBins(t *testing.T) {
	for took, want := range map[time.Duration]int{
		-time.Second: 0, 0: 0, time.Millisecond - 1: 0, time.Millisecond: 1, 2*time.Millisecond - 1: 8, 2 * time.Millisecond: 9, 4 * time.Millisecond: 17,
		1024 * time.Millisecond: 81, 131_072*time.Millisecond - 1: 136, 131_072 * time.Millisecond: 137, time.Hour: 137, math.MaxInt64: 137,
	} {
		if got := Bin(took); got != want {
			t.Errorf("%v: bin %d, want %d", took, got, want)
		}
	}
	if Bins != 138 || math.Abs(QuantileError-0.0443) > 0.0001 {
		t.Error(Bins, QuantileError)
	}
	for k := range Bins - 2 {
		if edges[k+1] <= edges[k] || Bin(edges[k]) != k+1 || Bin(edges[k]-1) != k {
			t.Errorf("edge %d", k)
		}
	}
}

// Quantiles of drawn latencies are within the stated error of the true ones.
func TestQuantiles(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for name, draw := range map[string]func() float64{ // in milliseconds
		"log-normal": func() float64 { return 80 * math.Exp(random.NormFloat64()) },
		"two humps":  func() float64 { return []float64{30, 4000}[random.IntN(2)] * (1 + random.Float64()/5) },
		"constant":   func() float64 { return 123.4 },
		"wide":       func() float64 { return math.Exp2(17 * random.Float64()) },
	} {
		h := Histogram{}
		var all []time.Duration
		for range 5_000 {
			d := max(time.Duration(draw()*1e6), time.Millisecond)
			all = append(all, d)
			h.Add(d)
		}
		slices.Sort(all)
		for _, q := range []float64{0.001, 0.5, 0.9, 0.99, 1} {
			want := float64(all[int(math.Ceil(q*float64(len(all))))-1])
			got, ok := h.Quantile(q)
			// A nanosecond of rounding is allowed for.
			if off := math.Abs(float64(got)-want) / want; !ok || off > QuantileError+1e-6 {
				t.Errorf("%s, %v: %v, want %v: off by %.4f", name, q, got, time.Duration(want), off)
			}
		}
	}
}

func TestQuantileEdges(t *testing.T) {
	if d, ok := (Histogram{}).Quantile(0.5); ok || d != 0 {
		t.Error("a quantile of nothing")
	}
	if d, ok := Histogram(nil).Quantile(0.5); ok || d != 0 {
		t.Error("a quantile of nil")
	}
	for name, c := range map[string]struct {
		h    Histogram
		q    float64
		want time.Duration
	}{
		"below the first":   {Histogram{0: 5}, 0.5, time.Millisecond},
		"above the last":    {Histogram{Bins - 1: 5}, 0.5, 131_072 * time.Millisecond},
		"bins unheard of":   {Histogram{-3: 1, 999: 1}, 1, 131_072 * time.Millisecond},
		"the lower of two":  {Histogram{0: 1, Bins - 1: 1}, 0.5, time.Millisecond},
		"the higher of two": {Histogram{0: 1, Bins - 1: 1}, 0.51, 131_072 * time.Millisecond},
		"q of nothing":      {Histogram{0: 1, Bins - 1: 1}, 0, time.Millisecond},
		"q beyond":          {Histogram{0: 1, Bins - 1: 1}, 7, 131_072 * time.Millisecond},
	} {
		if got, ok := c.h.Quantile(c.q); !ok || got != c.want {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
	}
}

// sample is a small month: the main user and two sub-accounts, two interfaces.
func sample() []Row {
	ms := func(n ...int) Histogram {
		h := Histogram{}
		for _, took := range n {
			h.Add(time.Duration(took) * time.Millisecond)
		}
		return h
	}
	return []Row{
		{"2026-11-01", "legacy", "1", "main", "photos", 0, 3, 3, ms(100, 110, 120)},
		{"2026-11-01", "legacy", "1", "main", "photos", -9013, 2, 0, ms(5, 6)},
		{"2026-11-01", "api3", "1", "anna", "", 0, 4, 4, ms(90, 95, 100, 400)},
		{"2026-11-02", "api3", "1", "anna", "", -1102, 1, 0, ms(3)},
		{"2026-11-02", "api3", "1", "bert", "", 0, 5, 5, ms(80, 80, 80, 80, 80)},
		{"2026-11-02", "legacy", "2", "main", "photos", 0, 7, 7, ms(70, 70, 70, 70, 70, 70, 70)},
		{"2026-11-03", "legacy", "1", "main", "scans", -9013, 1, 0, ms(4)},
		{"2026-11-03", "api3", "1", "bert", "", -5990, 1, 1, ms(4)}, // failed, and billed all the same
	}
}

func TestSummarise(t *testing.T) {
	s := Summarise(Filter{Accounts: []string{"1"}}.Select(sample()))
	if s.Total != 17 || s.Billed != 13 || s.Succeeded != 12 || s.Failed != 5 || math.Abs(s.Rate()-12.0/17) > 1e-12 {
		t.Errorf("%+v", s)
	}
	if want := []Error{{-9013, 3}, {-5990, 1}, {-1102, 1}}; !reflect.DeepEqual(s.Errors, want) {
		t.Errorf("errors %v", s.Errors)
	}
	if n := s.Latency.Count(); n != 12 {
		t.Errorf("latencies of %d calls: only those that succeeded count", n)
	}
	for q, want := range map[float64]time.Duration{0.5: 90 * time.Millisecond, 0.99: 400 * time.Millisecond} {
		if got, _ := s.Latency.Quantile(q); math.Abs(float64(got)/float64(want)-1) > QuantileError {
			t.Errorf("%v: %v, want about %v", q, got, want)
		}
	}
	empty := Summarise(nil)
	if empty.Rate() != 0 || empty.Total != 0 || empty.Errors != nil {
		t.Errorf("%+v", empty)
	}
}

func TestFilter(t *testing.T) {
	for name, c := range map[string]struct {
		f    Filter
		want int64 // calls
	}{
		"all":                {Filter{}, 24},
		"one day":            {Filter{From: "2026-11-02", To: "2026-11-02"}, 13},
		"from":               {Filter{From: "2026-11-02"}, 15},
		"to":                 {Filter{To: "2026-11-02"}, 22},
		"no day":             {Filter{From: "2026-12-01"}, 0},
		"an interface":       {Filter{APIs: []string{"api3"}}, 11},
		"both":               {Filter{APIs: []string{"api3", "legacy"}}, 24},
		"a user of an app":   {Filter{Accounts: []string{"1"}, Users: []string{"main"}}, 6},
		"two users":          {Filter{Users: []string{"anna", "bert"}}, 11},
		"a bucket":           {Filter{Buckets: []string{"scans"}}, 1},
		"no bucket":          {Filter{Buckets: []string{""}}, 11},
		"none of them":       {Filter{Users: []string{}}, 0},
		"all of it together": {Filter{"2026-11-01", "2026-11-01", []string{"legacy"}, []string{"1"}, []string{"main"}, []string{"photos"}}, 5},
	} {
		if got := Summarise(c.f.Select(sample())).Total; got != c.want {
			t.Errorf("%s: %d calls, want %d", name, got, c.want)
		}
	}
}

// spec/accounts-and-billing.md, section 8, case 4: each sub-account sees its
// own usage, the main account sees both and the sum.
func TestVisible(t *testing.T) {
	for _, c := range []struct {
		account, user string
		may           policy.Usage
		want          int64
	}{
		{"1", "anna", policy.Own, 5}, {"1", "bert", policy.Own, 6}, {"1", "main", policy.Everyone, 17}, {"1", "anna", policy.Everyone, 17},
		{"1", "anna", policy.None, 0}, {"1", "main", policy.Own, 6}, {"2", "main", policy.Everyone, 7}, {"2", "anna", policy.Own, 0}, {"", "main", policy.Everyone, 0}, {"1", "anna", 9, 0},
	} {
		if got := Summarise(Visible(sample(), c.account, c.user, c.may)).Total; got != c.want {
			t.Errorf("%s of %s, %v: %d calls, want %d", c.user, c.account, c.may, got, c.want)
		}
	}
}

// However rows are split up and shuffled, they merge into the same, and come
// to the same; what was given is left as it was.
func TestMerge(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	want := Merge(sample())
	if len(want) != len(sample()) || !slices.IsSortedFunc(want, compare) {
		t.Fatalf("%+v", want)
	}
	for range 50 {
		var pieces []Row
		for _, r := range sample() {
			units := r.Units
			for bin, n := range r.Latency { // each call by itself
				for range n {
					p := r
					p.Calls, p.Units, p.Latency = 1, min(units, 1), Histogram{bin: 1}
					units -= p.Units
					pieces = append(pieces, p)
				}
			}
		}
		random.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		before := fmt.Sprint(pieces)
		half := random.IntN(len(pieces))
		if got := Merge(append(Merge(pieces[:half]), Merge(pieces[half:])...)); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, want %+v", got, want)
		}
		if fmt.Sprint(pieces) != before {
			t.Fatal("merging changed what it was given")
		}
		if !reflect.DeepEqual(Summarise(pieces), Summarise(want)) {
			t.Fatal("split up, they come to something else")
		}
	}
	one := Row{Day: "2026-11-01", Calls: 1}
	if got := Merge([]Row{one, {Day: "2026-11-01", Calls: 1, Latency: Histogram{1: 1}}}); got[0].Calls != 2 || got[0].Latency[1] != 1 {
		t.Errorf("%+v", got)
	}
}

func TestBy(t *testing.T) {
	rows := Visible(sample(), "1", "main", policy.Everyone)
	groups := By(rows, func(r Row) string { return string(r.Day) })
	var got []string
	var sum int64
	for _, g := range groups {
		got = append(got, fmt.Sprint(g.Key, " ", g.Total, " ", g.Succeeded))
		sum += g.Total
	}
	if strings.Join(got, ", ") != "2026-11-01 9 7, 2026-11-02 6 5, 2026-11-03 2 0" || sum != Summarise(rows).Total {
		t.Errorf("%v", got)
	}
	if By(nil, func(Row) string { return "" }) != nil {
		t.Error("groups of nothing")
	}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCSV(&b, Merge(sample())); err != nil {
		t.Fatalf("WriteCSV failed: %v", err)
	}
	lines := strings.Split(b.String(), "\n")
	if lines[0] != "day,interface,account,user,bucket,code,calls,billed,p50_ms,p90_ms,p99_ms" || len(lines) != 10 {
		t.Fatalf("%d lines: %s", len(lines), b.String())
	}
	if lines[1] != "2026-11-01,api3,1,anna,,0,4,4,94.5,412.3,412.3" {
		t.Error(lines[1])
	}
	// A code is a number, and stays one.
	if !strings.Contains(b.String(), ",-9013,2,0,") {
		t.Error(b.String())
	}
	if err := WriteCSV(broken{}, sample()); err == nil {
		t.Error("a broken pipe goes unnoticed")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken") }

// No name makes a cell that a spreadsheet would compute.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\u00a0=1", "＝1", "a\"b,c\nd", "'=1", "|calc", "plain", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		var b bytes.Buffer
		if err := WriteCSV(&b, []Row{{Day: billing.Day(name), API: name, Account: name, User: name, Bucket: name, Code: -1}}); err != nil {
			t.Fatalf("WriteCSV failed: %v", err)
		}
		lines, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(lines) != 2 {
			t.Fatalf("%d lines, %v", len(lines), err)
		}
		for _, cell := range lines[1][:5] {
			begin := strings.TrimLeft(cell, " \u00a0\u3000")
			if strings.HasPrefix(cell, "'") {
				continue
			}
			for _, sign := range formulas {
				if strings.HasPrefix(begin, string(sign)) {
					t.Errorf("%q is a formula", cell)
				}
			}
			// The reader makes \n of \r\n.
			if cell != strings.ReplaceAll(name, "\r\n", "\n") {
				t.Errorf("%q became %q", name, cell)
			}
		}
	})
}
