// Package findings prints what a scan found, in formats for people and for
// programs. A finding has no digit of a number but the last four.
package findings

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/cmd/kahao/internal/words"
)

// Printer prints findings one by one.
type Printer interface {
	Print(Finding) error
	Close() error // ends the output; it does not close the writer
}

// Formats are the names that New knows.
var Formats = []string{"table", "json", "csv", "sarif"}

// New returns the printer of a format. The table is in the language.
func New(format string, w io.Writer, lang words.Language) (Printer, error) {
	switch format {
	case "table":
		return &table{w: w, lang: lang}, nil
	case "json":
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return lines{e}, nil
	case "csv":
		c := &rows{csv.NewWriter(w)}
		return c, c.row("file", "inside", "kind", "sure", "last4", "fingerprint", "x", "y", "width", "height")
	case "sarif":
		return &sarif{w: w}, nil
	}
	return nil, fmt.Errorf("%q: want one of %s", format, strings.Join(Formats, ", "))
}

// lines prints JSON Lines.
type lines struct{ *json.Encoder }

func (l lines) Print(f Finding) error { return l.Encode(f) }
func (l lines) Close() error          { return nil }

// table prints rows for people.
type table struct {
	w      io.Writer
	lang   words.Language
	headed bool
}

var widths = []int{8, 6, 12, 0}

func (t *table) Print(f Finding) error {
	if !t.headed {
		t.headed = true
		if _, err := fmt.Fprintln(t.w, term.Row(widths, t.lang.Scan(words.ScanFound), t.lang.Scan(words.ScanLast4), t.lang.Scan(words.ScanFingerprint), t.lang.Scan(words.ScanPlace))); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(t.w, term.Row(widths, t.lang.Region(f.Kind, f.Sure), f.Last4, f.Fingerprint[:min(12, len(f.Fingerprint))], term.Visible(f.File+f.Inside)))
	return err
}

func (t *table) Close() error { return nil }

// rows prints comma-separated values.
type rows struct{ w *csv.Writer }

func (c *rows) row(cells ...string) error {
	if err := c.w.Write(cells); err != nil {
		return err
	}
	c.w.Flush()
	return c.w.Error()
}

func (c *rows) Print(f Finding) error {
	cells := []string{f.File, f.Inside, f.Kind, strconv.FormatBool(f.Sure), f.Last4, f.Fingerprint}
	for _, v := range f.Box {
		cells = append(cells, strconv.Itoa(v))
	}
	return c.row(cells...)
}

func (c *rows) Close() error { return nil }

// sarif collects findings for one log of SARIF 2.1.0.
type sarif struct {
	w       io.Writer
	results []sarifResult
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID    string    `json:"ruleId"`
	Level     string    `json:"level"`
	Message   sarifText `json:"message"`
	Locations []struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
		} `json:"physicalLocation"`
		Logical []sarifLogical `json:"logicalLocations,omitempty"`
	} `json:"locations"`
	Fingerprints map[string]string `json:"partialFingerprints,omitempty"`
	Properties   map[string]any    `json:"properties"`
}

type sarifLogical struct {
	Name string `json:"fullyQualifiedName"`
}

// sarifRules are the kinds of findings.
var sarifRules = []struct {
	ID    string    `json:"id"`
	Short sarifText `json:"shortDescription"`
}{
	{"card-number", sarifText{"A readable card number in an image"}},
	{"possible-card-number", sarifText{"Digits in an image that may be a card number, or a card"}},
}

func (s *sarif) Print(f Finding) error {
	r := sarifResult{RuleID: sarifRules[0].ID, Level: "error", Message: sarifText{"card number ending in " + f.Last4}, Properties: map[string]any{"box": f.Box, "kind": f.Kind}}
	if !f.Sure {
		r.RuleID, r.Level, r.Message.Text = sarifRules[1].ID, "note", "possible card number"
	}
	if f.Fingerprint != "" {
		r.Fingerprints = map[string]string{"cardNumber/v1": f.Fingerprint}
	}
	r.Locations = slices.Grow(r.Locations, 1)[:1]
	r.Locations[0].Physical.Artifact.URI = uri(f.File)
	if f.Inside != "" {
		r.Locations[0].Logical = []sarifLogical{{f.File + f.Inside}}
	}
	s.results = append(s.results, r)
	return nil
}

// uri is a path as a relative reference or a file URL (RFC 3986).
func uri(path string) string {
	parts := strings.Split(filepath.ToSlash(path), "/")
	for i, p := range parts {
		parts[i] = escape(p)
	}
	joined := strings.Join(parts, "/")
	if filepath.IsAbs(path) {
		return "file:///" + strings.TrimPrefix(joined, "/")
	}
	return joined
}

// escape encodes everything but unreserved characters.
func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if plain || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func (s *sarif) Close() error {
	if s.results == nil {
		s.results = []sarifResult{}
	}
	log := map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs": []any{map[string]any{
			"tool":    map[string]any{"driver": map[string]any{"name": "kahao", "informationUri": "https://github.com/kahao/kahao", "rules": sarifRules}},
			"results": s.results,
		}},
	}
	e := json.NewEncoder(s.w)
	e.SetIndent("", "  ")
	return e.Encode(log)
}
