package dbcopy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/accountdb"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/internal/store/migrate"
	"github.com/kahao/kahao/internal/store/postgres"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
	"github.com/kahao/kahao/internal/store/resultdb"
	"github.com/kahao/kahao/internal/store/sqlite"
)

var now = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

func lite(t *testing.T) db.Engine {
	t.Helper()
	e, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatalf("Open failed: %v", err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func ring(t *testing.T) *envelope.Keyring {
	t.Helper()
	line, err := envelope.NewKey("a")
	if err != nil {
		t.Fatalf("NewKey failed: %v", err)
	}
	k, err := envelope.ParseKeyring([]byte(line))
	if err != nil {
		t.Fatalf("ParseKeyring failed: %v", err)
	}
	return k
}

func ledgerOf(e db.Engine) *ledgerdb.Store {
	return ledgerdb.New(e, ledgerdb.Options{Free: 1000, Bin: usage.Bin})
}

// fill makes a database with a row in every table that is copied.
func fill(t *testing.T, e db.Engine, k *envelope.Keyring) account.CreatedKey {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("unexpected error: %v", err)
		}
	}
	r, b := accountdb.New(accountdb.Options{Engine: e, Keyring: k, Now: clock}), ledgerOf(e)
	v := resultdb.New(b, k, clock)
	c, err := r.CreateAccount(ctx, account.NewAccount{Name: "例 one", PostPay: true})
	must(err)
	u, err := r.CreateUser(ctx, c.AppID, "sub")
	must(err)
	must(r.SetPolicies(ctx, u.ID, []account.Policy{{Name: "QcloudOCRFullAccess"}}))
	_, err = r.Pay(ctx, c.AppID, 7_00, "first")
	must(err)
	_, err = r.AddPack(ctx, account.NewPack{Account: c.AppID, Units: 5, Price: 1_00})
	must(err)
	who := ledger.Caller{Account: c.AppID, User: c.User, Key: c.SecretID, Bucket: "kahao", API: "legacy"}
	for i := range batch + 20 { // more than one transaction writes
		id := fmt.Sprintf("charge %04d", i)
		h := ledger.Hold{ID: id, At: now, Units: 1, Caller: who, Nonce: &ledger.Nonce{Key: c.SecretID, Value: id, Expires: now.Add(time.Hour)}}
		if i%7 == 0 {
			h.Idempotency = &ledger.Idempotency{Key: id, Expires: now.Add(time.Hour)}
		}
		_, err := b.Hold(ctx, h)
		must(err)
		o := ledger.Outcome{At: now, Calls: []ledger.Call{{Billed: i%3 > 0, Took: time.Second}}}
		if i == 1 {
			o.Result, err = v.Result(ctx, c.AppID, "session", account.Access{}.View(""), []byte("reply"), time.Hour)
			must(err)
		}
		if h.Idempotency != nil {
			o.Reply, err = v.Record(ctx, c.AppID, id, account.Access{}.View(""), []byte("recorded"), now.Add(time.Hour))
			must(err)
		}
		if i != 5 { // which stays held
			must(b.Post(ctx, id, o))
		}
	}
	must(b.CountRefused(ctx, []ledgerdb.Refused{{Caller: who, At: now, Calls: []ledger.Call{{Code: 15}}}}))
	must(e.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`INSERT INTO bill (account_id, month, calls, free_units, pack_units, postpaid_units, price, amount, created_at)
			VALUES (?, '2026-10', 0, 0, 0, 0, 15, 0, 1)`, c.AppID); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO login (subject, password, changed_at, totp_ct) VALUES ('operator', 'x', 1, ?)`, []byte{1}); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO audit (at, account_id, actor, origin, action, target) VALUES (1, ?, 'operator', '', 'key.create', 'k')`, c.AppID); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO alert (account_id, pack_id, level, at) VALUES (?, 'p', 1, 1)`, c.AppID)
		return err
	}))
	return c
}

// Everything is in the copy, and it goes on where the original stopped.
func TestCopy(t *testing.T) {
	for name, open := range map[string]func(*testing.T) db.Engine{"sqlite": lite, "postgres": func(t *testing.T) db.Engine {
		e, err := postgres.Open(t.Context(), postgres.Options{URL: pgtest.URL(t)})
		if err != nil {
			t.Fatalf("Open failed: %v", err)
		}
		t.Cleanup(func() { _ = e.Close() })
		if _, err := migrate.Up(t.Context(), e, time.Now); err != nil {
			t.Fatalf("Up failed: %v", err)
		}
		return e
	}} {
		t.Run(name, func(t *testing.T) {
			from, to, k := lite(t), open(t), ring(t)
			c := fill(t, from, k)
			before, err := ledgerOf(from).Verify(t.Context())
			if err != nil || before.Break != "" {
				t.Fatalf("%+v, %v", before, err)
			}
			rows, err := Copy(t.Context(), from, to)
			if err != nil || rows < batch {
				t.Fatal(rows, err)
			}
			after, err := ledgerOf(to).Verify(t.Context())
			if err != nil || after != before || after.Held != 1 {
				t.Errorf("%+v\n%+v, %v", before, after, err)
			}
			if got, err := accountdb.New(accountdb.Options{Engine: to, Keyring: k}).Secret(t.Context(), c.SecretID); err != nil || got.SecretKey != c.SecretKey {
				t.Errorf("a secret: %v", err)
			}
			if reply, found, err := resultdb.New(ledgerOf(to), k, clock).Get(t.Context(), c.AppID, "session", account.Access{}); err != nil || !found || string(reply) != "reply" {
				t.Errorf("a result: %v, %v", found, err)
			}
			if err := ledgerOf(to).Post(t.Context(), "charge 0005", ledger.Outcome{At: now, Calls: []ledger.Call{{Billed: true}}}); err != nil {
				t.Errorf("what was held goes on: %v", err)
			}
			if _, err := Copy(t.Context(), from, to); !errors.Is(err, ErrNotEmpty) {
				t.Errorf("copied onto a copy: %v", err)
			}
		})
	}
}

// Every table and column of the schema is copied, but for those that are known
// not to be; and fill leaves none empty.
func TestEverythingIsCopied(t *testing.T) {
	e := lite(t)
	fill(t, e, ring(t))
	known := map[string]string{"lease": "", "schema_migrations": "", "login_session": "", "login_link": "", "login_failure": "", "rollup": "", "replica": ""}
	for _, table := range tables {
		known[table.name] = table.columns
	}
	err := e.Read(context.Background(), func(tx *db.Tx) error {
		columns := map[string][]string{}
		err := tx.Each(func(scan func(...any) error) error {
			var table, column string
			err := scan(&table, &column)
			columns[table] = append(columns[table], column)
			return err
		}, `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid`)
		if err != nil {
			return err
		}
		for table, all := range columns {
			is, ok := known[table]
			if !ok {
				t.Errorf("table %s is not copied", table)
			}
			if want := strings.Join(all, ", "); is != "" && is != want {
				t.Errorf("table %s: %s is copied of %s", table, is, want)
			}
		}
		for _, table := range tables {
			if d, err := sum(tx, table.name, table.columns); err != nil || d.rows == 0 {
				t.Errorf("table %s has no rows in this test, %v", table.name, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
}

// The digest of a copy differs if anything in it differs.
func TestDigest(t *testing.T) {
	of := func(rows ...[]any) (d digest) {
		for _, r := range rows {
			d.add(r)
		}
		return d
	}
	same := of([]any{"a", int64(1)}, []any{"b", nil})
	if of([]any{"b", nil}, []any{"a", int64(1)}) != same {
		t.Error("the order counts")
	}
	for name, other := range map[string]digest{
		"a row less": of([]any{"a", int64(1)}), "a value": of([]any{"a", int64(2)}, []any{"b", nil}), "a null": of([]any{"a", int64(1)}, []any{"b", ""}),
		"moved": of([]any{"a1", int64(1)}, []any{"b", nil}), "a kind": of([]any{[]byte("a"), int64(1)}, []any{"b", nil}), "nothing": {},
	} {
		if other == same {
			t.Errorf("%s: no difference", name)
		}
	}
}
