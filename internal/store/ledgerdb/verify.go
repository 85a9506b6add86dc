package ledgerdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
)

// check is an invariant that a query can test. The query returns the first
// violation: where, the stored value and the expected one. want has a %d for
// the latter.
type check struct{ name, want, query string }

// checks are the invariants, from the units of packs to the money
// (docs/storage.md, kahao ledger verify).
var checks = []check{
	{"units of a pack", "left, held and used units sum to %d",
		`SELECT 'pack ' || p.id, p.units_total, p.units_left + p.units_held + COALESCE(e.used, 0) FROM pack p
		LEFT JOIN (SELECT pack_id, CAST(-SUM(delta) AS BIGINT) AS used FROM entry GROUP BY pack_id) e ON e.pack_id = p.id
		WHERE p.units_total <> p.units_left + p.units_held + COALESCE(e.used, 0) ORDER BY p.id LIMIT 1`},
	{"held units of a pack", "held charges hold %d",
		`SELECT 'pack ' || p.id, p.units_held, COALESCE(h.units, 0) FROM pack p
		LEFT JOIN (SELECT pack_id, CAST(SUM(units) AS BIGINT) AS units FROM charge_part
			JOIN charge ON charge.id = charge_id WHERE state = 'held' GROUP BY pack_id) h ON h.pack_id = p.id
		WHERE p.units_held <> COALESCE(h.units, 0) ORDER BY p.id LIMIT 1`},
	{"units of a charge", "its parts sum to %d",
		`SELECT 'charge ' || id, units_held, parts FROM (SELECT id, units_held,
			COALESCE((SELECT CAST(SUM(units) AS BIGINT) FROM charge_part WHERE charge_id = charge.id), 0) AS parts FROM charge) c
		WHERE units_held <> parts ORDER BY id LIMIT 1`},
	{"posted units of a charge", "its entries sum to %d",
		`SELECT 'charge ' || id, units_posted, entries FROM (SELECT id, units_posted,
			COALESCE((SELECT CAST(-SUM(delta) AS BIGINT) FROM entry WHERE charge_id = charge.id AND reason = 'post'), 0) AS entries FROM charge) c
		WHERE units_posted <> entries ORDER BY id LIMIT 1`},
	{"entry", "%d belong to a posted charge of the same account, user, bucket, API and day",
		`SELECT 'entry ' || CAST(e.seq AS TEXT), 1, 0 FROM entry e LEFT JOIN charge c ON c.id = e.charge_id
		WHERE c.id IS NULL OR c.state <> 'posted' OR c.account_id <> e.account_id OR c.user_id <> e.user_id
			OR c.bucket <> e.bucket OR c.api <> e.api OR (e.reason = 'post' AND c.day <> e.day) ORDER BY e.seq LIMIT 1`},
	{"units billed to a pack", "the charge held %d",
		`SELECT 'charge ' || e.charge_id || ', pack ' || e.pack_id, e.units, COALESCE(p.units, 0)
		FROM (SELECT charge_id, pack_id, CAST(-SUM(delta) AS BIGINT) AS units FROM entry WHERE reason = 'post' GROUP BY charge_id, pack_id) e
		LEFT JOIN charge_part p ON p.charge_id = e.charge_id AND p.pack_id = e.pack_id
		WHERE e.units > COALESCE(p.units, 0) ORDER BY e.charge_id, e.pack_id LIMIT 1`},
	{"units refunded", "%d were billed",
		`SELECT 'charge ' || charge_id || ', pack ' || pack_id, CAST(SUM(CASE reason WHEN 'refund' THEN delta ELSE 0 END) AS BIGINT),
			CAST(-SUM(CASE reason WHEN 'post' THEN delta ELSE 0 END) AS BIGINT) FROM entry
		GROUP BY charge_id, pack_id, code HAVING SUM(delta) > 0 ORDER BY charge_id, pack_id LIMIT 1`},
	{"part", "%d belong to a pack of the same account",
		`SELECT 'charge ' || t.charge_id || ', pack ' || t.pack_id, 1, 0 FROM charge_part t
		JOIN charge c ON c.id = t.charge_id LEFT JOIN pack p ON p.id = t.pack_id
		WHERE t.pack_id <> '' AND (p.id IS NULL OR p.account_id <> c.account_id) ORDER BY t.charge_id, t.pack_id LIMIT 1`},
	{"usage of a day", "entries sum to %d",
		`SELECT 'account ' || account_id || ', ' || day || ', user ' || user_id || ', bucket ' || bucket || ', ' || api || ', code ' || CAST(code AS TEXT),
			CAST(SUM(units) AS BIGINT), CAST(SUM(entered) AS BIGINT)
		FROM (SELECT account_id, user_id, bucket, api, day, code, units, 0 AS entered FROM usage_day
			UNION ALL SELECT account_id, user_id, bucket, api, day, code, 0, -delta FROM entry WHERE reason = 'post') u
		GROUP BY account_id, user_id, bucket, api, day, code HAVING SUM(units) <> SUM(entered)
		ORDER BY account_id, day, user_id, bucket, api, code LIMIT 1`},
	{"refused calls of quarters of an hour", "those of days sum to %d",
		`SELECT 'account ' || q.account_id || ', user ' || q.user_id || ', bucket ' || q.bucket || ', ' || q.api || ', code ' || CAST(q.code AS TEXT),
			q.n, COALESCE((SELECT CAST(SUM(refused) AS BIGINT) FROM call_day d WHERE d.account_id = q.account_id
				AND d.user_id = q.user_id AND d.bucket = q.bucket AND d.api = q.api AND d.code = q.code), 0) AS refused
		FROM (SELECT account_id, user_id, bucket, api, code, CAST(SUM(n) AS BIGINT) AS n FROM refused_quarter
			GROUP BY account_id, user_id, bucket, api, code) q
		WHERE q.n > COALESCE((SELECT SUM(refused) FROM call_day d WHERE d.account_id = q.account_id
			AND d.user_id = q.user_id AND d.bucket = q.bucket AND d.api = q.api AND d.code = q.code), 0)
		ORDER BY q.account_id, q.user_id, q.bucket, q.api, q.code LIMIT 1`},
	{"stored reply", "%d have an idempotency key",
		`SELECT 'charge ' || c.id, 1, 0 FROM charge c LEFT JOIN idem i ON i.charge_id = c.id
		WHERE c.reply_ct IS NOT NULL AND i.charge_id IS NULL ORDER BY c.id LIMIT 1`},
	{"idempotency key", "%d belong to a charge of the same account",
		`SELECT 'account ' || i.account_id || ', key ' || i.key, 1, 0 FROM idem i LEFT JOIN charge c ON c.id = i.charge_id
		WHERE c.id IS NULL OR c.account_id <> i.account_id ORDER BY i.account_id, i.key LIMIT 1`},
	{"result", "%d have a data key that lasts as long",
		`SELECT 'account ' || r.account_id || ', result of ' || r.dek_day, 1, 0 FROM result r LEFT JOIN dek d ON d.day = r.dek_day
		WHERE d.day IS NULL OR d.drop_after < r.expires_at ORDER BY r.account_id, r.dek_day LIMIT 1`},
	{"balance", "payments, bills and packs bought sum to %d",
		`SELECT 'account ' || id, balance, should FROM (SELECT id, balance,
			COALESCE((SELECT CAST(SUM(amount) AS BIGINT) FROM payment WHERE account_id = account.id), 0)
			- COALESCE((SELECT CAST(SUM(amount) AS BIGINT) FROM bill WHERE account_id = account.id), 0)
			- COALESCE((SELECT CAST(SUM(price) AS BIGINT) FROM pack
				WHERE account_id = account.id AND source = '` + SourceBalance + `' AND refunded_at IS NULL), 0) AS should FROM account) a
		WHERE balance <> should ORDER BY id LIMIT 1`},
	{"account in debt", "%d have a time since which",
		`SELECT 'account ' || id, CASE WHEN balance < 0 THEN 1 ELSE 0 END, CASE WHEN negative_since IS NULL THEN 0 ELSE 1 END FROM account
		WHERE (balance < 0) <> (negative_since IS NOT NULL) ORDER BY id LIMIT 1`},
}

