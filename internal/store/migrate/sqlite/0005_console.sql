-- Passwords of the console. subject is a user's id, or 'operator'. totp_ct is
-- the sealed secret of one-time codes, totp_step the time step of the last one
-- that was used, and recovery a list of hashes.
CREATE TABLE login (
	subject    TEXT    NOT NULL PRIMARY KEY,
	password   TEXT    NOT NULL,
	changed_at INTEGER NOT NULL,
	totp_ct    BLOB,
	totp_step  INTEGER NOT NULL DEFAULT 0,
	recovery   TEXT    NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;

-- Browsers that are signed in, by the hash of their cookie.
CREATE TABLE login_session (
	token_hash BLOB    NOT NULL PRIMARY KEY,
	subject    TEXT    NOT NULL,
	created_at INTEGER NOT NULL,
	seen_at    INTEGER NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_session_subject ON login_session (subject);
CREATE INDEX login_session_expires ON login_session (expires_at);

-- Links that set a password once. A subject has at most one.
CREATE TABLE login_link (
	subject    TEXT    NOT NULL PRIMARY KEY,
	token_hash BLOB    NOT NULL UNIQUE,
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Failed attempts to sign in, for as long as they slow the next ones down. The
-- name is hashed: people type passwords into the field of the name.
CREATE TABLE login_failure (
	id        TEXT    NOT NULL PRIMARY KEY,
	name_hash TEXT    NOT NULL,
	network   TEXT    NOT NULL,
	at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_failure_name ON login_failure (name_hash, at);
CREATE INDEX login_failure_network ON login_failure (network, at);

-- Changes by people: who, when, from where, what. account_id is the account
-- that was changed, empty for the server's own settings. before_ and after_ are
-- JSON objects. Rows are never changed.
CREATE TABLE audit (
	seq        INTEGER NOT NULL PRIMARY KEY,
	at         INTEGER NOT NULL,
	account_id TEXT    NOT NULL,
	actor      TEXT    NOT NULL,
	origin     TEXT    NOT NULL,
	action     TEXT    NOT NULL,
	target     TEXT    NOT NULL,
	before_    TEXT    NOT NULL DEFAULT '{}',
	after_     TEXT    NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX audit_account ON audit (account_id, seq);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
	SELECT RAISE(ABORT, 'audit entries are never changed');
END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN
	SELECT RAISE(ABORT, 'audit entries are never deleted');
END;
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq) BEGIN
	SELECT RAISE(ABORT, 'audit entries are never replaced');
END;
