package main

import (
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
