package console

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"math"
	"path"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/console/catalogue"
	"github.com/kahao/kahao/internal/service/billing"
)

//go:embed templates/*.html
var templateFiles embed.FS

// pageSet is the templates of all pages in one language.
type pageSet struct{ byName map[string]*template.Template }

// execute renders a page within the layout.
func (s *pageSet) execute(w io.Writer, name string, v view) error {
	t, ok := s.byName[name]
	if !ok {
		return fmt.Errorf("console: no template %q", name)
	}
	return t.ExecuteTemplate(w, "layout", v)
}

// parsePages parses the templates in each language. A file that begins with an
// underscore is part of every page.
func parsePages(calendar billing.Calendar) (map[string]*pageSet, error) {
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	sets := map[string]*pageSet{}
	for _, lang := range catalogue.Languages() {
		shared, err := template.New("").Funcs(functions(lang, calendar)).ParseFS(templateFiles, "templates/_*.html")
		if err != nil {
			return nil, fmt.Errorf("console: %w", err)
		}
		set := &pageSet{map[string]*template.Template{}}
		for _, file := range names {
			name := strings.TrimSuffix(path.Base(file), ".html")
			if strings.HasPrefix(name, "_") {
				continue
			}
			t, err := shared.Clone()
			if err == nil {
				t, err = t.ParseFS(templateFiles, file)
			}
			if err != nil {
				return nil, fmt.Errorf("console: %w", err)
			}
			set.byName[name] = t
		}
		sets[lang] = set
	}
	return sets, nil
}

// functions are those of the templates. A text of a page is t and its key.
func functions(lang string, calendar billing.Calendar) template.FuncMap {
	return template.FuncMap{
		"t":        func(key string, args ...any) string { return catalogue.Text(lang, key, args...) },
		"has":      catalogue.Has,
		"asset":    assetURL,
		"n":        number,
		"nu":       func(n uint64) string { return number(int64(min(n, math.MaxInt64))) },
		"bytes":    byteSize,
		"day":      func(at time.Time) string { return string(calendar.Day(at)) },
		"time":     func(at time.Time) string { return calendar.In(at).Format("2006-01-02 15:04") },
		"clock":    func(at time.Time) string { return calendar.In(at).Format("2006-01-02 15:04:05") },
		"zone":     calendar.Zone,
		"interval": func(d time.Duration) string { return interval(lang, d) },
		"took":     func(d time.Duration) string { return took(lang, d) },
		"rate":     rateText,
		"money":    func(c billing.Cents) string { return c.String() },
		"deref":    func(at *time.Time) time.Time { return *at },
	}
}

// interval writes a whole number of hours, minutes or seconds.
func interval(lang string, d time.Duration) string {
	switch {
	case d >= time.Hour:
		return catalogue.Text(lang, "duration.h", int64(d/time.Hour))
	case d >= time.Minute:
		return catalogue.Text(lang, "duration.min", int64(d/time.Minute))
	}
	return catalogue.Text(lang, "duration.s", int64(d/time.Second))
}

// took writes how long something took, in milliseconds or seconds.
func took(lang string, d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return catalogue.Text(lang, "duration.took", d.Seconds())
}

// byteSize writes a number of bytes in a binary unit.
func byteSize(n int64) string {
	if n < 1<<10 {
		return fmt.Sprint(n, " B")
	}
	size, units := float64(n)/1024, "KMGTPE"
	i := 0
	for size >= 1000 && i < len(units)-1 {
		size, i = size/1024, i+1
	}
	return fmt.Sprintf("%.3g %ciB", size, units[i])
}

// number writes a whole number with separators of thousands.
func number(n int64) string {
	text := fmt.Sprint(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(text) - 3; i > start; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
