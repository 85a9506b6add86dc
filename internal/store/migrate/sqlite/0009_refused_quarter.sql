-- Calls without a charge, by quarters of an hour, each by its start: charts by
-- the hour need them, in every time zone. Their sum by day is in call_day.
CREATE TABLE refused_quarter (
	account_id TEXT    NOT NULL,
	at         INTEGER NOT NULL,
	user_id    TEXT    NOT NULL,
	bucket     TEXT    NOT NULL,
	api        TEXT    NOT NULL,
	code       INTEGER NOT NULL,
	n          INTEGER NOT NULL CHECK (n > 0),
	PRIMARY KEY (account_id, at, user_id, bucket, api, code)
) STRICT, WITHOUT ROWID;
