-- Times are UTC in microseconds, money is in hundredths of a CNY and units are
-- readings. Days and months are text (2026-11-23, 2026-11) in the time zone of
-- the statistics. PostgreSQL's tables have the same columns.

-- Customers. balance is the sum of payments less bills and packs paid from it;
-- negative_since is set while it is negative.
CREATE TABLE account (
	id              TEXT    NOT NULL PRIMARY KEY,
	name            TEXT    NOT NULL DEFAULT '',
	state           TEXT    NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'closed')),
	postpay         INTEGER NOT NULL DEFAULT 0 CHECK (postpay IN (0, 1)),
	balance         INTEGER NOT NULL DEFAULT 0,
	negative_since  INTEGER,
	region          TEXT    NOT NULL DEFAULT '',
	token_key_ct    BLOB,
	retention_s     INTEGER NOT NULL DEFAULT 0 CHECK (retention_s >= 0),
	fetch_hosts     TEXT    NOT NULL DEFAULT '[]',
	rate_per_second INTEGER NOT NULL DEFAULT 0 CHECK (rate_per_second >= 0),
	rate_burst      INTEGER NOT NULL DEFAULT 0 CHECK (rate_burst >= 0),
	zone            TEXT,
	created_at      INTEGER NOT NULL,
	version         INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE user_ (
	id          TEXT    NOT NULL PRIMARY KEY,
	account_id  TEXT    NOT NULL REFERENCES account (id),
	name        TEXT    NOT NULL,
	main        INTEGER NOT NULL DEFAULT 0 CHECK (main IN (0, 1)),
	policies    TEXT    NOT NULL DEFAULT '[]',
	created_at  INTEGER NOT NULL,
	disabled_at INTEGER,
	UNIQUE (account_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
	secret_id       TEXT    NOT NULL PRIMARY KEY,
	account_id      TEXT    NOT NULL REFERENCES account (id),
	user_id         TEXT    NOT NULL REFERENCES user_ (id),
	secret_ct       BLOB    NOT NULL,
	buckets         TEXT    NOT NULL DEFAULT '[]',
	shape           TEXT    NOT NULL DEFAULT '{}',
	rate_per_second INTEGER NOT NULL DEFAULT 0 CHECK (rate_per_second >= 0),
	rate_burst      INTEGER NOT NULL DEFAULT 0 CHECK (rate_burst >= 0),
	created_at      INTEGER NOT NULL,
	expires_at      INTEGER,
	disabled_at     INTEGER,
	last_used_day   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX api_key_account ON api_key (account_id);
CREATE INDEX api_key_user ON api_key (user_id);

CREATE TABLE bucket (
	account_id TEXT    NOT NULL REFERENCES account (id),
	name       TEXT    NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;

-- Single-use signatures that were used, until they expire.
CREATE TABLE nonce (
	key_id     TEXT    NOT NULL,
	nonce      TEXT    NOT NULL,
	expires_at INTEGER NOT NULL,
	PRIMARY KEY (key_id, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX nonce_expires ON nonce (expires_at);

-- Units that were granted or bought. Each unit is left, held by a charge, or
-- spent in an entry.
CREATE TABLE pack (
	id          TEXT    NOT NULL PRIMARY KEY,
	account_id  TEXT    NOT NULL REFERENCES account (id),
	kind        TEXT    NOT NULL CHECK (kind IN ('free', 'paid')),
	units_total INTEGER NOT NULL CHECK (units_total >= 0),
	units_left  INTEGER NOT NULL CHECK (units_left >= 0),
	units_held  INTEGER NOT NULL DEFAULT 0 CHECK (units_held >= 0),
	valid_from  INTEGER NOT NULL,
	valid_to    INTEGER NOT NULL,
	price       INTEGER NOT NULL DEFAULT 0 CHECK (price >= 0),
	source      TEXT    NOT NULL DEFAULT '',
	created_at  INTEGER NOT NULL,
	refunded_at INTEGER,
	version     INTEGER NOT NULL DEFAULT 0,
	CHECK (valid_from < valid_to),
	CHECK (units_left + units_held <= units_total)
) STRICT, WITHOUT ROWID;
CREATE INDEX pack_account ON pack (account_id, valid_to);

-- A request in the ledger. day is the day of its arrival, which it counts for.
-- calls lists the outcome of each image as code:bin, with a b if it was billed.
CREATE TABLE charge (
	id           TEXT    NOT NULL PRIMARY KEY,
	account_id   TEXT    NOT NULL REFERENCES account (id),
	user_id      TEXT    NOT NULL,
	key_id       TEXT    NOT NULL,
	bucket       TEXT    NOT NULL,
	api          TEXT    NOT NULL,
	state        TEXT    NOT NULL CHECK (state IN ('held', 'posted', 'void')),
	units_held   INTEGER NOT NULL CHECK (units_held >= 1),
	units_posted INTEGER NOT NULL DEFAULT 0 CHECK (units_posted BETWEEN 0 AND units_held),
	code         INTEGER,
	calls        TEXT    NOT NULL DEFAULT '',
	created_at   INTEGER NOT NULL,
	decided_at   INTEGER,
	day          TEXT    NOT NULL,
	reply_ct     BLOB,
	CHECK ((state = 'held') = (decided_at IS NULL)),
	CHECK ((state = 'posted') = (units_posted > 0))
) STRICT, WITHOUT ROWID;
CREATE INDEX charge_held ON charge (created_at) WHERE state = 'held';

-- The packs that a charge holds units of. The pack '' stands for postpaid units.
CREATE TABLE charge_part (
	charge_id TEXT    NOT NULL REFERENCES charge (id),
	pack_id   TEXT    NOT NULL,
	units     INTEGER NOT NULL CHECK (units >= 1),
	PRIMARY KEY (charge_id, pack_id)
) STRICT, WITHOUT ROWID;

-- The journal: a negative delta is a billed call, a positive one its refund.
-- Entries are never changed or deleted, so seq only grows.
CREATE TABLE entry (
	seq        INTEGER NOT NULL PRIMARY KEY,
	charge_id  TEXT    NOT NULL REFERENCES charge (id),
	account_id TEXT    NOT NULL,
	pack_id    TEXT    NOT NULL,
	delta      INTEGER NOT NULL,
	reason     TEXT    NOT NULL CHECK (reason IN ('post', 'refund')),
	api        TEXT    NOT NULL,
	user_id    TEXT    NOT NULL,
	bucket     TEXT    NOT NULL,
	code       INTEGER NOT NULL,
	day        TEXT    NOT NULL,
	at         INTEGER NOT NULL,
	CHECK ((reason = 'post' AND delta < 0) OR (reason = 'refund' AND delta > 0))
) STRICT;
CREATE INDEX entry_charge ON entry (charge_id);
CREATE INDEX entry_account ON entry (account_id, day);
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN
	SELECT RAISE(ABORT, 'entries are never changed');
END;
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN
	SELECT RAISE(ABORT, 'entries are never deleted');
END;

-- Billed units by day: the sums of the entries without refunds.
CREATE TABLE usage_day (
	account_id TEXT    NOT NULL,
	user_id    TEXT    NOT NULL,
	bucket     TEXT    NOT NULL,
	api        TEXT    NOT NULL,
	day        TEXT    NOT NULL,
	code       INTEGER NOT NULL,
	units      INTEGER NOT NULL CHECK (units >= 0),
	PRIMARY KEY (account_id, day, user_id, bucket, api, code)
) STRICT, WITHOUT ROWID;

-- Calls by day, outcome and latency bin, billed or not. n counts calls with a
-- charge and can be rebuilt from the charges; refused counts calls without one.
CREATE TABLE call_day (
	account_id TEXT    NOT NULL,
	user_id    TEXT    NOT NULL,
	bucket     TEXT    NOT NULL,
	api        TEXT    NOT NULL,
	day        TEXT    NOT NULL,
	code       INTEGER NOT NULL,
	bin        INTEGER NOT NULL,
	n          INTEGER NOT NULL DEFAULT 0 CHECK (n >= 0),
	refused    INTEGER NOT NULL DEFAULT 0 CHECK (refused >= 0),
	PRIMARY KEY (account_id, day, user_id, bucket, api, code, bin)
) STRICT, WITHOUT ROWID;

-- Idempotency keys of requests that may be retried.
CREATE TABLE idem (
	account_id   TEXT    NOT NULL,
	key          TEXT    NOT NULL,
	request_hash BLOB    NOT NULL,
	charge_id    TEXT    NOT NULL REFERENCES charge (id),
	expires_at   INTEGER NOT NULL,
	PRIMARY KEY (account_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idem_expires ON idem (expires_at);

-- Encrypted replies that can be queried, and the wrapped data-encryption key of
-- each day.
CREATE TABLE result (
	id_hash    BLOB    NOT NULL PRIMARY KEY,
	account_id TEXT    NOT NULL REFERENCES account (id),
	ct         BLOB    NOT NULL,
	dek_day    TEXT    NOT NULL REFERENCES dek (day),
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX result_expires ON result (expires_at);
CREATE INDEX result_dek ON result (dek_day);

CREATE TABLE dek (
	day        TEXT    NOT NULL PRIMARY KEY,
	wrapped    BLOB    NOT NULL,
	kek_id     TEXT    NOT NULL,
	drop_after INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE bill (
	account_id     TEXT    NOT NULL REFERENCES account (id),
	month          TEXT    NOT NULL,
	calls          INTEGER NOT NULL,
	free_units     INTEGER NOT NULL,
	pack_units     INTEGER NOT NULL,
	postpaid_units INTEGER NOT NULL,
	price          INTEGER NOT NULL,
	amount         INTEGER NOT NULL,
	created_at     INTEGER NOT NULL,
	PRIMARY KEY (account_id, month)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment (
	id         TEXT    NOT NULL PRIMARY KEY,
	account_id TEXT    NOT NULL REFERENCES account (id),
	amount     INTEGER NOT NULL,
	reason     TEXT    NOT NULL DEFAULT '',
	at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_account ON payment (account_id, at);

-- Alerts that were logged: a pack that runs out, once at each level.
CREATE TABLE alert (
	account_id TEXT    NOT NULL REFERENCES account (id),
	pack_id    TEXT    NOT NULL,
	level      INTEGER NOT NULL,
	at         INTEGER NOT NULL,
	PRIMARY KEY (account_id, pack_id, level)
) STRICT, WITHOUT ROWID;

-- Rate limits that several servers share (package ratelimit): when each key's
-- bucket is full again, and how many tokens are leased ahead until when. These
-- times are in nanoseconds.
CREATE TABLE lease (
	key      TEXT    NOT NULL PRIMARY KEY,
	full_at  INTEGER NOT NULL,
	until_at INTEGER NOT NULL DEFAULT 0,
	ahead    INTEGER NOT NULL DEFAULT 0,
	version  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
