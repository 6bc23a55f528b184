-- Bytes on the wire, both ways, of one person in one session, beside the other sums of which they are two: a month of a
-- site is added up from these.

ALTER TABLE attendance ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
UPDATE attendance SET bytes =
    CAST(coalesce(json_extract(sums, '$.wireBytes'), 0) + coalesce(json_extract(sums, '$.upBytes'), 0) AS INTEGER);
