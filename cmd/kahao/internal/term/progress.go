package term

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Progress is a bar on standard error, drawn only where a person sees it: on
// a terminal, for more than one item.
type Progress struct {
	w       io.Writer // nil where nothing is drawn
	total   int
	begun   time.Time
	drawn   time.Time
	visible bool
}

// NewProgress returns the bar for a number of items, which Clear and Show do
// nothing to where there is nobody to see it.
func NewProgress(w io.Writer, total int) *Progress {
	p := &Progress{total: total, begun: time.Now()}
	if total > 1 && Terminal(w) {
		p.w = w
	}
	return p
}

// Clear takes the bar away, so that a line can be printed in its place.
func (p *Progress) Clear() {
	if p.visible {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.visible = false
	}
}

// Rate is how many of the done items were done in a second.
func (p *Progress) Rate(done int) float64 {
	return float64(done) / max(time.Since(p.begun).Seconds(), 1e-3)
}

// Show draws the bar at a count of done items, at most ten times a second.
func (p *Progress) Show(done int) {
	if p.w == nil || time.Since(p.drawn) < 100*time.Millisecond {
		return
	}
	p.drawn = time.Now()
	const width = 30
	full := width * done / p.total
	fmt.Fprintf(p.w, "\r\x1b[K[%s%s] %d/%d  %.1f/s", strings.Repeat("#", full), strings.Repeat(".", width-full), done, p.total, p.Rate(done))
	p.visible = true
}

// Terminal reports whether w is one. The null device is a character device
// too.
func Terminal(w io.Writer) bool {
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
