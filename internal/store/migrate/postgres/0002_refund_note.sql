-- Why a refund was made, in the operator's words.
ALTER TABLE entry ADD COLUMN note TEXT NOT NULL DEFAULT '';
