package billing

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	got, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatalf("Parse failed: %v", err)
	}
	return got
}

func TestOrder(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	packs := []Pack{
		{ID: "6 the larger one, later", Kind: Paid, Total: 1_000_000, Valid: Span{day(9), day(30)}},
		{ID: "4 the same time, by id", Kind: Paid, Valid: Span{day(3), day(20)}},
		{ID: "1 free", Kind: Free, Valid: Span{day(5), day(31)}},
		{ID: "5 ends later", Kind: Paid, Valid: Span{day(3), day(21)}},
		{ID: "3 the same time", Kind: Paid, Valid: Span{day(3), day(20)}},
		{ID: "2 took effect first, and ends last", Kind: Paid, Valid: Span{day(2), day(31)}},
		{ID: "0 free, of before", Kind: Free, Valid: Span{day(1), day(5)}},
	}
	slices.SortFunc(packs, Order)
	for i, p := range packs {
		if p.ID[0] != byte('0'+i) {
			t.Errorf("place %d: %s", i, p.ID)
		}
	}
	for _, a := range packs {
		for _, b := range packs {
			if Order(a, b) != -Order(b, a) {
				t.Errorf("%s and %s", a.ID, b.ID)
			}
		}
	}
}

func TestPackSpan(t *testing.T) {
	london, err := NewCalendar("Europe/London")
	if err != nil {
		t.Fatalf("NewCalendar failed: %v", err)
	}
	for _, c := range []struct {
		calendar Calendar
		from, to string
	}{
		{Calendar{}, "2026-11-23T10:00:00+08:00", "2027-11-23T10:00:00+08:00"},
		{Calendar{}, "2028-02-29T10:00:00+08:00", "2029-03-01T10:00:00+08:00"},
		// In London it is still the 28th, which every year has.
		{london, "2028-02-29T07:00:00+08:00", "2029-02-28T23:00:00Z"},
		// Summer time begins on another day of the next year.
		{london, "2026-03-28T12:00:00Z", "2027-03-28T11:00:00Z"},
	} {
		got := c.calendar.PackSpan(at(t, c.from))
		if !got.From.Equal(at(t, c.from)) || !got.To.Equal(at(t, c.to)) {
			t.Errorf("%s, %s: to %v, want %s", c.calendar.Zone(), c.from, got.To, c.to)
		}
		if !got.Holds(got.From) || got.Holds(got.To) || !got.Holds(got.To.Add(-1)) || got.Holds(got.From.Add(-1)) {
			t.Error("a span holds its beginning and not its end")
		}
	}
}

func TestFreeSpan(t *testing.T) {
	for _, c := range []struct{ opened, at, from, to string }{
		// Granted on the 1st, in Beijing.
		{"2025-05-05T00:00:00Z", "2026-11-23T00:00:00Z", "2026-10-31T16:00:00Z", "2026-11-30T16:00:00Z"},
		{"2025-05-05T00:00:00Z", "2026-11-30T15:59:59Z", "2026-10-31T16:00:00Z", "2026-11-30T16:00:00Z"},
		{"2025-05-05T00:00:00Z", "2026-11-30T16:00:00Z", "2026-11-30T16:00:00Z", "2026-12-31T16:00:00Z"},
		// In the month of opening from then on.
		{"2026-11-20T03:04:05Z", "2026-11-23T00:00:00Z", "2026-11-20T03:04:05Z", "2026-11-30T16:00:00Z"},
		// Before it, none.
		{"2026-12-20T03:04:05Z", "2026-11-23T00:00:00Z", "2026-11-30T16:00:00Z", "2026-11-30T16:00:00Z"},
	} {
		got := Calendar{}.FreeSpan(at(t, c.opened), at(t, c.at))
		if !got.From.Equal(at(t, c.from)) || !got.To.Equal(at(t, c.to)) {
			t.Errorf("opened %s, at %s: %v to %v", c.opened, c.at, got.From.UTC(), got.To.UTC())
		}
	}
}

