-- Times are UTC in microseconds, money is in hundredths of a CNY and units are
-- readings. Days and months are text (2026-11-23, 2026-11) in the time zone of
-- the statistics. SQLite's tables have the same columns. As in SQLite, text is
-- compared by bytes.

-- Customers. balance is the sum of payments less bills and packs paid from it;
-- negative_since is set while it is negative.
CREATE TABLE account (
	id              TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
	name            TEXT COLLATE "C"    NOT NULL DEFAULT '',
	state           TEXT COLLATE "C"    NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'closed')),
	postpay         BIGINT NOT NULL DEFAULT 0 CHECK (postpay IN (0, 1)),
	balance         BIGINT NOT NULL DEFAULT 0,
	negative_since  BIGINT,
	region          TEXT COLLATE "C"    NOT NULL DEFAULT '',
	token_key_ct    BYTEA,
	retention_s     BIGINT NOT NULL DEFAULT 0 CHECK (retention_s >= 0),
	fetch_hosts     TEXT COLLATE "C"    NOT NULL DEFAULT '[]',
	rate_per_second BIGINT NOT NULL DEFAULT 0 CHECK (rate_per_second >= 0),
	rate_burst      BIGINT NOT NULL DEFAULT 0 CHECK (rate_burst >= 0),
	zone            TEXT COLLATE "C",
	created_at      BIGINT NOT NULL,
	version         BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE user_ (
	id          TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
	account_id  TEXT COLLATE "C"    NOT NULL REFERENCES account (id),
	name        TEXT COLLATE "C"    NOT NULL,
	main        BIGINT NOT NULL DEFAULT 0 CHECK (main IN (0, 1)),
	policies    TEXT COLLATE "C"    NOT NULL DEFAULT '[]',
	created_at  BIGINT NOT NULL,
	disabled_at BIGINT,
	UNIQUE (account_id, name)
);

CREATE TABLE api_key (
	secret_id       TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
	account_id      TEXT COLLATE "C"    NOT NULL REFERENCES account (id),
	user_id         TEXT COLLATE "C"    NOT NULL REFERENCES user_ (id),
	secret_ct       BYTEA    NOT NULL,
	buckets         TEXT COLLATE "C"    NOT NULL DEFAULT '[]',
	shape           TEXT COLLATE "C"    NOT NULL DEFAULT '{}',
	rate_per_second BIGINT NOT NULL DEFAULT 0 CHECK (rate_per_second >= 0),
	rate_burst      BIGINT NOT NULL DEFAULT 0 CHECK (rate_burst >= 0),
	created_at      BIGINT NOT NULL,
	expires_at      BIGINT,
	disabled_at     BIGINT,
	last_used_day   TEXT COLLATE "C"
);
CREATE INDEX api_key_account ON api_key (account_id);
CREATE INDEX api_key_user ON api_key (user_id);

CREATE TABLE bucket (
	account_id TEXT COLLATE "C"    NOT NULL REFERENCES account (id),
	name       TEXT COLLATE "C"    NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (account_id, name)
);

-- Single-use signatures that were used, until they expire.
CREATE TABLE nonce (
	key_id     TEXT COLLATE "C"    NOT NULL,
	nonce      TEXT COLLATE "C"    NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (key_id, nonce)
);
CREATE INDEX nonce_expires ON nonce (expires_at);

-- Units that were granted or bought. Each unit is left, held by a charge, or
-- spent in an entry.
CREATE TABLE pack (
	id          TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
	account_id  TEXT COLLATE "C"    NOT NULL REFERENCES account (id),
	kind        TEXT COLLATE "C"    NOT NULL CHECK (kind IN ('free', 'paid')),
	units_total BIGINT NOT NULL CHECK (units_total >= 0),
	units_left  BIGINT NOT NULL CHECK (units_left >= 0),
	units_held  BIGINT NOT NULL DEFAULT 0 CHECK (units_held >= 0),
	valid_from  BIGINT NOT NULL,
	valid_to    BIGINT NOT NULL,
	price       BIGINT NOT NULL DEFAULT 0 CHECK (price >= 0),
	source      TEXT COLLATE "C"    NOT NULL DEFAULT '',
	created_at  BIGINT NOT NULL,
	refunded_at BIGINT,
	version     BIGINT NOT NULL DEFAULT 0,
	CHECK (valid_from < valid_to),
	CHECK (units_left + units_held <= units_total)
);
CREATE INDEX pack_account ON pack (account_id, valid_to);

