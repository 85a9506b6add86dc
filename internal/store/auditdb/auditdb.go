// Package auditdb keeps the audit log. Entries are added in the transaction of
// the change that they describe, and never changed.
package auditdb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/store/db"
)

// Add adds the entry of the context, if there is one, to the transaction of its
// change.
func Add(ctx context.Context, tx *db.Tx, now time.Time) error {
	e := audit.From(ctx)
	if e == nil {
		return nil
	}
	before, err := encode(e.Before)
	if err != nil {
		return err
	}
	after, err := encode(e.After)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO audit (at, account_id, actor, origin, action, target, before_, after_) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		now.UnixMicro(), e.Account, e.Actor, e.Origin, e.Action, e.Target, before, after)
	return err
}

func encode(v audit.Values) (string, error) {
	text, err := json.Marshal(v.Redacted())
	if err != nil {
		return "", fmt.Errorf("audit: %w", err)
	}
	return string(text), nil
}

// Store reads the log.
type Store struct{ engine db.Engine }

// New returns the log of a migrated database.
func New(e db.Engine) *Store { return &Store{e} }

// List returns entries, the newest first.
func (s *Store) List(ctx context.Context, f audit.Filter) (all []audit.Entry, err error) {
	query, args := `SELECT seq, at, account_id, actor, origin, action, target, before_, after_ FROM audit WHERE 1 = 1`, []any{}
	if f.Account != "" {
		query, args = query+` AND account_id = ?`, append(args, f.Account)
	}
	if f.Before > 0 {
		query, args = query+` AND seq < ?`, append(args, f.Before)
	}
	args = append(args, max(f.Limit, 0))
	err = s.engine.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(func(scan func(...any) error) error {
			var e audit.Entry
			var at int64
			var before, after string
			if err := scan(&e.Seq, &at, &e.Account, &e.Actor, &e.Origin, &e.Action, &e.Target, &before, &after); err != nil {
				return err
			}
			e.At = db.FromMicros(at)
			if err := json.Unmarshal([]byte(before), &e.Before); err != nil {
				return fmt.Errorf("audit: entry %d: %w", e.Seq, err)
			}
			if err := json.Unmarshal([]byte(after), &e.After); err != nil {
				return fmt.Errorf("audit: entry %d: %w", e.Seq, err)
			}
			all = append(all, e)
			return nil
		}, query+` ORDER BY seq DESC LIMIT ?`, args...)
	})
	return all, err
}
