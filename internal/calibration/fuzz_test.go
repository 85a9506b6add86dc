package calibration

import (
	"errors"
	"testing"
)

// FuzzParse: a calibration that is taken is written and read as the same, its
// thresholds are in order, and no weight is negative: more of a feature never
// lowers the confidence.
func FuzzParse(f *testing.F) {
	f.Add(embedded)
	f.Add([]byte(`{"version":"1","accept":0.9,"review":0.5,"number":{"bias":1,"weights":{}},"date":{},"line":{}}`))
	f.Add([]byte(`{"version":"1","accept":0.5,"review":0.9}`))
	f.Add([]byte(`{"version":"1","accept":1e999,"review":0.5}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrMalformed) || c != nil {
				t.Fatalf("Parse: %v, %v; want nothing and ErrMalformed", c, err)
			}
			return
		}
		if !(c.Review > 0 && c.Review <= c.Accept && c.Accept < 1) {
			t.Fatalf("thresholds %g and %g are not in order", c.Review, c.Accept)
		}
		zero := false // a map of zeros, which JSON writes without weights
		for _, m := range []Map{c.Number, c.Date, c.Line} {
			zero = zero || m.Weights == Map{}.Weights
			for i, w := range m.Weights {
				if !(w >= 0) {
					t.Fatalf("weight %g of %v", w, Feature(i))
				}
			}
		}
		written, err := c.JSON()
		if err != nil {
			t.Fatalf("JSON: %v", err)
		}
		again, err := Parse(written)
		if zero && err != nil {
			return
		}
		if err != nil {
			t.Fatalf("Parse of what JSON wrote: %v\n%s", err, written)
		}
		if *again != *c {
			t.Fatalf("%+v is written and read as %+v", c, again)
		}
	})
}
