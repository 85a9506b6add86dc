-- Sums of the counts of a past day over all accounts: totals by API and code,
-- accounts by account, API and code, both packed (ledgerdb/packed.go). They are
-- derived from call_day and usage_day. NULL means not computed yet. version
-- changes whenever the day's counts do, so that sums of older counts are never
-- stored.
CREATE TABLE rollup_day (
	day          TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
	announced_at BIGINT NOT NULL,
	version      BIGINT NOT NULL DEFAULT 0,
	totals       BYTEA,
	accounts     BYTEA,
	CHECK ((totals IS NULL) = (accounts IS NULL))
);
-- Packed numbers hardly compress.
ALTER TABLE rollup_day ALTER COLUMN totals SET STORAGE EXTERNAL, ALTER COLUMN accounts SET STORAGE EXTERNAL;

-- The triggers are deferred to the commit: a transaction locks the row of a day
-- after its counts, so that two transactions do not wait for each other.
CREATE FUNCTION rollup_is_old() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'DELETE' THEN
		UPDATE rollup_day SET version = version + 1, totals = NULL, accounts = NULL WHERE day = NEW.day;
	END IF;
	IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND OLD.day <> NEW.day) THEN
		UPDATE rollup_day SET version = version + 1, totals = NULL, accounts = NULL WHERE day = OLD.day;
	END IF;
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER call_day_change AFTER INSERT OR UPDATE OR DELETE ON call_day
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rollup_is_old();
CREATE CONSTRAINT TRIGGER usage_day_change AFTER INSERT OR UPDATE OR DELETE ON usage_day
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rollup_is_old();