func TestRefundable(t *testing.T) {
	bought := at(t, "2026-11-01T12:00:00Z")
	good := Pack{Kind: Paid, Total: 1_000, Left: 1_000, Bought: bought}
	for name, c := range map[string]struct {
		spoil func(*Pack)
		after time.Duration
		ok    bool
	}{
		"at once":              {after: 0, ok: true},
		"the last moment":      {after: 7 * 24 * time.Hour, ok: true},
		"a moment too late":    {after: 7*24*time.Hour + 1},
		"one used":             {spoil: func(p *Pack) { p.Left-- }, after: time.Hour},
		"one held":             {spoil: func(p *Pack) { p.Left--; p.Held++ }, after: time.Hour},
		"held and given back":  {spoil: func(p *Pack) {}, after: time.Hour, ok: true},
		"the month's free one": {spoil: func(p *Pack) { p.Kind = Free }, after: time.Hour},
	} {
		p := good
		if c.spoil != nil {
			c.spoil(&p)
		}
		if err := p.Refundable(bought.Add(c.after)); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrRefund) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMayClose(t *testing.T) {
	now := at(t, "2026-11-23T00:00:00Z")
	year := Span{now.AddDate(0, -6, 0), now.AddDate(0, 6, 0)}
	for name, c := range map[string]struct {
		packs []Pack
		ok    bool
	}{
		"no pack":             {nil, true},
		"the free one":        {[]Pack{{Kind: Free, Total: 1_000, Left: 1_000, Valid: year}}, true},
		"one used up":         {[]Pack{{Kind: Paid, Total: 1_000, Valid: year}}, true},
		"one left of a unit":  {[]Pack{{Kind: Paid, Total: 1_000, Valid: year}, {Kind: Paid, Total: 1_000, Left: 1, Valid: year}}, false},
		"one held":            {[]Pack{{Kind: Paid, Total: 1_000, Held: 1, Valid: year}}, false},
		"one that lapsed":     {[]Pack{{Kind: Paid, Total: 1_000, Left: 900, Valid: Span{year.From, now}}}, true},
		"one still to come":   {[]Pack{{Kind: Paid, Total: 1_000, Left: 1_000, Valid: Span{now.Add(1), year.To}}}, false},
		"one that lapses now": {[]Pack{{Kind: Paid, Total: 1_000, Left: 900, Valid: Span{year.From, now.Add(1)}}}, false},
	} {
		if err := MayClose(c.packs, now); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrRemainder) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAlert(t *testing.T) {
	for _, c := range []struct {
		total, left, held int64
		want              Alert
	}{
		{1_000, 1_000, 0, Enough}, {1_000, 200, 0, Enough}, {1_000, 199, 0, Low}, {1_000, 199, 1, Enough}, {1_000, 1, 0, Low},
		{1_000, 0, 1, Low}, {1_000, 0, 0, Empty},
		{3, 1, 0, Enough}, {4, 1, 0, Enough}, {6, 1, 0, Low}, {6, 2, 0, Enough}, {9, 1, 0, Low}, {1, 1, 0, Enough}, {1, 0, 0, Empty},
		{1 << 62, 1 << 59, 0, Low}, {1 << 62, 1 << 60, 0, Enough},
	} {
		if got := (Pack{Total: c.total, Left: c.left, Held: c.held}).Alert(); got != c.want {
			t.Errorf("%d and %d of %d: %v", c.left, c.held, c.total, got)
		}
	}
}

func TestLast(t *testing.T) {
	now := at(t, "2026-11-23T00:00:00Z")
	span := func(from, to int) Span { return Span{now.AddDate(0, from, 0), now.AddDate(0, to, 0)} }
	free := Pack{ID: "free", Kind: Free, Valid: span(-1, 1)}
	first := Pack{ID: "first", Kind: Paid, Valid: span(-6, 6)}
	second := Pack{ID: "second", Kind: Paid, Valid: span(-3, 9)}
	lapsed := Pack{ID: "lapsed", Kind: Paid, Valid: span(-12, 0)}
	coming := Pack{ID: "coming", Kind: Paid, Valid: span(1, 13)}
	for want, packs := range map[string][]Pack{
		"":       {lapsed, coming},
		"free":   {free, lapsed},
		"first":  {first, free},
		"second": {second, first, free, coming},
	} {
		if p, ok := Last(packs, now); p.ID != want || ok != (want != "") {
			t.Errorf("%q, %v, want %q", p.ID, ok, want)
		}
	}
}

// A pack is used up, one by one, with one request that comes to nothing at
// each step, then filled up, and used up again: each time one alert of each.
func TestRaiseOnce(t *testing.T) {
	p := Pack{Kind: Paid, Total: 50, Left: 50}
	told, count := Enough, map[Alert]int{}
	see := func() {
		var raise bool
		if raise, told = Raise(told, p.Alert()); raise {
			count[told]++
		}
	}
	for round := 1; round <= 2; round++ {
		for p.Left > 0 {
			p.Left, p.Held = p.Left-1, p.Held+1
			see()
			p.Left, p.Held = p.Left+1, p.Held-1
			see()
			p.Left--
			see()
		}
		if count[Low] != round || count[Empty] != round || len(count) != 2 {
			t.Fatalf("round %d: %v", round, count)
		}
		p.Left = p.Total
		see()
	}
	// A jump over the first alert tells of the second alone.
	if raise, now := Raise(Enough, Empty); !raise || now != Empty {
		t.Error("a pack emptied at once is not told of")
	}
}

func TestStand(t *testing.T) {
	since := at(t, "2026-12-01T03:00:00Z")
	for _, c := range []struct {
		balance Cents
		after   time.Duration
		want    Standing
	}{
		{1, 100 * time.Hour, Good}, {0, 100 * time.Hour, Good}, {-1, 0, Overdue}, {-1, Grace - 1, Overdue}, {-1, Grace, Stopped}, {-1, 1000 * time.Hour, Stopped},
	} {
		got := Stand(c.balance, since, since.Add(c.after))
		if got != c.want || got.Served() != (c.want != Stopped) {
			t.Errorf("%v after %v: %v", c.balance, c.after, got)
		}
	}
	if Standing(9).Served() || Standing(-1).Served() {
		t.Error("a standing that there is not is served")
	}
}

// A charge, a part payment, a second charge, and payment: the 24 hours run
// from the first charge, and start again after the balance was settled.
func TestNegativeSince(t *testing.T) {
	start := at(t, "2026-12-01T03:00:00Z")
	var since time.Time
	for i, c := range []struct {
		after   time.Duration
		balance Cents
		want    Standing
	}{
		{0, 5_00, Good}, {time.Hour, -10_00, Overdue}, {20 * time.Hour, -1_00, Overdue}, {25 * time.Hour, -1, Stopped},
		{26 * time.Hour, -7_00, Stopped}, {30 * time.Hour, 0, Good}, {31 * time.Hour, -1, Overdue}, {54 * time.Hour, -1, Overdue}, {55 * time.Hour, -1, Stopped},
	} {
		now := start.Add(c.after)
		since = NegativeSince(since, c.balance, now)
		if got := Stand(c.balance, since, now); got != c.want {
			t.Errorf("step %d, %v: %v, want %v", i, c.balance, got, c.want)
		}
	}
}

func TestAlertNames(t *testing.T) {
	for got, want := range map[string]string{
		Enough.String(): "enough", Low.String(): "low", Empty.String(): "empty",
	} {
		if got != want {
			t.Errorf("String() = %q, want %q", got, want)
		}
	}
	if got := Alert(-1).String(); got != "unknown" {
		t.Errorf("Alert(-1).String() = %q, want unknown", got)
	}
}
