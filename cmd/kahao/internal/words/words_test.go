package words

import (
	"os"
	"strings"
	"testing"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/cmd/kahao/internal/annotate"
	"github.com/kahao/kahao/issuer"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want Language
	}{
		{nil, English}, {map[string]string{"LANG": "zh_CN.UTF-8"}, Chinese}, {map[string]string{"LANG": "de_DE"}, English},
		{map[string]string{"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, English}, {map[string]string{"LC_MESSAGES": "zh_TW", "LANG": "C"}, Chinese},
	} {
		if got := Of(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("Of(%v) = %v, want %v", c.env, got, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	for i, name := range Names {
		if got, err := Parse(name); err != nil || got != Language(i) {
			t.Errorf("Parse(%q) = %v, %v, want %v", name, got, err, Language(i))
		}
	}
	if _, err := Parse("fr"); err == nil {
		t.Error("Parse(fr) = nil error, want one")
	}
}

// Every text is there in every language.
func TestComplete(t *testing.T) {
	for w := File; w <= Blurred; w++ {
		for l := range Names {
			if Language(l).Text(w) == "" {
				t.Errorf("word %d has no text in %s", w, Names[l])
			}
		}
	}
	for _, v := range []kahao.Verdict{kahao.VerdictAccept, kahao.VerdictReview, kahao.VerdictReject} {
		for l := range Names {
			if Language(l).Verdict(v) == "" {
				t.Errorf("verdict %s has no text in %s", v, Names[l])
			}
		}
	}
	for w := NoCalls; w <= MonthOver; w++ {
		for l := range Names {
			if Language(l).Account(w) == "" {
				t.Errorf("word %d of accounts has no text in %s", w, Names[l])
			}
		}
	}
	for w := ScanFound; w <= ScanPlace; w++ {
		for l := range Names {
			if Language(l).Scan(w) == "" {
				t.Errorf("word %d of scans has no text in %s", w, Names[l])
			}
		}
	}
	for w := Numbers; w <= FailureAccepted; w++ {
		for l := range Names {
			if Language(l).Evaluation(w) == "" {
				t.Errorf("word %d of evaluations has no text in %s", w, Names[l])
			}
		}
	}
	for code, texts := range reasons {
		for l, s := range texts {
			if s == "" {
				t.Errorf("reason %s has no text in %s", code, Names[l])
			}
		}
	}
}

// The names of banks are those of the card table: a name that is not in it would
// never be used.
func TestBanksAreInTheTable(t *testing.T) {
	for _, c := range []struct{ number, en, zh string }{
		{"6227000000000000003", "China Construction Bank (01050000)", "建设银行(01050000)"},
		{"6225768888888888", "China Merchants Bank (03080000)", "招商银行(03080000)"},
	} {
		r := issuer.Lookup(c.number)
		if got := English.Bank(r); got != c.en {
			t.Errorf("English.Bank = %q, want %q", got, c.en)
		}
		if got := Chinese.Bank(r); got != c.zh {
			t.Errorf("Chinese.Bank = %q, want %q", got, c.zh)
		}
	}
	table, err := os.ReadFile("../../../../issuer/table.tsv")
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	for name := range banks {
		if !strings.Contains(string(table), "\t"+name+"\t") {
			t.Errorf("the card table has no issuer %s", name)
		}
	}
	if got := English.Bank(issuer.Result{Issuer: "宣汉诚民村镇银行", Code: "1"}); got != "宣汉诚民村镇银行(1)" {
		t.Errorf("English.Bank of a bank without an English name = %q, want the table's name", got)
	}
}

func TestReasons(t *testing.T) {
	all := []kahao.Reason{{Code: kahao.ReasonGlare, Digits: kahao.Range{From: 8, To: 12}}, {Code: kahao.ReasonUnsureDigit, Digits: kahao.Range{From: 2, To: 3}}, {Code: "new_code"}}
	if got, want := English.Reasons(all), "glare at 9-12, unsure digit at 3, new code"; got != want {
		t.Errorf("English.Reasons = %q, want %q", got, want)
	}
	if got, want := Chinese.Reasons(all), "反光（第 9-12 位），数字不确定（第 3 位），new code"; got != want {
		t.Errorf("Chinese.Reasons = %q, want %q", got, want)
	}
}

func TestWarnings(t *testing.T) {
	c := &capture.Checks{
		Screen: capture.Check{P: 0.93129, Warn: true},
		Glare:  capture.Check{P: 0.8, Warn: true, Fields: []capture.Field{capture.FieldNumber, capture.FieldDate}},
	}
	if got, want := English.Warnings(c), "glare 80.00% over number and date, screen 93.12%"; got != want {
		t.Errorf("English.Warnings = %q, want %q", got, want)
	}
	if got, want := Chinese.Warnings(c), "反光 80.00%（卡号、日期处），翻拍屏幕 93.12%"; got != want {
		t.Errorf("Chinese.Warnings = %q, want %q", got, want)
	}
	for name := range c.All() {
		if checks[name] == (text{}) {
			t.Errorf("the check %s has no words", name)
		}
	}
}

func TestRegion(t *testing.T) {
	for _, c := range []struct {
		lang Language
		kind string
		sure bool
		want string
	}{
		{English, "number", true, "number"}, {English, "line", false, "line?"}, {Chinese, "number", true, "卡号"}, {Chinese, "band", false, "卡片？"},
		{Chinese, "other", true, "other"},
	} {
		if got := c.lang.Region(c.kind, c.sure); got != c.want {
			t.Errorf("%s.Region(%q, %v) = %q, want %q", Names[c.lang], c.kind, c.sure, got, c.want)
		}
	}
}

// TestAnnotationsCanBeWritten: the fonts of annotations have every letter of their
// texts.
func TestAnnotationsCanBeWritten(t *testing.T) {
	texts := []string{Chinese.Text(NoCard), Chinese.Text(Blurred), Chinese.Colon(), Chinese.Reasons([]kahao.Reason{{Code: kahao.ReasonGlare, Digits: kahao.Range{From: 8, To: 12}}, {Code: kahao.ReasonCheckDigit}})}
	for _, words := range verdicts {
		texts = append(texts, words[Chinese])
	}
	for _, words := range reasons {
		texts = append(texts, words[Chinese])
	}
	for _, s := range texts {
		if missing := annotate.Missing(s); missing != "" {
			t.Errorf("the fonts lack %q of %q: make the subset again (cmd/kahao/internal/annotate/fonts/README.md)", missing, s)
		}
	}
}
