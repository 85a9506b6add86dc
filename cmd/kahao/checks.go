package main

import (
	"fmt"
	"strings"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/evaluate"
)

// checkRecord is the result of one check of how an image was captured.
type checkRecord struct {
	P        float64          `json:"p"`
	Warn     bool             `json:"warn"`
	Polygons []quadRecord     `json:"polygons"`
	Fields   *[]capture.Field `json:"fields,omitempty"` // of glare
}

// checkRecords returns the checks by their names, and the quality. Both are nil
// if no checks were asked for.
func checkRecords(c *capture.Checks) (map[string]checkRecord, *int) {
	if c == nil {
		return nil, nil
	}
	records := map[string]checkRecord{}
	for name, check := range c.All() {
		r := checkRecord{P: probability(check.P), Warn: check.Warn, Polygons: []quadRecord{}}
		for _, p := range check.Polygons {
			var q quadRecord
			for i, corner := range p {
				q[i] = [2]float64{evaluate.Round(corner[0], 10), evaluate.Round(corner[1], 10)}
			}
			r.Polygons = append(r.Polygons, q)
		}
		if name == "glare" {
			fields := append([]capture.Field{}, check.Fields...)
			r.Fields = &fields
		}
		records[name] = r
	}
	quality := c.Quality
	return records, &quality
}

// warnings is a list of the checks that warn: "screen 93.10%, glare 80.00% over
// number".
func warnings(c *capture.Checks) string {
	var said []string
	for name, check := range c.All() {
		if !check.Warn {
			continue
		}
		text := strings.ReplaceAll(name, "_", " ") + " " + percent(check.P)
		for i, f := range check.Fields {
			text += []string{" over ", " and "}[min(i, 1)] + string(f)
		}
		said = append(said, text)
	}
	if len(said) == 0 {
		return "none"
	}
	return strings.Join(said, ", ")
}

// showChecks prints the warnings and the quality if checks were asked for.
func showChecks(field func(name, value string), c *capture.Checks) {
	if c == nil {
		return
	}
	field("warnings", warnings(c))
	field("quality", fmt.Sprint(c.Quality))
}
