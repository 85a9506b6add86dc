package billing

import (
	"errors"
	"fmt"
	"math"
)

// Use is what an account used in one month, in units, and what it bought.
// Units are those that are billed: a free outcome moves none, and does not
// count towards the tier [I].
type Use struct {
	Free     int64 // out of the free pack
	Pack     int64 // out of paid packs
	Postpaid int64 // on account
	// Packs are those bought in the month. They were paid when they were
	// bought; the bill only lists them.
	Packs []Offer
	// Agreed is the customer's own price a unit where the list leaves it to
	// be negotiated; nil where none was agreed on.
	Agreed *Cents
}

// Units are all of the month's, whatever paid for them: the total that selects
// the tier (spec/accounts-and-billing.md, section 4) [I].
func (u Use) Units() int64 { return u.Free + u.Pack + u.Postpaid }

// LineKind is what a line of a bill is for.
type LineKind string

// The kinds of lines.
const (
	LineFree     LineKind = "free"     // units of the free pack
	LinePack     LineKind = "pack"     // units of paid packs
	LinePostpaid LineKind = "postpaid" // units on account
	LineBought   LineKind = "bought"   // a pack that was bought
)

// Line is one line of a bill.
type Line struct {
	Kind   LineKind `json:"kind"`
	Units  int64    `json:"units"`
	Price  Cents    `json:"price"` // of one unit, or of the pack
	Amount Cents    `json:"amount"`
}

// Bill is a month's bill. Charge is what is charged at the beginning of the
// next month, and Total has the packs that were bought besides.
type Bill struct {
	Currency string `json:"currency"`
	Units    int64  `json:"units"`
	Price    Cents  `json:"price"` // that the tier reached gives to a unit on account
	Lines    []Line `json:"lines"`
	Charge   Cents  `json:"charge"`
	Total    Cents  `json:"total"`
}

// ErrNegotiated: units on account reached a tier without a price on the list,
// and none was agreed on.
var ErrNegotiated = errors.New("billing: the price of this tier is negotiated, and none was agreed on")

// Bill computes a month's bill. All units on account cost the price of the
// tier that the month's total reaches (spec/accounts-and-billing.md, section
// 4).
//
// In a tier without a price it goes by u.Agreed, and where there is none it
// returns ErrNegotiated: nobody is charged a price that was never set. The
// operator agrees on one and bills again [I]. It returns ErrAmount for units
// that are negative or amounts that are too large.
func (p Prices) Bill(u Use) (Bill, error) {
	// Three numbers of up to a third of the largest cannot overflow their sum.
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
			return Bill{}, fmt.Errorf("%w: a pack of %d units for %v", ErrAmount, o.Units, o.Price)
		}
		if b.Total, err = b.Total.plus(o.Price); err != nil {
			return Bill{}, err
		}
		b.Lines = append(b.Lines, Line{LineBought, o.Units, o.Price, o.Price})
	}
	return b, nil
}
