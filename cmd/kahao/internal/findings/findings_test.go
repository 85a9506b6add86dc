package findings

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kahao/kahao/cmd/kahao/internal/words"
)

var (
	sure  = Finding{File: "a b/ü.zip", Inside: "!c.png", Kind: "number", Sure: true, Last4: "0003", Fingerprint: "00112233445566778899aabbccddeeff", Box: [4]int{1, 2, 3, 4}}
	maybe = Finding{File: "/x\x1b[31m", Kind: "line"}
)

func printed(t *testing.T, format string, all ...Finding) string {
	t.Helper()
	return printedIn(t, words.English, format, all...)
}

func printedIn(t *testing.T, lang words.Language, format string, all ...Finding) string {
	t.Helper()
	var b bytes.Buffer
	p, err := New(format, &b, lang)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if err := p.Print(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTable(t *testing.T) {
	got := printed(t, "table", sure, maybe)
	want := "found     last4   fingerprint   place\nnumber    0003    001122334455  a b/ü.zip!c.png\nline?                           /x?[31m\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := printed(t, "table"); got != "" {
		t.Errorf("without findings %q is printed", got)
	}
}

// The table is in the language, with columns that are aligned; other formats are not.
func TestTableInChinese(t *testing.T) {
	got := printedIn(t, words.Chinese, "table", sure, maybe)
	want := "类型      后四位  指纹          位置\n卡号      0003    001122334455  a b/ü.zip!c.png\n数字行？                        /x?[31m\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, format := range []string{"json", "csv", "sarif"} {
		if got, want := printedIn(t, words.Chinese, format, sure, maybe), printed(t, format, sure, maybe); got != want {
			t.Errorf("%s in Chinese is\n%s\nwant what it is in English\n%s", format, got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	var got Finding
	if err := json.Unmarshal([]byte(printed(t, "json", sure)), &got); err != nil || got != sure {
		t.Errorf("got %+v (%v), want %+v", got, err, sure)
	}
}

func TestCSV(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(printed(t, "csv", sure, maybe))).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][4] != "0003" || rows[2][3] != "false" {
		t.Errorf("got %q (%v)", rows, err)
	}
}

func TestSARIF(t *testing.T) {
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID, Level string
				Locations     []struct {
					PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
				}
				PartialFingerprints map[string]string
			}
		}
	}
	if err := json.Unmarshal([]byte(printed(t, "sarif", sure, maybe)), &log); err != nil {
		t.Fatal(err)
	}
	r := log.Runs[0].Results
	if log.Version != "2.1.0" || len(r) != 2 || r[0].Level != "error" || r[1].Level != "note" || r[0].PartialFingerprints["cardNumber/v1"] != sure.Fingerprint {
		t.Errorf("got %+v", log)
	}
	if got := r[0].Locations[0].PhysicalLocation.ArtifactLocation.URI; got != "a%20b/%C3%BC.zip" {
		t.Errorf("URI %q", got)
	}
	if got := r[1].Locations[0].PhysicalLocation.ArtifactLocation.URI; got != "file:///x%1B%5B31m" {
		t.Errorf("URI %q", got)
	}
	for _, res := range r {
		found := false
		for _, rule := range log.Runs[0].Tool.Driver.Rules {
			found = found || rule.ID == res.RuleID
		}
		if !found {
			t.Errorf("rule %q is not declared", res.RuleID)
		}
	}
	if got := printed(t, "sarif"); !strings.Contains(got, `"results": []`) {
		t.Errorf("without findings: %s", got)
	}
}

func TestUnknownFormat(t *testing.T) {
	if _, err := New("xml", &bytes.Buffer{}, words.English); err == nil {
		t.Error("the format xml is accepted")
	}
}

func TestJournal(t *testing.T) {
	dir := t.TempDir()
	name, image := filepath.Join(dir, "journal"), filepath.Join(dir, "image")
	if err := os.WriteFile(image, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(image)
	if err != nil {
		t.Fatal(err)
	}
	open := func() *Journal {
		t.Helper()
		j, err := OpenJournal(name)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	j := open()
	if j.Has(image, info) {
		t.Error("a new journal has a file")
	}
	if err := j.Add(image, info); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	// A crash cuts the last line.
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"path":"/half`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	j = open()
	if !j.Has(image, info) {
		t.Error("the file is not in the journal after it was opened again")
	}
	if err := j.Add(filepath.Join(dir, "other"), info); err != nil {
		t.Fatal(err)
	}
	j.Close()
	j = open()
	defer j.Close()
	if !j.Has(filepath.Join(dir, "other"), info) {
		t.Error("a line after a cut one is lost")
	}
	if err := os.WriteFile(image, []byte("12"), 0o600); err != nil {
		t.Fatal(err)
	}
	if info, err = os.Stat(image); err != nil || j.Has(image, info) {
		t.Errorf("a changed file counts as done (%v)", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "no-journal"), []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(filepath.Join(dir, "no-journal")); err == nil {
		t.Error("another file is taken for a journal")
	}
}
