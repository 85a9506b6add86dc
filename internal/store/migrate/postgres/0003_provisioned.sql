-- Keys that the accounts file declares: one that leaves the file is disabled.
ALTER TABLE api_key ADD COLUMN provisioned BIGINT NOT NULL DEFAULT 0 CHECK (provisioned IN (0, 1));
