package account

import (
	"encoding/json"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ratelimit"
)

// NewAccount describes an account to create.
type NewAccount struct {
	Name    string
	Bucket  string // DemoBucket if empty
	PostPay bool
	// Credentials are those of an account that was created elsewhere. If they are
	// zero the account gets new ones.
	Credentials Credentials
}

// CreatedKey is a new key with its user. The secret is shown only once; that of a
// bearer key is its whole text.
type CreatedKey struct {
	Credentials
	User string
	Kind KeyKind
}

// Changes are changes of an account. A nil field changes nothing.
type Changes struct {
	Name       *string
	PostPay    *bool
	Region     *string
	Retention  *time.Duration
	FetchHosts *[]string
	Rate       *ratelimit.Limit
}

// KeySettings are settings of a key. A nil field changes nothing; a new key then
// has the default: all buckets, the full number, no rate of its own.
type KeySettings struct {
	Kind    KeyKind // of a new key; empty means Signing
	Buckets *[]string
	Shape   json.RawMessage // a policy of package masking
	Rate    *ratelimit.Limit
	Expires *time.Time
}

// NewPack describes a pack to sell.
type NewPack struct {
	Account string
	Units   int64
	Price   billing.Cents
	Paid    bool      // elsewhere, so the price is not taken off the balance
	From    time.Time // start of its validity; zero means now
}

// PaidElsewhere is the source of a pack that was not paid from the balance.
const PaidElsewhere = "elsewhere"

// Pack is a pack of units that was bought or granted.
type Pack struct {
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

// Billing returns the pack for the rules of package billing.
func (p Pack) Billing() billing.Pack {
	return billing.Pack{ID: p.ID, Kind: p.Kind, Total: p.Total, Left: p.Left, Held: p.Held, Valid: billing.Span{From: p.From, To: p.To}, Bought: p.Created}
}

// Bill is the bill of an account for a month.
type Bill struct {
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
