-- What participants really received, as the gateway writes it down every ten seconds.

CREATE TABLE receipt (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The gateway's outbox and the number of the event in it: no event is taken twice.
    outbox     TEXT COLLATE "C" NOT NULL,
    number     BIGINT NOT NULL,
    session_id TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    -- As the room token named the person.
    identity   TEXT COLLATE "C" NOT NULL,
    from_ms    BIGINT NOT NULL,
    to_ms      BIGINT NOT NULL,
    body       TEXT COLLATE "C" NOT NULL,
    UNIQUE (outbox, number)
);
CREATE INDEX receipt_by_session ON receipt (session_id, id);

-- How far each outbox was taken.
CREATE TABLE outbox (
    name    TEXT COLLATE "C" PRIMARY KEY,
    taken   BIGINT NOT NULL,
    -- The latest one is asked for first.
    taken_s BIGINT NOT NULL
);

-- The sums of all receipts of one person in one session; they stay when the receipts go.
CREATE TABLE attendance (
    session_id TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    identity   TEXT COLLATE "C" NOT NULL,
    sums       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (session_id, identity)
);

-- The access line of a site, as it was when somebody there listened last.
CREATE TABLE site_line (
    site            TEXT COLLATE "C" PRIMARY KEY,
    at_ms           BIGINT NOT NULL,
    bits_per_second BIGINT NOT NULL,
    loss_percent    DOUBLE PRECISION NOT NULL,
    round_trip_ms   BIGINT NOT NULL
);
