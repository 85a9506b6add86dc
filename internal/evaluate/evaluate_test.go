package evaluate

import (
	"errors"
	"math"
	"testing"
	"testing/fstest"
)

func TestPattern(t *testing.T) {
	cases := []struct {
		printed, number string
		want            bool
	}{
		{"6225 7588 8888 8888", "6225758888888888", true},
		{"6225 7588 8888 8888", "6225758888888889", false},
		{"6225 7588 8888 8888", "622575888888888", false},
		{"6225 7588 8888 8888", "62257588888888888", false},
		{"6225 7588 8888 8888", "", false},
		{"6227 5988 8888 ????", "6227598888880123", true},
		{"6227 5988 8888 ????", "622759888888", true},
		{"6227 5988 8888 ????", "62275988888812345", false},
		{"6227 5988 8888 ????", "62275988888", false},
		{"62?5 12", "62512", true},
		{"62?5 12", "629512", true},
		{"62?5 12", "6299512", false},
		{"_622", "622", true},
		{"9_80", "980", true},
		{"????", "", true},
		{"", "", true},
		{"", "1", false},
	}
	for _, c := range cases {
		p, ok := ParsePattern(c.printed)
		if !ok || p.Match(c.number) != c.want {
			t.Errorf("%q matches %q: %v, want %v", c.printed, c.number, p.Match(c.number), c.want)
		}
	}
	if _, ok := ParsePattern("6225 75X8"); ok {
		t.Error("a letter passed")
	}
}

func TestDates(t *testing.T) {
	cases := []struct {
		printed string
		want    Date
		ok      bool
	}{
		{"88/88", Date{88, 2088}, true},
		{"00/00", Date{0, 2000}, true},
		{"3/20", Date{3, 2020}, true},
		{"08/07-08/10", Date{8, 2010}, true},
		{"11/06-10/09", Date{10, 2009}, true},
		{"12/01 11/01", Date{12, 2001}, true},
		{"08/2022", Date{8, 2022}, true},
		{"2022/08", Date{8, 2022}, true},
		{"12/1998 12/2002", Date{12, 2002}, true},
		{"05/08,11/25", Date{11, 2025}, true},
		{"MM/YY", Date{}, false},
		{"", Date{}, false},
		{"12", Date{}, false},
		{"123/22", Date{}, false},
	}
	for _, c := range cases {
		if got, ok := Latest(ParseDates(c.printed)); got != c.want || ok != c.ok {
			t.Errorf("%q: %v %v, want %v %v", c.printed, got, ok, c.want, c.ok)
		}
	}
}

// The intervals are those of Newcombe 1998 (Statistics in Medicine 17,
// 857-872), table I, method 3.
func TestWilson(t *testing.T) {
	cases := []struct {
		count, total int
		low, high    float64
	}{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0.0000, 0.1611},
		{1, 29, 0.0061, 0.1718},
		{20, 20, 1 - 0.1611, 1},
		{0, 0, 0, 1},
	}
	for _, c := range cases {
		s := NewShare(c.count, c.total)
		if math.Abs(s.Low-c.low) > 5e-5 || math.Abs(s.High-c.high) > 5e-5 {
			t.Errorf("%d/%d: %.4f to %.4f, want %.4f to %.4f", c.count, c.total, s.Low, s.High, c.low, c.high)
		}
	}
}

func truth(number, dates string) Truth {
	p, _ := ParsePattern(number)
	return Truth{Number: p, Dates: ParseDates(dates)}
}

