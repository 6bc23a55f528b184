-- Every change of a session: what it is now (its version), and what happened to it, who did it, when and why.

-- Grows by one with each change; the ETag of the session.
ALTER TABLE session ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- The number of the latest event. Whoever writes an event holds this row until its transaction ends, so that numbers have
-- no gaps and are seen in their order: who has read up to a number has missed nothing before it.
CREATE TABLE event_counter (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    latest INTEGER NOT NULL
) STRICT;
INSERT INTO event_counter (id, latest) VALUES (1, 0);

-- Append-only.
CREATE TABLE session_event (
    number     INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES session (id),
    -- The version of the session that it made.
    version    INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('booked', 'changed', 'cancelled')),
    at_s       INTEGER NOT NULL,
    -- A person's id, or the name of a part of the scheduler.
    by_id      TEXT NOT NULL,
    reason     TEXT,
    -- The terms before and after as JSON; NULL where there are none.
    was        TEXT,
    became     TEXT,
    UNIQUE (session_id, version)
) STRICT;

-- Whom it concerns: everybody who was in the session before or is after.
CREATE TABLE session_event_person (
    person_id    TEXT NOT NULL REFERENCES person (id),
    number       INTEGER NOT NULL REFERENCES session_event (number),
    -- Room tokens that this person got before hold no more: not booked, or in another role.
    tokens_ended INTEGER NOT NULL CHECK (tokens_ended IN (0, 1)),
    PRIMARY KEY (person_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_event_person_by_number ON session_event_person (number);

CREATE TRIGGER session_event_is_never_changed BEFORE UPDATE ON session_event
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER session_event_is_never_deleted BEFORE DELETE ON session_event
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER session_event_person_is_never_changed BEFORE UPDATE ON session_event_person
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER session_event_person_is_never_deleted BEFORE DELETE ON session_event_person
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
