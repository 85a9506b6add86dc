package billing

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

// month is how a number of units is paid for, by the order of use: free pack,
// paid packs, on account.
func month(units, packs int64) Use {
	u := Use{Free: min(units, Default().Free)}
	u.Pack = min(units-u.Free, packs)
	u.Postpaid = units - u.Free - u.Pack
	return u
}

// Every row of spec/accounts-and-billing.md, section 4: those worked by the
// vendor, and the boundaries.
func TestBillOfTheContract(t *testing.T) {
	for _, c := range []struct {
		units, postpaid int64
		price           Cents
		charge          string
	}{
		{9_000, 8_000, 15, "1,200.00"},
		{90_000, 89_000, 10, "8,900.00"},
		{900_000, 899_000, 6, "53,940.00"},

		{1_000, 0, 15, "0.00"},
		{1_001, 1, 15, "0.15"},
		{10_000, 9_000, 15, "1,350.00"},
		{10_001, 9_001, 10, "900.10"},
		{100_000, 99_000, 10, "9,900.00"},
		{100_001, 99_001, 6, "5,940.06"},
		{1_000_000, 999_000, 6, "59,940.00"},

		{0, 0, 15, "0.00"},
	} {
		u := month(c.units, 0)
		b, err := Default().Bill(u)
		if err != nil || u.Postpaid != c.postpaid || b.Price != c.price || b.Charge.String() != c.charge || b.Total != b.Charge || b.Units != c.units {
			t.Errorf("%d units: %+v, %v; want %d at %v, %s", c.units, b, err, c.postpaid, c.price, c.charge)
		}
	}
}

// "2,500 calls, one 1k pack bought: 500 x 0.15 + 120 for the pack = 195".
func TestBillWithAPack(t *testing.T) {
	offer, ok := Default().Offer(1_000)
	if !ok {
		t.Fatal("no pack of 1,000")
	}
	u := month(2_500, 1_000)
	u.Packs = []Offer{offer}
	b, err := Default().Bill(u)
	if err != nil {
		t.Fatalf("Bill failed: %v", err)
	}
	if b.Total.String() != "195.00" || b.Charge.String() != "75.00" {
		t.Errorf("total %v, charge %v", b.Total, b.Charge)
	}
	want := []Line{{LineFree, 1_000, 0, 0}, {LinePack, 1_000, 0, 0}, {LinePostpaid, 500, 15, 75_00}, {LineBought, 1_000, 120_00, 120_00}}
	if !reflect.DeepEqual(b.Lines, want) {
		t.Errorf("%+v", b.Lines)
	}
}

// The tier goes by the total, not by what is on account.
func TestTierGoesByTheTotal(t *testing.T) {
	for _, c := range []struct {
		u     Use
		price Cents
	}{
		{Use{Free: 1_000, Pack: 9_000, Postpaid: 0}, 15},
		{Use{Free: 1_000, Pack: 9_000, Postpaid: 1}, 10},
		{Use{Pack: 100_000, Postpaid: 1}, 6},
		{Use{Free: 1_000, Postpaid: 9_000}, 15},
	} {
		if b, err := Default().Bill(c.u); err != nil || b.Price != c.price {
			t.Errorf("%+v: %v, %v", c.u, b.Price, err)
		}
	}
}

func TestNegotiated(t *testing.T) {
	over := month(1_000_001, 0)
	if b, err := Default().Bill(over); !errors.Is(err, ErrNegotiated) || !reflect.DeepEqual(b, Bill{}) {
		t.Errorf("%+v, %v", b, err)
	}
	agreed := Cents(4)
	over.Agreed = &agreed
	if b, err := Default().Bill(over); err != nil || b.Charge.String() != "39,960.04" {
		t.Errorf("%+v, %v", b, err)
	}
	// A price that was agreed on is for the negotiated tier alone.
	below := month(1_000_000, 0)
	below.Agreed = &agreed
	if b, err := Default().Bill(below); err != nil || b.Price != 6 {
		t.Errorf("%+v, %v", b, err)
	}
	// An account with packs for all calls owes nothing, whatever the tier.
	if b, err := Default().Bill(month(2_000_000, 10_000_000)); err != nil || b.Charge != 0 {
		t.Errorf("%+v, %v", b, err)
	}
	// An operator's list may have a price for it.
	p := Default()
	p.Tiers[3].Price = &agreed
	if b, err := p.Bill(month(1_000_001, 0)); err != nil || b.Price != 4 {
		t.Errorf("%+v, %v", b, err)
	}
}

