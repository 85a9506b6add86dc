// Command plots draws the plots of the documentation from the figures on its
// pages, so that a plot and its page cannot differ.
//
//	go run -C tools ./plots
package main

import (
	"cmp"
	"fmt"
	"html"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

func main() {
	docs := filepath.Join("..", "docs")
	plots, err := draw(docs)
	if err != nil {
		log.Fatal(err)
	}
	for name, svg := range plots {
		if err := os.WriteFile(filepath.Join(docs, name), []byte(svg), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// draw returns the plots by their names below the directory of the pages.
func draw(docs string) (map[string]string, error) {
	accuracy, err := slices(filepath.Join(docs, "accuracy.md"))
	if err != nil {
		return nil, err
	}
	stages, err := stageTimes(filepath.Join(docs, "benchmarks.md"))
	if err != nil {
		return nil, err
	}
	clients, err := figures(filepath.Join(docs, "benchmarks.md"), "| clients | requests a second |", 2, " clients")
	if err != nil {
		return nil, err
	}
	memory, err := figures(filepath.Join(docs, "benchmarks.md"), "| second | requests | resident MiB |", 3, " s")
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"images/clients.svg": plot{
			title: "Requests a second by clients, two cores", rows: clients, series: []series{{"requests a second", "#2a7f62"}},
		}.svg(),
		"images/memory.svg": plot{
			title: "Resident memory of a server with four clients, MiB", unit: " MiB", rows: memory, series: []series{{"MiB", "#8a5aa8"}},
		}.svg(),
		"images/accuracy.svg": plot{
			title: "Benchmark v1: numbers exact, wrong and refused, by slice", unit: " %", rows: accuracy,
			series: []series{{"exact", "#2a7f62"}, {"wrong", "#c0392b"}, {"refused", "#b8bcc2"}},
		}.svg(),
		"images/stages.svg": plot{
			title: "One reading by stage, milliseconds on one core", unit: " ms", rows: stages, series: []series{{"ms", "#2f6fab"}},
		}.svg(),
	}, nil
}

// row is one bar: its parts follow each other.
type row struct {
	group, name string
	parts       []float64
}

var sliceRow = regexp.MustCompile(`(?m)^\| (print|layout|length|light|blur|tilt|rotation|size|cards): ([^|]+) \| \d+ \| ([\d.]+) % \[[^\]]*\] \| ([\d.]+) % \(\d+\) \| ([\d.]+) % \(\d+\) \|`)

// slices reads the table of benchmark v1 by slice.
func slices(page string) ([]row, error) {
	text, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	_, table, _ := strings.Cut(string(text), "| v1, numbers |")
	table, _, _ = strings.Cut(table, "\n\n")
	var rows []row
	for _, m := range sliceRow.FindAllStringSubmatch(table, -1) {
		r := row{group: m[1], name: m[2]}
		for _, figure := range m[3:] {
			f, err := strconv.ParseFloat(figure, 64)
			if err != nil {
				return nil, err
			}
			r.parts = append(r.parts, f)
		}
		rows = append(rows, r)
	}
	if len(rows) < 20 {
		return nil, fmt.Errorf("%s: %d slices were found, want 20 or more", page, len(rows))
	}
	return rows, nil
}

var (
	stageLine = regexp.MustCompile(`(?m)^By stage, .*?: (.*)\.$`)
	stageTime = regexp.MustCompile(`([A-Za-z ]+?) ([\d.]+)(?: ms)?(?: \([^)]*\))?(?:, |$)`)
)

// stageTimes reads the sentence that gives the times of the stages.
func stageTimes(page string) ([]row, error) {
	text, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	line := stageLine.FindSubmatch(text)
	if line == nil {
		return nil, fmt.Errorf("%s: the times of the stages were not found", page)
	}
	var rows []row
	for _, m := range stageTime.FindAllStringSubmatch(string(line[1]), -1) {
		f, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{name: m[1], parts: []float64{f}})
	}
	if len(rows) < 5 {
		return nil, fmt.Errorf("%s: %d stages were found in %q, want 5 or more", page, len(rows), line[1])
	}
	return rows, nil
}

// figures reads the table with the header: one column by the first.
func figures(page, header string, column int, unit string) ([]row, error) {
	text, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	_, table, found := strings.Cut(string(text), "\n"+header)
	table, _, _ = strings.Cut(table, "\n\n")
	lines := strings.Split(table, "\n")
	if !found || len(lines) < 5 {
		return nil, fmt.Errorf("%s: the table %q has %d lines, want its header, a rule and 3 rows or more", page, header, len(lines))
	}
	var rows []row
	for _, line := range lines[2:] {
		cells := strings.Split(line, "|")
		if len(cells) <= column {
			return nil, fmt.Errorf("%s: the row %q has no column %d", page, line, column)
		}
		f, err := strconv.ParseFloat(strings.TrimSpace(cells[column]), 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", page, err)
		}
		name := strings.TrimSpace(cells[1]) + unit
		if name == "1 clients" {
			name = "1 client"
		}
		rows = append(rows, row{name: name, parts: []float64{f}})
	}
	return rows, nil
}

type series struct{ name, colour string }

// plot has horizontal bars.
type plot struct {
	title, unit string
	series      []series
	rows        []row
}

const (
	width, left, right = 720, 190, 60
	bar, gap           = 14, 6
)

func (p plot) svg() string {
	most := 0.0
	for _, r := range p.rows {
		sum := 0.0
		for _, part := range r.parts {
			sum += part
		}
		most = max(most, sum)
	}
	var b strings.Builder
	y := 30.0
	if len(p.series) > 1 {
		x := float64(left)
		for _, s := range p.series {
			fmt.Fprintf(&b, `<rect x="%g" y="32" width="12" height="12" fill="%s"/><text x="%g" y="42">%s</text>`+"\n", x, s.colour, x+16, s.name)
			x += 90
		}
		y = 56
	}
	group := ""
	for _, r := range p.rows {
		if r.group != group {
			group, y = r.group, y+gap
		}
		label := strings.TrimPrefix(cmp.Or(r.group, "")+": "+r.name, ": ")
		fmt.Fprintf(&b, `<text x="%d" y="%g" text-anchor="end">%s</text>`+"\n", left-8, y+bar-3, html.EscapeString(label))
		x := float64(left)
		for i, part := range r.parts {
			w := part / most * (width - left - right)
			fmt.Fprintf(&b, `<rect x="%.1f" y="%g" width="%.1f" height="%d" fill="%s"/>`+"\n", x, y, w, bar, p.series[i].colour)
			x += w
		}
		at := x + 4
		if len(r.parts) > 1 {
			at = width - right + 4
		}
		fmt.Fprintf(&b, `<text x="%.1f" y="%g">%.1f%s</text>`+"\n", at, y+bar-3, r.parts[0], p.unit)
		y += bar + gap
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %g" width="%d" height="%g" font-family="sans-serif" font-size="12" role="img">
<title>%s</title>
<rect width="100%%" height="100%%" fill="#fff"/>
<text x="%d" y="20" font-weight="bold">%s</text>
%s</svg>
`, width, y+8, width, y+8, html.EscapeString(p.title), 8, html.EscapeString(p.title), b.String())
}
