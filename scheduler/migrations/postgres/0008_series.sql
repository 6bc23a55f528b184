-- Series of sessions.

CREATE TABLE series (
    id             TEXT COLLATE "C" PRIMARY KEY,
    booked_by      TEXT COLLATE "C" NOT NULL,
    booked_s       BIGINT NOT NULL,
    -- What each of its sessions is booked with, as JSON.
    template       TEXT COLLATE "C" NOT NULL,
    time_zone      TEXT COLLATE "C" NOT NULL,
    rule           TEXT COLLATE "C" NOT NULL,
    -- The client's name for the request that made it: sent again, it goes on with this series.
    request_key    TEXT COLLATE "C",
    request_sha256 TEXT COLLATE "C" NOT NULL,
    UNIQUE (booked_by, request_key)
);

-- What a series should have. An occurrence is booked if the session of its id is there and not cancelled; what is not
-- booked is owed until it is made up, waived or cancelled with its series. So nothing is half done at any moment.
CREATE TABLE occurrence (
    series_id  TEXT COLLATE "C" NOT NULL REFERENCES series (id),
    number     BIGINT NOT NULL,
    starts_s   BIGINT NOT NULL,
    ends_s     BIGINT NOT NULL,
    -- The id of its session, given before it is booked.
    session_id TEXT COLLATE "C" NOT NULL UNIQUE,
    -- The session that makes it up.
    made_up_by TEXT COLLATE "C" UNIQUE,
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('untried', 'tried', 'cancelled', 'waived')),
    -- What was in the way, as JSON.
    blocked_by TEXT COLLATE "C",
    settled_by TEXT COLLATE "C",
    settled_s  BIGINT,
    reason     TEXT COLLATE "C",
    PRIMARY KEY (series_id, number)
);
