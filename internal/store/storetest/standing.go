package storetest

import (
	"errors"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
)

// owes leaves the account with an unpaid bill since a time.
func (s *fixture) owes(amount int64, since time.Time) {
	s.Helper()
	s.exec(`INSERT INTO bill (account_id, month, calls, free_units, pack_units, postpaid_units, price, amount, created_at)
		VALUES (?, '2026-10', 0, 0, 0, 0, 15, ?, ?)`, s.account, amount, since.UnixMicro())
	s.exec(`UPDATE account SET balance = balance - ?, negative_since = ? WHERE id = ?`, amount, since.UnixMicro(), s.account)
}

func (s *fixture) pays(amount int64) {
	s.Helper()
	s.exec(`INSERT INTO payment (id, account_id, amount, reason, at) VALUES (?, ?, ?, '', ?)`, "pay:"+s.account, s.account, amount, s.at.UnixMicro())
	s.exec(`UPDATE account SET balance = balance + ?, negative_since = CASE WHEN balance + ? < 0 THEN negative_since END WHERE id = ?`,
		amount, amount, s.account)
}

var standingCases = []scenario{
	{"an unknown account", func(s *fixture) {
		h := s.request(1)
		h.Account = "none"
		s.refused(h, ledger.ErrUnknown)
	}},
	{"a closed account", func(s *fixture) {
		s.exec(`UPDATE account SET state = 'closed' WHERE id = ?`, s.account)
		s.refused(s.request(1), ledger.ErrClosed)
		s.exec(`UPDATE account SET state = 'active' WHERE id = ?`, s.account)
		s.hold(1)
	}},
	{"an account that is closed during a call pays for it", func(s *fixture) {
		id := s.hold(1)
		s.exec(`UPDATE account SET state = 'closed' WHERE id = ?`, s.account)
		s.post(id, good)
		s.equal("used", s.used(), 1)
	}},
	{"in debt for less than a day", func(s *fixture) {
		s.owes(1, s.at.Add(time.Microsecond-billing.Grace))
		s.hold(1)
	}},
	{"in debt for a day", func(s *fixture) {
		s.owes(1, s.at.Add(-billing.Grace))
		s.refused(s.request(1), ledger.ErrArrears)
	}},
	{"arrears leave packs as they were, and payment restores them", func(s *fixture) {
		p := s.pack("p", 5, -1, 30)
		s.charged(good)
		s.owes(100, s.at.Add(-billing.Grace))
		for range 3 {
			s.refused(s.request(1), ledger.ErrArrears)
		}
		s.wantPack(s.free(), 9, 0)
		s.wantPack(p, 5, 0)
		s.pays(99)
		s.refused(s.request(1), ledger.ErrArrears)
		s.exec(`DELETE FROM payment WHERE account_id = ?`, s.account)
		s.exec(`UPDATE account SET balance = -100 WHERE id = ?`, s.account)
		s.pays(100)
		s.charged(good)
		s.wantPack(s.free(), 8, 0)
	}},
	{"arrears stop post-pay too", func(s *fixture) {
		s.exec(`UPDATE account SET postpay = 1 WHERE id = ?`, s.account)
		s.owes(1, s.at.Add(-2*billing.Grace))
		s.refused(s.request(20), ledger.ErrArrears)
	}},
	{"a charge that is held when arrears begin is posted", func(s *fixture) {
		id := s.hold(1)
		s.owes(1, s.at.Add(-2*billing.Grace))
		s.post(id, good)
		s.equal("used", s.used(), 1)
	}},
	{"closed comes before arrears", func(s *fixture) {
		s.owes(1, s.at.Add(-2*billing.Grace))
		s.exec(`UPDATE account SET state = 'closed' WHERE id = ?`, s.account)
		s.refused(s.request(1), ledger.ErrClosed)
	}},
}

var replayCases = []scenario{
	{"the id of a held charge", func(s *fixture) {
		h := s.request(2)
		s.begin(h)
		s.refused(h, ledger.ErrInProgress)
	}},
	{"the id of a posted charge", func(s *fixture) {
		h := s.request(3)
		s.post(s.begin(h), good, good, bad)
		s.retold(h, ledger.Posted, 2)
	}},
	{"the id of a void charge", func(s *fixture) {
		h := s.request(1)
		s.ok(s.ledger.Void(s.ctx, s.begin(h), s.outcome(bad)))
		s.retold(h, ledger.Void, 0)
	}},
	{"the id of another account's charge", func(s *fixture) {
		h := s.request(1)
		s.begin(h)
		h.Account = s.other().account
		s.refused(h, ledger.ErrMismatch)
	}},
	{"with other units", func(s *fixture) {
		h := s.request(1)
		s.begin(h)
		h.Units = 2
		s.refused(h, ledger.ErrMismatch)
	}},
	{"at another interface", func(s *fixture) {
		h := s.request(1)
		s.begin(h)
		h.API = "api3"
		s.refused(h, ledger.ErrMismatch)
	}},
	{"after a day, in arrears and with nothing left", func(s *fixture) {
		h := s.request(10)
		s.post(s.begin(h), times(10, good)...)
		s.owes(1, s.at)
		h.At = s.at.Add(2 * billing.Grace)
		s.retold(h, ledger.Posted, 10)
	}},
	{"64 callers with one id", func(s *fixture) {
		h := s.request(1)
		s.equal("held", together(s, 64, func(int) error {
			_, err := s.ledger.Hold(s.ctx, h)
			return err
		}, ledger.ErrInProgress), 1)
		s.wantPack(s.free(), 9, 1)
	}},
}

