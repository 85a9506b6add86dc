PRAGMA foreign_keys = OFF;
BEGIN;
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
CREATE TABLE alert (
	account_id TEXT    NOT NULL REFERENCES account (id),
	pack_id    TEXT    NOT NULL,
	level      INTEGER NOT NULL,
	at         INTEGER NOT NULL,
	PRIMARY KEY (account_id, pack_id, level)
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
CREATE TABLE bucket (
	account_id TEXT    NOT NULL REFERENCES account (id),
	name       TEXT    NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE charge_part (
	charge_id TEXT    NOT NULL REFERENCES charge (id),
	pack_id   TEXT    NOT NULL,
	units     INTEGER NOT NULL CHECK (units >= 1),
	PRIMARY KEY (charge_id, pack_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE dek (
	day        TEXT    NOT NULL PRIMARY KEY,
	wrapped    BLOB    NOT NULL,
	kek_id     TEXT    NOT NULL,
	drop_after INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
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
CREATE TABLE idem (
	account_id   TEXT    NOT NULL,
	key          TEXT    NOT NULL,
	request_hash BLOB    NOT NULL,
	charge_id    TEXT    NOT NULL REFERENCES charge (id),
	expires_at   INTEGER NOT NULL,
	PRIMARY KEY (account_id, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE lease (
	key      TEXT    NOT NULL PRIMARY KEY,
	full_at  INTEGER NOT NULL,
	until_at INTEGER NOT NULL DEFAULT 0,
	ahead    INTEGER NOT NULL DEFAULT 0,
	version  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE nonce (
	key_id     TEXT    NOT NULL,
	nonce      TEXT    NOT NULL,
	expires_at INTEGER NOT NULL,
	PRIMARY KEY (key_id, nonce)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE payment (
	id         TEXT    NOT NULL PRIMARY KEY,
	account_id TEXT    NOT NULL REFERENCES account (id),
	amount     INTEGER NOT NULL,
	reason     TEXT    NOT NULL DEFAULT '',
	at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE result (
	id_hash    BLOB    NOT NULL PRIMARY KEY,
	account_id TEXT    NOT NULL REFERENCES account (id),
	ct         BLOB    NOT NULL,
	dek_day    TEXT    NOT NULL REFERENCES dek (day),
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL,
		sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL);
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
INSERT INTO account VALUES ('1250000001', 'first', 'active', 1, -880, 1794974400000000, '', NULL, 0, '[]', 0, 0, NULL, 0, 0);
INSERT INTO account VALUES ('1250000002', 'second', 'active', 0, 0, NULL, '', NULL, 0, '[]', 0, 0, NULL, 0, 0);
INSERT INTO alert VALUES ('1250000001', 'p', 1, 1794974400000000);
INSERT INTO api_key VALUES ('KHID1', '1250000001', '100000000001', X'00FF', '[]', '{}', 0, 0, 0, NULL, NULL, NULL);
INSERT INTO bill VALUES ('1250000001', '2026-10', 1001, 1000, 0, 1, 15, 15, 0);
INSERT INTO bucket VALUES ('1250000001', 'kahao', 0);
INSERT INTO call_day VALUES ('1250000001', '100000000001', 'kahao', 'legacy', '2026-11-18', -9013, 0, 2, 0);
INSERT INTO call_day VALUES ('1250000001', '100000000001', 'kahao', 'legacy', '2026-11-18', 0, 0, 13, 0);
INSERT INTO call_day VALUES ('1250000002', '100000000001', 'kahao', 'legacy', '2026-11-18', 0, 0, 1, 0);
INSERT INTO charge VALUES ('held', '1250000002', '100000000001', 'KHID1', 'kahao', 'legacy', 'held', 2, 0, NULL, '', 1794974400000000, NULL, '2026-11-18', NULL);
INSERT INTO charge VALUES ('kept', '1250000001', '100000000001', 'KHID1', 'kahao', 'legacy', 'posted', 1, 1, 0, '0:0b', 1794974400000000, 1794974400000000, '2026-11-18', X'7265706C79');
INSERT INTO charge VALUES ('over packs', '1250000001', '100000000001', 'KHID1', 'kahao', 'legacy', 'posted', 13, 12, 0, '0:0b,0:0b,0:0b,0:0b,0:0b,0:0b,0:0b,0:0b,0:0b,0:0b,0:0b,0:0b,-9013:0', 1794974400000000, 1794974400000000, '2026-11-18', NULL);
INSERT INTO charge VALUES ('refunded', '1250000002', '100000000001', 'KHID1', 'kahao', 'legacy', 'posted', 1, 1, 0, '0:0b', 1794974400000000, 1794974400000000, '2026-11-18', NULL);
INSERT INTO charge VALUES ('void', '1250000001', '100000000001', 'KHID1', 'kahao', 'legacy', 'void', 1, 0, -9013, '-9013:0', 1794974400000000, 1794974400000000, '2026-11-18', NULL);
INSERT INTO charge_part VALUES ('held', 'free:1250000002:2026-11', 2);
INSERT INTO charge_part VALUES ('kept', 'p', 1);
INSERT INTO charge_part VALUES ('over packs', 'free:1250000001:2026-11', 5);
INSERT INTO charge_part VALUES ('over packs', 'p', 8);
INSERT INTO charge_part VALUES ('refunded', 'free:1250000002:2026-11', 1);
INSERT INTO charge_part VALUES ('void', 'p', 1);
INSERT INTO dek VALUES ('2026-11-18', X'01', 'k', 1795060800000000);
INSERT INTO entry VALUES (1, 'over packs', '1250000001', 'free:1250000001:2026-11', -5, 'post', 'legacy', '100000000001', 'kahao', 0, '2026-11-18', 1794974400000000);
INSERT INTO entry VALUES (2, 'over packs', '1250000001', 'p', -7, 'post', 'legacy', '100000000001', 'kahao', 0, '2026-11-18', 1794974400000000);
INSERT INTO entry VALUES (3, 'kept', '1250000001', 'p', -1, 'post', 'legacy', '100000000001', 'kahao', 0, '2026-11-18', 1794974400000000);
INSERT INTO entry VALUES (4, 'refunded', '1250000002', 'free:1250000002:2026-11', -1, 'post', 'legacy', '100000000001', 'kahao', 0, '2026-11-18', 1794974400000000);
INSERT INTO entry VALUES (5, 'refunded', '1250000002', 'free:1250000002:2026-11', 1, 'refund', 'legacy', '100000000001', 'kahao', 0, '2026-11-18', 1794974400000000);
INSERT INTO idem VALUES ('1250000001', 'key', X'0000000000000000000000000000000000000000000000000000000000000000', 'kept', 1795060800000000);
INSERT INTO lease VALUES ('k', 1, 0, 0, 1);
INSERT INTO nonce VALUES ('KHID1', 'held', 1795060800000000);
INSERT INTO nonce VALUES ('KHID1', 'kept', 1795060800000000);
INSERT INTO nonce VALUES ('KHID1', 'over packs', 1795060800000000);
INSERT INTO nonce VALUES ('KHID1', 'refunded', 1795060800000000);
INSERT INTO nonce VALUES ('KHID1', 'void', 1795060800000000);
INSERT INTO pack VALUES ('free:1250000001:2026-11', '1250000001', 'free', 5, 0, 0, 1793462400000000, 1796054400000000, 0, 'monthly', 1794974400000000, NULL, 2);
INSERT INTO pack VALUES ('free:1250000002:2026-11', '1250000002', 'free', 5, 3, 2, 1793462400000000, 1796054400000000, 0, 'monthly', 1794974400000000, NULL, 4);
INSERT INTO pack VALUES ('p', '1250000001', 'paid', 10, 2, 0, 0, 1795060800000000, 1000, 'balance', 0, NULL, 6);
INSERT INTO payment VALUES ('pay1', '1250000001', 135, '', 0);
INSERT INTO result VALUES (X'454349E422F05297191EAD13E21D3DB520E5ABEF52055E4964B82FB213F593A1', '1250000001', X'7365616C6564', '2026-11-18', 1794974400000000, 1795060800000000);
INSERT INTO schema_migrations VALUES (1, '0001_init.sql', '974614de70f17e4b75a37606843222909a73292cbbf39c78736f1ae30c4b3e8e', 1794974400000000);
INSERT INTO usage_day VALUES ('1250000001', '100000000001', 'kahao', 'legacy', '2026-11-18', 0, 13);
INSERT INTO usage_day VALUES ('1250000002', '100000000001', 'kahao', 'legacy', '2026-11-18', 0, 1);
INSERT INTO user_ VALUES ('100000000001', '1250000001', 'main', 1, '[]', 0, NULL);
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN
	SELECT RAISE(ABORT, 'entries are never deleted');
END;
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN
	SELECT RAISE(ABORT, 'entries are never changed');
END;
CREATE INDEX api_key_account ON api_key (account_id);
CREATE INDEX api_key_user ON api_key (user_id);
CREATE INDEX charge_held ON charge (created_at) WHERE state = 'held';
CREATE INDEX entry_account ON entry (account_id, day);
CREATE INDEX entry_charge ON entry (charge_id);
CREATE INDEX idem_expires ON idem (expires_at);
CREATE INDEX nonce_expires ON nonce (expires_at);
CREATE INDEX pack_account ON pack (account_id, valid_to);
CREATE INDEX payment_account ON payment (account_id, at);
CREATE INDEX result_dek ON result (dek_day);
CREATE INDEX result_expires ON result (expires_at);
COMMIT;
