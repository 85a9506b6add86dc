// Package capture says how an image of a card was captured: whether it is a
// photograph of the card itself or of a copy, a screen or a print, and what
// stands in the way of a good one. The terms are those of ISO/IEC 30107-3,
// presentation attack detection.
package capture

import (
	"iter"
	"time"
)

// Extras are results of a reading that are computed only if asked for.
type Extras struct {
	Checks     bool      // of the image, and of each card
	Measured   bool      // of Checks only what reading has measured anyway: date, border, glare, overlap and quality
	CardCrop   bool      // the card, flattened and upright, at the resolution of the image
	NumberCrop bool      // the line of the number
	Today      time.Time // by which Checks tell an expired card; the zero Time for none
}

// Checks are the results for one image, or for the part of it with one card.
type Checks struct {
	DateInvalid Check // no card has the expiry date: no such month, or long past or far ahead
	Expired     Check // the month of the expiry date is over; needs the date of today
	Border      Check // a part of the card's edge is outside the image or covered
	Glare       Check // overexposed light on the card
	Photocopy   Check // a copy or a print on paper, grey or in colour
	Screen      Check // a photograph of a screen
	Screenshot  Check // pixels of a screen, without a camera
	Overlap     Check // another card lies over this one
	Watermark   Check // writing across the card that is not the card's. Not judged yet: always 0
	Edited      Check // pixels were changed after the capture. Not judged yet: always 0

	// Quality is 0 to 100; lower is blurrier. Below 50 digits are often misread.
	Quality int
}

// Check is the result of one check.
type Check struct {
	P    float64 // probability, from 0 to 1
	Warn bool    // P is at least the check's threshold

	// Polygons are where it was found. There is none if the check is about the
	// whole image.
	Polygons []Polygon

	// Fields are the fields of the card that it concerns. Only Glare has some.
	Fields []Field
}

// Polygon is the top-left, top-right, bottom-right and bottom-left corner of a
// part of the image: x to the right, y down, in pixels of the image.
type Polygon [4][2]float64

// Field is a field of a card.
type Field string

// The fields.
const (
	FieldNumber Field = "number"
	FieldDate   Field = "date"
)

// All returns the checks with their names, as JSON has them.
func (c *Checks) All() iter.Seq2[string, Check] {
	return func(yield func(string, Check) bool) {
		for _, n := range []struct {
			name  string
			check Check
		}{
			{"date_invalid", c.DateInvalid}, {"expired", c.Expired}, {"border", c.Border}, {"glare", c.Glare},
			{"photocopy", c.Photocopy}, {"screen", c.Screen}, {"screenshot", c.Screenshot},
			{"overlap", c.Overlap}, {"watermark", c.Watermark}, {"edited", c.Edited},
		} {
			if !yield(n.name, n.check) {
				return
			}
		}
	}
}
