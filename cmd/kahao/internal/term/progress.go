package term

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// Progress is a bar with the time left. It is drawn on terminals only, and
// only for more than one item.
type Progress struct {
	w       io.Writer // nil if nothing is drawn
	width   int       // columns of the terminal
	total   int
	started time.Time
	drawn   time.Time // zero while nothing is on the terminal
}

// redraw is the shortest time between two drawings.
const redraw = 100 * time.Millisecond

// NewProgress returns the bar for a number of items.
func NewProgress(w io.Writer, total int) *Progress {
	if !Terminal(w) {
		return newProgress(nil, 0, total)
	}
	width, _, err := term.GetSize(int(w.(*os.File).Fd()))
	if err != nil {
		width = 80
	}
	return newProgress(w, width, total)
}

func newProgress(w io.Writer, width, total int) *Progress {
	p := &Progress{width: width, total: total, started: time.Now()}
	if total > 1 {
		p.w = w
	}
	return p
}

// Clear removes the bar, so that a line can be printed in its place.
func (p *Progress) Clear() {
	if p.w == nil || p.drawn.IsZero() {
		return
	}
	fmt.Fprint(p.w, "\r\x1b[2K")
	p.drawn = time.Time{}
}

// Show draws the bar, at most ten times a second.
func (p *Progress) Show(done int) {
	if p.w == nil || time.Since(p.drawn) < redraw {
		return
	}
	p.drawn = time.Now()
	fmt.Fprint(p.w, "\r\x1b[2K"+bar(done, p.total, p.width, time.Since(p.started)))
}

// bar is "[=====     ] 5/10  50%  ETA 1m20s", without the brackets on terminals
// with few columns.
func bar(done, total, width int, since time.Duration) string {
	text := fmt.Sprintf("%d/%d  %d%%", done, total, 100*done/max(total, 1))
	if done > 0 {
		left := time.Duration(float64(since) / float64(done) * float64(total-done))
		text += fmt.Sprintf("  ETA %v", left.Round(time.Second))
	}
	length := min(30, width-len(text)-4)
	if length < 5 {
		return Cut(text, max(width-1, 0))
	}
	full := length * done / max(total, 1)
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", length-full) + "] " + text
}

// Rate is the number of items per second so far.
func (p *Progress) Rate(done int) float64 {
	return float64(done) / max(time.Since(p.started).Seconds(), 1e-3)
}

// Terminal reports whether w is a terminal.
func Terminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
