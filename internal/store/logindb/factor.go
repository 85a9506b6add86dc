package logindb

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/login"
	"github.com/kahao/kahao/internal/store/auditdb"
	"github.com/kahao/kahao/internal/store/db"
)

// secretAAD is the place of the sealed secret of one-time codes.
func secretAAD(subject string) envelope.AAD {
	return envelope.AAD{Table: "login", Column: "totp_ct", Row: subject}
}

// ChangeFactor changes a second factor: see login.FactorChange. The subject's
// row is locked, so that of two requests with one code the second finds it
// used, and no number of requests at once gets past the bound.
func (s *Store) ChangeFactor(ctx context.Context, c login.FactorChange) error {
	var refused error // of a transaction that is committed: the failure stays
	err := s.engine.Write(ctx, func(tx *db.Tx) error {
		refused = nil
		f, err := s.factor(tx, c.Subject)
		if err != nil {
			return err
		}
		if c.Bound != nil {
			var failures int
			if err := tx.Row(`SELECT COUNT(*) FROM login_failure WHERE name_hash = ? AND at > ?`, c.Bound.Name, c.Bound.Since.UnixMicro()).Scan(&failures); err != nil {
				return err
			}
			if failures >= login.MaxCodes {
				return login.ErrCodes
			}
		}
		f, err = c.Check(f)
		if errors.Is(err, login.ErrCode) && c.Bound != nil {
			refused = err
			id, err := ledger.NewID(c.Now, s.random)
			if err != nil {
				return err
			}
			_, err = tx.Exec(`INSERT INTO login_failure (id, name_hash, network, at) VALUES (?, ?, ?, ?)`, id, c.Bound.Name, c.Bound.Network, c.Now.UnixMicro())
			return err
		}
		if err != nil {
			return err
		}
		if err := s.setFactor(tx, c, f); err != nil {
			return err
		}
		return auditdb.Add(ctx, tx, c.Now)
	})
	return errors.Join(refused, err)
}

// factor returns the subject's factor, and locks its row.
func (s *Store) factor(tx *db.Tx, subject string) (f login.Factor, err error) {
	var sealed []byte
	var recovery string
	err = tx.Row(`SELECT totp_ct, totp_step, recovery FROM login WHERE subject = ?`+tx.ForUpdate(), subject).Scan(&sealed, &f.Used, &recovery)
	if errors.Is(err, sql.ErrNoRows) {
		return f, login.ErrFactor
	}
	if err != nil {
		return f, err
	}
	if f.Recovery, err = parseHashes(recovery); err != nil || sealed == nil {
		return f, err
	}
	if f.Secret, err = s.keyring.Open(secretAAD(subject), sealed); err != nil {
		return f, fmt.Errorf("the secret of one-time codes: %w", err)
	}
	return f, nil
}

// setFactor stores a factor that was checked, and ends sessions.
func (s *Store) setFactor(tx *db.Tx, c login.FactorChange, f login.Factor) error {
	var sealed any // NULL without a factor
	if f.On() {
		b, err := s.keyring.Seal(secretAAD(c.Subject), f.Secret)
		if err != nil {
			return err
		}
		sealed = b
	}
	if _, err := tx.Exec(`UPDATE login SET totp_ct = ?, totp_step = ?, recovery = ? WHERE subject = ?`, sealed, f.Used, hashesText(f.Recovery), c.Subject); err != nil {
		return err
	}
	if c.Bound != nil {
		if _, err := tx.Exec(`DELETE FROM login_failure WHERE name_hash = ?`, c.Bound.Name); err != nil {
			return err
		}
	}
	if c.Keep == nil {
		return nil
	}
	_, err := tx.Exec(`DELETE FROM login_session WHERE subject = ? AND token_hash <> ?`, c.Subject, c.Keep[:])
	return err
}

// Rewrap reseals the secrets of one-time codes under the keyring's primary key,
// in one transaction, and returns how many were under another key.
func (s *Store) Rewrap(ctx context.Context) (n int, err error) {
	err = s.engine.Write(ctx, func(tx *db.Tx) error {
		n = 0
		resealed := map[string][]byte{}
		err := tx.Each(func(scan func(...any) error) error {
			var subject string
			var sealed []byte
			if err := scan(&subject, &sealed); err != nil {
				return err
			}
			sealed, changed, err := s.keyring.Rewrap(secretAAD(subject), sealed)
			if changed {
				resealed[subject] = sealed
			}
			return err
		}, `SELECT subject, totp_ct FROM login WHERE totp_ct IS NOT NULL`+tx.ForUpdate())
		if err != nil {
			return err
		}
		for subject, sealed := range resealed {
			if _, err := tx.Exec(`UPDATE login SET totp_ct = ? WHERE subject = ?`, sealed, subject); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// parseHashes parses a JSON list of hashes in hexadecimal.
func parseHashes(text string) ([]login.Hash, error) {
	var all []string
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("logindb: recovery codes: %w", err)
	}
	var hashes []login.Hash
	for _, one := range all {
		b, err := hex.DecodeString(one)
		if err != nil || len(b) != len(login.Hash{}) {
			return nil, errors.New("logindb: a recovery code is no hash")
		}
		hashes = append(hashes, login.Hash(b))
	}
	return hashes, nil
}

func hashesText(hashes []login.Hash) string {
	all := make([]string, len(hashes))
	for i, h := range hashes {
		all[i] = hex.EncodeToString(h[:])
	}
	text, _ := json.Marshal(all) // strings always encode
	return string(text)
}

func integer(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
