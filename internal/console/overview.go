package console

import (
	"net/http"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/service/usage"
)

// overviewData is the first page of an account: the last 30 days.
type overviewData struct {
	Summary    usage.Summary
	Rate       string
	Chart      *chart
	Interfaces []groupRow
	Bills      bool // packs and balance are visible
	Packs      []packRow
	Standing   string
	Alerts     []alert
	Usage      string
}

// alert is something to act on. Level is warn or bad.
type alert struct{ Level, Text, Path string }

func (p *page) overview() error {
	to := p.Calendar.Day(p.Now())
	from := p.Calendar.Day(p.Calendar.In(p.Now()).AddDate(0, 0, -29))
	rows, err := p.visibleRows(usageQuery{From: from, To: to, AnyBucket: true})
	if err != nil {
		return err
	}
	d := overviewData{Summary: usage.Summarise(rows), Chart: p.dailyChart(rows, from, to), Usage: p.at("usage"), Standing: p.account.Standing(p.Now()).String()}
	d.Rate = percent(d.Summary)
	for _, g := range usage.By(rows, groupings["interface"]) {
		d.Interfaces = append(d.Interfaces, groupRow{Name: g.Key, Summary: g.Summary, Rate: percent(g.Summary)})
	}
	if d.Bills = p.may.Allows(policy.QueryBills, policy.All); d.Bills {
		if err := p.overviewBills(&d); err != nil {
			return err
		}
	}
	keys, _, err := p.keyRows()
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.Soon && k.State == "active" {
			d.Alerts = append(d.Alerts, alert{"warn", p.t("alert.key", k.SecretID, p.Calendar.In(*k.Expires).Format("2006-01-02 15:04")), k.Path})
		}
	}
	return p.render(http.StatusOK, "overview", d)
}

// overviewBills fills in the packs that are valid, and the alerts on them and the
// balance.
func (p *page) overviewBills(d *overviewData) error {
	packs, err := p.packRows()
	if err != nil {
		return err
	}
	var valid []billing.Pack
	for _, row := range packs {
		if row.State == "valid" || row.State == "usedup" {
			valid = append(valid, row.Pack.Billing())
		}
		if row.State == "valid" {
			d.Packs = append(d.Packs, row)
		}
	}
	at := p.at("bills")
	if p.account.NegativeSince != nil {
		key := "alert.negative"
		if p.account.Standing(p.Now()) == account.Arrears {
			key = "alert.arrears"
		}
		d.Alerts = append(d.Alerts, alert{"bad", p.t(key, p.account.Balance.String()), at})
	}
	if last, ok := billing.Last(valid, p.Now()); ok {
		switch last.Alert() {
		case billing.Low:
			d.Alerts = append(d.Alerts, alert{"warn", p.t("alert.low", number(last.Remains()), number(last.Total)), at})
		case billing.Empty:
			key := "alert.empty"
			if p.account.PostPay {
				key = "alert.emptypostpay"
			}
			d.Alerts = append(d.Alerts, alert{"bad", p.t(key), at})
		}
	}
	if p.account.Closed {
		d.Alerts = append(d.Alerts, alert{"bad", p.t("alert.closed"), p.at("settings")})
	}
	return nil
}

// packRow is a pack as pages show it.
type packRow struct {
	account.Pack
	Used   int64
	Fifth  int64  // of the total: below it the remainder is low
	State  string // valid, usedup, later, over, returned
	Refund bool   // it may be returned
	Source string
	Last   time.Time // moment of its validity, for the day that it lapses on
}

// packRows returns the packs of the account in the order of use.
func (p *page) packRows() ([]packRow, error) {
	packs, err := p.Accounts.ListPacks(p.r.Context(), p.account.ID)
	if err != nil {
		return nil, err
	}
	now := p.Now()
	var rows []packRow
	for _, k := range packs {
		row := packRow{Pack: k, Fifth: k.Total / 5, Used: k.Total - k.Left - k.Held, State: "valid", Refund: k.Refunded == nil && k.Billing().Refundable(now) == nil, Last: k.To.Add(-time.Second)}
		switch {
		case k.Refunded != nil:
			row.State = "returned"
		case !now.Before(k.To):
			row.State = "over"
		case now.Before(k.From):
			row.State = "later"
		case k.Left+k.Held == 0:
			row.State = "usedup"
		}
		switch {
		case k.Kind == billing.Free:
			row.Source = p.t("pack.free")
		case k.Source == account.PaidElsewhere:
			row.Source = p.t("pack.elsewhere")
		default:
			row.Source = p.t("pack.balance")
		}
		rows = append(rows, row)
	}
	return rows, nil
}
