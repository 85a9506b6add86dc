package storetest

import (
	"fmt"
	"testing"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/internal/store/migrate"
)

// RunUpgrade makes a database with the tables of the first migration and some
// rows, opens it, and expects the tables of today and the same ledger. execute
// runs a script of statements on a new database.
func RunUpgrade(t *testing.T, e Engine, dialect string, execute func(t *testing.T, address, script string)) {
	all, err := migrate.For(dialect)
	if err != nil {
		t.Fatalf("migrate.For(%q) failed: %v", dialect, err)
	}
	first, us := all[0], noon.UnixMicro()
	address := e.Fresh(t)
	execute(t, address, first.SQL+fmt.Sprintf(`
		CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at BIGINT NOT NULL);
		INSERT INTO schema_migrations VALUES (1, '%s', '%s', %d);
		INSERT INTO account (id, postpay, created_at) VALUES ('1', 1, 0);
		INSERT INTO charge (id, account_id, user_id, key_id, bucket, api, state, units_held, units_posted, code, calls, created_at, decided_at, day)
			VALUES ('posted', '1', 'u', 'k', 'b', 'legacy', 'posted', 1, 1, 0, '0:2b', %d, %d, '2026-11-18');
		INSERT INTO charge (id, account_id, user_id, key_id, bucket, api, state, units_held, created_at, day)
			VALUES ('held', '1', 'u', 'k', 'b', 'legacy', 'held', 1, %d, '2026-11-18');
		INSERT INTO charge_part VALUES ('posted', '', 1);
		INSERT INTO charge_part VALUES ('held', '', 1);
		INSERT INTO entry (charge_id, account_id, pack_id, delta, reason, api, user_id, bucket, code, day, at)
			VALUES ('posted', '1', '', -1, 'post', 'legacy', 'u', 'b', 0, '2026-11-18', %d);
		INSERT INTO usage_day (account_id, user_id, bucket, api, day, code, units) VALUES ('1', 'u', 'b', 'legacy', '2026-11-18', 0, 1);
		INSERT INTO call_day (account_id, user_id, bucket, api, day, code, bin, n) VALUES ('1', 'u', 'b', 'legacy', '2026-11-18', 0, 2, 1);`,
		first.Name, first.Sum, us, us, us, us, us))

	d, err := e.Open(t.Context(), address)
	if err != nil {
		t.Fatalf("Open with the tables of migration 1 failed: %v", err)
	}
	t.Cleanup(func() { _ = d.Close() })
	l := ledgerdb.New(d, options())
	r, err := l.Verify(t.Context())
	if want := (ledger.Report{Accounts: 1, Charges: 2, Entries: 1, Held: 1, Units: 1}); err != nil || r != want {
		t.Errorf("Verify = %+v, %v, want %+v", r, err, want)
	}
	if err := l.Post(t.Context(), "held", ledger.Outcome{At: noon, Calls: []ledger.Call{good}}); err != nil {
		t.Errorf("Post of a charge held before the upgrade failed: %v", err)
	}
	if n, err := l.Refund(t.Context(), "posted", "upgraded", noon); err != nil || n != 1 {
		t.Errorf("Refund of a charge posted before the upgrade = %d, %v, want 1", n, err)
	}
	if r, err = l.Verify(t.Context()); err != nil || r.Break != "" || r.Refunded != 1 {
		t.Errorf("Verify after the refund = %+v, %v, want 1 unit refunded and no break", r, err)
	}
}
