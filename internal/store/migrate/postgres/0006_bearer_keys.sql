-- A bearer key has the sealed hash of its text in secret_ct, not a secret.
ALTER TABLE api_key ADD COLUMN kind TEXT NOT NULL DEFAULT 'signing' CHECK (kind IN ('signing', 'bearer'));
