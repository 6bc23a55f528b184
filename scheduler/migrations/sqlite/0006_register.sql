-- What is retired stays, for the sessions that point to it: since when, or NULL.

ALTER TABLE organization ADD COLUMN retired_s INTEGER;
ALTER TABLE room ADD COLUMN retired_s INTEGER;
ALTER TABLE person ADD COLUMN retired_s INTEGER;