-- A request in the ledger. day is the day of its arrival, which it counts for.
-- calls lists the outcome of each image as code:bin, with a b if it was billed.
CREATE TABLE charge (
	id           TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
	account_id   TEXT COLLATE "C"    NOT NULL REFERENCES account (id),
	user_id      TEXT COLLATE "C"    NOT NULL,
	key_id       TEXT COLLATE "C"    NOT NULL,
	bucket       TEXT COLLATE "C"    NOT NULL,
	api          TEXT COLLATE "C"    NOT NULL,
	state        TEXT COLLATE "C"    NOT NULL CHECK (state IN ('held', 'posted', 'void')),
	units_held   BIGINT NOT NULL CHECK (units_held >= 1),
	units_posted BIGINT NOT NULL DEFAULT 0 CHECK (units_posted BETWEEN 0 AND units_held),
	code         BIGINT,
	calls        TEXT COLLATE "C"    NOT NULL DEFAULT '',
	created_at   BIGINT NOT NULL,
	decided_at   BIGINT,
	day          TEXT COLLATE "C" NOT NULL,
	reply_ct     BYTEA,
	CHECK ((state = 'held') = (decided_at IS NULL)),
	CHECK ((state = 'posted') = (units_posted > 0))
);
CREATE INDEX charge_held ON charge (created_at) WHERE state = 'held';

-- The packs that a charge holds units of. The pack '' stands for postpaid units.
CREATE TABLE charge_part (
	charge_id TEXT COLLATE "C"    NOT NULL REFERENCES charge (id),
	pack_id   TEXT COLLATE "C"    NOT NULL,
	units     BIGINT NOT NULL CHECK (units >= 1),
	PRIMARY KEY (charge_id, pack_id)
);

-- The journal: a negative delta is a billed call, a positive one its refund.
-- Entries are never changed or deleted, so seq only grows.
CREATE TABLE entry (
	seq        BIGINT NOT NULL GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	charge_id  TEXT COLLATE "C"    NOT NULL REFERENCES charge (id),
	account_id TEXT COLLATE "C"    NOT NULL,
	pack_id    TEXT COLLATE "C"    NOT NULL,
	delta      BIGINT NOT NULL,
	reason     TEXT COLLATE "C"    NOT NULL CHECK (reason IN ('post', 'refund')),
	api        TEXT COLLATE "C"    NOT NULL,
	user_id    TEXT COLLATE "C"    NOT NULL,
	bucket     TEXT COLLATE "C"    NOT NULL,
	code       BIGINT NOT NULL,
	day        TEXT COLLATE "C"    NOT NULL,
	at         BIGINT NOT NULL,
	CHECK ((reason = 'post' AND delta < 0) OR (reason = 'refund' AND delta > 0))
);
CREATE INDEX entry_charge ON entry (charge_id);
CREATE INDEX entry_pack ON entry (pack_id, account_id, at);
CREATE FUNCTION entry_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'entries are never changed or deleted';
END $$;
CREATE TRIGGER entry_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
	FOR EACH STATEMENT EXECUTE FUNCTION entry_is_kept();

-- Billed units by day: the sums of the entries without refunds.
CREATE TABLE usage_day (
	account_id TEXT COLLATE "C"    NOT NULL,
	user_id    TEXT COLLATE "C"    NOT NULL,
	bucket     TEXT COLLATE "C"    NOT NULL,
	api        TEXT COLLATE "C"    NOT NULL,
	day        TEXT COLLATE "C"    NOT NULL,
	code       BIGINT NOT NULL,
	units      BIGINT NOT NULL CHECK (units >= 0),
	PRIMARY KEY (account_id, day, user_id, bucket, api, code)
);

