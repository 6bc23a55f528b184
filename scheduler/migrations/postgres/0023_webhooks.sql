-- Webhooks: addresses of other programs that are told of each event. Which events are still to be told is a number, as events
-- have numbers without gaps; no event is kept twice. Secrets are derived from the key file and stand nowhere here.

CREATE TABLE webhook (
    id             TEXT COLLATE "C" PRIMARY KEY,
    name           TEXT COLLATE "C" NOT NULL,
    url            TEXT COLLATE "C" NOT NULL,
    -- Kinds of events, with commas between; empty: all.
    kinds          TEXT COLLATE "C" NOT NULL,
    -- Of its secrets the one that signs; the one before it signs beside it until then.
    generation     BIGINT NOT NULL,
    old_until_s    BIGINT NOT NULL,
    -- The number of the last event that was taken or passed over.
    reached        BIGINT NOT NULL,
    -- How often the event after it was tried, since when, and when it is tried next.
    tries          BIGINT NOT NULL,
    first_try_s    BIGINT,
    next_try_s     BIGINT NOT NULL,
    paused_s       BIGINT,
    paused_why     TEXT COLLATE "C" CHECK (paused_why IN ('by-hand', 'gone', 'given-up')),
    -- Which running program sends to it, and until when it holds that right.
    lease          TEXT COLLATE "C" NOT NULL,
    leased_until_s BIGINT NOT NULL,
    taken_s        BIGINT,
    made_by        TEXT COLLATE "C" NOT NULL,
    made_s         BIGINT NOT NULL,
    CHECK ((paused_s IS NULL) = (paused_why IS NULL))
);

-- The latest tries of each; the store keeps so many.
CREATE TABLE webhook_try (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id TEXT COLLATE "C" NOT NULL REFERENCES webhook (id),
    -- Of the event; none: a test.
    number     BIGINT,
    at_s       BIGINT NOT NULL,
    ms         BIGINT NOT NULL,
    status     BIGINT,
    -- None: the message was taken.
    failure    TEXT COLLATE "C"
);
CREATE INDEX webhook_try_by_webhook ON webhook_try (webhook_id, id);
