package term

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

// Chinese takes two columns, a combining mark none, an emoji two, and a
// character of ambiguous width one.
func TestColumns(t *testing.T) {
	for s, want := range map[string]int{
		"": 0, "abc": 3, "中国银行": 8, "中国银行(01040000)": 18, "…a": 2, "（）": 4, "e\u0301a": 2, "💳": 2, "ｱ": 1, "한국": 4, "α°": 2,
	} {
		if got := Columns(s); got != want {
			t.Errorf("Columns(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestRow(t *testing.T) {
	got := Row([]int{6, -4, 0}, "银行", "7", "end")
	if want := "银行       7  end"; got != want {
		t.Errorf("Row = %q, want %q", got, want)
	}
	if got := Row([]int{6, 4}, "a", ""); got != "a" {
		t.Errorf("Row = %q, want no trailing blanks", got)
	}
}

func TestVisible(t *testing.T) {
	if got, want := Visible("a\x1b[2Jb\n中\u009b\xff"), "a?[2Jb?中??"; got != want {
		t.Errorf("Visible = %q, want %q", got, want)
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		s    string
		w    int
		want string
	}{{"abc", 3, "abc"}, {"abcdef", 4, "…def"}, {"中国银行", 6, "…银行"}} {
		if got := Shorten(c.s, c.w); got != c.want {
			t.Errorf("Shorten(%q, %d) = %q, want %q", c.s, c.w, got, c.want)
		}
	}
}

func TestNoBarWithoutTerminal(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, 10)
	p.Show(5)
	p.Clear()
	if b.Len() > 0 {
		t.Errorf("drew %q, want nothing", b.String())
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	defer null.Close()
	if Terminal(null) {
		t.Error("Terminal = true for the null device, want false")
	}
}

// The bar has the count and the time left, fits on the terminal, and leaves an
// empty line.
func TestBar(t *testing.T) {
	for _, c := range []struct {
		done, total, width int
		since              time.Duration
		want               string
	}{
		{5, 45, 80, 10 * time.Second, "[===                           ] 5/45  11%  ETA 1m20s"},
		{10, 10, 80, time.Second, "[==============================] 10/10  100%  ETA 0s"},
		{0, 10, 80, 0, "[                              ] 0/10  0%"},
		{5, 10, 30, time.Minute, "[===    ] 5/10  50%  ETA 1m0s"},
		{5, 10, 12, time.Minute, "5/10  50% …"},
	} {
		if got := bar(c.done, c.total, c.width, c.since); got != c.want {
			t.Errorf("bar(%d, %d, %d) = %q, want %q", c.done, c.total, c.width, got, c.want)
		}
	}
	var b bytes.Buffer
	p := newProgress(&b, 80, 10)
	p.Show(5)
	p.Show(6) // too early
	if got := b.String(); !strings.HasPrefix(got, "\r\x1b[2K[====") || !strings.Contains(got, "5/10") || strings.Contains(got, "6/10") {
		t.Errorf("drew %q, want the bar once", got)
	}
	b.Reset()
	p.Clear()
	p.Clear()
	if got := b.String(); got != "\r\x1b[2K" {
		t.Errorf("Clear wrote %q, want one erased line", got)
	}
	if p := newProgress(&b, 80, 1); p.w != nil {
		t.Error("there is a bar for one item, want none")
	}
}

// Columns are as wide as their cells, wide characters count twice, and
// numbers are aligned right.
func TestTable(t *testing.T) {
	var b strings.Builder
	err := Table(&b, []string{"NAME", "CALLS", "RATE"}, [][]string{
		{"支付", "1,000", "9.5%"}, {"a\x1b[0m", "7", "100%"}, {"e\u0301💳", "-1", "0%"}, {"", "", ""}})
	want := "NAME   CALLS  RATE\n支付   1,000  9.5%\na?[0m      7  100%\ne\u0301💳       -1    0%\n\n"
	if err != nil || b.String() != want {
		t.Errorf("Table printed %q, %v, want %q", b.String(), err, want)
	}
	b.Reset()
	if err := Table(&b, []string{"A"}, nil); err != nil || b.Len() != 0 {
		t.Errorf("Table printed %q, %v, want nothing", b.String(), err)
	}
}
