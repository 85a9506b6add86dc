package server

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/console"
)

// The console's page shows the server as it is: its listeners, jobs, database and
// latest errors.
func TestStatus(t *testing.T) {
	r := start(t, &fakeReader{}, func(c *Config) { c.Data, c.Console, c.Workers = t.TempDir(), "127.0.0.1:0", 3 })
	r.logger.Error("something failed", "cause", errors.New("no space"))
	for range maxRecent {
		r.logger.Warn("a warning")
	}
	r.logger.Info("not kept")
	r.measures.stage("read", 100*time.Millisecond)
	deadline := time.Now().Add(10 * time.Second)
	for len(r.jobs.Runs()) < 6 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	s, err := r.status(t.Context())
	if err != nil {
		t.Fatalf("status: %v", err)
	}
	if s.Ready != nil || s.Draining || s.Workers != 3 || s.Started.IsZero() {
		t.Errorf("status = %+v, want ready with 3 workers", s)
	}
	if len(s.Listeners) != 2 || s.Listeners[0].Name != "api" || s.Listeners[1].URL == "" {
		t.Errorf("listeners = %+v, want the API and the console", s.Listeners)
	}
	if s.Database.Engine != "SQLite" || s.Database.Bytes < 4096 || s.Database.Free == 0 || s.Memory < 1<<20 {
		t.Errorf("database = %+v, memory %d, want a SQLite file and a running process", s.Database, s.Memory)
	}
	const jobs = "alert bill check flush rollup sweep tidy "
	names := jobNames(s)
	for end := time.Now().Add(time.Minute); names != jobs && time.Now().Before(end); names = jobNames(s) { // each begins in its own time
		time.Sleep(10 * time.Millisecond)
		if s, err = r.status(t.Context()); err != nil {
			t.Fatalf("status: %v", err)
		}
	}
	if names != jobs {
		t.Errorf("jobs = %s, want %s", names, jobs)
	}
	found := false
	for _, st := range s.Stages {
		found = found || st.Name == "read" && st.Latency.Count() == 1
	}
	if !found {
		t.Errorf("stages = %+v, want one of read", s.Stages)
	}
	if len(s.Errors) != maxRecent || s.Errors[0].Text != "a warning" || s.Errors[0].Level != "WARN" {
		t.Errorf("%d lines, the newest %+v, want %d warnings", len(s.Errors), s.Errors[0], maxRecent)
	}
}

func jobNames(s console.Status) (names string) {
	for _, j := range s.Jobs {
		names += j.Name + " "
	}
	return names
}

// A long line is cut, and a record is kept whether the log itself is on or off.
func TestRecorder(t *testing.T) {
	lines := &recentLines{}
	log := slog.New(recorder{slog.DiscardHandler, lines})
	log.Error("failed", "cause", strings.Repeat("é", maxRecentText))
	log.With("a", 1).WithGroup("g").Warn("second")
	got := lines.newestFirst()
	if len(got) != 2 || got[0].Text != "second" || !strings.HasPrefix(got[1].Text, "failed cause=éé") || len(got[1].Text) > maxRecentText {
		t.Errorf("lines = %+v, want the second, then the first cut at %d bytes", got, maxRecentText)
	}
}
