package accountdb

import (
	"slices"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
)

func testBuckets(t *testing.T, r *rig) {
	ctx := t.Context()
	c := r.create(t, "a")
	must(t, r.CreateBucket(ctx, c.AppID, "avatars"))
	refused(t, "twice", r.CreateBucket(ctx, c.AppID, "avatars"), account.ErrExists)
	refused(t, "a bad name", r.CreateBucket(ctx, c.AppID, "A"), account.ErrIncomplete)
	refused(t, "of nobody", r.CreateBucket(ctx, "1", "x"), account.ErrUnknown)
	if names, err := r.ListBuckets(ctx, c.AppID); err != nil || !slices.Equal(names, []string{"avatars", "cards"}) {
		t.Errorf("%v, %v", names, err)
	}
	only := []string{"avatars"}
	must(t, r.SetKey(ctx, c.SecretID, account.KeySettings{Buckets: &only}))
	refused(t, "one that a key is for", r.RemoveBucket(ctx, c.AppID, "avatars"), account.ErrRefused)
	must(t, r.RemoveBucket(ctx, c.AppID, "cards"))
	refused(t, "one that is gone", r.RemoveBucket(ctx, c.AppID, "cards"), account.ErrUnknown)
}

func testPacks(t *testing.T, r *rig) {
	ctx := t.Context()
	c := r.create(t, "a")
	_, err := r.AddPack(ctx, account.NewPack{Account: c.AppID, Units: 1000, Price: 120_00})
	refused(t, "without money", err, account.ErrRefused)
	_, err = r.Pay(ctx, c.AppID, 120_00, "transfer 1")
	must(t, err)
	p, err := r.AddPack(ctx, account.NewPack{Account: c.AppID, Units: 1000, Price: 120_00})
	if err != nil || p.Kind != billing.Paid || p.Left != 1000 || p.Total != 1000 || p.Held != 0 || !p.From.Equal(r.Now()) || p.To.Sub(p.From) != 365*24*time.Hour || p.Source != "balance" {
		t.Errorf("%+v, %v", p, err)
	}
	if d, _ := r.Account(ctx, c.AppID); d.Balance != 0 {
		t.Errorf("balance %v", d.Balance)
	}
	later, err := r.AddPack(ctx, account.NewPack{Account: c.AppID, Units: 10, Price: 5_00, Paid: true, From: r.Now().Add(-time.Hour)})
	must(t, err)
	if packs, err := r.ListPacks(ctx, c.AppID); err != nil || len(packs) != 2 || packs[0].ID != later.ID {
		t.Errorf("in the order in which they took effect: %+v, %v", packs, err)
	}
	elsewhere, err := r.AddPack(ctx, account.NewPack{Account: c.AppID, Units: 1, Price: 1_00, Paid: true})
	if err != nil || elsewhere.Source != account.PaidElsewhere || elsewhere.Price != 1_00 {
		t.Errorf("%+v, %v", elsewhere, err)
	}
	_, err = r.RefundPack(ctx, elsewhere.ID)
	must(t, err)
	r.Pass(7 * 24 * time.Hour)
	got, err := r.RefundPack(ctx, p.ID)
	if err != nil || got.Refunded == nil {
		t.Errorf("%+v, %v", got, err)
	}
	if d, _ := r.Account(ctx, c.AppID); d.Balance != 120_00 {
		t.Errorf("balance %v", d.Balance)
	}
	_, err = r.RefundPack(ctx, p.ID)
	refused(t, "returned twice", err, billing.ErrRefund)
	r.Pass(time.Microsecond)
	_, err = r.RefundPack(ctx, later.ID)
	refused(t, "after 7 days", err, billing.ErrRefund)
	_, err = r.RefundPack(ctx, "none")
	refused(t, "no pack", err, account.ErrUnknown)
	for _, bad := range []account.NewPack{{Account: c.AppID}, {Account: c.AppID, Units: 1, Price: -1}, {Account: c.AppID, Units: 1, From: r.Now().Add(-366 * 24 * time.Hour)}} {
		_, err := r.AddPack(ctx, bad)
		refused(t, "a bad pack", err, account.ErrRefused)
	}
	_, err = r.AddPack(ctx, account.NewPack{Account: "1", Units: 1})
	refused(t, "for nobody", err, account.ErrUnknown)
}

