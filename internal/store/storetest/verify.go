package storetest

import (
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/store/db"
)

// verifyCases damages a ledger, each time in one place, and expects Verify to
// find the place. Each damage is undone, except that of entries, which cannot
// be and come last.
func verifyCases(t *testing.T, e db.Engine) {
	s := newFixture(t, e)
	s.exec(`UPDATE account SET postpay = 1 WHERE id = ?`, s.account)
	p := s.pack("p", 50, -1, 30)
	q := s.other().pack("q", 50, -1, 30)
	posted := s.charged(append(times(12, good), bad)...)
	held := s.hold(1)
	void := s.hold(1)
	s.post(void, bad)
	keyed := s.begin(s.keyed("k", "a", 1))
	s.replied(keyed, "sealed", good)
	s.dayKey(s.at.Add(day))
	s.kept("r", "sealed", s.at.Add(day))
	s.verify()

	for _, c := range []struct {
		name, damage, undo, want string
		of                       string // what the statements' one parameter is
	}{
		{"a pack's total", `UPDATE pack SET units_total = units_total + 1 WHERE id = ?`,
			`UPDATE pack SET units_total = units_total - 1 WHERE id = ?`, "pack " + p + ": units of a pack: 51 stored, but left, held and used units sum to 50", p},
		{"a pack's rest", `UPDATE pack SET units_left = units_left - 1 WHERE id = ?`,
			`UPDATE pack SET units_left = units_left + 1 WHERE id = ?`, "pack " + p + ": units of a pack: 50 stored, but left, held and used units sum to 49", p},
		{"a pack's held units", `UPDATE pack SET units_left = units_left - 1, units_held = units_held + 1 WHERE id = ?`,
			`UPDATE pack SET units_left = units_left + 1, units_held = units_held - 1 WHERE id = ?`, "pack " + p + ": held units of a pack", p},
		{"a part's units", `UPDATE charge_part SET units = units + 1 WHERE charge_id = ? AND pack_id LIKE 'free:%'`,
			`UPDATE charge_part SET units = units - 1 WHERE charge_id = ? AND pack_id LIKE 'free:%'`, "charge " + posted + ": units of a charge: 13 stored, but its parts sum to 14", posted},
		{"a charge's posted units", `UPDATE charge SET units_posted = 11 WHERE id = ?`,
			`UPDATE charge SET units_posted = 12 WHERE id = ?`, "charge " + posted + ": posted units of a charge: 11 stored, but its entries sum to 12", posted},
		{"a posted charge that is void", `UPDATE charge SET state = 'void', units_posted = 0 WHERE id = ?`,
			`UPDATE charge SET state = 'posted', units_posted = 12 WHERE id = ?`, "charge " + posted, posted},
		{"a held charge that is posted", `UPDATE charge SET state = 'posted', units_posted = 1, decided_at = 1 WHERE id = ?`,
			`UPDATE charge SET state = 'held', units_posted = 0, decided_at = NULL WHERE id = ?`, "held units", held},
		{"a charge's calls", `UPDATE charge SET calls = '0:1b' WHERE id = ?`,
			`UPDATE charge SET calls = '` + strings.Repeat("0:2b,", 12) + `-9013:1' WHERE id = ?`, "charge " + posted + ": posted units: 12, but calls say 1", posted},
		{"calls that are none", `UPDATE charge SET calls = 'x' WHERE id = ?`,
			`UPDATE charge SET calls = '` + strings.Repeat("0:2b,", 12) + `-9013:1' WHERE id = ?`, "charge " + posted + ": its calls cannot be parsed", posted},
		{"the usage of a day", `UPDATE usage_day SET units = units + 1 WHERE account_id = ?`,
			`UPDATE usage_day SET units = units - 1 WHERE account_id = ?`, "account " + s.account + ", 2026-11-18, user main, bucket b, legacy, code 0: usage of a day: 15 stored, but entries sum to 14", s.account},
		{"the usage of a day that was not", `INSERT INTO usage_day (account_id, user_id, bucket, api, day, code, units) VALUES (?, 'u', '', '', '2020-01-01', 1, 2)`,
			`DELETE FROM usage_day WHERE account_id = ? AND user_id = 'u'`, "2020-01-01, user u, bucket , , code 1: usage of a day: 2 stored, but entries sum to 0", s.account},
		{"the calls of a day", `UPDATE call_day SET n = n + 1 WHERE account_id = ? AND code = 0 AND bin = 2`,
			`UPDATE call_day SET n = n - 1 WHERE account_id = ? AND code = 0 AND bin = 2`, "code 0, bin 2: calls of a day: 15 stored, but charges sum to 14", s.account},
		{"the calls of a day that was not", `INSERT INTO call_day (account_id, user_id, bucket, api, day, code, bin, n) VALUES (?, 'u', '', '', '2020-01-01', 1, 0, 1)`,
			`DELETE FROM call_day WHERE account_id = ? AND user_id = 'u'`, "2020-01-01, user u", s.account},
		{"refused calls of an hour", `INSERT INTO refused_quarter (account_id, at, user_id, bucket, api, code, n) VALUES (?, 0, 'u', 'b', 'legacy', 9, 4)`,
			`DELETE FROM refused_quarter WHERE account_id = ?`, "user u, bucket b, legacy, code 9: refused calls of quarters of an hour: 4 stored, but those of days sum to 0", s.account},
		{"a reply that nobody can ask for", `DELETE FROM idem WHERE account_id = ?`,
			`INSERT INTO idem (account_id, key, request_hash, charge_id, expires_at) SELECT account_id, 'k', reply_ct, id, 1 FROM charge WHERE reply_ct IS NOT NULL AND account_id = ?`,
			"charge " + keyed + ": stored reply: 1 stored, but 0 have", s.account},
		{"a key that ends before its results", `UPDATE dek SET drop_after = 0 WHERE day = ?`,
			`UPDATE dek SET drop_after = 9000000000000000 WHERE day = ?`, "result: 1 stored", "day of " + s.account},
		{"the balance", `UPDATE account SET balance = 100 WHERE id = ?`,
			`UPDATE account SET balance = 0 WHERE id = ?`, "account " + s.account + ": balance: 100 stored, but payments, bills and packs bought sum to 0", s.account},
		{"a payment", `INSERT INTO payment (id, account_id, amount, reason, at) VALUES ('p', ?, 5, '', 0)`,
			`DELETE FROM payment WHERE account_id = ?`, "balance: 0 stored, but payments, bills and packs bought sum to 5", s.account},
		{"a pack that was bought", `UPDATE pack SET source = 'balance', price = 7 WHERE id = ?`,
			`UPDATE pack SET source = 'grant', price = 0 WHERE id = ?`, "balance: 0 stored, but payments, bills and packs bought sum to -7", p},
		{"debt since never", `UPDATE account SET negative_since = 5 WHERE id = ?`,
			`UPDATE account SET negative_since = NULL WHERE id = ?`, "account in debt: 0 stored, but 1 have", s.account},

		{"units from another pack than was held", `UPDATE charge_part SET units = CASE WHEN pack_id LIKE 'free:%' THEN 9 ELSE 4 END WHERE charge_id = ?`,
			`UPDATE charge_part SET units = CASE WHEN pack_id LIKE 'free:%' THEN 10 ELSE 3 END WHERE charge_id = ?`, "charge " + posted + ", pack " + s.free() + ": units billed to a pack: 10 stored, but the charge held 9", posted},
		{"a part of another account's pack", `UPDATE charge_part SET pack_id = '` + q + `' WHERE charge_id = ?`,
			`UPDATE charge_part SET pack_id = '` + p + `' WHERE charge_id = ?`, "charge " + void + ", pack " + q + ": part: 1 stored, but 0 belong", void},
		{"another account's key", `UPDATE idem SET account_id = '` + s.other().account + `' WHERE account_id = ?`,
			`UPDATE idem SET account_id = ? WHERE key = 'k'`, "key k: idempotency key: 1 stored, but 0 belong", s.account},

		{"more refunded than was billed", `INSERT INTO entry (charge_id, account_id, pack_id, delta, reason, api, user_id, bucket, code, day, at)
			SELECT id, account_id, '', 1, 'refund', api, user_id, bucket, 9, day, 0 FROM charge WHERE id = ?`, "", "charge " + posted + ", pack : units refunded: 1 stored, but 0 were billed", posted},
		{"an entry of another user", `INSERT INTO entry (charge_id, account_id, pack_id, delta, reason, api, user_id, bucket, code, day, at)
			SELECT id, account_id, '', 1, 'refund', api, 'other', bucket, 0, day, 0 FROM charge WHERE id = ?`, "", "entry: 1 stored, but 0 belong", posted},
		{"an entry of a held charge", `INSERT INTO entry (charge_id, account_id, pack_id, delta, reason, api, user_id, bucket, code, day, at)
			SELECT id, account_id, '', -1, 'post', api, user_id, bucket, 0, day, 0 FROM charge WHERE id = ?`, "", "charge " + held + ": posted units of a charge: 0 stored, but its entries sum to 1", held},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := *s
			s.T = t
			s.exec(c.damage, c.of)
			r, err := s.ledger.Verify(s.ctx)
			s.ok(err)
			if !strings.Contains(r.Break, c.want) {
				t.Errorf("Verify found %q, want %q", r.Break, c.want)
			}
			if c.undo != "" {
				s.exec(c.undo, c.of)
				s.verify()
			}
		})
	}
}
