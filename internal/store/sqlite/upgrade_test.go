package sqlite

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// dumpEnv makes the dump of the tables as they are now, when a version of them
// is released: its folder is the number of the last migration.
const dumpEnv = "KAHAO_SQLITE_DUMP"

// A database of every released version opens, comes to the tables of today, and
// its books verify. A dump is never changed: who fails here has changed a
// migration that databases were made with, and wants a new one instead.
func TestUpgrade(t *testing.T) {
	if version := os.Getenv(dumpEnv); version != "" {
		dump(t, filepath.Join("testdata", version+".sql"))
	}
	dumps, err := filepath.Glob("testdata/*.sql")
	if err != nil || len(dumps) == 0 {
		t.Fatal("no dumps", err)
	}
	for _, name := range dumps {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			p, err := pool(filepath.Join(dir, FileName), 1, []string{"_auto_vacuum=INCREMENTAL"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.ExecContext(t.Context(), string(text)); err != nil {
				t.Fatal(err)
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			b := powerBooks(open(t, dir))
			r, err := b.Verify(t.Context())
			want := ledger.Report{Accounts: 2, Packs: 3, Charges: 5, Entries: 5, Held: 1, Units: 14}
			if err != nil || r != want {
				t.Errorf("%+v, %v; want %+v", r, err, want)
			}
			if err := b.Post(t.Context(), "held", ledger.Outcome{At: powerDay, Calls: []ledger.Call{{Billed: true}}}); err != nil {
				t.Error(err)
			}
			if got, err := b.Result(t.Context(), "1250000001", sha256.Sum256([]byte("r")), powerDay); err != nil || string(got.Sealed) != "sealed" {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// dump fills a database of today with a little of everything and writes it as
// statements.
func dump(t *testing.T, name string) {
	t.Helper()
	dir := t.TempDir()
	d, err := Open(t.Context(), dir, Options{Now: func() time.Time { return powerDay }})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, d)
	var out strings.Builder
	out.WriteString("PRAGMA foreign_keys = OFF;\nBEGIN;\n")
	if err := d.Read(t.Context(), func(tx *db.Tx) error { return statementsOf(tx, &out) }); err != nil {
		t.Fatal(err)
	}
	out.WriteString("COMMIT;\n")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func fill(t *testing.T, d *DB) {
	t.Helper()
	us, later := powerDay.UnixMicro(), powerDay.Add(24*time.Hour)
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range []string{
			`INSERT INTO account (id, name, postpay, balance, created_at) VALUES ('1250000001', 'first', 1, -880, 0), ('1250000002', 'second', 0, 0, 0)`,
			fmt.Sprintf(`UPDATE account SET negative_since = %d WHERE balance < 0`, us),
			`INSERT INTO user_ (id, account_id, name, main, created_at) VALUES ('100000000001', '1250000001', 'main', 1, 0)`,
			`INSERT INTO api_key (secret_id, account_id, user_id, secret_ct, created_at) VALUES ('KHID1', '1250000001', '100000000001', x'00ff', 0)`,
			`INSERT INTO bucket (account_id, name, created_at) VALUES ('1250000001', 'kahao', 0)`,
			`INSERT INTO payment (id, account_id, amount, reason, at) VALUES ('pay1', '1250000001', 135, '', 0)`,
			`INSERT INTO bill (account_id, month, calls, free_units, pack_units, postpaid_units, price, amount, created_at) VALUES ('1250000001', '2026-10', 1001, 1000, 0, 1, 15, 15, 0)`,
			fmt.Sprintf(`INSERT INTO pack (id, account_id, kind, units_total, units_left, valid_from, valid_to, price, source, created_at) VALUES ('p', '1250000001', 'paid', 10, 10, 0, %d, 1000, 'balance', 0)`, later.UnixMicro()),
			fmt.Sprintf(`INSERT INTO alert (account_id, pack_id, level, at) VALUES ('1250000001', 'p', 1, %d)`, us),
			`INSERT INTO lease (key, full_at, version) VALUES ('k', 1, 1)`,
		} {
			if _, err := tx.Exec(s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	b := ledgerdb.New(d, ledgerdb.Options{Free: 5, Bin: func(time.Duration) int { return 0 }})
	_, err := b.PutDataKey(t.Context(), ledgerdb.DataKey{Day: "2026-11-18", Wrapped: []byte{1}, KEK: "k", Until: later})
	charge := func(id, account string, units int, key string, settle func(o ledger.Outcome) ledger.Outcome) {
		h := ledger.Hold{ID: id, At: powerDay, Units: int64(units), Caller: ledger.Caller{Account: account, User: "100000000001", Key: "KHID1", Bucket: "kahao", API: "legacy"},
			Nonce: &ledger.Nonce{Key: "KHID1", Value: id, Expires: later}}
		if key != "" {
			h.Idempotency = &ledger.Idempotency{Key: key, Expires: later}
		}
		if _, holdErr := b.Hold(t.Context(), h); holdErr != nil {
			t.Fatal(holdErr)
		}
		if settle != nil && err == nil {
			err = b.Post(t.Context(), id, settle(ledger.Outcome{At: powerDay}))
		}
	}
	good, bad := ledger.Call{Billed: true}, ledger.Call{Code: -9013}
	charge("over packs", "1250000001", 13, "", func(o ledger.Outcome) ledger.Outcome {
		for range 12 {
			o.Calls = append(o.Calls, good)
		}
		o.Calls = append(o.Calls, bad)
		return o
	})
	charge("kept", "1250000001", 1, "key", func(o ledger.Outcome) ledger.Outcome {
		o.Calls, o.Reply = []ledger.Call{good}, []byte("reply")
		o.Result = &ledger.Result{ID: sha256.Sum256([]byte("r")), Sealed: []byte("sealed"), Day: "2026-11-18", Expires: later}
		return o
	})
	charge("void", "1250000001", 1, "", func(o ledger.Outcome) ledger.Outcome {
		o.Calls = []ledger.Call{bad}
		return o
	})
	charge("refunded", "1250000002", 1, "", func(o ledger.Outcome) ledger.Outcome {
		o.Calls = []ledger.Call{good}
		return o
	})
	if err == nil {
		_, err = b.Refund(t.Context(), "refunded", powerDay)
	}
	charge("held", "1250000002", 2, "", nil)
	if err != nil {
		t.Fatal(err)
	}
}

// statementsOf writes tables with their rows, then what is built on them.
func statementsOf(tx *db.Tx, out *strings.Builder) error {
	var tables, rest []string
	err := tx.Each(func(scan func(...any) error) error {
		var kind, name, text string
		if err := scan(&kind, &name, &text); err != nil {
			return err
		}
		if kind != "table" {
			rest = append(rest, text+";\n")
			return nil
		}
		tables = append(tables, name)
		out.WriteString(text + ";\n")
		return nil
	}, `SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, name`)
	if err != nil {
		return err
	}
	for _, table := range tables {
		var columns []string
		if err := tx.Each(func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			columns = append(columns, "quote("+name+")")
			return err
		}, `SELECT name FROM pragma_table_info(?) ORDER BY cid`, table); err != nil {
			return err
		}
		if err := tx.Each(func(scan func(...any) error) error {
			var values sql.NullString
			err := scan(&values)
			fmt.Fprintf(out, "INSERT INTO %s VALUES (%s);\n", table, values.String)
			return err
		}, `SELECT `+strings.Join(columns, ` || ', ' || `)+` FROM `+table+` ORDER BY 1`); err != nil {
			return err
		}
	}
	for _, text := range rest {
		out.WriteString(text)
	}
	return nil
}
