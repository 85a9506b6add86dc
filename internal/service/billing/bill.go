package billing

import (
	"errors"
	"fmt"
	"math"
)

// Use is an account's usage in one month, in units, and the packs it bought.
// Only billed units count: a free outcome moves none and does not count towards
// the tier.
type Use struct {
	Free     int64 // from the free pack
	Pack     int64 // from paid packs
	Postpaid int64
	// Packs were bought in the month and paid then; the bill only lists them.
	Packs []Offer
	// Agreed is the customer's own unit price in a negotiated tier; nil if
	// there is none.
	Agreed *Cents
}

// Units returns the month's units, whatever paid for them: the total that
// selects the tier.
func (u Use) Units() int64 { return u.Free + u.Pack + u.Postpaid }

// LineKind is the kind of a line of a bill.
type LineKind string

// The kinds of lines.
const (
	LineFree     LineKind = "free"     // units of the free pack
	LinePack     LineKind = "pack"     // units of paid packs
	LinePostpaid LineKind = "postpaid" // postpaid units
	LineBought   LineKind = "bought"   // a bought pack
)

// Line is one line of a bill.
type Line struct {
	Kind   LineKind `json:"kind"`
	Units  int64    `json:"units"`
	Price  Cents    `json:"price"` // of one unit, or of the pack
	Amount Cents    `json:"amount"`
}

// Bill is a month's bill. Charge is what is charged for the month's postpaid
// units; Total includes the packs bought.
type Bill struct {
	Currency string `json:"currency"`
	Units    int64  `json:"units"`
	Price    Cents  `json:"price"` // of a postpaid unit, by the tier reached
	Lines    []Line `json:"lines"`
	Charge   Cents  `json:"charge"`
	Total    Cents  `json:"total"`
}

// ErrNegotiated means that postpaid units reached a tier without a price and
// none was agreed.
var ErrNegotiated = errors.New("billing: this tier has no list price, and none was agreed")

// Bill computes a month's bill. All postpaid units cost the price of the tier
// that the month's total reaches.
//
// In a tier without a price it uses u.Agreed, and without that returns
// ErrNegotiated: nobody is charged a price that was never set. The operator
// agrees on one and bills again. It returns ErrAmount for negative units and
// amounts that are too large.
func (p Prices) Bill(u Use) (Bill, error) {
	// The sum of three numbers of up to a third of the maximum cannot
	// overflow.
	for _, n := range []int64{u.Free, u.Pack, u.Postpaid} {
		if n < 0 || n > math.MaxInt64/3 {
			return Bill{}, fmt.Errorf("%w: %d units", ErrAmount, n)
		}
	}
	b := Bill{Currency: p.Currency, Units: u.Units()}
	price := p.Tier(b.Units).Price
	if price == nil {
		price = u.Agreed
	}
	if price == nil && u.Postpaid > 0 {
		return Bill{}, ErrNegotiated
	}
	if price != nil {
		b.Price = *price
	}
	lines := []Line{{Kind: LineFree, Units: u.Free}, {Kind: LinePack, Units: u.Pack}, {Kind: LinePostpaid, Units: u.Postpaid, Price: b.Price}}
	var err error
	if b.Charge, err = b.Price.times(u.Postpaid); err != nil {
		return Bill{}, err
	}
	lines[2].Amount, b.Total = b.Charge, b.Charge
	for _, l := range lines {
		if l.Units > 0 {
			b.Lines = append(b.Lines, l)
		}
	}
	for _, o := range u.Packs {
		if o.Price < 0 || o.Units <= 0 {
			return Bill{}, fmt.Errorf("%w: pack of %d units for %v", ErrAmount, o.Units, o.Price)
		}
		if b.Total, err = b.Total.plus(o.Price); err != nil {
			return Bill{}, err
		}
		b.Lines = append(b.Lines, Line{LineBought, o.Units, o.Price, o.Price})
	}
	return b, nil
}