func TestCompareOne(t *testing.T) {
	l := Label{Kind: "card", Cards: []Truth{truth("6225 7588 8888 8888", "88/88")}}
	right := Read{Number: "6225758888888888", Expiry: Date{88, 2088}, HasExpiry: true}
	cases := []struct {
		name         string
		read         []Read
		number, date Outcome
	}{
		{"all right", []Read{right}, Exact, Exact},
		{"nothing", nil, Refused, Refused},
		{"wrong", []Read{{Number: "6225758888888880"}}, Wrong, Refused},
		{"wrong date", []Read{{Number: "6225758888888888", Expiry: Date{8, 2088}, HasExpiry: true}}, Exact, Wrong},
		{"00/00 is a date", []Read{{Number: "6225758888888888", Expiry: Date{0, 2000}, HasExpiry: true}}, Exact, Wrong},
		{"a card without number", []Read{{}}, Refused, Refused},
		{"the first counts", []Read{{Number: "1"}, right}, Wrong, Refused},
	}
	for _, c := range cases {
		got := Compare(l, Answer{Cards: c.read})
		if len(got) != 1 || got[0].Number != c.number || got[0].Date != c.date {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	undated := Label{Cards: []Truth{truth("12", "MM/YY")}}
	if got := Compare(undated, Answer{Cards: []Read{{Number: "12", HasExpiry: true}}}); got[0].Date != Unscored {
		t.Errorf("a date was scored where none is: %v", got)
	}
}

func TestCompareNone(t *testing.T) {
	for _, l := range []Label{{}, {Cards: []Truth{{}}}} {
		if got := Compare(l, Answer{}); got[0].Number != Exact {
			t.Errorf("nothing read where nothing is: %v", got)
		}
		if got := Compare(l, Answer{Cards: []Read{{Number: "1234"}}}); got[0].Number != Wrong {
			t.Errorf("a number read where none is: %v", got)
		}
	}
}

func TestCompareSeveral(t *testing.T) {
	l := Label{Cards: []Truth{truth("1111", ""), truth("2222", ""), truth("3333", "")}}
	got := Compare(l, Answer{Cards: []Read{{Number: "9999"}, {Number: "1111"}, {Number: "3333"}}})
	for i, want := range []Outcome{Exact, Wrong, Exact} {
		if got[i].Number != want {
			t.Errorf("card %d: %v, want %v", i, got[i].Number, want)
		}
	}
	got = Compare(l, Answer{Cards: []Read{{Number: "2222"}}})
	for i, want := range []Outcome{Refused, Exact, Refused} {
		if got[i].Number != want {
			t.Errorf("card %d: %v, want %v", i, got[i].Number, want)
		}
	}
}

func TestReport(t *testing.T) {
	var tally Tally
	card := func(set, rotation, number string) Label {
		return Label{Set: set, Kind: "card", Rotated: rotation, Cards: []Truth{truth(number, "")}}
	}
	tally.Add(card("photos", "upright", "1111222233334444"), Answer{Cards: []Read{{Number: "1111222233334444", Accepted: true, Confidence: 0.97}}, MS: 10})
	tally.Add(card("photos", "rotated", "1111222233334444"), Answer{Cards: []Read{{Number: "1111222233334445", Accepted: true, Confidence: 0.9}}, MS: 30})
	tally.Add(card("photos", "rotated", "111122223333444"), Answer{MS: 20})
	tally.Add(card("art", "upright", "1111222233334444"), Answer{Err: errors.New("broken")})
	r := tally.Report()
	if r.Images != 4 || r.Failed != 1 {
		t.Errorf("got %+v", r)
	}
	find := func(dimension, value string) Row {
		for _, row := range r.Rows {
			if row.Dimension == dimension && row.Value == value {
				return row
			}
		}
		t.Fatalf("no row %s %s in %+v", dimension, value, r.Rows)
		return Row{}
	}
	all := find("all", "")
	if all.N != 4 || all.Exact.Count != 1 || all.Wrong.Count != 1 || all.Refused.Count != 2 || all.Accepted.Count != 2 || all.WrongAccepted != NewShare(1, 2) {
		t.Errorf("all: %+v", all)
	}
	if all.Latency != (Latency{20, 20, 30, 30}) {
		t.Errorf("latency %+v", all.Latency)
	}
	for i, want := range [][2]int{{2, 1}, {2, 1}, {2, 1}, {1, 0}, {0, 0}} { // from 0.5, 0.8, 0.9, 0.95, 0.98
		if l := all.Levels[i]; l.Given != NewShare(want[0], 4) || l.Wrong != NewShare(want[1], want[0]) {
			t.Errorf("from %v: %+v", l.From, l)
		}
	}
	if row := find("set, rotation", "photos, rotated"); row.N != 2 || row.Exact.Count != 0 {
		t.Errorf("photos, rotated: %+v", row)
	}
	if row := find("length", "15"); row.N != 1 || row.Refused.Count != 1 {
		t.Errorf("length 15: %+v", row)
	}
	for _, row := range r.Rows {
		if row.Dimension == "kind" {
			t.Error("a dimension with one value was listed")
		}
	}
	if r.Rows[0].Dimension != "all" || r.Rows[1].Dimension != "set" {
		t.Errorf("order: %+v", r.Rows)
	}
	var none Tally
	if r := none.Report(); len(r.Rows) != 0 || r.Images != 0 {
		t.Errorf("of nothing: %+v", r)
	}
}

func TestPercentile(t *testing.T) {
	v := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for p, want := range map[float64]float64{0: 1, 50: 5, 95: 10, 90: 9, 100: 10} {
		if got := Percentile(v, p); got != want {
			t.Errorf("p%v is %v, want %v", p, got, want)
		}
	}
}

func TestReadTSV(t *testing.T) {
	labels, err := ReadLabels(fstest.MapFS{"labels.tsv": {Data: []byte("file\tkind\tnumber_as_printed\texpiry_as_printed\tprint\torientation\tnetwork\tquad\n" +
		"photos/1.jpg\tcard\t6225 7588 8888 8???\t88/88\temboss\trotated -35 deg (by eye)\tUnionPay\t\n\n" +
		"strips/1.png\tstrip\t9_80\n")}})
	if err != nil || len(labels) != 2 {
		t.Fatalf("%v, %v", labels, err)
	}
	a, b := labels[0], labels[1]
	if a.File != "photos/1.jpg" || a.Set != "photos" || a.Kind != "card" || a.Print != "emboss" || a.Rotated != "rotated" || a.Network != "UnionPay" ||
		a.Cards[0].Number != "6225758888888???" || a.Cards[0].Dates[0] != (Date{88, 2088}) {
		t.Errorf("got %+v", a)
	}
	if b.Kind != "strip" || b.Cards[0].Number != "980" || b.Rotated != "" {
		t.Errorf("got %+v", b)
	}
}

func TestReadLabelsErrors(t *testing.T) {
	for name, f := range map[string]fstest.MapFS{
		"empty":     {"labels.tsv": {}},
		"no column": {"labels.tsv": {Data: []byte("file\tkind\n")}},
		"kind":      {"labels.tsv": {Data: []byte("file\tkind\tnumber_as_printed\na\tmovie\t12\n")}},
		"number":    {"labels.tsv": {Data: []byte("file\tkind\tnumber_as_printed\na\tcard\t12x\n")}},
		"no file":   {"labels.tsv": {Data: []byte("file\tkind\tnumber_as_printed\n\tcard\t12\n")}},
		"json":      {"labels.jsonl": {Data: []byte("{\n")}},
	} {
		if _, err := ReadLabels(f); !errors.Is(err, ErrLabels) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadLabels(fstest.MapFS{}); !errors.Is(err, ErrNoLabels) {
		t.Errorf("no labels: %v", err)
	}
}

func TestReadJSONL(t *testing.T) {
	labels, err := ReadLabels(fstest.MapFS{"labels.jsonl": {Data: []byte(
		`{"file":"a.jpg","kind":"photo","cards":[{"number":"6225758888888888","dates":["08/22","08/27"],"print":"emboss","layout":"classic","corners":[10,10,10,310,-180,310,-180,10]},{"number":""}]}` + "\n" +
			`{"file":"b.jpg","kind":"none","cards":[]}` + "\n" +
			`{"file":"c.png","kind":"line","text":"6225 75"}` + "\n")}})
	if err != nil || len(labels) != 3 {
		t.Fatalf("%v, %v", labels, err)
	}
	a, b, c := labels[0], labels[1], labels[2]
	if a.Kind != "card" || a.ImageKind != "photo" || a.Print != "emboss" || a.Layout != "classic" || a.Rotated != "rotated" ||
		len(a.Cards) != 2 || a.Cards[0].Number != "6225758888888888" || len(a.Cards[0].Dates) != 2 {
		t.Errorf("got %+v", a)
	}
	if b.ImageKind != "none" || len(b.Cards) != 0 {
		t.Errorf("got %+v", b)
	}
	if c.Kind != "strip" || c.Cards[0].Number != "622575" {
		t.Errorf("got %+v", c)
	}
	// A card without a number next to one with a number is not scored.
	got := Compare(a, Answer{Cards: []Read{{Number: "6225758888888888"}}})
	if len(got) != 1 || got[0].Number != Exact {
		t.Errorf("got %+v", got)
	}
}
