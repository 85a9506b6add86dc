package accountdb

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/store/db"
)

const accountColumns = `id, name, state, postpay, balance, negative_since, region, retention_s, fetch_hosts, rate_per_second, rate_burst, created_at`

func scanAccount(scan func(...any) error) (d account.Account, err error) {
	var state, hosts string
	var postpay, retention, rate, burst, created int64
	var negative sql.NullInt64
	if err := scan(&d.ID, &d.Name, &state, &postpay, &d.Balance, &negative, &d.Region, &retention, &hosts, &rate, &burst, &created); err != nil {
		return d, err
	}
	d.Closed, d.PostPay, d.NegativeSince = state == "closed", postpay == 1, db.OptionalTime(negative)
	d.Retention, d.Rate, d.Created = time.Duration(retention)*time.Second, toRate(rate, burst), db.FromMicros(created)
	d.FetchHosts, err = parseList(hosts)
	return d, err
}

// accountIn reads an account, and locks it if it is to be changed.
func accountIn(tx *db.Tx, id string, change bool) (account.Account, error) {
	query := `SELECT ` + accountColumns + ` FROM account WHERE id = ?`
	if change {
		query += tx.ForUpdate()
	}
	d, err := scanAccount(tx.Row(query, id).Scan)
	return d, notFound("account "+id, err)
}