func TestBillRefusesWhatCannotBe(t *testing.T) {
	for _, u := range []Use{
		{Free: -1}, {Pack: -1}, {Postpaid: -1}, {Postpaid: math.MaxInt64}, {Free: math.MaxInt64, Pack: math.MaxInt64},
		{Packs: []Offer{{1, -1}}}, {Packs: []Offer{{0, 1}}}, {Packs: []Offer{{1, math.MaxInt64}, {1, 1}}},
	} {
		u.Agreed = new(Cents)
		*u.Agreed = 100
		if b, err := Default().Bill(u); !errors.Is(err, ErrAmount) || !reflect.DeepEqual(b, Bill{}) {
			t.Errorf("%+v: %+v, %v", u, b, err)
		}
	}
}

// A bill's lines add up, whatever was used.
func FuzzBill(f *testing.F) {
	f.Add(int64(1_000), int64(0), int64(8_000), int64(3))
	f.Add(int64(0), int64(10_000), int64(1), int64(0))
	f.Add(int64(1_000), int64(0), int64(math.MaxInt64), int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, free, pack, postpaid, agreed int64) {
		price := Cents(agreed)
		b, err := Default().Bill(Use{Free: free, Pack: pack, Postpaid: postpaid, Agreed: &price})
		if err != nil {
			if !errors.Is(err, ErrAmount) {
				t.Errorf("Bill: %v, want ErrAmount", err)
			}
			return
		}
		var units int64
		var total Cents
		for _, l := range b.Lines {
			units += l.Units
			total += l.Amount
			if l.Units <= 0 || l.Amount < 0 {
				t.Errorf("%+v", l)
			}
		}
		if units != b.Units || total != b.Total || b.Charge != b.Total {
			t.Errorf("%+v", b)
		}
	})
}

func TestPricesInJSON(t *testing.T) {
	text, err := json.Marshal(Default())
	if err != nil {
		t.Fatalf("Marshal failed: %v", err)
	}
	back, err := ParsePrices(text)
	if err != nil || !reflect.DeepEqual(back, Default()) {
		t.Errorf("%s came back as %+v, %v", text, back, err)
	}
	own, err := ParsePrices([]byte(`{"currency":"EUR","free_units":0,"tiers":[{"price":"0.02"}]}`))
	if err != nil || own.Tier(1) != own.Tiers[0] || *own.Tier(5_000_000).Price != 2 {
		t.Errorf("%+v, %v", own, err)
	}
	if _, ok := own.Offer(1_000); ok {
		t.Error("a pack that is not on the list is for sale")
	}
	for name, text := range map[string]string{
		"nothing":              ``,
		"no JSON":              `tiers`,
		"two values":           `{"currency":"CNY","tiers":[{}]}{}`,
		"an unknown member":    `{"currency":"CNY","tiers":[{}],"vat":19}`,
		"a price with a point": `{"currency":"CNY","tiers":[{"price":0.15}]}`,
		"a price of a mill":    `{"currency":"CNY","tiers":[{"price":"0.005"}]}`,
		"a negative price":     `{"currency":"CNY","tiers":[{"price":"-0.05"}]}`,
		"no currency":          `{"tiers":[{}]}`,
		"no tier":              `{"currency":"CNY"}`,
		"an end":               `{"currency":"CNY","tiers":[{"up_to":10,"price":"1"}]}`,
		"no rise":              `{"currency":"CNY","tiers":[{"up_to":10},{"up_to":10},{}]}`,
		"an end in the middle": `{"currency":"CNY","tiers":[{"price":"1"},{}]}`,
		"free below zero":      `{"currency":"CNY","free_units":-1,"tiers":[{}]}`,
		"an empty pack":        `{"currency":"CNY","tiers":[{}],"packs":[{"units":0,"price":"1"}]}`,
		"a pack for less":      `{"currency":"CNY","tiers":[{}],"packs":[{"units":5,"price":"-1"}]}`,
		"too many tiers":       `{"currency":"CNY","tiers":[` + strings.Repeat(`{},`, maxRows) + `{}]}`,
		"too long":             `{"currency":"CNY","tiers":[{}]}` + strings.Repeat(" ", maxListLen),
	} {
		if _, err := ParsePrices([]byte(text)); !errors.Is(err, ErrPrices) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ExamplePrices_Bill() {
	b, _ := Default().Bill(Use{Free: 1_000, Postpaid: 89_000})
	fmt.Println(b.Charge, b.Currency)
	// Output: 8,900.00 CNY
}
