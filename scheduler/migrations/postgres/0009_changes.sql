-- Every change of a session: what it is now (its version), and what happened to it, who did it, when and why.

-- Grows by one with each change; the ETag of the session.
ALTER TABLE session ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- The number of the latest event. Whoever writes an event holds this row until its transaction ends, so that numbers have
-- no gaps and are seen in their order: who has read up to a number has missed nothing before it.
CREATE TABLE event_counter (
    id     BIGINT PRIMARY KEY CHECK (id = 1),
    latest BIGINT NOT NULL
);
INSERT INTO event_counter (id, latest) VALUES (1, 0);

-- Append-only.
CREATE TABLE session_event (
    number     BIGINT PRIMARY KEY,
    session_id TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    -- The version of the session that it made.
    version    BIGINT NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('booked', 'changed', 'cancelled')),
    at_s       BIGINT NOT NULL,
    -- A person's id, or the name of a part of the scheduler.
    by_id      TEXT COLLATE "C" NOT NULL,
    reason     TEXT COLLATE "C",
    -- The terms before and after as JSON; NULL where there are none.
    was        TEXT COLLATE "C",
    became     TEXT COLLATE "C",
    UNIQUE (session_id, version)
);

-- Whom it concerns: everybody who was in the session before or is after.
CREATE TABLE session_event_person (
    person_id    TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    number       BIGINT NOT NULL REFERENCES session_event (number),
    -- Room tokens that this person got before hold no more: not booked, or in another role.
    tokens_ended BIGINT NOT NULL CHECK (tokens_ended IN (0, 1)),
    PRIMARY KEY (person_id, number)
);
CREATE INDEX session_event_person_by_number ON session_event_person (number);

CREATE FUNCTION is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only';
END
$$;
CREATE TRIGGER session_event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON session_event
FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();
CREATE TRIGGER session_event_person_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON session_event_person
FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();
