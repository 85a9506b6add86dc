CREATE FUNCTION entry_is_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
	RAISE EXCEPTION 'entries are never changed or deleted';
END $$;
CREATE TABLE account (
    id text NOT NULL COLLATE pg_catalog."C",
    name text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    state text DEFAULT 'active'::text NOT NULL COLLATE pg_catalog."C",
    postpay bigint DEFAULT 0 NOT NULL,
    balance bigint DEFAULT 0 NOT NULL,
    negative_since bigint,
    region text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    token_key_ct bytea,
    retention_s bigint DEFAULT 0 NOT NULL,
    fetch_hosts text DEFAULT '[]'::text NOT NULL COLLATE pg_catalog."C",
    rate_per_second bigint DEFAULT 0 NOT NULL,
    rate_burst bigint DEFAULT 0 NOT NULL,
    zone text COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    CONSTRAINT account_postpay_check CHECK ((postpay = ANY (ARRAY[(0)::bigint, (1)::bigint]))),
    CONSTRAINT account_rate_burst_check CHECK ((rate_burst >= 0)),
    CONSTRAINT account_rate_per_second_check CHECK ((rate_per_second >= 0)),
    CONSTRAINT account_retention_s_check CHECK ((retention_s >= 0)),
    CONSTRAINT account_state_check CHECK ((state = ANY (ARRAY['active'::text, 'closed'::text])))
);
CREATE TABLE alert (
    account_id text NOT NULL COLLATE pg_catalog."C",
    pack_id text NOT NULL COLLATE pg_catalog."C",
    level bigint NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE api_key (
    secret_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    user_id text NOT NULL COLLATE pg_catalog."C",
    secret_ct bytea NOT NULL,
    buckets text DEFAULT '[]'::text NOT NULL COLLATE pg_catalog."C",
    shape text DEFAULT '{}'::text NOT NULL COLLATE pg_catalog."C",
    rate_per_second bigint DEFAULT 0 NOT NULL,
    rate_burst bigint DEFAULT 0 NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    disabled_at bigint,
    last_used_day text COLLATE pg_catalog."C",
    CONSTRAINT api_key_rate_burst_check CHECK ((rate_burst >= 0)),
    CONSTRAINT api_key_rate_per_second_check CHECK ((rate_per_second >= 0))
);
CREATE TABLE bill (
    account_id text NOT NULL COLLATE pg_catalog."C",
    month text NOT NULL COLLATE pg_catalog."C",
    calls bigint NOT NULL,
    free_units bigint NOT NULL,
    pack_units bigint NOT NULL,
    postpaid_units bigint NOT NULL,
    price bigint NOT NULL,
    amount bigint NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE bucket (
    account_id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL
);
CREATE TABLE call_day (
    account_id text NOT NULL COLLATE pg_catalog."C",
    user_id text NOT NULL COLLATE pg_catalog."C",
    bucket text NOT NULL COLLATE pg_catalog."C",
    api text NOT NULL COLLATE pg_catalog."C",
    day text NOT NULL COLLATE pg_catalog."C",
    code bigint NOT NULL,
    bin bigint NOT NULL,
    n bigint DEFAULT 0 NOT NULL,
    refused bigint DEFAULT 0 NOT NULL,
    CONSTRAINT call_day_n_check CHECK ((n >= 0)),
    CONSTRAINT call_day_refused_check CHECK ((refused >= 0))
);
CREATE TABLE charge (
    id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    user_id text NOT NULL COLLATE pg_catalog."C",
    key_id text NOT NULL COLLATE pg_catalog."C",
    bucket text NOT NULL COLLATE pg_catalog."C",
    api text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    units_held bigint NOT NULL,
    units_posted bigint DEFAULT 0 NOT NULL,
    code bigint,
    calls text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    decided_at bigint,
    day text NOT NULL COLLATE pg_catalog."C",
    reply_ct bytea,
    CONSTRAINT charge_check CHECK (((units_posted >= 0) AND (units_posted <= units_held))),
    CONSTRAINT charge_check1 CHECK (((state = 'held'::text) = (decided_at IS NULL))),
    CONSTRAINT charge_check2 CHECK (((state = 'posted'::text) = (units_posted > 0))),
    CONSTRAINT charge_state_check CHECK ((state = ANY (ARRAY['held'::text, 'posted'::text, 'void'::text]))),
    CONSTRAINT charge_units_held_check CHECK ((units_held >= 1))
);
CREATE TABLE charge_part (
    charge_id text NOT NULL COLLATE pg_catalog."C",
    pack_id text NOT NULL COLLATE pg_catalog."C",
    units bigint NOT NULL,
    CONSTRAINT charge_part_units_check CHECK ((units >= 1))
);
CREATE TABLE dek (
    day text NOT NULL COLLATE pg_catalog."C",
    wrapped bytea NOT NULL,
    kek_id text NOT NULL COLLATE pg_catalog."C",
    drop_after bigint NOT NULL
);
CREATE TABLE entry (
    seq bigint NOT NULL,
    charge_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    pack_id text NOT NULL COLLATE pg_catalog."C",
    delta bigint NOT NULL,
    reason text NOT NULL COLLATE pg_catalog."C",
    api text NOT NULL COLLATE pg_catalog."C",
    user_id text NOT NULL COLLATE pg_catalog."C",
    bucket text NOT NULL COLLATE pg_catalog."C",
    code bigint NOT NULL,
    day text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    CONSTRAINT entry_check CHECK ((((reason = 'post'::text) AND (delta < 0)) OR ((reason = 'refund'::text) AND (delta > 0)))),
    CONSTRAINT entry_reason_check CHECK ((reason = ANY (ARRAY['post'::text, 'refund'::text])))
);
ALTER TABLE entry ALTER COLUMN seq ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME entry_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE idem (
    account_id text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    request_hash bytea NOT NULL,
    charge_id text NOT NULL COLLATE pg_catalog."C",
    expires_at bigint NOT NULL
);
CREATE TABLE lease (
    key text NOT NULL COLLATE pg_catalog."C",
    full_at bigint NOT NULL,
    until_at bigint DEFAULT 0 NOT NULL,
    ahead bigint DEFAULT 0 NOT NULL,
    version bigint DEFAULT 0 NOT NULL
);
CREATE TABLE nonce (
    key_id text NOT NULL COLLATE pg_catalog."C",
    nonce text NOT NULL COLLATE pg_catalog."C",
    expires_at bigint NOT NULL
);
CREATE TABLE pack (
    id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    units_total bigint NOT NULL,
    units_left bigint NOT NULL,
    units_held bigint DEFAULT 0 NOT NULL,
    valid_from bigint NOT NULL,
    valid_to bigint NOT NULL,
    price bigint DEFAULT 0 NOT NULL,
    source text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    refunded_at bigint,
    version bigint DEFAULT 0 NOT NULL,
    CONSTRAINT pack_check CHECK ((valid_from < valid_to)),
    CONSTRAINT pack_check1 CHECK (((units_left + units_held) <= units_total)),
    CONSTRAINT pack_kind_check CHECK ((kind = ANY (ARRAY['free'::text, 'paid'::text]))),
    CONSTRAINT pack_price_check CHECK ((price >= 0)),
    CONSTRAINT pack_units_held_check CHECK ((units_held >= 0)),
    CONSTRAINT pack_units_left_check CHECK ((units_left >= 0)),
    CONSTRAINT pack_units_total_check CHECK ((units_total >= 0))
);
CREATE TABLE payment (
    id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    amount bigint NOT NULL,
    reason text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL
);
CREATE TABLE result (
    id_hash bytea NOT NULL,
    account_id text NOT NULL COLLATE pg_catalog."C",
    ct bytea NOT NULL,
    dek_day text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE schema_migrations (
    version bigint NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at bigint NOT NULL
);
CREATE TABLE usage_day (
    account_id text NOT NULL COLLATE pg_catalog."C",
    user_id text NOT NULL COLLATE pg_catalog."C",
    bucket text NOT NULL COLLATE pg_catalog."C",
    api text NOT NULL COLLATE pg_catalog."C",
    day text NOT NULL COLLATE pg_catalog."C",
    code bigint NOT NULL,
    units bigint NOT NULL,
    CONSTRAINT usage_day_units_check CHECK ((units >= 0))
);
CREATE TABLE user_ (
    id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    main bigint DEFAULT 0 NOT NULL,
    policies text DEFAULT '[]'::text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    disabled_at bigint,
    CONSTRAINT user__main_check CHECK ((main = ANY (ARRAY[(0)::bigint, (1)::bigint])))
);
INSERT INTO account VALUES ('1250000001', 'first', 'active', 1, -880, 1794974400000000, '', NULL, 0, '[]', 0, 0, NULL, 0, 0);
INSERT INTO account VALUES ('1250000002', 'second', 'active', 0, 0, NULL, '', NULL, 0, '[]', 0, 0, NULL, 0, 0);
INSERT INTO alert VALUES ('1250000001', 'p', 1, 1794974400000000);
INSERT INTO api_key VALUES ('KHID1', '1250000001', '100000000001', '\x00ff', '[]', '{}', 0, 0, 0, NULL, NULL, NULL);
INSERT INTO bill VALUES ('1250000001', '2026-10', 1001, 1000, 0, 1, 15, 15, 0);
INSERT INTO bucket VALUES ('1250000001', 'kahao', 0);
INSERT INTO call_day VALUES ('1250000001', '100000000001', 'kahao', 'legacy', '2026-11-18', -9013, 0, 2, 0);
INSERT INTO call_day VALUES ('1250000001', '100000000001', 'kahao', 'legacy', '2026-11-18', 0, 0, 13, 0);
INSERT INTO call_day VALUES ('1250000002', '100000000001', 'kahao', 'legacy', '2026-11-18', 0, 0, 1, 0);
INSERT INTO charge VALUES ('held', '1250000002', '100000000001', 'KHID1', 'kahao', 'legacy', 'held', 2, 0, NULL, '', 1794974400000000, NULL, '2026-11-18', NULL);
INSERT INTO charge VALUES ('kept', '1250000001', '100000000001', 'KHID1', 'kahao', 'legacy', 'posted', 1, 1, 0, '0:0b', 1794974400000000, 1794974400000000, '2026-11-18', '\x7265706c79');
INSERT INTO charge VALUES ('over packs', '1250000001', '100000000001', 'KHID1', 'kahao', 'legacy', 'posted', 13, 12, 0, '0:0b,0:0b,0:0b,0:0b,0:0b,0:0b,0:0b,0:0b,0:0b,0:0b,0:0b,0:0b,-9013:0', 1794974400000000, 1794974400000000, '2026-11-18', NULL);
INSERT INTO charge VALUES ('refunded', '1250000002', '100000000001', 'KHID1', 'kahao', 'legacy', 'posted', 1, 1, 0, '0:0b', 1794974400000000, 1794974400000000, '2026-11-18', NULL);
INSERT INTO charge VALUES ('void', '1250000001', '100000000001', 'KHID1', 'kahao', 'legacy', 'void', 1, 0, -9013, '-9013:0', 1794974400000000, 1794974400000000, '2026-11-18', NULL);
INSERT INTO charge_part VALUES ('held', 'free:1250000002:2026-11', 2);
INSERT INTO charge_part VALUES ('kept', 'p', 1);
INSERT INTO charge_part VALUES ('over packs', 'free:1250000001:2026-11', 5);
INSERT INTO charge_part VALUES ('over packs', 'p', 8);
INSERT INTO charge_part VALUES ('refunded', 'free:1250000002:2026-11', 1);
INSERT INTO charge_part VALUES ('void', 'p', 1);
INSERT INTO dek VALUES ('2026-11-18', '\x01', 'k', 1795060800000000);
INSERT INTO entry VALUES (1, 'over packs', '1250000001', 'free:1250000001:2026-11', -5, 'post', 'legacy', '100000000001', 'kahao', 0, '2026-11-18', 1794974400000000);
INSERT INTO entry VALUES (2, 'over packs', '1250000001', 'p', -7, 'post', 'legacy', '100000000001', 'kahao', 0, '2026-11-18', 1794974400000000);
INSERT INTO entry VALUES (3, 'kept', '1250000001', 'p', -1, 'post', 'legacy', '100000000001', 'kahao', 0, '2026-11-18', 1794974400000000);
INSERT INTO entry VALUES (4, 'refunded', '1250000002', 'free:1250000002:2026-11', -1, 'post', 'legacy', '100000000001', 'kahao', 0, '2026-11-18', 1794974400000000);
INSERT INTO entry VALUES (5, 'refunded', '1250000002', 'free:1250000002:2026-11', 1, 'refund', 'legacy', '100000000001', 'kahao', 0, '2026-11-18', 1794974400000000);
INSERT INTO idem VALUES ('1250000001', 'key', '\x0000000000000000000000000000000000000000000000000000000000000000', 'kept', 1795060800000000);
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
INSERT INTO result VALUES ('\x454349e422f05297191ead13e21d3db520e5abef52055e4964b82fb213f593a1', '1250000001', '\x7365616c6564', '2026-11-18', 1794974400000000, 1795060800000000);
INSERT INTO schema_migrations VALUES (1, '0001_init.sql', '0fa7cc36c8c219a95a6f5fdaa00e7f573f8352e88cdd4667b22d8cf37accaeec', 1795455743887757);
INSERT INTO usage_day VALUES ('1250000001', '100000000001', 'kahao', 'legacy', '2026-11-18', 0, 13);
INSERT INTO usage_day VALUES ('1250000002', '100000000001', 'kahao', 'legacy', '2026-11-18', 0, 1);
INSERT INTO user_ VALUES ('100000000001', '1250000001', 'main', 1, '[]', 0, NULL);
SELECT pg_catalog.setval('entry_seq_seq', 5, true);
ALTER TABLE ONLY account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY alert
    ADD CONSTRAINT alert_pkey PRIMARY KEY (account_id, pack_id, level);
ALTER TABLE ONLY api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (secret_id);
ALTER TABLE ONLY bill
    ADD CONSTRAINT bill_pkey PRIMARY KEY (account_id, month);
ALTER TABLE ONLY bucket
    ADD CONSTRAINT bucket_pkey PRIMARY KEY (account_id, name);
ALTER TABLE ONLY call_day
    ADD CONSTRAINT call_day_pkey PRIMARY KEY (account_id, day, user_id, bucket, api, code, bin);
ALTER TABLE ONLY charge_part
    ADD CONSTRAINT charge_part_pkey PRIMARY KEY (charge_id, pack_id);
ALTER TABLE ONLY charge
    ADD CONSTRAINT charge_pkey PRIMARY KEY (id);
ALTER TABLE ONLY dek
    ADD CONSTRAINT dek_pkey PRIMARY KEY (day);
ALTER TABLE ONLY entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY idem
    ADD CONSTRAINT idem_pkey PRIMARY KEY (account_id, key);
ALTER TABLE ONLY lease
    ADD CONSTRAINT lease_pkey PRIMARY KEY (key);
ALTER TABLE ONLY nonce
    ADD CONSTRAINT nonce_pkey PRIMARY KEY (key_id, nonce);
ALTER TABLE ONLY pack
    ADD CONSTRAINT pack_pkey PRIMARY KEY (id);
ALTER TABLE ONLY payment
    ADD CONSTRAINT payment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY result
    ADD CONSTRAINT result_pkey PRIMARY KEY (id_hash);
ALTER TABLE ONLY schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY usage_day
    ADD CONSTRAINT usage_day_pkey PRIMARY KEY (account_id, day, user_id, bucket, api, code);
ALTER TABLE ONLY user_
    ADD CONSTRAINT user__account_id_name_key UNIQUE (account_id, name);
ALTER TABLE ONLY user_
    ADD CONSTRAINT user__pkey PRIMARY KEY (id);
CREATE INDEX api_key_account ON api_key USING btree (account_id);
CREATE INDEX api_key_user ON api_key USING btree (user_id);
CREATE INDEX charge_held ON charge USING btree (created_at) WHERE (state = 'held'::text);
CREATE INDEX entry_charge ON entry USING btree (charge_id);
CREATE INDEX entry_pack ON entry USING btree (pack_id, account_id, at);
CREATE INDEX idem_expires ON idem USING btree (expires_at);
CREATE INDEX nonce_expires ON nonce USING btree (expires_at);
CREATE INDEX pack_account ON pack USING btree (account_id, valid_to);
CREATE INDEX payment_account ON payment USING btree (account_id, at);
CREATE INDEX result_dek ON result USING btree (dek_day);
CREATE INDEX result_expires ON result USING btree (expires_at);
CREATE TRIGGER entry_no_change BEFORE DELETE OR UPDATE OR TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION entry_is_kept();
ALTER TABLE ONLY alert
    ADD CONSTRAINT alert_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);
ALTER TABLE ONLY api_key
    ADD CONSTRAINT api_key_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);
ALTER TABLE ONLY api_key
    ADD CONSTRAINT api_key_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_(id);
ALTER TABLE ONLY bill
    ADD CONSTRAINT bill_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);
ALTER TABLE ONLY bucket
    ADD CONSTRAINT bucket_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);
ALTER TABLE ONLY charge
    ADD CONSTRAINT charge_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);
ALTER TABLE ONLY charge_part
    ADD CONSTRAINT charge_part_charge_id_fkey FOREIGN KEY (charge_id) REFERENCES charge(id);
ALTER TABLE ONLY entry
    ADD CONSTRAINT entry_charge_id_fkey FOREIGN KEY (charge_id) REFERENCES charge(id);
ALTER TABLE ONLY idem
    ADD CONSTRAINT idem_charge_id_fkey FOREIGN KEY (charge_id) REFERENCES charge(id);
ALTER TABLE ONLY pack
    ADD CONSTRAINT pack_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);
ALTER TABLE ONLY payment
    ADD CONSTRAINT payment_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);
ALTER TABLE ONLY result
    ADD CONSTRAINT result_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);
ALTER TABLE ONLY result
    ADD CONSTRAINT result_dek_day_fkey FOREIGN KEY (dek_day) REFERENCES dek(day);
ALTER TABLE ONLY user_
    ADD CONSTRAINT user__account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);
