package console

import (
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/login"
)

// The page shows the state of the server, to the operator alone; texts of the log
// are escaped and free of numbers.
func TestServerPage(t *testing.T) {
	r := newRig(t)
	got := r.as(login.Operator).get("/server")
	r.as("").wants("the page", got, 200, "the disk is full", "1 d 2 h", "2 / 4", "5 / 64", "11 + 13", "300 MiB", "of at most 2 GiB", "https://192.0.2.1:8080",
		"v1.2.3", "table-7", "digits-8", "0123456789ab", "/var/lib/kahao", "5 MiB", "3 GiB", "verify the ledger", ">24 h</td>", "no such table", "consistent",
		"something &lt;b&gt;failed&lt;/b&gt;", "2026-12-30", "Servers on this database", "kahao-0", "this one", "kahao-1", "missing", "v1.2.2", "11:00:00")
	if got.has("4000001234567899") || got.has("<b>failed") {
		t.Error("the page has a number of the log, or its markup")
	}
}

func TestByteSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB", 1000 << 10: "0.977 MiB", 5 << 20: "5 MiB", 1 << 40: "1 TiB", 1<<63 - 1: "8 EiB"} {
		if got := byteSize(n); got != want {
			t.Errorf("byteSize(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	p := &page{lang: "en"}
	for d, want := range map[time.Duration]string{0: "0 min 0 s", 61 * time.Second: "1 min 1 s", 90 * time.Minute: "1 h 30 min", 49 * time.Hour: "2 d 1 h"} {
		if got := p.duration(d); got != want {
			t.Errorf("duration(%v) = %q, want %q", d, got, want)
		}
	}
}
