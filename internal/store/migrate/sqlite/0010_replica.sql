-- Servers that share the database, by an ID of their process. Each writes its row
-- every few seconds; a row that is a day old is deleted.
CREATE TABLE replica (
	id         TEXT    NOT NULL PRIMARY KEY,
	host       TEXT    NOT NULL,
	address    TEXT    NOT NULL,
	version    TEXT    NOT NULL,
	state      TEXT    NOT NULL CHECK (state IN ('ready', 'notready', 'draining')),
	started_at INTEGER NOT NULL,
	seen_at    INTEGER NOT NULL,
	workers    INTEGER NOT NULL,
	reading    INTEGER NOT NULL,
	queue_     INTEGER NOT NULL,
	queued     INTEGER NOT NULL,
	memory     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