// Verify checks the invariants of the whole ledger on one snapshot, without
// blocking anyone.
func (s *Store) Verify(ctx context.Context) (r ledger.Report, err error) {
	err = s.engine.Read(ctx, func(tx *db.Tx) error {
		r = ledger.Report{}
		err := tx.Row(`SELECT (SELECT COUNT(*) FROM account), (SELECT COUNT(*) FROM pack), (SELECT COUNT(*) FROM charge),
			(SELECT COUNT(*) FROM entry), (SELECT COUNT(*) FROM charge WHERE state = 'held'),
			(SELECT COALESCE(CAST(-SUM(delta) AS BIGINT), 0) FROM entry WHERE reason = 'post'),
			(SELECT COALESCE(CAST(SUM(delta) AS BIGINT), 0) FROM entry WHERE reason = 'refund')`).
			Scan(&r.Accounts, &r.Packs, &r.Charges, &r.Entries, &r.Held, &r.Units, &r.Refunded)
		if err != nil {
			return err
		}
		for _, c := range checks {
			if r.Break, err = c.run(tx); err != nil || r.Break != "" {
				return err
			}
		}
		if r.Break, err = checkCalls(tx); err != nil || r.Break != "" {
			return err
		}
		r.Break, err = checkRollups(tx)
		return err
	})
	return r, err
}

func (c check) run(tx *db.Tx) (string, error) {
	var where string
	var stored, want int64
	err := tx.Row(c.query).Scan(&where, &stored, &want)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("ledger: check %q: %w", c.name, err)
	}
	return fmt.Sprintf("%s: %s: %d stored, but "+c.want, where, c.name, stored, want), nil
}
