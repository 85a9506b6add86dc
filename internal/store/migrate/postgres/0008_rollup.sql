-- Sums of the counts of a past day or month over all accounts: totals by API and
-- code, accounts by account, API and code, both packed (ledgerdb/packed.go). They
-- are derived from call_day and usage_day. NULL means not computed yet. version
-- changes whenever the counts of the period do, so that sums of older counts are
-- never stored.
CREATE TABLE rollup (
	period       TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
	announced_at BIGINT NOT NULL,
	version      BIGINT NOT NULL DEFAULT 0,
	totals       BYTEA,
	accounts     BYTEA,
	CHECK ((totals IS NULL) = (accounts IS NULL))
);
-- Packed numbers hardly compress.
ALTER TABLE rollup ALTER COLUMN totals SET STORAGE EXTERNAL, ALTER COLUMN accounts SET STORAGE EXTERNAL;

-- The triggers are deferred to the commit: a transaction locks the row of a day
-- and its month after its counts, so that two transactions do not wait for each other.
CREATE FUNCTION rollup_is_old() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'DELETE' THEN
		UPDATE rollup SET version = version + 1, totals = NULL, accounts = NULL WHERE period IN (NEW.day, substr(NEW.day, 1, 7));
	END IF;
	IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND OLD.day <> NEW.day) THEN
		UPDATE rollup SET version = version + 1, totals = NULL, accounts = NULL WHERE period IN (OLD.day, substr(OLD.day, 1, 7));
	END IF;
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER call_day_change AFTER INSERT OR UPDATE OR DELETE ON call_day
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rollup_is_old();
CREATE CONSTRAINT TRIGGER usage_day_change AFTER INSERT OR UPDATE OR DELETE ON usage_day
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rollup_is_old();
