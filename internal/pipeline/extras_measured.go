package pipeline

import (
	"time"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/checks"
)

const (
	// An expiry date outside these years around today is no card's.
	maxYearsPast  = 10
	maxYearsAhead = 20
	maxExpiryYear = 2090 // without a date of today
)

// checkDate judges the date itself: whether a card can have it, and whether its
// month is over. Both are as sure as the reading of the date.
func checkDate(d Date, today time.Time) (invalid, expired capture.Check) {
	if d.Text == "" {
		return invalid, expired
	}
	made := func(holds bool) capture.Check {
		if !holds {
			return capture.Check{P: (1 - d.Confidence) / 2}
		}
		c := capture.Check{P: d.Confidence, Warn: d.Confidence >= reviewDateProb}
		if c.Warn {
			c.Polygons = []capture.Polygon{polygon(d.Quad)}
		}
		return c
	}
	month := d.Month >= 1 && d.Month <= 12
	if today.IsZero() {
		return made(!month || d.Year >= maxExpiryYear), expired
	}
	near := d.Year >= today.Year()-maxYearsPast && d.Year <= today.Year()+maxYearsAhead
	over := d.Year < today.Year() || d.Year == today.Year() && d.Month < int(today.Month())
	return made(!month || !near), made(month && over)
}

func polygon(q geom.Quad) (p capture.Polygon) {
	for i, corner := range q {
		p[i] = [2]float64{corner.X, corner.Y}
	}
	return p
}

// placeChecks maps the polygons that were measured in pixels of the input to
// those of the image. Dates have them in pixels of the image already.
func placeChecks(c *capture.Checks, scale float64) {
	for _, check := range []*capture.Check{&c.Border, &c.Glare, &c.Overlap} {
		placed := make([]capture.Polygon, len(check.Polygons))
		for i, p := range check.Polygons {
			for j, corner := range p {
				placed[i][j] = [2]float64{corner[0] / scale, corner[1] / scale}
			}
		}
		check.Polygons = placed
	}
}

// digitQuality is the quality of the image where the number is.
func digitQuality(img input, digits []Digit) int {
	patches := make([]patch, len(digits))
	for i, d := range digits {
		patches[i] = measure(img.pixels, img.fromImage(d.Quad))
	}
	edge := median(patches, func(p patch) float64 { return p.edge })
	height := median(patches, func(p patch) float64 { return p.height })
	return checks.Quality(edge/maxEdge, height/minDigitHeight)
}

// bandQuality is the quality where an embossed card has its number.
func bandQuality(img input, corners geom.Quad) int {
	band := measure(img.pixels, numberBand(corners))
	return checks.Quality(band.edge/maxBandEdge, band.height/minDigitHeight)
}
