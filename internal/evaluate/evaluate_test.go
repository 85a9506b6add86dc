package evaluate

import (
	"errors"
	"math"
	"reflect"
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
			t.Errorf("pattern %q matches %q: %v, want %v", c.printed, c.number, p.Match(c.number), c.want)
		}
	}
	if _, ok := ParsePattern("6225 75X8"); ok {
		t.Error("ParsePattern accepts a letter")
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
			t.Errorf("latest date of %q = %v, %v, want %v, %v", c.printed, got, ok, c.want, c.ok)
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
			t.Errorf("interval of %d/%d: %.4f to %.4f, want %.4f to %.4f", c.count, c.total, s.Low, s.High, c.low, c.high)
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
		{"covered digits", []Read{{Number: "622575????888888"}}, Refused, Refused},
		{"the first counts", []Read{{Number: "1"}, right}, Wrong, Refused},
	}
	for _, c := range cases {
		got := Compare(l, Answer{Cards: c.read})
		if len(got) != 1 || got[0].Number != c.number || got[0].Date != c.date {
			t.Errorf("%s: %v, want number %v, date %v", c.name, got, c.number, c.date)
		}
	}
	undated := Label{Cards: []Truth{truth("12", "MM/YY")}}
	if got := Compare(undated, Answer{Cards: []Read{{Number: "12", HasExpiry: true}}}); got[0].Date != Unscored {
		t.Errorf("date of a card without one: %v, want unscored", got)
	}
}

func TestCompareNone(t *testing.T) {
	for _, l := range []Label{{}, {Cards: []Truth{{}}}} {
		if got := Compare(l, Answer{}); got[0].Number != Exact {
			t.Errorf("no number, none read: %v, want exact", got)
		}
		if got := Compare(l, Answer{Cards: []Read{{Number: "1234"}}}); got[0].Number != Wrong {
			t.Errorf("no number, one read: %v, want wrong", got)
		}
	}
}

