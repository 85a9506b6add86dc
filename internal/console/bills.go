package console

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/billing"
)

// Money is what pages need of packs, payments and bills.
type Money interface {
	ListPacks(ctx context.Context, accountID string) ([]account.Pack, error)
	AddPack(ctx context.Context, n account.NewPack) (account.Pack, error)
	RefundPack(ctx context.Context, id string) (account.Pack, error)
	Pay(ctx context.Context, accountID string, amount billing.Cents, reason string) (account.Account, error)
	ListBills(ctx context.Context, accountID string) ([]account.Bill, error)
	PreviewBill(ctx context.Context, accountID string, m billing.Month) (billing.Bill, error)
}

type billsData struct {
	account.Account
	Base     string
	Standing string
	Packs    []packRow
	Offers   []billing.Offer
	Month    billing.Month
	Current  billing.Bill
	NoPrice  bool // the month has reached a tier without a price
	Bills    []account.Bill
}

func (p *page) showBills() error { return p.billsPage(http.StatusOK, "") }

func (p *page) billsPage(status int, problem string) error {
	ctx := p.r.Context()
	fresh, err := p.Accounts.Account(ctx, p.account.ID)
	if err != nil {
		return err
	}
	d := billsData{Account: fresh, Base: p.at("bills"), Standing: fresh.Standing(p.Now()).String(), Offers: p.Prices.Packs, Month: p.Calendar.Month(p.Now())}
	if d.Packs, err = p.packRows(); err != nil {
		return err
	}
	if d.Current, err = p.Accounts.PreviewBill(ctx, fresh.ID, d.Month); errors.Is(err, billing.ErrNegotiated) {
		d.NoPrice, err = true, nil
	}
	if err != nil {
		return err
	}
	if d.Bills, err = p.Accounts.ListBills(ctx, fresh.ID); err != nil {
		return err
	}
	return p.renderWith(status, "bills", d, problem)
}

func (p *page) addPack() error {
	n := account.NewPack{Account: p.account.ID, Paid: p.field("paid") != ""}
	var err error
	if n.Units, err = p.integer("units"); err != nil {
		return p.again(err, p.billsPage)
	}
	if text := p.field("price"); text != "" {
		if n.Price, err = billing.ParseCents(text); err != nil {
			return p.again(err, p.billsPage)
		}
	} else if offer, ok := p.Prices.Offer(n.Units); ok {
		n.Price = offer.Price
	} else {
		return p.again(billing.ErrAmount, p.billsPage)
	}
	if text := p.field("from"); text != "" {
		span, err := p.Calendar.DaySpan(billing.Day(text))
		if err != nil {
			return p.again(err, p.billsPage)
		}
		n.From = span.From
	}
	after := audit.Values{"units": strconv.FormatInt(n.Units, 10), "price": n.Price.String(), "paid elsewhere": strconv.FormatBool(n.Paid), "from": p.field("from")}
	if _, err := p.Accounts.AddPack(p.change("pack.add", "", nil, after), n); err != nil {
		return p.again(err, p.billsPage)
	}
	return p.redirect(p.at("bills"), "packadded")
}

// refundPack returns a pack of the account to where it was paid from.
func (p *page) refundPack() error {
	rows, err := p.packRows()
	if err != nil {
		return err
	}
	id := p.r.PathValue("pack")
	for _, row := range rows {
		if row.ID != id {
			continue
		}
		if _, err := p.Accounts.RefundPack(p.change("pack.refund", id, nil, audit.Values{"price": row.Price.String()}), id); err != nil {
			return p.again(err, p.billsPage)
		}
		return p.redirect(p.at("bills"), "packreturned")
	}
	return account.ErrUnknown
}

func (p *page) pay() error {
	amount, err := billing.ParseCents(p.field("amount"))
	if err != nil {
		return p.again(err, p.billsPage)
	}
	reason := p.field("reason")
	after := audit.Values{"amount": amount.String(), "reason": reason}
	if _, err := p.Accounts.Pay(p.change("account.credit", p.account.ID, nil, after), p.account.ID, amount, reason); err != nil {
		return p.again(err, p.billsPage)
	}
	return p.redirect(p.at("bills"), "paid")
}
