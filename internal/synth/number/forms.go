package number

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/kahao/kahao/internal/synth/raster"
)

// Months are the names of the months as cards print them.
var Months = strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")

// Form draws a date in any form that cards print: MM/YY and the others of
// Date, with dashes, full stops or a space instead of the solidus or nothing
// at all, with the day, and with the month's name, which comes apart (words).
func Form(rng *rand.Rand) (text, words string) {
	m, y, day := 1+rng.IntN(12), 5+rng.IntN(45), 1+rng.IntN(31)
	sep := raster.Pick(rng, "/", "-", ".", " ")
	switch t := rng.Float64(); {
	case t < .45:
		return Date(rng), ""
	case t < .63:
		return fmt.Sprintf("%02d%s%02d", m, raster.Pick(rng, "-", ".", " "), y), ""
	case t < .69:
		return fmt.Sprintf("%02d%s20%02d", m, sep, y), ""
	case t < .75:
		return fmt.Sprintf("20%02d%s%02d", y, sep, m), ""
	case t < .80:
		return fmt.Sprintf("%02d%02d", m, y), ""
	case t < .83:
		return fmt.Sprintf("%02d/%02d", rng.IntN(100), rng.IntN(100)), ""
	case t < .90:
		return fmt.Sprintf("%02d%s%02d%s%02d", day, sep, m, sep, y), ""
	case t < .93:
		return fmt.Sprintf("%02d%s%02d%s20%02d", day, sep, m, sep, y), ""
	case t < .95:
		return fmt.Sprintf("20%02d%s%02d%s%02d", y, sep, m, sep, day), ""
	case t < .98:
		return fmt.Sprintf("%02d", y), Months[m-1]
	}
	return fmt.Sprintf("20%02d", y), Months[m-1]
}

// Around draws what stands before and after the month's name in a date: DEC 28,
// DEC/2028, 28 DEC, 12/DEC/28.
func Around(rng *rand.Rand) (before, after string) {
	year, sep := fmt.Sprintf("%02d", 5+rng.IntN(45)), raster.Pick(rng, "/", "-", ".", " ", " ")
	if raster.Chance(rng, .4) {
		year = "20" + year
	}
	day := fmt.Sprintf("%02d", 1+rng.IntN(31))
	switch t := rng.Float64(); {
	case t < .5:
		return "", raster.Pick(rng, " ", " ", " ", "/", "-", "") + year
	case t < .65:
		return year + sep, ""
	case t < .7:
		return year + sep, sep + day
	}
	return day + sep, sep + year
}
