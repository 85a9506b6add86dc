package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/testutil"
)

// The scripts in testdata/script are what a user types. "kahao" is the command
// itself; "fake" is the command with a reader that does not look at images but
// follows the text in the file, so that output can be tested to the letter.
// script_test.go has the other commands of the scripts. KAHAO_UPDATE=1 writes
// the files that "cmp" compares.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"kahao": main,
		"fake": func() {
			os.Exit(run(context.Background(), os.Args[1:], fakeEnv(os.Stdin, os.Stdout, os.Stderr)))
		},
	})
}

func TestScripts(t *testing.T) {
	calendar, err := billing.NewCalendar("")
	if err != nil {
		t.Fatalf("loading the calendar: %v", err)
	}
	now := time.Now()
	month, err := calendar.MonthSpan(calendar.Month(now))
	if err != nil {
		t.Fatalf("this month: %v", err)
	}
	s := &script{lastMonth: month.From.Add(-48 * time.Hour)}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: testutil.Updating(),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exitsWith, "let": let, "backdate": s.backdate, "charge": s.charge, "sql": s.sql, "firstline": firstLine,
		},
		// In the first hour of a month the last one is not settled.
		Condition: func(cond string) (bool, error) { return cond == "settled" && now.After(month.From.Add(time.Hour)), nil },
		Setup: func(e *testscript.Env) error {
			e.Setenv("TESTDATA", testdata)
			e.Setenv("THISMONTH", string(calendar.Month(now)))
			e.Setenv("LASTMONTH", string(calendar.Month(s.lastMonth)))
			return nil
		},
	})
}

// testdata is the directory with the example images.
var testdata = func() string {
	dir, err := filepath.Abs("../../testdata")
	if err != nil {
		panic(err)
	}
	return dir
}()

// realEnv is an environment with the real reader and no input.
func realEnv(out, errOut io.Writer) *env {
	e := newEnv()
	e.in, e.out, e.err = strings.NewReader(""), out, errOut
	return e
}

// TestInterrupt ends a run while an image is being read.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(30*time.Millisecond, cancel)
	var out, errOut strings.Builder
	code := run(ctx, []string{"read", "-"}, fakeEnv(strings.NewReader("wait 1h"), &out, &errOut))
	if code != exitInterrupted || out.Len() > 0 || errOut.String() != "kahao read: interrupted\n" {
		t.Errorf("exit code %d, output %q and %q, want %d, nothing and interrupted", code, out.String(), errOut.String(), exitInterrupted)
	}
}

// TestInterruptOfSeveral ends a run after the first of three images.
func TestInterruptOfSeveral(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for i, content := range []string{"none", "wait 1h", "none"} {
		file := filepath.Join(dir, string(rune('a'+i)))
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatalf("WriteFile: %v", err)
		}
		files = append(files, file)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var out, errOut testutil.Buffer
	go func() {
		for !strings.Contains(out.String(), "no card found") {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	code := run(ctx, append([]string{"read", "--lang", "en", "--jobs", "1"}, files...), fakeEnv(strings.NewReader(""), &out, &errOut))
	if want := "kahao read: interrupted: 1 of 3 images were done\n"; code != exitInterrupted || errOut.String() != want {
		t.Errorf("exit code %d and %q, want %d and %q", code, errOut.String(), exitInterrupted, want)
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"json", "json", 0}, {"jon", "json", 1}, {"jon", "jobs", 2}, {"raed", "read", 2}, {"", "abc", 3}, {"abc", "", 3}} {
		if got := edits(c.a, c.b); got != c.want {
			t.Errorf("edits(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
