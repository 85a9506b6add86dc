-- INSERT OR REPLACE deletes without firing entry_no_delete.
CREATE TRIGGER entry_no_replace BEFORE INSERT ON entry WHEN EXISTS (SELECT 1 FROM entry WHERE seq = NEW.seq) BEGIN
	SELECT RAISE(ABORT, 'entries are never replaced');
END;
