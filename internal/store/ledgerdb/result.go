package ledgerdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
)

// keep keeps a sealed reply, and the key of its day for as long.
func storeResult(tx *db.Tx, account string, at int64, r ledger.Result) error {
	n, err := tx.Exec(`UPDATE dek SET drop_after = CASE WHEN drop_after < ? THEN ? ELSE drop_after END WHERE day = ?`,
		r.Expires.UnixMicro(), r.Expires.UnixMicro(), r.Day)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("books: a result is sealed with a key of %q, which is not kept", r.Day)
	}
	_, err = tx.Exec(`INSERT INTO result (id_hash, account_id, ct, dek_day, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)`,
		r.ID[:], account, r.Sealed, r.Day, at, r.Expires.UnixMicro())
	return err
}

// Result returns a sealed reply of an account. It returns ledger.ErrUnknown
// where there is none, another account's, or one that is past its time.
func (s *Store) Result(ctx context.Context, account string, id [32]byte, at time.Time) (ledger.Result, error) {
	r := ledger.Result{ID: id}
	err := s.engine.Read(ctx, func(tx *db.Tx) error {
		var expires int64
		err := tx.Row(`SELECT ct, dek_day, expires_at FROM result WHERE id_hash = ? AND account_id = ? AND expires_at > ?`,
			id[:], account, at.UnixMicro()).Scan(&r.Sealed, &r.Day, &expires)
		r.Expires = db.FromMicros(expires)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.Result{}, fmt.Errorf("%w: result", ledger.ErrUnknown)
	}
	return r, err
}

// DataKey is the key of a day, wrapped, which results and replies of the day
// are sealed with.
type DataKey struct {
	Day     string
	Wrapped []byte
	KEK     string    // which key it is wrapped with
	Until   time.Time // when it is dropped, and what it sealed is gone for good
}

// PutDataKey keeps the key, unless there is one of that day already, and
// returns the one that is kept, with the later end: of servers that make one
// at the same time, all go on with the first.
func (s *Store) PutDataKey(ctx context.Context, k DataKey) (kept DataKey, err error) {
	err = s.engine.Write(ctx, func(tx *db.Tx) error {
		kept = DataKey{}
		return kept.scan(tx.Row(`INSERT INTO dek (day, wrapped, kek_id, drop_after) VALUES (?, ?, ?, ?)
			ON CONFLICT (day) DO UPDATE SET drop_after =
			CASE WHEN dek.drop_after < excluded.drop_after THEN excluded.drop_after ELSE dek.drop_after END
			RETURNING day, wrapped, kek_id, drop_after`, k.Day, k.Wrapped, k.KEK, k.Until.UnixMicro()))
	})
	return kept, err
}

// DataKey returns the key of a day, or ledger.ErrUnknown.
func (s *Store) DataKey(ctx context.Context, day string) (k DataKey, err error) {
	err = s.engine.Read(ctx, func(tx *db.Tx) error {
		return k.scan(tx.Row(`SELECT day, wrapped, kek_id, drop_after FROM dek WHERE day = ?`, day))
	})
	if errors.Is(err, sql.ErrNoRows) {
		return DataKey{}, fmt.Errorf("%w: data key of %.20q", ledger.ErrUnknown, day)
	}
	return k, err
}

// Rewrap puts each data key through wrap, in one transaction: after that none
// is wrapped with an older key.
func (s *Store) Rewrap(ctx context.Context, wrap func(DataKey) (DataKey, error)) (n int, err error) {
	err = s.engine.Write(ctx, func(tx *db.Tx) error {
		var keys []DataKey
		err := tx.Each(func(scan func(...any) error) error {
			var k DataKey
			err := k.scan(scanner(scan))
			keys = append(keys, k)
			return err
		}, `SELECT day, wrapped, kek_id, drop_after FROM dek ORDER BY day`+tx.ForUpdate())
		if err != nil {
			return err
		}
		n = 0
		for _, k := range keys {
			with, err := wrap(k)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(`UPDATE dek SET wrapped = ?, kek_id = ? WHERE day = ?`, with.Wrapped, with.KEK, k.Day); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

type scanner func(...any) error

// Scan makes a function what *sql.Row is.
func (s scanner) Scan(dest ...any) error { return s(dest...) }

func (k *DataKey) scan(row interface{ Scan(...any) error }) error {
	var until int64
	err := row.Scan(&k.Day, &k.Wrapped, &k.KEK, &until)
	k.Until = db.FromMicros(until)
	return err
}

func isUnknown(err error) bool { return errors.Is(err, ledger.ErrUnknown) }
