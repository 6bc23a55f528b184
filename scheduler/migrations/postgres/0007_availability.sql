-- When people, rooms and all of a site can be used, as it was said to the API (JSON). Who has no row is open day and night.

CREATE TABLE availability (
    resource_kind TEXT COLLATE "C" NOT NULL CHECK (resource_kind IN ('person', 'room', 'organization')),
    resource_id   TEXT COLLATE "C" NOT NULL,
    rules         TEXT COLLATE "C" NOT NULL,
    said_by       TEXT COLLATE "C" NOT NULL,
    said_s        BIGINT NOT NULL,
    PRIMARY KEY (resource_kind, resource_id)
);

-- The legal holidays of a year as the county said them (JSON); they stand for those that come with the program.
CREATE TABLE holiday_year (
    year    BIGINT PRIMARY KEY CHECK (year BETWEEN 1970 AND 2199),
    days    TEXT COLLATE "C" NOT NULL,
    said_by TEXT COLLATE "C" NOT NULL,
    said_s  BIGINT NOT NULL
);
