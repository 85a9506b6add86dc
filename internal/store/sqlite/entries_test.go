package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/store/db"
)

// Entries cannot be changed, deleted or replaced, by any statement, not even on
// a connection of another program, which has none of this package's settings.
func TestEntriesStay(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	var r recorder
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO account (id, postpay, created_at) VALUES ('1', 1, 0)`)
		return err
	}); err != nil {
		t.Fatalf("writing the account: %v", err)
	}
	charge(t, d, dir, "x", &r)
	other, err := connect(urlOf(filepath.Join(dir, FileName)), 1, nil)
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	t.Cleanup(func() { _ = other.Close() })
	const row = ` INTO entry (seq, charge_id, account_id, pack_id, delta, reason, api, user_id, bucket, code, day, at)
		SELECT seq, charge_id, account_id, pack_id, -9, reason, api, user_id, bucket, code, day, at FROM entry WHERE seq = 1 `
	for _, statement := range []string{
		"DELETE FROM entry", "UPDATE entry SET delta = -9", "UPDATE OR REPLACE entry SET seq = 1 WHERE seq = 2",
		"REPLACE" + row, "INSERT OR REPLACE" + row, "INSERT OR IGNORE" + row, "INSERT" + row,
		"INSERT" + row + "ON CONFLICT (seq) DO UPDATE SET delta = -9",
		strings.Replace("INSERT OR REPLACE"+row, "seq,", "rowid,", 1),
	} {
		err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(statement); return err })
		if err == nil || errors.Is(err, db.ErrBroken) {
			t.Errorf("%s: %v, want a refusal", statement, err)
		}
		if _, err := other.ExecContext(context.Background(), statement); err == nil {
			t.Errorf("%s on another connection succeeded", statement)
		}
	}
	report, err := powerLedger(d).Verify(t.Context())
	if err != nil || report.Break != "" || report.Units != 60 {
		t.Errorf("Verify = %d units, %q, %v; want 60", report.Units, report.Break, err)
	}
}
