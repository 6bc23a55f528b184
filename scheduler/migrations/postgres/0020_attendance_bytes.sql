-- Bytes on the wire, both ways, of one person in one session, beside the other sums of which they are two: a month of a
-- site is added up from these.

ALTER TABLE attendance ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
