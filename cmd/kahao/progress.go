package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// progress is a bar on standard error, drawn only where a person sees it: on
// a terminal, for more than one item.
type progress struct {
	w       io.Writer // nil where nothing is drawn
	total   int
	begun   time.Time
	drawn   time.Time
	visible bool
}

func newProgress(w io.Writer, total int) *progress {
	p := &progress{total: total, begun: time.Now()}
	if total > 1 && terminal(w) {
		p.w = w
	}
	return p
}

// clear takes the bar away, so that a line can be printed in its place.
func (p *progress) clear() {
	if p.visible {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.visible = false
	}
}

// show draws the bar at a count of done items, at most ten times a second.
func (p *progress) show(done int) {
	if p.w == nil || time.Since(p.drawn) < 100*time.Millisecond {
		return
	}
	p.drawn = time.Now()
	const width = 30
	full := width * done / p.total
	rate := float64(done) / max(time.Since(p.begun).Seconds(), 1e-3)
	fmt.Fprintf(p.w, "\r\x1b[K[%s%s] %d/%d  %.1f/s", strings.Repeat("#", full), strings.Repeat(".", width-full), done, p.total, rate)
	p.visible = true
}

// terminal reports whether w is one. The null device is a character device
// too.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
