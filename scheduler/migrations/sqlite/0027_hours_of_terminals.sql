-- A terminal has hours of its own.

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
