package account

import (
	"encoding/json"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ratelimit"
)

// NewAccount is what an account begins with.
type NewAccount struct {
	Name    string
	Bucket  string // DemoBucket where it is empty
	PostPay bool
	// Known are the ids and the secret of an account that was made elsewhere;
	// the zero Account has new ones drawn.
	Known Account
}

// Created is what CreateAccount and the like hand out, the secret once and
// never again.
type Created struct {
	Account
	User string
}

// Changes are what shall be different about an account; nil leaves a thing as
// it is.
type Changes struct {
	Name       *string
	PostPay    *bool
	Region     *string
	Retention  *time.Duration
	FetchHosts *[]string
	Rate       *ratelimit.Limit
}

// KeySettings are what a key may; nil leaves a thing as it is, or as it is for
// a new key: all buckets, the full number, no rate of its own.
type KeySettings struct {
	Buckets *[]string
	Shape   json.RawMessage // a document of service/shape
	Rate    *ratelimit.Limit
	Expires *time.Time
}

// NewPack is a pack to be sold.
type NewPack struct {
	Account string
	Units   int64
	Price   billing.Cents
	Paid    bool      // the price was paid elsewhere, and is not taken off the balance
	From    time.Time // when it takes effect; zero is now
}

// PaidElsewhere is the source of a pack whose price never was on the balance.
const PaidElsewhere = "elsewhere"

// PackDetails are a pack as a registry keeps it.
type PackDetails struct {
	ID       string        `json:"id"`
	Account  string        `json:"appid"`
	Kind     billing.Kind  `json:"kind"`
	Total    int64         `json:"units"`
	Left     int64         `json:"left"`
	Held     int64         `json:"held"`
	From     time.Time     `json:"valid_from"`
	To       time.Time     `json:"valid_to"`
	Price    billing.Cents `json:"price"`
	Source   string        `json:"source"`
	Created  time.Time     `json:"created"`
	Refunded *time.Time    `json:"refunded"`
}

// Pack is the pack for the rules of billing.
func (p PackDetails) Pack() billing.Pack {
	return billing.Pack{ID: p.ID, Kind: p.Kind, Total: p.Total, Left: p.Left, Held: p.Held, Valid: billing.Span{From: p.From, To: p.To}, Bought: p.Created}
}

// BillDetails are a bill as a registry keeps it.
type BillDetails struct {
	Account  string        `json:"appid"`
	Month    billing.Month `json:"month"`
	Calls    int64         `json:"calls"`
	Free     int64         `json:"free_units"`
	Pack     int64         `json:"pack_units"`
	Postpaid int64         `json:"postpaid_units"`
	Price    billing.Cents `json:"price"`
	Amount   billing.Cents `json:"amount"`
	Created  time.Time     `json:"created"`
}