// CreateAccount creates an account with its main user, a key and a bucket. It
// returns account.ErrExists or account.ErrIncomplete.
func (s *Store) CreateAccount(ctx context.Context, n account.NewAccount) (account.CreatedKey, error) {
	if err := account.CheckName("name", n.Name); err != nil {
		return account.CreatedKey{}, err
	}
	a := n.Credentials
	if a == (account.Credentials{}) {
		var err error
		if a, err = account.NewCredentials(s.Random); err != nil {
			return account.CreatedKey{}, err
		}
		if n.Bucket != "" {
			a.Bucket = n.Bucket
		}
	}
	if err := a.Validate(); err != nil {
		return account.CreatedKey{}, err
	}
	var user string
	err := s.write(ctx, func(tx *db.Tx, now time.Time) (err error) {
		if user, err = s.insertAccount(tx, a.AppID, n.Name, flag(n.PostPay), now); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO bucket (account_id, name, created_at) VALUES (?, ?, ?)`, a.AppID, a.Bucket, now.UnixMicro()); err != nil {
			return err
		}
		audit.Created(ctx, a.AppID, a.AppID)
		return s.insertKey(tx, a, user, keyRow{created: now, buckets: "[]", shape: "{}"})
	})
	return account.CreatedKey{Credentials: a, User: user}, err
}

// insertAccount inserts an account with its main user, and returns the user's
// id.
func (s *Store) insertAccount(tx *db.Tx, id, name string, postpay int64, now time.Time) (user string, err error) {
	if user, err = account.NewUserID(s.Random); err != nil {
		return "", err
	}
	token := make([]byte, 32)
	if _, err := io.ReadFull(s.Random, token); err != nil {
		return "", err
	}
	if token, err = s.Keyring.Seal(tokenAAD(id), token); err != nil {
		return "", err
	}
	if _, err := tx.Exec(`INSERT INTO account (id, name, postpay, token_key_ct, created_at) VALUES (?, ?, ?, ?, ?)`,
		id, name, postpay, token, now.UnixMicro()); err != nil {
		return "", wrapUnique(tx.Dialect(), "account "+id, err)
	}
	_, err = tx.Exec(`INSERT INTO user_ (id, account_id, name, main, created_at) VALUES (?, ?, ?, 1, ?)`, user, id, mainUser, now.UnixMicro())
	return user, wrapUnique(tx.Dialect(), "user "+user, err)
}

// mainUser is the main user's name.
const mainUser = "main"

// Account returns an account, or account.ErrUnknown.
func (s *Store) Account(ctx context.Context, id string) (d account.Account, err error) {
	err = s.Engine.Read(ctx, func(tx *db.Tx) error {
		d, err = accountIn(tx, id, false)
		return err
	})
	return d, err
}

// ListAccounts returns all accounts, by ID.
func (s *Store) ListAccounts(ctx context.Context) (all []account.Account, err error) {
	err = s.Engine.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(func(scan func(...any) error) error {
			d, err := scanAccount(scan)
			all = append(all, d)
			return err
		}, `SELECT `+accountColumns+` FROM account ORDER BY id`)
	})
	return all, err
}

// ChangeAccount applies the changes that are not nil. It returns
// account.ErrUnknown or account.ErrIncomplete.
func (s *Store) ChangeAccount(ctx context.Context, id string, c account.Changes) error {
	if err := checkChanges(c); err != nil {
		return err
	}
	audit.Created(ctx, id, id)
	return s.write(ctx, func(tx *db.Tx, _ time.Time) error {
		d, err := accountIn(tx, id, true)
		if err != nil {
			return err
		}
		assign(&d.Name, c.Name)
		assign(&d.PostPay, c.PostPay)
		assign(&d.Region, c.Region)
		assign(&d.Retention, c.Retention)
		assign(&d.FetchHosts, c.FetchHosts)
		assign(&d.Rate, c.Rate)
		_, err = tx.Exec(`UPDATE account SET name = ?, postpay = ?, region = ?, retention_s = ?, fetch_hosts = ?,
			rate_per_second = ?, rate_burst = ?, version = version + 1 WHERE id = ?`,
			d.Name, flag(d.PostPay), d.Region, int64(d.Retention/time.Second), list(d.FetchHosts), fromRate(d.Rate), d.Rate.Burst, id)
		return err
	})
}

func assign[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// maxRetention bounds how long sealed card numbers are kept.
const maxRetention = 30 * 24 * time.Hour

func checkChanges(c account.Changes) error {
	if c.Name != nil {
		if err := account.CheckName("name", *c.Name); err != nil {
			return err
		}
	}
	if c.Region != nil && (len(*c.Region) > 64 || strings.ContainsFunc(*c.Region, func(r rune) bool { return r < '!' || r > '~' })) {
		return fmt.Errorf("%w: a region has at most 64 letters, digits and hyphens", account.ErrIncomplete)
	}
	if k := c.Retention; k != nil && (*k < 0 || *k > maxRetention || *k%time.Second != 0) {
		return fmt.Errorf("%w: retention %v: want whole seconds, at most %v", account.ErrIncomplete, *k, maxRetention)
	}
	if c.Rate != nil {
		return checkRate(*c.Rate)
	}
	return nil
}

// CloseAccount stops service for an account. It returns billing.ErrRemainder
// while a paid pack has units left.
func (s *Store) CloseAccount(ctx context.Context, id string) error {
	audit.Created(ctx, id, id)
	return s.write(ctx, func(tx *db.Tx, now time.Time) error {
		if _, err := accountIn(tx, id, true); err != nil {
			return err
		}
		packs, err := packsIn(tx, id)
		if err != nil {
			return err
		}
		var valid []billing.Pack
		for _, p := range packs {
			if p.Refunded == nil {
				valid = append(valid, p.Billing())
			}
		}
		if err := billing.MayClose(valid, now); err != nil {
			return err
		}
		return setState(tx, id, "closed")
	})
}

// OpenAccount restores service for a closed account.
func (s *Store) OpenAccount(ctx context.Context, id string) error {
	audit.Created(ctx, id, id)
	return s.write(ctx, func(tx *db.Tx, _ time.Time) error { return setState(tx, id, "active") })
}

func setState(tx *db.Tx, id, state string) error {
	n, err := tx.Exec(`UPDATE account SET state = ?, version = version + 1 WHERE id = ?`, state, id)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: account %s", account.ErrUnknown, id)
	}
	return err
}

// addToBalance changes a balance and records since when it is negative.
func addToBalance(tx *db.Tx, d account.Account, amount billing.Cents, now time.Time) (account.Account, error) {
	before := time.Time{}
	if d.NegativeSince != nil {
		before = *d.NegativeSince
	}
	sum := d.Balance + amount
	if amount > 0 && sum < d.Balance || amount < 0 && sum > d.Balance {
		return d, fmt.Errorf("%w: the balance would overflow", account.ErrRefused)
	}
	d.Balance, d.NegativeSince = sum, nil
	if since := billing.NegativeSince(before, sum, now); !since.IsZero() {
		d.NegativeSince = &since
	}
	_, err := tx.Exec(`UPDATE account SET balance = ?, negative_since = ?, version = version + 1 WHERE id = ?`, int64(sum), db.NullMicros(d.NegativeSince), d.ID)
	return d, err
}
