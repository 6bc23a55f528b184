-- Webhooks: addresses of other programs that are told of each event. Which events are still to be told is a number, as events
-- have numbers without gaps; no event is kept twice. Secrets are derived from the key file and stand nowhere here.

CREATE TABLE webhook (
    id             TEXT PRIMARY KEY,
    name           TEXT NOT NULL,
    url            TEXT NOT NULL,
    -- Kinds of events, with commas between; empty: all.
    kinds          TEXT NOT NULL,
    -- Of its secrets the one that signs; the one before it signs beside it until then.
    generation     INTEGER NOT NULL,
    old_until_s    INTEGER NOT NULL,
    -- The number of the last event that was taken or passed over.
    reached        INTEGER NOT NULL,
    -- How often the event after it was tried, since when, and when it is tried next.
    tries          INTEGER NOT NULL,
    first_try_s    INTEGER,
    next_try_s     INTEGER NOT NULL,
    paused_s       INTEGER,
    paused_why     TEXT CHECK (paused_why IN ('by-hand', 'gone', 'given-up')),
    -- Which running program sends to it, and until when it holds that right.
    lease          TEXT NOT NULL,
    leased_until_s INTEGER NOT NULL,
    taken_s        INTEGER,
    made_by        TEXT NOT NULL,
    made_s         INTEGER NOT NULL,
    CHECK ((paused_s IS NULL) = (paused_why IS NULL))
) STRICT;

-- The latest tries of each; the store keeps so many.
CREATE TABLE webhook_try (
    id         INTEGER PRIMARY KEY,
    webhook_id TEXT NOT NULL REFERENCES webhook (id),
    -- Of the event; none: a test.
    number     INTEGER,
    at_s       INTEGER NOT NULL,
    ms         INTEGER NOT NULL,
    status     INTEGER,
    -- None: the message was taken.
    failure    TEXT
) STRICT;
CREATE INDEX webhook_try_by_webhook ON webhook_try (webhook_id, id);
