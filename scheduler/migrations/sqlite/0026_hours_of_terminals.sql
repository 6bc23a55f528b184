-- A terminal has hours of its own, and a part names the languages that it interprets.

-- Another check makes it a new table in SQLite.
CREATE TABLE availability_with_terminals (
    resource_kind TEXT NOT NULL CHECK (resource_kind IN ('person', 'room', 'terminal', 'organization')),
    resource_id   TEXT NOT NULL,
    rules         TEXT NOT NULL,
    said_by       TEXT NOT NULL,
    said_s        INTEGER NOT NULL,
    PRIMARY KEY (resource_kind, resource_id)
) STRICT, WITHOUT ROWID;
INSERT INTO availability_with_terminals (resource_kind, resource_id, rules, said_by, said_s)
SELECT resource_kind, resource_id, rules, said_by, said_s FROM availability;
DROP TABLE availability;
ALTER TABLE availability_with_terminals RENAME TO availability;

-- Two languages by their codes of ISO 639, such as 'bo-zh'; none where that was not said.
ALTER TABLE participant ADD COLUMN interprets TEXT CHECK (length(interprets) BETWEEN 5 AND 7);
