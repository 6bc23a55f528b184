-- A series is changed by its version, which grows with each change of it and of the sessions that stand for it.

ALTER TABLE series ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- What the session of an occurrence is booked with, as JSON, where that is not what its series has now: what was before a
-- change of "this and following" stays as it was.
ALTER TABLE occurrence ADD COLUMN template TEXT COLLATE "C";
