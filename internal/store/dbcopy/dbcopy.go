// Package dbcopy copies a database to another engine and verifies that every
// row arrived unchanged.
package dbcopy

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/kahao/kahao/internal/store/db"
)

// tables lists what is copied, in an order that keeps references valid. Rate
// leases are not copied: they last a second. Neither are sessions, links and failed
// attempts of the console: people sign in again. The sums of past days are computed
// again, and servers report themselves again.
var tables = []struct{ name, columns string }{
	{"account", "id, name, state, postpay, balance, negative_since, region, token_key_ct, retention_s, fetch_hosts, rate_per_second, rate_burst, zone, created_at, version"},
	{"user_", "id, account_id, name, main, policies, created_at, disabled_at"},
	{"api_key", "secret_id, account_id, user_id, secret_ct, buckets, shape, rate_per_second, rate_burst, created_at, expires_at, disabled_at, last_used_day, provisioned, kind"},
	{"bucket", "account_id, name, created_at"},
	{"nonce", "key_id, nonce, expires_at"},
	{"pack", "id, account_id, kind, units_total, units_left, units_held, valid_from, valid_to, price, source, created_at, refunded_at, version"},
	{"charge", "id, account_id, user_id, key_id, bucket, api, state, units_held, units_posted, code, calls, created_at, decided_at, day, reply_ct"},
	{"charge_part", "charge_id, pack_id, units"},
	{"entry", "seq, charge_id, account_id, pack_id, delta, reason, api, user_id, bucket, code, day, at, note"},
	{"usage_day", "account_id, user_id, bucket, api, day, code, units"},
	{"call_day", "account_id, user_id, bucket, api, day, code, bin, n, refused"},
	{"refused_quarter", "account_id, at, user_id, bucket, api, code, n"},
	{"idem", "account_id, key, request_hash, charge_id, expires_at"},
	{"dek", "day, wrapped, kek_id, drop_after"},
	{"result", "id_hash, account_id, ct, dek_day, created_at, expires_at"},
	{"bill", "account_id, month, calls, free_units, pack_units, postpaid_units, price, amount, created_at"},
	{"payment", "id, account_id, amount, reason, at"},
	{"alert", "account_id, pack_id, level, at"},
	{"login", "subject, password, changed_at, totp_ct, totp_step, recovery"},
	{"audit", "seq, at, account_id, actor, origin, action, target, before_, after_"},
}

// Errors of Copy.
var (
	// ErrNotEmpty means that the target database has rows.
	ErrNotEmpty = errors.New("copy: the target database is not empty")
	// ErrDiffers means that a table of the copy differs from the original.
	ErrDiffers = errors.New("copy: the copy differs from the original")
)

// batch is the number of rows per transaction.
const batch = 500

// Copy copies every table from one database to another, which is migrated and
// empty, as of one moment. Then it reads the copy and compares it row by row.
// It returns the number of rows, ErrNotEmpty, ErrDiffers, or an error of the
// engines. After an error the copy is useless; the source never changes.
func Copy(ctx context.Context, from, to db.Engine) (rows int64, err error) {
	if err := checkEmpty(ctx, to); err != nil {
		return 0, err
	}
	var want []digest
	err = from.Read(ctx, func(tx *db.Tx) error {
		want = nil
		for _, t := range tables {
			d, err := copyTable(ctx, tx, to, t.name, t.columns)
			if err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
			want = append(want, d)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if err := setSequence(ctx, to); err != nil {
		return 0, err
	}
	err = to.Read(ctx, func(tx *db.Tx) error {
		rows = 0
		for i, t := range tables {
			got, err := sum(tx, t.name, t.columns)
			if err != nil {
				return err
			}
			if got != want[i] {
				return fmt.Errorf("%w: table %s has %d rows, want the %d of the source", ErrDiffers, t.name, got.rows, want[i].rows)
			}
			rows += got.rows
		}
		return nil
	})
	return rows, err
}

// checkEmpty returns ErrNotEmpty if a table has rows.
func checkEmpty(ctx context.Context, e db.Engine) error {
	return e.Read(ctx, func(tx *db.Tx) error {
		for _, t := range tables {
			var n int64
			if err := tx.Row(`SELECT COUNT(*) FROM (SELECT 1 FROM ` + t.name + ` LIMIT 1) t`).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				return fmt.Errorf("%w: table %s has rows", ErrNotEmpty, t.name)
			}
		}
		return nil
	})
}

// digest summarises a table: the number of rows and the sum of their hashes,
// independent of order.
type digest struct {
	rows int64
	hash [4]uint64
}

func (d *digest) add(row []any) {
	h := sha256.New()
	for _, v := range row {
		var kind byte
		var text []byte
		switch v := v.(type) {
		case nil:
			kind = 'n'
		case int64:
			kind, text = 'i', binary.BigEndian.AppendUint64(nil, uint64(v))
		case string:
			kind, text = 's', []byte(v)
		case []byte:
			kind, text = 'b', v
		default:
			kind, text = '?', fmt.Appendf(nil, "%T", v)
		}
		h.Write(binary.BigEndian.AppendUint64([]byte{kind}, uint64(len(text))))
		h.Write(text)
	}
	s := h.Sum(nil)
	for i := range d.hash {
		d.hash[i] += binary.BigEndian.Uint64(s[8*i:])
	}
	d.rows++
}

// each passes every row of a table to fn.
func each(tx *db.Tx, table, columns string, fn func(row []any) error) error {
	n := strings.Count(columns, ",") + 1
	return tx.Each(func(scan func(...any) error) error {
		row, into := make([]any, n), make([]any, n)
		for i := range row {
			into[i] = &row[i]
		}
		if err := scan(into...); err != nil {
			return err
		}
		return fn(row)
	}, `SELECT `+columns+` FROM `+table)
}

func sum(tx *db.Tx, table, columns string) (d digest, err error) {
	err = each(tx, table, columns, func(row []any) error { d.add(row); return nil })
	return d, err
}

func copyTable(ctx context.Context, tx *db.Tx, to db.Engine, table, columns string) (d digest, err error) {
	var rows [][]any
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		marks := "(" + db.Marks(len(rows[0])) + ")"
		query := `INSERT INTO ` + table + ` (` + columns + `) VALUES ` + strings.TrimSuffix(strings.Repeat(marks+", ", len(rows)), ", ")
		var values []any
		for _, row := range rows {
			values = append(values, row...)
		}
		rows = nil
		return to.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(query, values...); return err })
	}
	err = each(tx, table, columns, func(row []any) error {
		d.add(row)
		if rows = append(rows, row); len(rows) == batch {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	return d, err
}

// setSequence lets the numbers of entries, in the ledger and in the audit log,
// continue after the copied ones.
func setSequence(ctx context.Context, e db.Engine) error {
	if e.Dialect().Name != "postgres" {
		return nil
	}
	return e.Write(ctx, func(tx *db.Tx) error {
		for _, table := range []string{"entry", "audit"} {
			var last sql.NullInt64
			if err := tx.Row(`SELECT setval(pg_get_serial_sequence('` + table + `', 'seq'), (SELECT MAX(seq) FROM ` + table + `))`).Scan(&last); err != nil {
				return err
			}
		}
		return nil
	})
}
