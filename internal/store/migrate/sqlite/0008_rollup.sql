-- Sums of the counts of a past day or month over all accounts: totals by API and
-- code, accounts by account, API and code, both packed (ledgerdb/packed.go). They
-- are derived from call_day and usage_day. NULL means not computed yet. version
-- changes whenever the counts of the period do, so that sums of older counts are
-- never stored.
CREATE TABLE rollup (
	period       TEXT    NOT NULL PRIMARY KEY,
	announced_at INTEGER NOT NULL,
	version      INTEGER NOT NULL DEFAULT 0,
	totals       BLOB,
	accounts     BLOB,
	CHECK ((totals IS NULL) = (accounts IS NULL))
) STRICT;

CREATE TRIGGER call_day_insert AFTER INSERT ON call_day BEGIN
	UPDATE rollup SET version = version + 1, totals = NULL, accounts = NULL WHERE period IN (NEW.day, substr(NEW.day, 1, 7));
END;
CREATE TRIGGER call_day_update AFTER UPDATE ON call_day BEGIN
	UPDATE rollup SET version = version + 1, totals = NULL, accounts = NULL WHERE period IN (OLD.day, substr(OLD.day, 1, 7), NEW.day, substr(NEW.day, 1, 7));
END;
CREATE TRIGGER call_day_delete AFTER DELETE ON call_day BEGIN
	UPDATE rollup SET version = version + 1, totals = NULL, accounts = NULL WHERE period IN (OLD.day, substr(OLD.day, 1, 7));
END;
CREATE TRIGGER usage_day_insert AFTER INSERT ON usage_day BEGIN
	UPDATE rollup SET version = version + 1, totals = NULL, accounts = NULL WHERE period IN (NEW.day, substr(NEW.day, 1, 7));
END;
CREATE TRIGGER usage_day_update AFTER UPDATE ON usage_day BEGIN
	UPDATE rollup SET version = version + 1, totals = NULL, accounts = NULL WHERE period IN (OLD.day, substr(OLD.day, 1, 7), NEW.day, substr(NEW.day, 1, 7));
END;
CREATE TRIGGER usage_day_delete AFTER DELETE ON usage_day BEGIN
	UPDATE rollup SET version = version + 1, totals = NULL, accounts = NULL WHERE period IN (OLD.day, substr(OLD.day, 1, 7));
END;