func testClosing(t *testing.T, r *rig) {
	ctx := t.Context()
	c := r.create(t, "a")
	p, err := r.AddPack(ctx, account.NewPack{Account: c.AppID, Units: 1})
	must(t, err)
	refused(t, "with units that were paid", r.CloseAccount(ctx, c.AppID), billing.ErrRemainder)
	_, err = r.RefundPack(ctx, p.ID)
	must(t, err)
	must(t, r.CloseAccount(ctx, c.AppID))
	if d, _ := r.Account(ctx, c.AppID); !d.Closed || d.Standing(r.Now()) != account.Closed {
		t.Errorf("%+v", d)
	}
	must(t, r.OpenAccount(ctx, c.AppID))
	if d, _ := r.Account(ctx, c.AppID); d.Closed {
		t.Errorf("%+v", d)
	}
	refused(t, "nobody", r.CloseAccount(ctx, "1"), account.ErrUnknown)
	refused(t, "nobody", r.OpenAccount(ctx, "1"), account.ErrUnknown)
}

// A balance below zero is noted since when, and a payment ends it.
func testPaying(t *testing.T, r *rig) {
	ctx := t.Context()
	c := r.create(t, "a")
	since := r.Now()
	d, err := r.Pay(ctx, c.AppID, -10_00, "correction")
	if err != nil || d.Balance != -10_00 || d.NegativeSince == nil || !d.NegativeSince.Equal(since) {
		t.Errorf("%+v, %v", d, err)
	}
	r.Pass(billing.Grace)
	d, err = r.Pay(ctx, c.AppID, 5_00, "")
	if err != nil || d.Standing(r.Now()) != account.Arrears || !d.NegativeSince.Equal(since) {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err = r.Pay(ctx, c.AppID, 5_00, ""); err != nil || d.Balance != 0 || d.NegativeSince != nil || d.Standing(r.Now()) != account.Active {
		t.Errorf("%+v, %v", d, err)
	}
	_, err = r.Pay(ctx, c.AppID, 0, "")
	refused(t, "nothing", err, account.ErrRefused)
	_, err = r.Pay(ctx, "1", 1, "")
	refused(t, "nobody", err, account.ErrUnknown)
	_, err = r.Pay(ctx, c.AppID, 1<<62, "")
	must(t, err)
	_, err = r.Pay(ctx, c.AppID, 1<<62, "")
	refused(t, "more than can be counted", err, account.ErrRefused)
}

func testEmptyBill(t *testing.T, r *rig) {
	ctx := t.Context()
	c := r.create(t, "a")
	_, _, err := r.BillMonth(ctx, c.AppID, "2026-11")
	refused(t, "a month that is not over", err, account.ErrRefused)
	// December begins in Beijing at 16:00 UTC.
	r.Set(time.Date(2026, 11, 30, 16, 59, 59, 0, time.UTC))
	_, _, err = r.BillMonth(ctx, c.AppID, "2026-11")
	refused(t, "before everything is settled", err, account.ErrRefused)
	r.Pass(time.Second)
	for i, want := range []bool{true, false} {
		b, fresh, err := r.BillMonth(ctx, c.AppID, "2026-11")
		if err != nil || fresh != want || b.Amount != 0 || b.Month != "2026-11" || b.Account != c.AppID {
			t.Errorf("%d: %+v, %v, %v", i, b, fresh, err)
		}
	}
	if bills, err := r.ListBills(ctx, c.AppID); err != nil || len(bills) != 1 {
		t.Errorf("%+v, %v", bills, err)
	}
	_, _, err = r.BillMonth(ctx, c.AppID, "2026-13")
	refused(t, "no month", err, billing.ErrCalendar)
	_, _, err = r.BillMonth(ctx, "1", "2026-10")
	refused(t, "nobody", err, account.ErrUnknown)
}
