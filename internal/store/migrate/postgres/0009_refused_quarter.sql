-- Calls without a charge, by quarters of an hour, each by its start: charts by
-- the hour need them, in every time zone. Their sum by day is in call_day.
CREATE TABLE refused_quarter (
	account_id TEXT COLLATE "C"    NOT NULL,
	at         BIGINT NOT NULL,
	user_id    TEXT COLLATE "C"    NOT NULL,
	bucket     TEXT COLLATE "C"    NOT NULL,
	api        TEXT COLLATE "C"    NOT NULL,
	code       BIGINT NOT NULL,
	n          BIGINT NOT NULL CHECK (n > 0),
	PRIMARY KEY (account_id, at, user_id, bucket, api, code)
);
