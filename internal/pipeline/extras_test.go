package pipeline

import (
	"testing"
	"time"
)

func TestCheckDate(t *testing.T) {
	today := time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		month, year      int
		today            time.Time
		invalid, expired bool
	}{
		{6, 2026, today, false, false}, // a card is valid to the end of its month
		{5, 2026, today, false, true},
		{12, 2027, today, false, false},
		{13, 2027, today, true, false},
		{0, 2000, today, true, false},
		{1, 2012, today, true, true},
		{1, 2060, today, true, false},
		{5, 2020, time.Time{}, false, false}, // without a date of today
		{88, 2088, time.Time{}, true, false},
	} {
		d := Date{Text: "as printed", Month: tt.month, Year: tt.year, Confidence: 0.9}
		invalid, expired := checkDate(d, tt.today)
		if invalid.Warn != tt.invalid || expired.Warn != tt.expired {
			t.Errorf("%02d/%d on %v: invalid %v, expired %v, want %v, %v",
				tt.month, tt.year, tt.today, invalid.Warn, expired.Warn, tt.invalid, tt.expired)
		}
	}
	if invalid, expired := checkDate(Date{}, today); invalid.P != 0 || expired.P != 0 {
		t.Errorf("no date: %+v, %+v, want no judgement", invalid, expired)
	}
	unsure := Date{Text: "13/99", Month: 13, Year: 2099, Confidence: 0.2}
	if invalid, _ := checkDate(unsure, today); invalid.Warn {
		t.Errorf("a date read with confidence 0.2 = %+v, want no warning", invalid)
	}
}
