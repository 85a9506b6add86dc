package billing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Prices is a price list. Operators may set their own; Default is the cloud
// API's.
type Prices struct {
	Currency string  `json:"currency"`   // ISO 4217
	Free     int64   `json:"free_units"` // of each month's free pack
	Tiers    []Tier  `json:"tiers"`      // by rising UpTo
	Packs    []Offer `json:"packs"`
}

// Tier is a price of postpaid units.
type Tier struct {
	// UpTo is the largest monthly total in the tier, in units; 0 means no
	// limit.
	UpTo int64 `json:"up_to,omitempty"`
	// Price is the price of one unit. Without one it is negotiated, and a
	// month that reaches the tier cannot be billed by the list alone.
	Price *Cents `json:"price,omitempty"`
}

// Offer is a pack for sale.
type Offer struct {
	Units int64 `json:"units"`
	Price Cents `json:"price"`
}

// ErrPrices means that a price list is invalid.
var ErrPrices = errors.New("billing: invalid price list")

// Default returns a new copy of the cloud API's list for bank cards
// (docs/accounts.md, Prices).
func Default() Prices {
	price := func(c Cents) *Cents { return &c }
	return Prices{
		Currency: "CNY",
		Free:     1_000,
		Tiers: []Tier{
			{UpTo: 10_000, Price: price(15)},
			{UpTo: 100_000, Price: price(10)},
			{UpTo: 1_000_000, Price: price(6)},
			{}, // negotiated
		},
		Packs: []Offer{
			{1_000, 120_00}, {10_000, 800_00}, {100_000, 5_000_00}, {1_000_000, 30_000_00}, {10_000_000, 200_000_00},
		},
	}
}

// Bounds of a price list, in bytes and in rows of each kind.
const (
	maxListLen = 64 << 10
	maxRows    = 100
)

// ParsePrices parses a price list in JSON, with amounts as strings:
// {"currency":
// "CNY","free_units":1000,"tiers":[{"up_to":10000,"price":"0.15"},…,{}],"packs":
// [{"units":1000,"price":"120.00"},…]}. It returns ErrPrices with the reason.
func ParsePrices(text []byte) (Prices, error) {
	if len(text) > maxListLen {
		return Prices{}, fmt.Errorf("%w: longer than %d bytes", ErrPrices, maxListLen)
	}
	var p Prices
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return Prices{}, fmt.Errorf("%w: %w", ErrPrices, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Prices{}, fmt.Errorf("%w: more than one value", ErrPrices)
	}
	return p, p.Validate()
}

// Validate returns ErrPrices with the reason for an invalid list.
func (p Prices) Validate() error {
	wrong := func(format string, a ...any) error {
		return fmt.Errorf("%w: %s", ErrPrices, fmt.Sprintf(format, a...))
	}
	if len(p.Currency) != 3 {
		return wrong("currency %.10q is not a code of three letters", p.Currency)
	}
	if p.Free < 0 {
		return wrong("%d free units", p.Free)
	}
	if len(p.Tiers) == 0 || len(p.Tiers) > maxRows || len(p.Packs) > maxRows {
		return wrong("%d tiers and %d packs: want 1 to %d tiers and at most %d packs", len(p.Tiers), len(p.Packs), maxRows, maxRows)
	}
	before := int64(0)
	for i, t := range p.Tiers {
		last := i == len(p.Tiers)-1
		switch {
		case last && t.UpTo != 0:
			return wrong("the last tier ends at %d: leave out up_to", t.UpTo)
		case !last && t.UpTo <= before:
			return wrong("tier %d ends at %d, which is not above %d", i+1, t.UpTo, before)
		case t.Price != nil && *t.Price < 0:
			return wrong("tier %d has price %v", i+1, *t.Price)
		}
		before = t.UpTo
	}
	for i, o := range p.Packs {
		if o.Units <= 0 || o.Price < 0 {
			return wrong("pack %d: %d units for %v", i+1, o.Units, o.Price)
		}
	}
	return nil
}

// Tier returns the tier of a month with this total.
func (p Prices) Tier(units int64) Tier {
	for _, t := range p.Tiers {
		if t.UpTo == 0 || units <= t.UpTo {
			return t
		}
	}
	return Tier{}
}

// Offer returns the offer of a pack of this size, and false if there is none.
func (p Prices) Offer(units int64) (Offer, bool) {
	for _, o := range p.Packs {
		if o.Units == units {
			return o, true
		}
	}
	return Offer{}, false
}