-- Calls by day, outcome and latency bin, billed or not. n counts calls with a
-- charge and can be rebuilt from the charges; refused counts calls without one.
CREATE TABLE call_day (
	account_id TEXT COLLATE "C"    NOT NULL,
	user_id    TEXT COLLATE "C"    NOT NULL,
	bucket     TEXT COLLATE "C"    NOT NULL,
	api        TEXT COLLATE "C"    NOT NULL,
	day        TEXT COLLATE "C"    NOT NULL,
	code       BIGINT NOT NULL,
	bin        BIGINT NOT NULL,
	n          BIGINT NOT NULL DEFAULT 0 CHECK (n >= 0),
	refused    BIGINT NOT NULL DEFAULT 0 CHECK (refused >= 0),
	PRIMARY KEY (account_id, day, user_id, bucket, api, code, bin)
);

-- Idempotency keys of requests that may be retried.
CREATE TABLE idem (
	account_id   TEXT COLLATE "C"    NOT NULL,
	key          TEXT COLLATE "C"    NOT NULL,
	request_hash BYTEA    NOT NULL,
	charge_id    TEXT COLLATE "C"    NOT NULL REFERENCES charge (id),
	expires_at   BIGINT NOT NULL,
	PRIMARY KEY (account_id, key)
);
CREATE INDEX idem_expires ON idem (expires_at);

-- Encrypted replies that can be queried, and the wrapped data-encryption key of
-- each day.
CREATE TABLE dek (
	day        TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
	wrapped    BYTEA    NOT NULL,
	kek_id     TEXT COLLATE "C"    NOT NULL,
	drop_after BIGINT NOT NULL
);

CREATE TABLE result (
	id_hash    BYTEA    NOT NULL PRIMARY KEY,
	account_id TEXT COLLATE "C"    NOT NULL REFERENCES account (id),
	ct         BYTEA    NOT NULL,
	dek_day    TEXT COLLATE "C"    NOT NULL REFERENCES dek (day),
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX result_expires ON result (expires_at);
CREATE INDEX result_dek ON result (dek_day);

CREATE TABLE bill (
	account_id     TEXT COLLATE "C"    NOT NULL REFERENCES account (id),
	month          TEXT COLLATE "C"    NOT NULL,
	calls          BIGINT NOT NULL,
	free_units     BIGINT NOT NULL,
	pack_units     BIGINT NOT NULL,
	postpaid_units BIGINT NOT NULL,
	price          BIGINT NOT NULL,
	amount         BIGINT NOT NULL,
	created_at     BIGINT NOT NULL,
	PRIMARY KEY (account_id, month)
);

CREATE TABLE payment (
	id         TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
	account_id TEXT COLLATE "C"    NOT NULL REFERENCES account (id),
	amount     BIGINT NOT NULL,
	reason     TEXT COLLATE "C"    NOT NULL DEFAULT '',
	at         BIGINT NOT NULL
);
CREATE INDEX payment_account ON payment (account_id, at);

-- Alerts that were logged: a pack that runs out, once at each level.
CREATE TABLE alert (
	account_id TEXT COLLATE "C"    NOT NULL REFERENCES account (id),
	pack_id    TEXT COLLATE "C"    NOT NULL,
	level      BIGINT NOT NULL,
	at         BIGINT NOT NULL,
	PRIMARY KEY (account_id, pack_id, level)
);

-- Rate limits that several servers share (package ratelimit): when each key's
-- bucket is full again, and how many tokens are leased ahead until when. These
-- times are in nanoseconds.
CREATE TABLE lease (
	key      TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
	full_at  BIGINT NOT NULL,
	until_at BIGINT NOT NULL DEFAULT 0,
	ahead    BIGINT NOT NULL DEFAULT 0,
	version  BIGINT NOT NULL DEFAULT 0
);
