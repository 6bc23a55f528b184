-- When people, rooms and all of a site can be used, as it was said to the API (JSON). Who has no row is open day and night.

CREATE TABLE availability (
    resource_kind TEXT NOT NULL CHECK (resource_kind IN ('person', 'room', 'organization')),
    resource_id   TEXT NOT NULL,
    rules         TEXT NOT NULL,
    said_by       TEXT NOT NULL,
    said_s        INTEGER NOT NULL,
    PRIMARY KEY (resource_kind, resource_id)
) STRICT, WITHOUT ROWID;

-- The legal holidays of a year as the county said them (JSON); they stand for those that come with the program.
CREATE TABLE holiday_year (
    year    INTEGER PRIMARY KEY CHECK (year BETWEEN 1970 AND 2199),
    days    TEXT NOT NULL,
    said_by TEXT NOT NULL,
    said_s  INTEGER NOT NULL
) STRICT;
