-- Series of sessions.

CREATE TABLE series (
    id             TEXT PRIMARY KEY,
    booked_by      TEXT NOT NULL,
    booked_s       INTEGER NOT NULL,
    -- What each of its sessions is booked with, as JSON.
    template       TEXT NOT NULL,
    time_zone      TEXT NOT NULL,
    rule           TEXT NOT NULL,
    -- The client's name for the request that made it: sent again, it goes on with this series.
    request_key    TEXT,
    request_sha256 TEXT NOT NULL,
    UNIQUE (booked_by, request_key)
) STRICT;

-- What a series should have. An occurrence is booked if the session of its id is there and not cancelled; what is not
-- booked is owed until it is made up, waived or cancelled with its series. So nothing is half done at any moment.
CREATE TABLE occurrence (
    series_id  TEXT NOT NULL REFERENCES series (id),
    number     INTEGER NOT NULL,
    starts_s   INTEGER NOT NULL,
    ends_s     INTEGER NOT NULL,
    -- The id of its session, given before it is booked.
    session_id TEXT NOT NULL UNIQUE,
    -- The session that makes it up.
    made_up_by TEXT UNIQUE,
    state      TEXT NOT NULL CHECK (state IN ('untried', 'tried', 'cancelled', 'waived')),
    -- What was in the way, as JSON.
    blocked_by TEXT,
    settled_by TEXT,
    settled_s  INTEGER,
    reason     TEXT,
    PRIMARY KEY (series_id, number)
) STRICT, WITHOUT ROWID;