func TestCompareSeveral(t *testing.T) {
	l := Label{Cards: []Truth{truth("1111", ""), truth("2222", ""), truth("3333", "")}}
	got := Compare(l, Answer{Cards: []Read{{Number: "9999"}, {Number: "1111"}, {Number: "3333"}}})
	for i, want := range []Outcome{Exact, Wrong, Exact} {
		if got[i].Number != want {
			t.Errorf("three cards read: card %d is %v, want %v", i, got[i].Number, want)
		}
	}
	got = Compare(l, Answer{Cards: []Read{{Number: "2222"}}})
	for i, want := range []Outcome{Refused, Exact, Refused} {
		if got[i].Number != want {
			t.Errorf("one card read: card %d is %v, want %v", i, got[i].Number, want)
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
		t.Errorf("%d images, %d failed, want 4 and 1", r.Images, r.Failed)
	}
	find := func(dimension, value string) Row {
		for _, row := range r.Rows {
			if row.Dimension == dimension && row.Value == value {
				return row
			}
		}
		t.Fatalf("no row %q %q in %+v", dimension, value, r.Rows)
		return Row{}
	}
	all := find("all", "")
	if got, want := [4]int{all.N, all.Exact.Count, all.Wrong.Count, all.Refused.Count}, [4]int{4, 1, 1, 2}; got != want {
		t.Errorf("all: total, exact, wrong, refused are %v, want %v", got, want)
	}
	if all.Accepted.Count != 2 || all.WrongAccepted != NewShare(1, 2) {
		t.Errorf("all: accepted %+v, wrong of them %+v, want 2 and 1 of 2", all.Accepted, all.WrongAccepted)
	}
	if want := (Latency{20, 20, 30, 30}); all.Latency != want {
		t.Errorf("latency %+v, want %+v", all.Latency, want)
	}
	for i, want := range [][2]int{{2, 1}, {2, 1}, {2, 1}, {1, 0}, {0, 0}} { // from 0.5, 0.8, 0.9, 0.95, 0.98
		if l := all.Levels[i]; l.Given != NewShare(want[0], 4) || l.Wrong != NewShare(want[1], want[0]) {
			t.Errorf("level %v: %+v, want %d given, %d wrong", l.From, l, want[0], want[1])
		}
	}
	if row := find("set, rotation", "photos, rotated"); row.N != 2 || row.Exact.Count != 0 {
		t.Errorf("photos, rotated: %+v, want 2 cards, none exact", row)
	}
	if row := find("length", "15"); row.N != 1 || row.Refused.Count != 1 {
		t.Errorf("length 15: %+v, want 1 card, refused", row)
	}
	for _, row := range r.Rows {
		if row.Dimension == "kind" {
			t.Error("the report lists a dimension with a single value")
		}
	}
	if r.Rows[0].Dimension != "all" || r.Rows[1].Dimension != "set" {
		t.Errorf("rows start with %q and %q, want all and set", r.Rows[0].Dimension, r.Rows[1].Dimension)
	}
	var none Tally
	if r := none.Report(); len(r.Rows) != 0 || r.Images != 0 {
		t.Errorf("report of an empty tally: %+v, want the zero value", r)
	}
}

func TestPercentile(t *testing.T) {
	v := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for p, want := range map[float64]float64{0: 1, 50: 5, 95: 10, 90: 9, 100: 10} {
		if got := Percentile(v, p); got != want {
			t.Errorf("Percentile(v, %v) = %v, want %v", p, got, want)
		}
	}
}

func TestReadTSV(t *testing.T) {
	labels, err := ReadLabels(fstest.MapFS{"labels.tsv": {Data: []byte("file\tkind\tnumber_as_printed\texpiry_as_printed\tprint\torientation\tnetwork\tquad\n" +
		"photos/1.jpg\tcard\t6225 7588 8888 8???\t88/88\temboss\trotated -35 deg (by eye)\tUnionPay\t\n\n" +
		"strips/1.png\tstrip\t9_80\n")}})
	if err != nil {
		t.Fatalf("ReadLabels: %v", err)
	}
	want := []Label{
		{File: "photos/1.jpg", Set: "photos", Kind: "card", Print: "emboss", Rotated: "rotated", Network: "UnionPay",
			Cards: []Truth{{Number: "6225758888888???", Dates: []Date{{88, 2088}}}}},
		{File: "strips/1.png", Set: "strips", Kind: "strip", Cards: []Truth{{Number: "980"}}},
	}
	if !reflect.DeepEqual(labels, want) {
		t.Errorf("ReadLabels = %+v, want %+v", labels, want)
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
			t.Errorf("%s: error %v, want ErrLabels", name, err)
		}
	}
	if _, err := ReadLabels(fstest.MapFS{}); !errors.Is(err, ErrNoLabels) {
		t.Errorf("empty directory: error %v, want ErrNoLabels", err)
	}
}

func TestReadJSONL(t *testing.T) {
	labels, err := ReadLabels(fstest.MapFS{"labels.jsonl": {Data: []byte(
		`{"file":"a.jpg","kind":"photo","cards":[{"number":"6225758888888888","dates":["08/22","08/27"],"print":"emboss","layout":"classic","corners":[10,10,10,310,-180,310,-180,10]},{"number":""}]}` + "\n" +
			`{"file":"b.jpg","kind":"none","cards":[]}` + "\n" +
			`{"file":"c.png","kind":"line","text":"6225 75"}` + "\n")}})
	if err != nil {
		t.Fatalf("ReadLabels: %v", err)
	}
	want := []Label{
		{File: "a.jpg", Kind: "card", ImageKind: "photo", Print: "emboss", Layout: "classic", Rotated: "rotated",
			Cards: []Truth{{Number: "6225758888888888", Dates: []Date{{8, 2022}, {8, 2027}}}, {}}},
		{File: "b.jpg", Kind: "card", ImageKind: "none"},
		{File: "c.png", Kind: "strip", Cards: []Truth{{Number: "622575"}}},
	}
	if !reflect.DeepEqual(labels, want) {
		t.Fatalf("ReadLabels = %+v, want %+v", labels, want)
	}
	// A card without a number next to one with a number is not scored.
	got := Compare(labels[0], Answer{Cards: []Read{{Number: "6225758888888888"}}})
	if len(got) != 1 || got[0].Number != Exact {
		t.Errorf("Compare = %+v, want one exact score", got)
	}
}
