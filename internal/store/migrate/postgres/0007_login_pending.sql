-- A pending session has a password and still needs a one-time code.
ALTER TABLE login_session ADD COLUMN pending BIGINT NOT NULL DEFAULT 0 CHECK (pending IN (0, 1));
