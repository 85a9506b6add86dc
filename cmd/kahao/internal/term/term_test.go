package term

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "中国银行": 8, "中国银行(01040000)": 18, "…a": 2, "（）": 4} {
		if got := Columns(s); got != want {
			t.Errorf("%q takes %d columns, want %d", s, got, want)
		}
	}
}

func TestRow(t *testing.T) {
	got := Row([]int{6, -4, 0}, "银行", "7", "end")
	if want := "银行       7  end"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Row([]int{6, 4}, "a", ""); got != "a" {
		t.Errorf("trailing blanks: %q", got)
	}
}

func TestVisible(t *testing.T) {
	if got := Visible("a\x1b[2Jb\n中\u009b\xff"); got != "a?[2Jb?中??" {
		t.Errorf("got %q", got)
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		s    string
		w    int
		want string
	}{{"abc", 3, "abc"}, {"abcdef", 4, "…def"}, {"中国银行", 6, "…银行"}} {
		if got := Shorten(c.s, c.w); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.s, c.w, got, c.want)
		}
	}
}

func TestNoBarAwayFromTerminals(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, 10)
	p.Show(5)
	p.Clear()
	if b.Len() > 0 {
		t.Errorf("drew %q", b.String())
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if Terminal(null) {
		t.Error("the null device passed for a terminal")
	}
}

func TestBar(t *testing.T) {
	var b bytes.Buffer
	p := &Progress{w: &b, total: 10}
	p.Show(5)
	p.Clear()
	if got := b.String(); !bytes.Contains(b.Bytes(), []byte("###...")) || got[len(got)-4:] != "\r\x1b[K" {
		t.Errorf("drew %q", got)
	}
}

// Columns are as wide as what is in them, wide characters count for two, and
// numbers stand to the right.
func TestTable(t *testing.T) {
	var b strings.Builder
	err := Table(&b, []string{"NAME", "CALLS", "RATE"}, [][]string{{"支付", "1,000", "9.5%"}, {"a\x1b[0m", "7", "100%"}, {"", "", ""}})
	want := "NAME   CALLS  RATE\n支付   1,000  9.5%\na?[0m      7  100%\n\n"
	if err != nil || b.String() != want {
		t.Errorf("%q, want %q, %v", b.String(), want, err)
	}
	b.Reset()
	if err := Table(&b, []string{"A"}, nil); err != nil || b.Len() != 0 {
		t.Errorf("%q, %v", b.String(), err)
	}
}
