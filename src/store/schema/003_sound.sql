-- A file of the first version had no list of what its entries touched: made again, from all of them.
DELETE FROM touched;

-- An offer that comes back by an undo has no link until it is sent again.
DROP INDEX invitation_by_token;
ALTER TABLE invitation ADD COLUMN link BLOB CHECK (length(link) = 32);
UPDATE invitation SET link = token;
ALTER TABLE invitation DROP COLUMN token;
ALTER TABLE invitation RENAME COLUMN link TO token;
CREATE UNIQUE INDEX invitation_by_token ON invitation (token);

DROP INDEX handover_by_token;
ALTER TABLE handover ADD COLUMN link BLOB CHECK (length(link) = 32);
UPDATE handover SET link = token;
ALTER TABLE handover DROP COLUMN token;
ALTER TABLE handover RENAME COLUMN link TO token;
CREATE UNIQUE INDEX handover_by_token ON handover (token);

-- What a role of one's own granted when it was offered: whoever accepts gets no more than that.
ALTER TABLE waiting_role ADD COLUMN offered TEXT CHECK (offered IS NULL OR json_type(offered) = 'array');
ALTER TABLE handover ADD COLUMN keep_offered TEXT CHECK (keep_offered IS NULL OR json_type(keep_offered) = 'array');
