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

// storeResult stores a sealed reply and extends the life of its data key. A key
// that lasts long enough is not written: it would be one row that every charge
// waits for.
func storeResult(account string, at int64, r ledger.Result) []db.Statement {
	expires := r.Expires.UnixMicro()
	return []db.Statement{
		db.Do(`UPDATE dek SET drop_after = ? WHERE day = ? AND drop_after < ?`, expires, r.Day, expires),
		db.Do(`INSERT INTO result (id_hash, account_id, ct, dek_day, created_at, expires_at) SELECT ?, ?, ?, day, ?, ? FROM dek WHERE day = ?`,
			r.ID[:], account, r.Sealed, at, expires, r.Day).OrFail(fmt.Errorf("ledger: no data key of %q for the result", r.Day)),
	}
}

// Result returns an account's sealed reply. It returns ledger.ErrUnknown if
// there is none, if it is another account's or has expired.
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

// DataKey is the wrapped key of a day, which seals the results and replies of
// that day.
type DataKey struct {
	Day     string
	Wrapped []byte
	KEK     string    // ID of the key that wraps it
	Until   time.Time // when it is deleted, and what it sealed becomes unreadable
}

// PutDataKey stores the key, or keeps the one of that day if there is one, and
// returns the stored key with the later end: servers that make a key at the
// same time all use the first.
func (s *Store) PutDataKey(ctx context.Context, k DataKey) (stored DataKey, err error) {
	err = s.engine.Write(ctx, func(tx *db.Tx) error {
		stored = DataKey{}
		return stored.scan(tx.Row(`INSERT INTO dek (day, wrapped, kek_id, drop_after) VALUES (?, ?, ?, ?)
			ON CONFLICT (day) DO UPDATE SET drop_after =
			CASE WHEN dek.drop_after < excluded.drop_after THEN excluded.drop_after ELSE dek.drop_after END
			RETURNING day, wrapped, kek_id, drop_after`, k.Day, k.Wrapped, k.KEK, k.Until.UnixMicro()))
	})
	return stored, err
}

// DataKey returns the key of a day, or ledger.ErrUnknown.
func (s *Store) DataKey(ctx context.Context, day string) (k DataKey, err error) {
	err = s.engine.Read(ctx, func(tx *db.Tx) error {
		return k.scan(tx.Row(`SELECT day, wrapped, kek_id, drop_after FROM dek WHERE day = ?`, day))
	})
	if errors.Is(err, sql.ErrNoRows) {
		return DataKey{}, fmt.Errorf("%w: data key of day %.20q", ledger.ErrUnknown, day)
	}
	return k, err
}

// Rewrap passes each data key through wrap, in one transaction. After that no
// key is wrapped with an older one.
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

// Scan implements the method of *sql.Row.
func (s scanner) Scan(dest ...any) error { return s(dest...) }

func (k *DataKey) scan(row interface{ Scan(...any) error }) error {
	var until int64
	err := row.Scan(&k.Day, &k.Wrapped, &k.KEK, &until)
	k.Until = db.FromMicros(until)
	return err
}

func isUnknown(err error) bool { return errors.Is(err, ledger.ErrUnknown) }
