-- Terminals are claimed as rooms are, and people interpret: between which languages, and as that in a session.

-- Another check makes it a new table in SQLite.
CREATE TABLE claim_with_terminals (
    id            INTEGER PRIMARY KEY,
    session_id    TEXT REFERENCES session (id),
    hold_id       TEXT REFERENCES hold (id) ON DELETE CASCADE,
    resource_kind TEXT NOT NULL CHECK (resource_kind IN ('person', 'room', 'terminal')),
    resource_id   TEXT NOT NULL,
    starts_s      INTEGER NOT NULL,
    ends_s        INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('confirmed', 'released', 'held')),
    UNIQUE (session_id, resource_kind, resource_id),
    UNIQUE (hold_id, resource_kind, resource_id),
    CHECK (starts_s < ends_s AND ends_s - starts_s <= 43200),
    CHECK ((session_id IS NULL) <> (hold_id IS NULL)),
    CHECK ((state = 'held') = (hold_id IS NOT NULL))
) STRICT;
INSERT INTO claim_with_terminals (id, session_id, hold_id, resource_kind, resource_id, starts_s, ends_s, state)
SELECT id, session_id, hold_id, resource_kind, resource_id, starts_s, ends_s, state FROM claim;
DROP TABLE claim;
ALTER TABLE claim_with_terminals RENAME TO claim;
CREATE INDEX claim_by_resource ON claim (resource_kind, resource_id, state, starts_s);

-- The no-overlap rule stands here and nowhere else: whoever writes, by whatever program, two claims on one resource that are
-- not released never overlap. No claim is longer than 12 hours, so the search reads only what starts within them.
CREATE TRIGGER claim_insert_no_overlap BEFORE INSERT ON claim
WHEN NEW.state <> 'released' AND EXISTS (
    SELECT 1 FROM claim
    WHERE resource_kind = NEW.resource_kind AND resource_id = NEW.resource_id AND state IN ('confirmed', 'held')
      AND starts_s > NEW.starts_s - 43200 AND starts_s < NEW.ends_s AND ends_s > NEW.starts_s
)
BEGIN
    SELECT RAISE(ABORT, 'slot-taken');
END;

CREATE TRIGGER claim_update_no_overlap BEFORE UPDATE ON claim
WHEN NEW.state <> 'released' AND EXISTS (
    SELECT 1 FROM claim
    WHERE resource_kind = NEW.resource_kind AND resource_id = NEW.resource_id AND state IN ('confirmed', 'held')
      AND id <> OLD.id
      AND starts_s > NEW.starts_s - 43200 AND starts_s < NEW.ends_s AND ends_s > NEW.starts_s
)
BEGIN
    SELECT RAISE(ABORT, 'slot-taken');
END;

CREATE TABLE participant_with_interpreters (
    session_id TEXT NOT NULL REFERENCES session (id),
    person_id  TEXT NOT NULL REFERENCES person (id),
    role       TEXT NOT NULL
               CHECK (role IN ('specialist', 'village_doctor', 'lead_teacher', 'classroom', 'observer', 'interpreter')),
    position   INTEGER NOT NULL,
    PRIMARY KEY (session_id, person_id)
) STRICT, WITHOUT ROWID;
INSERT INTO participant_with_interpreters (session_id, person_id, role, position)
SELECT session_id, person_id, role, position FROM participant;
DROP TABLE participant;
ALTER TABLE participant_with_interpreters RENAME TO participant;
CREATE INDEX participant_by_person ON participant (person_id, session_id);

-- Two languages by their codes of ISO 639 in alphabetical order, such as 'bo-zh'.
CREATE TABLE person_language (
    person_id TEXT NOT NULL REFERENCES person (id),
    pair      TEXT NOT NULL CHECK (length(pair) BETWEEN 5 AND 7),
    PRIMARY KEY (person_id, pair)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_language_by_pair ON person_language (pair, person_id);
