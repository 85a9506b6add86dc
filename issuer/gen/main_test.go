package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "in.tsv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatalf("os.WriteFile: %v", err)
	}
	return name
}

func TestMerge(t *testing.T) {
	bins := write(t, binColumns+`
621700	19	01050000	建设银行	龙卡通	debit	unionpay	10
62170001	19	04000000	某行			unionpay	1
`)
	notes := write(t, noteColumns+`
621700	19	list2014				
62170001	19	list2021	1		credit	猜的
`)
	got, err := merge(bins, notes)
	if err != nil {
		t.Fatalf("merge: %v", err)
	}
	want := outColumns + `
621700	19	d	unionpay	10	01050000	建设银行	龙卡通
62170001	19	~c	unionpay	1	~04000000	某行	~猜的
`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWhole(t *testing.T) {
	for name, want := range map[string]string{
		"某卡(银联": "某卡", "某卡(银联)": "某卡(银联)", "某行(香港)有限": "某行(香港)有限", "": "", "某卡（银联": "某卡", "(某": "(某",
	} {
		if got := whole(name); got != want {
			t.Errorf("whole(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	const good, note = "621700	19	01050000	建设银行	龙卡通	debit	unionpay	10", "621700	19	list2014				"
	for what, in := range map[string][2]string{
		"another key in the note": {good, "621701	19	x				"},
		"a short row":             {"621700	19	01050000", note},
		"a letter in the prefix":  {strings.Replace(good, "621700", "62170x", 1), note},
		"a length of 20":          {strings.Replace(good, "19", "20", 1), note},
		"a short code":            {strings.Replace(good, "01050000", "0105", 1), note},
		"an unknown network":      {strings.Replace(good, "unionpay", "nobody", 1), note},
		"an unknown type":         {strings.Replace(good, "debit", "gift", 1), note},
		"a row twice":             {good + "\n" + good, note + "\n" + note},
		"a row without a note":    {good + "\n" + good, note},
	} {
		if _, err := merge(write(t, binColumns+"\n"+in[0]+"\n"), write(t, noteColumns+"\n"+in[1]+"\n")); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
}
