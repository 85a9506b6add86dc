package billing

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
)

func TestCentsPrint(t *testing.T) {
	for c, want := range map[Cents]string{
		0: "0.00", 1: "0.01", 15: "0.15", 100: "1.00", 99_999: "999.99", 100_000: "1,000.00", 123_456: "1,234.56",
		-5: "-0.05", -123_456_789: "-1,234,567.89", math.MaxInt64: "92,233,720,368,547,758.07", math.MinInt64: "-92,233,720,368,547,758.08",
	} {
		if got := c.String(); got != want {
			t.Errorf("%d: %s, want %s", int64(c), got, want)
		}
	}
}

func TestParseCents(t *testing.T) {
	for s, want := range map[string]Cents{
		"0": 0, "0.15": 15, "0.1": 10, "120": 12_000, "1,234.56": 123_456, "1234.5": 123_450, "-3.07": -307, "007": 700,
		"12,345,678.9": 1_234_567_890, "92233720368547758.07": math.MaxInt64,
	} {
		if got, err := ParseCents(s); err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{
		"", "-", ".", "1.", ".5", "1.234", "1e3", "+1", " 1", "1 ", "1,23", "1234,567", ",123", "1,,234", "0x10", "1.-5", "--1", "1.2.3", "１",
		"92233720368547758.08", "NaN", "1.1,1",
	} {
		if got, err := ParseCents(s); !errors.Is(err, ErrAmount) || got != 0 {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
}

// What is printed or encoded is read back as it was.
func FuzzCents(f *testing.F) {
	for _, n := range []int64{0, 1, -1, 99, 100, -12_345, math.MaxInt64, math.MinInt64 + 1} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		if n == math.MinInt64 {
			return // printed, and too large to be read
		}
		c := Cents(n)
		if got, err := ParseCents(c.String()); err != nil || got != c {
			t.Errorf("%v came back as %v, %v", c, got, err)
		}
		text, err := json.Marshal(c)
		if err != nil || text[0] != '"' {
			t.Fatalf("%s, %v", text, err)
		}
		var back Cents
		if err := json.Unmarshal(text, &back); err != nil || back != c {
			t.Errorf("%s came back as %v, %v", text, back, err)
		}
	})
}

func TestAmountsDoNotOverflow(t *testing.T) {
	for _, c := range []struct {
		price Cents
		units int64
		ok    bool
	}{
		{15, 1 << 40, true}, {math.MaxInt64, 1, true}, {math.MaxInt64, 2, false}, {1 << 32, 1 << 31, false}, {1 << 32, 1<<31 - 1, true}, {-1, 1, false}, {1, -1, false},
	} {
		got, err := c.price.times(c.units)
		if (err == nil) != c.ok || c.ok && int64(got) != int64(c.price)*c.units {
			t.Errorf("%d x %d: %v, %v", c.price, c.units, got, err)
		}
	}
	if _, err := Cents(math.MaxInt64).plus(1); !errors.Is(err, ErrAmount) {
		t.Errorf("plus: error %v, want %v", err, ErrAmount)
	}
}
