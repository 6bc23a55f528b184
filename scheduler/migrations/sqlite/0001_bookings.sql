-- People, places, sessions and their claims. Times are whole seconds since 1970, UTC.

CREATE TABLE organization (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind    TEXT NOT NULL CHECK (kind IN ('health', 'education'))
) STRICT;

CREATE TABLE person (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    name_en         TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organization (id)
) STRICT;

-- What a person may be booked as, and 'scheduler' for those who book.
CREATE TABLE person_role (
    person_id TEXT NOT NULL REFERENCES person (id),
    role      TEXT NOT NULL CHECK (role IN ('scheduler', 'specialist', 'village_doctor', 'lead_teacher', 'classroom')),
    PRIMARY KEY (person_id, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE room (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    name_en         TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organization (id)
) STRICT;

CREATE TABLE session (
    id        TEXT PRIMARY KEY,
    kind      TEXT NOT NULL CHECK (kind IN ('consultation', 'class', 'training', 'broadcast')),
    title     TEXT NOT NULL,
    starts_s  INTEGER NOT NULL,
    ends_s    INTEGER NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('scheduled', 'cancelled')),
    recording INTEGER NOT NULL CHECK (recording IN (0, 1)),
    booked_by TEXT NOT NULL,
    booked_s  INTEGER NOT NULL,
    CHECK (starts_s < ends_s AND ends_s - starts_s <= 43200)
) STRICT;
CREATE INDEX session_by_start ON session (starts_s);
CREATE INDEX session_by_booker ON session (booked_by, kind, ends_s);

CREATE TABLE participant (
    session_id TEXT NOT NULL REFERENCES session (id),
    person_id  TEXT NOT NULL REFERENCES person (id),
    role       TEXT NOT NULL CHECK (role IN ('specialist', 'village_doctor', 'lead_teacher', 'classroom', 'observer')),
    position   INTEGER NOT NULL,
    PRIMARY KEY (session_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX participant_by_person ON participant (person_id, session_id);

CREATE TABLE claim (
    id            INTEGER PRIMARY KEY,
    session_id    TEXT NOT NULL REFERENCES session (id),
    resource_kind TEXT NOT NULL CHECK (resource_kind IN ('person', 'room')),
    resource_id   TEXT NOT NULL,
    starts_s      INTEGER NOT NULL,
    ends_s        INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('confirmed', 'released')),
    UNIQUE (session_id, resource_kind, resource_id),
    CHECK (starts_s < ends_s AND ends_s - starts_s <= 43200)
) STRICT;
CREATE INDEX claim_by_resource ON claim (resource_kind, resource_id, state, starts_s);

-- The no-overlap rule stands here and nowhere else: whoever writes, by whatever program, two confirmed claims on one
-- resource never overlap. No claim is longer than 12 hours, so the search reads only what starts within them.
CREATE TRIGGER claim_insert_no_overlap BEFORE INSERT ON claim
WHEN NEW.state = 'confirmed' AND EXISTS (
    SELECT 1 FROM claim
    WHERE resource_kind = NEW.resource_kind AND resource_id = NEW.resource_id AND state = 'confirmed'
      AND starts_s > NEW.starts_s - 43200 AND starts_s < NEW.ends_s AND ends_s > NEW.starts_s
)
BEGIN
    SELECT RAISE(ABORT, 'slot-taken');
END;

CREATE TRIGGER claim_update_no_overlap BEFORE UPDATE ON claim
WHEN NEW.state = 'confirmed' AND EXISTS (
    SELECT 1 FROM claim
    WHERE resource_kind = NEW.resource_kind AND resource_id = NEW.resource_id AND state = 'confirmed' AND id <> OLD.id
      AND starts_s > NEW.starts_s - 43200 AND starts_s < NEW.ends_s AND ends_s > NEW.starts_s
)
BEGIN
    SELECT RAISE(ABORT, 'slot-taken');
END;

-- Answers to requests that carried an Idempotency-Key, kept for a day.
CREATE TABLE idempotency (
    id             INTEGER PRIMARY KEY,
    person_id      TEXT NOT NULL,
    key            TEXT NOT NULL,
    request_sha256 BLOB NOT NULL,
    session_id     TEXT NOT NULL,
    answer         TEXT NOT NULL,
    kept_s         INTEGER NOT NULL,
    UNIQUE (person_id, key)
) STRICT;
CREATE INDEX idempotency_by_age ON idempotency (kept_s);

-- Facts reported by the other rooms of the house. Append-only.
CREATE TABLE event (
    id         INTEGER PRIMARY KEY,
    source     TEXT NOT NULL,
    sequence   INTEGER NOT NULL,
    at_ms      INTEGER NOT NULL,
    session_id TEXT NOT NULL,
    type       TEXT NOT NULL,
    body       TEXT NOT NULL,
    UNIQUE (source, sequence)
) STRICT;
CREATE INDEX event_by_session ON event (session_id, at_ms);
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'append-only'); END;
