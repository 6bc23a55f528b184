-- What participants really received, as the gateway writes it down every ten seconds.

CREATE TABLE receipt (
    id         INTEGER PRIMARY KEY,
    -- The gateway's outbox and the number of the event in it: no event is taken twice.
    outbox     TEXT NOT NULL,
    number     INTEGER NOT NULL,
    session_id TEXT NOT NULL REFERENCES session (id),
    -- As the room token named the person.
    identity   TEXT NOT NULL,
    from_ms    INTEGER NOT NULL,
    to_ms      INTEGER NOT NULL,
    body       TEXT NOT NULL,
    UNIQUE (outbox, number)
) STRICT;
CREATE INDEX receipt_by_session ON receipt (session_id, id);

-- How far each outbox was taken.
CREATE TABLE outbox (
    name    TEXT PRIMARY KEY,
    taken   INTEGER NOT NULL,
    -- The latest one is asked for first.
    taken_s INTEGER NOT NULL
) STRICT;

-- The sums of all receipts of one person in one session; they stay when the receipts go.
CREATE TABLE attendance (
    session_id TEXT NOT NULL REFERENCES session (id),
    identity   TEXT NOT NULL,
    sums       TEXT NOT NULL,
    PRIMARY KEY (session_id, identity)
) STRICT, WITHOUT ROWID;

-- The access line of a site, as it was when somebody there listened last.
CREATE TABLE site_line (
    site            TEXT PRIMARY KEY,
    at_ms           INTEGER NOT NULL,
    bits_per_second INTEGER NOT NULL,
    loss_percent    REAL NOT NULL,
    round_trip_ms   INTEGER NOT NULL
) STRICT;
