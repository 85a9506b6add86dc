package accountdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/store/db"
)

const userColumns = `id, account_id, name, main, policies, created_at, disabled_at`

func scanUser(scan func(...any) error) (u account.User, err error) {
	var main, created int64
	var policies string
	var disabled sql.NullInt64
	if err := scan(&u.ID, &u.Account, &u.Name, &main, &policies, &created, &disabled); err != nil {
		return u, err
	}
	u.Main, u.Created, u.Disabled = main == 1, db.FromMicros(created), db.OptionalTime(disabled)
	return u, json.Unmarshal([]byte(policies), &u.Policies)
}

func userIn(tx *db.Tx, id string, change bool) (account.User, error) {
	query := `SELECT ` + userColumns + ` FROM user_ WHERE id = ?`
	if change {
		query += tx.ForUpdate()
	}
	u, err := scanUser(tx.Row(query, id).Scan)
	return u, notFound("user "+id, err)
}

// CreateUser creates a sub-account without policies and keys. It returns
// account.ErrExists, account.ErrUnknown or account.ErrIncomplete.
func (s *Store) CreateUser(ctx context.Context, accountID, name string) (account.User, error) {
	if err := account.CheckName("name", name); err != nil {
		return account.User{}, err
	}
	id, err := account.NewUserID(s.Random)
	if err != nil {
		return account.User{}, err
	}
	u := account.User{ID: id, Account: accountID, Name: name, Policies: []account.Policy{}}
	audit.Created(ctx, accountID, id)
	err = s.write(ctx, func(tx *db.Tx, now time.Time) error {
		if _, err := accountIn(tx, accountID, false); err != nil {
			return err
		}
		u.Created = now.Truncate(time.Microsecond)
		_, err := tx.Exec(`INSERT INTO user_ (id, account_id, name, main, created_at) VALUES (?, ?, ?, 0, ?)`, id, accountID, name, now.UnixMicro())
		return wrapUnique(tx.Dialect(), fmt.Sprintf("user %q", name), err)
	})
	return u, err
}

// ListUsers returns an account's users, the main user first.
func (s *Store) ListUsers(ctx context.Context, accountID string) (all []account.User, err error) {
	err = s.Engine.Read(ctx, func(tx *db.Tx) error {
		all = nil
		if _, err := accountIn(tx, accountID, false); err != nil {
			return err
		}
		return tx.Each(func(scan func(...any) error) error {
			u, err := scanUser(scan)
			all = append(all, u)
			return err
		}, `SELECT `+userColumns+` FROM user_ WHERE account_id = ? ORDER BY main DESC, created_at, id`, accountID)
	})
	return all, err
}

// FindUser finds a user by ID, or within an account by ID or name. It returns
// account.ErrUnknown.
func (s *Store) FindUser(ctx context.Context, accountID, idOrName string) (u account.User, err error) {
	err = s.Engine.Read(ctx, func(tx *db.Tx) error {
		if accountID == "" {
			u, err = userIn(tx, idOrName, false)
			return err
		}
		// An ID takes precedence over a name that looks like one.
		u, err = scanUser(tx.Row(`SELECT `+userColumns+` FROM user_ WHERE account_id = ? AND (id = ? OR name = ?)
			ORDER BY CASE WHEN id = ? THEN 0 ELSE 1 END LIMIT 1`, accountID, idOrName, idOrName, idOrName).Scan)
		return notFound(fmt.Sprintf("user %q of account %s", idOrName, accountID), err)
	})
	return u, err
}

// DisableUser disables all keys of a sub-account, or enables them again. It
// returns account.ErrUnknown, or account.ErrRefused for a main user.
func (s *Store) DisableUser(ctx context.Context, id string, disabled bool) error {
	return s.changeSub(ctx, id, func(tx *db.Tx, u account.User, now time.Time) error {
		at := &now
		if !disabled {
			at = nil
		} else if u.Disabled != nil {
			at = u.Disabled
		}
		_, err := tx.Exec(`UPDATE user_ SET disabled_at = ? WHERE id = ?`, db.NullMicros(at), id)
		return err
	})
}

// SetPolicies replaces the policies of a sub-account. It returns
// account.ErrUnknown, or account.ErrRefused for a main user.
func (s *Store) SetPolicies(ctx context.Context, id string, p []account.Policy) error {
	if p == nil {
		p = []account.Policy{}
	}
	// Marshal would write & as \u0026, so that a document of the longest length
	// could not be read again.
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(p); err != nil {
		return fmt.Errorf("%w: %w", account.ErrIncomplete, err)
	}
	return s.changeSub(ctx, id, func(tx *db.Tx, _ account.User, _ time.Time) error {
		_, err := tx.Exec(`UPDATE user_ SET policies = ? WHERE id = ?`, strings.TrimSuffix(text.String(), "\n"), id)
		return err
	})
}

// changeSub changes a sub-account. It refuses the main user.
func (s *Store) changeSub(ctx context.Context, id string, fn func(*db.Tx, account.User, time.Time) error) error {
	return s.write(ctx, func(tx *db.Tx, now time.Time) error {
		u, err := userIn(tx, id, true)
		if err != nil {
			return err
		}
		if u.Main {
			return fmt.Errorf("%w: %s is a main user, which has all permissions", account.ErrRefused, id)
		}
		audit.Created(ctx, u.Account, u.ID)
		return fn(tx, u, now)
	})
}
