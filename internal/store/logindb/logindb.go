// Package logindb keeps the console's passwords, sessions, links and failed
// attempts. Several servers on one database share them.
package logindb

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"time"

	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/login"
	"github.com/kahao/kahao/internal/store/auditdb"
	"github.com/kahao/kahao/internal/store/db"
)

// Store keeps logins in a database. Every method is one transaction. Besides
// the errors that a method names it returns those of the engine.
type Store struct {
	engine  db.Engine
	keyring *envelope.Keyring
	random  io.Reader
}

var _ login.Store = (*Store)(nil)

// New returns the store of a migrated database. The keyring encrypts the secrets
// of one-time codes; random makes row IDs.
func New(e db.Engine, keyring *envelope.Keyring, random io.Reader) *Store {
	return &Store{e, keyring, random}
}

// Login returns the login of a subject, zero if there is none.
func (s *Store) Login(ctx context.Context, subject string) (l login.Login, err error) {
	err = s.engine.Read(ctx, func(tx *db.Tx) error {
		l = login.Login{}
		var factor int
		var recovery string
		err := tx.Row(`SELECT password, CASE WHEN totp_ct IS NULL THEN 0 ELSE 1 END, recovery FROM login WHERE subject = ?`, subject).Scan(&l.Password, &factor, &recovery)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		hashes, err := parseHashes(recovery)
		l.Factor, l.Recovery = factor == 1, len(hashes)
		return err
	})
	return l, err
}

// SetPassword sets a password, ends the subject's sessions and deletes its link.
// If link is not nil, it returns login.ErrLink if that is not the subject's link
// any more.
func (s *Store) SetPassword(ctx context.Context, subject, password string, link *login.Hash, now time.Time) error {
	return s.engine.Write(ctx, func(tx *db.Tx) error {
		if link != nil {
			n, err := tx.Exec(`DELETE FROM login_link WHERE token_hash = ? AND subject = ? AND expires_at > ?`, link[:], subject, now.UnixMicro())
			if err != nil {
				return err
			}
			if n == 0 {
				return login.ErrLink
			}
		}
		for _, statement := range []string{`DELETE FROM login_link WHERE subject = ?`, `DELETE FROM login_session WHERE subject = ?`} {
			if _, err := tx.Exec(statement, subject); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`INSERT INTO login (subject, password, changed_at) VALUES (?, ?, ?)
			ON CONFLICT (subject) DO UPDATE SET password = excluded.password, changed_at = excluded.changed_at`,
			subject, password, now.UnixMicro()); err != nil {
			return err
		}
		return auditdb.Add(ctx, tx, now)
	})
}

// StartSession stores a session, and ends the one with the hash ended.
func (s *Store) StartSession(ctx context.Context, token login.Hash, n login.Session, ended *login.Hash) error {
	return s.engine.Write(ctx, func(tx *db.Tx) error {
		if ended != nil {
			if _, err := tx.Exec(`DELETE FROM login_session WHERE token_hash = ?`, ended[:]); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO login_session (token_hash, subject, created_at, seen_at, expires_at, pending) VALUES (?, ?, ?, ?, ?, ?)`,
			token[:], n.Subject, n.Created.UnixMicro(), n.Seen.UnixMicro(), n.Expires.UnixMicro(), integer(n.Pending))
		return err
	})
}

// Session returns a session, or login.ErrNoSession.
func (s *Store) Session(ctx context.Context, token login.Hash) (n login.Session, err error) {
	err = s.engine.Read(ctx, func(tx *db.Tx) error {
		var created, seen, expires, pending, factor int64
		err := tx.Row(`SELECT subject, created_at, seen_at, expires_at, pending,
			(SELECT COUNT(*) FROM login WHERE login.subject = login_session.subject AND totp_ct IS NOT NULL)
			FROM login_session WHERE token_hash = ?`, token[:]).
			Scan(&n.Subject, &created, &seen, &expires, &pending, &factor)
		n.Pending, n.Factor = pending == 1, factor == 1
		n.Created, n.Seen, n.Expires = db.FromMicros(created), db.FromMicros(seen), db.FromMicros(expires)
		if errors.Is(err, sql.ErrNoRows) {
			return login.ErrNoSession
		}
		return err
	})
	return n, err
}

// Touch stores the time of a session's last use.
func (s *Store) Touch(ctx context.Context, token login.Hash, seen time.Time) error {
	return s.exec(ctx, `UPDATE login_session SET seen_at = ? WHERE token_hash = ?`, seen.UnixMicro(), token[:])
}

// EndSession deletes a session, if it exists.
func (s *Store) EndSession(ctx context.Context, token login.Hash) error {
	return s.exec(ctx, `DELETE FROM login_session WHERE token_hash = ?`, token[:])
}

// SetLink replaces the subject's link.
func (s *Store) SetLink(ctx context.Context, subject string, token login.Hash, expires, now time.Time) error {
	return s.engine.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`INSERT INTO login_link (subject, token_hash, expires_at) VALUES (?, ?, ?)
			ON CONFLICT (subject) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at`,
			subject, token[:], expires.UnixMicro()); err != nil {
			return err
		}
		return auditdb.Add(ctx, tx, now)
	})
}

// Link returns the subject of a link, or login.ErrLink.
func (s *Store) Link(ctx context.Context, token login.Hash, now time.Time) (subject string, err error) {
	err = s.engine.Read(ctx, func(tx *db.Tx) error {
		err := tx.Row(`SELECT subject FROM login_link WHERE token_hash = ? AND expires_at > ?`, token[:], now.UnixMicro()).Scan(&subject)
		if errors.Is(err, sql.ErrNoRows) {
			return login.ErrLink
		}
		return err
	})
	return subject, err
}

// Fail stores a failed attempt.
func (s *Store) Fail(ctx context.Context, name, network string, at time.Time) error {
	id, err := ledger.NewID(at, s.random)
	if err != nil {
		return err
	}
	return s.exec(ctx, `INSERT INTO login_failure (id, name_hash, network, at) VALUES (?, ?, ?, ?)`, id, name, network, at.UnixMicro())
}

// Failures counts the failed attempts since a time, with a name and from a
// network.
func (s *Store) Failures(ctx context.Context, name, network string, since time.Time) (byName, byNetwork int, err error) {
	err = s.engine.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`SELECT (SELECT COUNT(*) FROM login_failure WHERE name_hash = ? AND at > ?), (SELECT COUNT(*) FROM login_failure WHERE network = ? AND at > ?)`,
			name, since.UnixMicro(), network, since.UnixMicro()).Scan(&byName, &byNetwork)
	})
	return byName, byNetwork, err
}

// Forgive deletes the failed attempts with a name.
func (s *Store) Forgive(ctx context.Context, name string) error {
	return s.exec(ctx, `DELETE FROM login_failure WHERE name_hash = ?`, name)
}

// Sweep deletes what has expired.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	return s.engine.Write(ctx, func(tx *db.Tx) error {
		for _, d := range []struct {
			statement string
			before    time.Time
		}{
			{`DELETE FROM login_session WHERE expires_at <= ?`, now},
			{`DELETE FROM login_session WHERE seen_at <= ?`, now.Add(-login.IdleTime)},
			{`DELETE FROM login_link WHERE expires_at <= ?`, now},
			{`DELETE FROM login_failure WHERE at <= ?`, now.Add(-login.Window)},
		} {
			if _, err := tx.Exec(d.statement, d.before.UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) exec(ctx context.Context, statement string, args ...any) error {
	return s.engine.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(statement, args...)
		return err
	})
}
