package term

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Progress is a bar with the time left. It is drawn on terminals only, and
// only for more than one item.
type Progress struct {
	bar     *progressbar.ProgressBar // nil if nothing is drawn
	started time.Time
}

// NewProgress returns the bar for a number of items.
func NewProgress(w io.Writer, total int) *Progress {
	if !Terminal(w) {
		return newProgress(nil, total)
	}
	return newProgress(w, total)
}

func newProgress(w io.Writer, total int) *Progress {
	p := &Progress{started: time.Now()}
	if w != nil && total > 1 {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(w),
			progressbar.OptionUseANSICodes(true),
			progressbar.OptionSetWidth(30),
			progressbar.OptionSetTheme(progressbar.ThemeASCII),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true))
	}
	return p
}

// Clear removes the bar, so that a line can be printed in its place.
func (p *Progress) Clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// Show draws the bar, at most ten times a second.
func (p *Progress) Show(done int) {
	if p.bar != nil {
		_ = p.bar.Set(done)
	}
}

// Rate is the number of items per second so far.
func (p *Progress) Rate(done int) float64 {
	return float64(done) / max(time.Since(p.started).Seconds(), 1e-3)
}

// Terminal reports whether w is a terminal.
func Terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
