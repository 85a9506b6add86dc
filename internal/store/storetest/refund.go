package storetest

import (
	"errors"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

var refundCases = []scenario{
	{"a charge", func(s *fixture) {
		id := s.charged(good, good, bad)
		s.refund(id, 2)
		s.wantPack(s.free(), 10, 0)
		s.equal("entries", s.state().entries, 2)
		s.equal("used", s.used(), 2) // the calls were made
		s.wantState(id, ledger.Posted, 2)
	}},
	{"once", func(s *fixture) {
		id := s.charged(good)
		s.refund(id, 1)
		s.refund(id, 0)
		s.wantPack(s.free(), 10, 0)
	}},
	{"of several packs, on account and several codes", func(s *fixture) {
		s.exec(`UPDATE account SET postpay = 1 WHERE id = ?`, s.account)
		p := s.pack("p", 2, -1, 30)
		id := s.charged(append(times(8, good), times(6, empty)...)...)
		s.equal("on account", s.postpaid(), 2)
		s.refund(id, 14)
		s.equal("on account", s.postpaid(), 0)
		s.wantPack(s.free(), 10, 0)
		s.wantPack(p, 2, 0)
	}},
	{"what is given back can be used", func(s *fixture) {
		id := s.charged(times(10, good)...)
		s.refused(s.request(1), ledger.ErrUsedUp)
		s.refund(id, 10)
		s.charged(good)
	}},
	{"counts for its own day", func(s *fixture) {
		id := s.charged(good)
		s.at = december
		s.refund(id, 1)
		s.equal("entries", s.number(`SELECT COUNT(*) FROM entry WHERE charge_id = ? AND reason = 'refund' AND day = '2026-12-01'`, id), 1)
	}},
	{"with its reason, which is shown", func(s *fixture) {
		id := s.charged(good, good)
		s.refund(id, 2)
		all, err := ledgerdb.LastCharges(s.ctx, s.engine, s.account, 10)
		s.ok(err)
		if len(all) != 1 || all[0].Refunded != 2 || all[0].Note != "mistake" {
			s.Errorf("LastCharges = %+v, want one with 2 units refunded for a mistake", all)
		}
		if r, err := s.ledger.Verify(s.ctx); err != nil || r.Refunded < 2 {
			s.Errorf("Verify = %+v, %v, want at least 2 units refunded", r, err)
		}
	}},
	{"for a reason that does not print", func(s *fixture) {
		id := s.charged(good)
		if n, err := s.ledger.Refund(s.ctx, id, "a\nb", s.at); n != 0 || !errors.Is(err, account.ErrIncomplete) {
			s.Errorf("Refund = %d, %v, want %v", n, err, account.ErrIncomplete)
		}
		s.refund(id, 1)
	}},
	{"of a void charge", func(s *fixture) {
		id := s.hold(1)
		s.ok(s.ledger.Void(s.ctx, id, s.outcome(bad)))
		s.noRefund(id, ledger.ErrState)
	}},
	{"of a held charge", func(s *fixture) { s.noRefund(s.hold(1), ledger.ErrState) }},
	{"of no charge", func(s *fixture) { s.noRefund("none", ledger.ErrUnknown) }},
	{"by 64 callers", func(s *fixture) {
		id := s.charged(good)
		together(s, 64, func(int) error {
			_, err := s.ledger.Refund(s.ctx, id, "mistake", s.at)
			return err
		})
		s.wantPack(s.free(), 10, 0)
		s.equal("entries", s.state().entries, 2)
	}},
}

func (s *fixture) refund(id string, want int64) {
	s.Helper()
	if n, err := s.ledger.Refund(s.ctx, id, "mistake", s.at); err != nil || n != want {
		s.Errorf("Refund = %d, %v, want %d", n, err, want)
	}
}

func (s *fixture) noRefund(id string, want error) {
	s.Helper()
	n, err := s.ledger.Refund(s.ctx, id, "mistake", s.at)
	s.fails(err, want)
	s.equal("refunded", n, 0)
}

var alertCases = []scenario{
	{"enough", func(s *fixture) {
		s.charged(times(8, good)...)
		s.level(billing.Enough)
	}},
	{"low: less than a fifth", func(s *fixture) {
		s.charged(times(9, good)...)
		s.level(billing.Low)
	}},
	{"empty", func(s *fixture) {
		s.charged(times(10, good)...)
		s.level(billing.Empty)
	}},
	{"what is held counts as left", func(s *fixture) {
		s.hold(10)
		s.level(billing.Enough)
	}},
	{"it is the last pack that counts", func(s *fixture) {
		s.pack("a", 1, -2, 30)
		s.pack("z", 5, -1, 30)
		s.charged(times(11, good)...)
		s.level(billing.Enough)
		s.charged(times(5, good)...)
		s.level(billing.Empty)
	}},
	{"each level is alerted once", func(s *fixture) {
		s.charged(times(9, good)...)
		s.tell(billing.Low)
		s.level(billing.Enough)
		s.charged(good)
		s.tell(billing.Empty)
		s.level(billing.Enough)
	}},
	{"an account without packs gets no alert", func(s *fixture) { s.level(billing.Enough) }},
}

// level expects an alert for the account, or none.
func (s *fixture) level(want billing.Alert) (found ledgerdb.PackAlert) {
	s.Helper()
	all, err := s.ledger.DueAlerts(s.ctx, s.at)
	s.ok(err)
	for _, l := range all {
		if l.Account == s.account {
			found = l
		}
	}
	if found.Alert != want {
		s.Errorf("DueAlerts: %v of pack %+v, want %v", found.Alert, found.Pack, want)
	}
	return found
}

func (s *fixture) tell(want billing.Alert) {
	s.Helper()
	s.ok(s.ledger.MarkAlerted(s.ctx, s.level(want), s.at))
}