// retold holds again and expects the charge as it is now.
func (s *fixture) retold(h ledger.Hold, state ledger.State, units int64) ledger.Charge {
	s.Helper()
	before := s.state()
	c, err := s.ledger.Hold(s.ctx, h)
	s.ok(err)
	if c.State != state || c.Units != units || !c.Replayed {
		s.Errorf("replayed %+v, want %s with %d units", c, state, units)
	}
	if after := s.state(); after != before {
		s.Errorf("telling it again changed %v to %v", before, after)
	}
	return c
}

var settleCases = []scenario{
	{"a success", func(s *fixture) {
		id := s.charged(good)
		s.wantState(id, ledger.Posted, 1)
		s.wantPack(s.free(), 9, 0)
		s.equal("used", s.used(), 1)
		s.equal("calls", s.calls(0), 1)
		s.equal("entry", s.number(`SELECT delta FROM entry WHERE charge_id = ?`, id), -1)
	}},
	{"a failure", func(s *fixture) {
		id := s.hold(1)
		s.ok(s.ledger.Void(s.ctx, id, s.outcome(bad)))
		s.wantState(id, ledger.Void, 0)
		s.wantPack(s.free(), 10, 0)
		s.equal("used", s.used(), 0)
		s.equal("calls", s.calls(bad.Code), 1)
		s.equal("entries", s.state().entries, 0)
	}},
	{"a billed failure", func(s *fixture) {
		s.charged(empty)
		s.equal("units", s.number(`SELECT units FROM usage_day WHERE account_id = ? AND code = ?`, s.account, empty.Code), 1)
		s.wantPack(s.free(), 9, 0)
	}},
	{"five images, four of them good", func(s *fixture) {
		id := s.charged(good, good, bad, good, good)
		s.wantState(id, ledger.Posted, 4)
		s.wantPack(s.free(), 6, 0)
		s.equal("good", s.calls(0), 4)
		s.equal("bad", s.calls(bad.Code), 1)
	}},
	{"entries by code", func(s *fixture) {
		id := s.charged(empty, good, empty, bad, good, good)
		s.equal("entries", s.number(`SELECT COUNT(*) FROM entry WHERE charge_id = ?`, id), 2)
		s.equal("good", s.number(`SELECT -delta FROM entry WHERE charge_id = ? AND code = 0`, id), 3)
		s.equal("empty", s.number(`SELECT -delta FROM entry WHERE charge_id = ? AND code = ?`, id, empty.Code), 2)
	}},
	{"fewer calls than units", func(s *fixture) {
		id := s.hold(5)
		s.post(id, good)
		s.wantPack(s.free(), 9, 0)
	}},
	{"post without anything billed is a void", func(s *fixture) {
		id := s.hold(2)
		s.post(id, bad, bad)
		s.wantState(id, ledger.Void, 0)
		s.wantPack(s.free(), 10, 0)
	}},
	{"post without calls is a void", func(s *fixture) {
		id := s.hold(2)
		s.post(id)
		s.wantState(id, ledger.Void, 0)
	}},
	{"void bills nothing, whatever the calls say", func(s *fixture) {
		id := s.hold(1)
		o := s.outcome(good)
		s.ok(s.ledger.Void(s.ctx, id, o))
		s.wantState(id, ledger.Void, 0)
		s.equal("used", s.used(), 0)
		if !o.Calls[0].Billed {
			s.Error("the caller's calls were changed")
		}
	}},
	{"post again", func(s *fixture) {
		id := s.charged(good, bad)
		before := s.state()
		s.post(id, good, bad)
		late := good
		late.Took *= 10
		s.post(id, late, bad)
		if after := s.state(); after != before {
			s.Errorf("it changed %v to %v", before, after)
		}
		s.equal("calls", s.calls(0), 1)
	}},
	{"post again, otherwise", func(s *fixture) {
		id := s.charged(good, bad)
		s.unsettled(s.ledger.Post(s.ctx, id, s.outcome(good, good)), ledger.ErrState)
		s.unsettled(s.ledger.Post(s.ctx, id, s.outcome(bad, bad)), ledger.ErrState)
		s.unsettled(s.ledger.Post(s.ctx, id, s.outcome(good)), ledger.ErrState)
		s.wantState(id, ledger.Posted, 1)
	}},
	{"void after post", func(s *fixture) {
		id := s.charged(good)
		s.unsettled(s.ledger.Void(s.ctx, id, s.outcome(bad)), ledger.ErrState)
		s.wantState(id, ledger.Posted, 1)
	}},
	{"post after void", func(s *fixture) {
		id := s.hold(1)
		s.ok(s.ledger.Void(s.ctx, id, s.outcome(bad)))
		s.unsettled(s.ledger.Post(s.ctx, id, s.outcome(good)), ledger.ErrState)
		s.wantPack(s.free(), 10, 0)
	}},
	{"void again", func(s *fixture) {
		id := s.hold(1)
		s.ok(s.ledger.Void(s.ctx, id, s.outcome(bad)))
		s.ok(s.ledger.Void(s.ctx, id, s.outcome(bad)))
		s.ok(s.ledger.Void(s.ctx, id, s.outcome()))
		s.equal("calls", s.calls(bad.Code), 1)
		s.wantPack(s.free(), 10, 0)
	}},
	{"more billed than held", func(s *fixture) {
		id := s.hold(1)
		s.unsettled(s.ledger.Post(s.ctx, id, s.outcome(good, good)), ledger.ErrState)
		s.wantState(id, ledger.Held, 0)
		s.post(id, good)
	}},
	{"post of no charge", func(s *fixture) {
		s.unsettled(s.ledger.Post(s.ctx, "none", s.outcome(good)), ledger.ErrUnknown)
		s.unsettled(s.ledger.Post(s.ctx, "", s.outcome()), ledger.ErrUnknown)
	}},
	{"void of no charge", func(s *fixture) {
		s.unsettled(s.ledger.Void(s.ctx, "none", s.outcome(bad)), ledger.ErrUnknown)
	}},
	{"the day is that of the hold", func(s *fixture) {
		s.at = lastOfNov
		id := s.hold(1)
		november := s.free()
		s.at = december.Add(time.Minute)
		s.post(id, good)
		s.wantPack(november, 9, 0)
		s.equal("units", s.number(`SELECT units FROM usage_day WHERE account_id = ? AND day = '2026-11-30'`, s.account), 1)
		s.equal("calls", s.number(`SELECT n FROM call_day WHERE account_id = ? AND day = '2026-11-30'`, s.account), 1)
	}},
	{"the day goes by the account's time zone", func(s *fixture) {
		s.exec(`UPDATE account SET zone = 'America/New_York' WHERE id = ?`, s.account)
		s.at = december // noon there
		s.charged(good)
		s.equal("units", s.number(`SELECT units FROM usage_day WHERE account_id = ? AND day = '2026-11-30'`, s.account), 1)
	}},
	{"calls go into bins by how long they took", func(s *fixture) {
		s.charged(good, good)
		slow := good
		slow.Took = 3 * time.Second
		s.charged(slow)
		s.equal("quick", s.number(`SELECT n FROM call_day WHERE account_id = ? AND bin = 2`, s.account), 2)
		s.equal("slow", s.number(`SELECT n FROM call_day WHERE account_id = ? AND bin = 30`, s.account), 1)
	}},
	{"64 callers post one charge", func(s *fixture) {
		id := s.hold(1)
		s.equal("acknowledged", together(s, 64, func(int) error { return s.ledger.Post(s.ctx, id, s.outcome(good)) }), 64)
		s.equal("entries", s.state().entries, 1)
	}},
	{"32 post and 32 void one charge", func(s *fixture) {
		id := s.hold(1)
		posted := together(s, 64, func(i int) error {
			if i%2 == 0 {
				return s.ledger.Post(s.ctx, id, s.outcome(good))
			}
			return errors.Join(s.ledger.Void(s.ctx, id, s.outcome(bad)), nil)
		}, ledger.ErrState)
		s.equal("of one mind", posted, 32)
		s.equal("entries and left", s.state().entries+s.state().left, 10)
	}},
	{"64 callers charge at once", func(s *fixture) {
		p := s.pack("p", 1000, -1, 30)
		s.equal("posted", together(s, 64, func(i int) error {
			h := s.request(2)
			h.ID = s.numbered("c", i)
			if _, err := s.ledger.Hold(s.ctx, h); err != nil {
				return err
			}
			return s.ledger.Post(s.ctx, h.ID, s.outcome(good, bad))
		}), 64)
		s.equal("used", s.used(), 64)
		// Some took both of their units from the free pack and gave one back.
		left := s.number(`SELECT units_left FROM pack WHERE id = ?`, p)
		s.equal("left", s.number(`SELECT units_left FROM pack WHERE id = ?`, s.free())+left, 1010-64)
	}},
}

// unsettled expects an error.
func (s *fixture) unsettled(err, want error) {
	s.Helper()
	s.fails(err, want)
}
