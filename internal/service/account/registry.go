package account

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ratelimit"
)

// Registry keeps accounts for good. Every method is one transaction: all of it
// is done when it returns nil, and nothing of it otherwise. What it changes is
// in effect in every server within seconds. Besides the errors that a method
// names it returns those of its store. It is safe for concurrent use.
type Registry interface {
	Accounts
	Users
	Keys
	Buckets
	Packs
	Bills
}

// Accounts are those who pay.
type Accounts interface {
	// CreateAccount makes an account with its main user, a key of his and a
	// bucket. It returns ErrExists or ErrIncomplete.
	CreateAccount(ctx context.Context, n NewAccount) (Created, error)
	// Account returns ErrUnknown where there is none.
	Account(ctx context.Context, id string) (Details, error)
	// ListAccounts returns all, by id.
	ListAccounts(ctx context.Context) ([]Details, error)
	// ChangeAccount returns ErrUnknown or ErrIncomplete.
	ChangeAccount(ctx context.Context, id string, c Changes) error
	// CloseAccount stops the service for all users of the account. It returns
	// billing.ErrRemainder while a paid pack has units left.
	CloseAccount(ctx context.Context, id string) error
	// OpenAccount opens it again, with everything as it was.
	OpenAccount(ctx context.Context, id string) error
}

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

// Users are who calls.
type Users interface {
	// CreateUser makes a sub-account without policies or keys. It returns
	// ErrExists, ErrUnknown or ErrIncomplete.
	CreateUser(ctx context.Context, account, name string) (User, error)
	// ListUsers returns those of an account, the main user first.
	ListUsers(ctx context.Context, account string) ([]User, error)
	// FindUser finds one by his id, or within an account by his name. It
	// returns ErrUnknown.
	FindUser(ctx context.Context, account, idOrName string) (User, error)
	// DisableUser stops all keys of a sub-account, or lets them be used again.
	// It returns ErrUnknown, or ErrRefused for a main user.
	DisableUser(ctx context.Context, id string, disabled bool) error
	// SetPolicies replaces what a sub-account may. It returns ErrUnknown, or
	// ErrRefused for a main user.
	SetPolicies(ctx context.Context, id string, p []Policy) error
}

// Keys are what is signed with.
type Keys interface {
	// CreateKey makes a key for a user. It returns ErrUnknown, ErrTooMany or
	// ErrIncomplete.
	CreateKey(ctx context.Context, user string, k KeySettings) (Created, error)
	// ListKeys returns those of an account, by user and age.
	ListKeys(ctx context.Context, account string) ([]APIKey, error)
	// RotateKey makes a key that is like an old one, which ends after the
	// overlap. It returns ErrUnknown, ErrTooMany where the user has another
	// key besides, or ErrRefused for a key that cannot be used.
	RotateKey(ctx context.Context, secretID string, overlap time.Duration) (Created, error)
	// SetKey returns ErrUnknown or ErrIncomplete.
	SetKey(ctx context.Context, secretID string, k KeySettings) error
	// DisableKey stops a key, or lets it be used again. It returns ErrUnknown
	// or ErrTooMany.
	DisableKey(ctx context.Context, secretID string, disabled bool) error
	// Secret returns a key with its secret, for whoever signs on this machine.
	// It returns ErrUnknown.
	Secret(ctx context.Context, secretID string) (Account, error)
}

// KeySettings are what a key may; nil leaves a thing as it is, or as it is for
// a new key: all buckets, the full number, no rate of its own.
type KeySettings struct {
	Buckets *[]string
	Shape   json.RawMessage // a document of service/shape
	Rate    *ratelimit.Limit
	Expires *time.Time
}

// Buckets are an account's picture spaces.
type Buckets interface {
	// CreateBucket returns ErrUnknown, ErrExists or ErrIncomplete.
	CreateBucket(ctx context.Context, account, name string) error
	// ListBuckets returns those of an account, by name.
	ListBuckets(ctx context.Context, account string) ([]string, error)
	// RemoveBucket returns ErrUnknown, or ErrRefused while a key is for it.
	RemoveBucket(ctx context.Context, account, name string) error
}

// Packs are units that were bought or granted.
type Packs interface {
	// AddPack sells units, at a price that is taken off the balance. It returns
	// ErrUnknown, or ErrRefused where the balance does not reach.
	AddPack(ctx context.Context, p NewPack) (PackDetails, error)
	// ListPacks returns those of an account in the order in which they are
	// used up.
	ListPacks(ctx context.Context, account string) ([]PackDetails, error)
	// RefundPack takes an untouched pack back, and puts its price on the
	// balance that it was taken off. It returns ErrUnknown or billing.ErrRefund.
	RefundPack(ctx context.Context, id string) (PackDetails, error)
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

// Bills are what is charged and paid.
type Bills interface {
	// Pay puts an amount on the balance, or takes one off. It returns
	// ErrUnknown.
	Pay(ctx context.Context, account string, amount billing.Cents, reason string) (Details, error)
	// BillMonth charges what an account used in a month on account, once. It
	// returns the bill, and false where there was one already; ErrUnknown,
	// ErrRefused for a month that is not over, and billing.ErrNegotiated.
	BillMonth(ctx context.Context, account string, m billing.Month) (BillDetails, bool, error)
	// ListBills returns those of an account, the newest first.
	ListBills(ctx context.Context, account string) ([]BillDetails, error)
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
