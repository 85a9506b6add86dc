-- Servers that share the database, by an ID of their process. Each writes its row
-- every few seconds; a row that is a day old is deleted.
CREATE TABLE replica (
	id         TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
	host       TEXT COLLATE "C"    NOT NULL,
	address    TEXT COLLATE "C"    NOT NULL,
	version    TEXT COLLATE "C"    NOT NULL,
	state      TEXT COLLATE "C"    NOT NULL CHECK (state IN ('ready', 'notready', 'draining')),
	started_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,
	workers    BIGINT NOT NULL,
	reading    BIGINT NOT NULL,
	queue_     BIGINT NOT NULL,
	queued     BIGINT NOT NULL,
	memory     BIGINT NOT NULL
);
