package server

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/kahao/kahao/internal/console"
)

// maxRecent is how many lines of the log the console shows, and maxRecentText
// how long each may be, in bytes.
const (
	maxRecent     = 50
	maxRecentText = 500
)

// recentLines are the latest errors and warnings of the log.
type recentLines struct {
	mu    sync.Mutex
	lines []console.LogLine // the oldest first
}

func (r *recentLines) add(line console.LogLine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lines) == maxRecent {
		r.lines = slices.Delete(r.lines, 0, 1)
	}
	r.lines = append(r.lines, line)
}

// newestFirst returns a copy of the lines.
func (r *recentLines) newestFirst() []console.LogLine {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Clone(r.lines)
	slices.Reverse(all)
	return all
}

// recorder keeps errors and warnings, and passes everything on.
type recorder struct {
	slog.Handler
	to *recentLines
}

// Enabled reports whether a record is kept or passed on.
func (r recorder) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn || r.Handler.Enabled(ctx, l)
}

// Handle keeps a record and passes it on.
func (r recorder) Handle(ctx context.Context, rec slog.Record) error {
	if rec.Level >= slog.LevelWarn {
		var b strings.Builder
		b.WriteString(rec.Message)
		rec.Attrs(func(a slog.Attr) bool {
			fmt.Fprintf(&b, " %s=%v", a.Key, a.Value)
			return b.Len() < maxRecentText
		})
		text := strings.ToValidUTF8(b.String()[:min(b.Len(), maxRecentText)], "")
		r.to.add(console.LogLine{At: rec.Time, Level: rec.Level.String(), Text: text})
	}
	if !r.Handler.Enabled(ctx, rec.Level) {
		return nil
	}
	return r.Handler.Handle(ctx, rec)
}

// WithAttrs keeps the wrapping.
func (r recorder) WithAttrs(attrs []slog.Attr) slog.Handler {
	return recorder{r.Handler.WithAttrs(attrs), r.to}
}

// WithGroup keeps the wrapping.
func (r recorder) WithGroup(name string) slog.Handler {
	return recorder{r.Handler.WithGroup(name), r.to}
}
