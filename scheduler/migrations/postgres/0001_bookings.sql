-- People, places, sessions and their claims. Times are whole seconds since 1970, UTC. Texts are ordered by their bytes,
-- whatever the language of the database is, as SQLite orders them.

-- Equality of texts beside overlap of ranges in one exclusion constraint; part of PostgreSQL, and trusted: whoever owns
-- the database may have it.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE organization (
    id      TEXT COLLATE "C" PRIMARY KEY,
    name    TEXT COLLATE "C" NOT NULL,
    name_en TEXT COLLATE "C" NOT NULL,
    kind    TEXT COLLATE "C" NOT NULL CHECK (kind IN ('health', 'education'))
);

CREATE TABLE person (
    id              TEXT COLLATE "C" PRIMARY KEY,
    name            TEXT COLLATE "C" NOT NULL,
    name_en         TEXT COLLATE "C" NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organization (id)
);

-- What a person may be booked as, and 'scheduler' for those who book.
CREATE TABLE person_role (
    person_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    role      TEXT COLLATE "C" NOT NULL
              CHECK (role IN ('scheduler', 'specialist', 'village_doctor', 'lead_teacher', 'classroom')),
    PRIMARY KEY (person_id, role)
);

CREATE TABLE room (
    id              TEXT COLLATE "C" PRIMARY KEY,
    name            TEXT COLLATE "C" NOT NULL,
    name_en         TEXT COLLATE "C" NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organization (id)
);

CREATE TABLE session (
    id        TEXT COLLATE "C" PRIMARY KEY,
    kind      TEXT COLLATE "C" NOT NULL CHECK (kind IN ('consultation', 'class', 'training', 'broadcast')),
    title     TEXT COLLATE "C" NOT NULL,
    starts_s  BIGINT NOT NULL,
    ends_s    BIGINT NOT NULL,
    state     TEXT COLLATE "C" NOT NULL CHECK (state IN ('scheduled', 'cancelled')),
    recording BIGINT NOT NULL CHECK (recording IN (0, 1)),
    booked_by TEXT COLLATE "C" NOT NULL,
    booked_s  BIGINT NOT NULL,
    CHECK (starts_s < ends_s AND ends_s - starts_s <= 43200)
);
CREATE INDEX session_by_start ON session (starts_s);
CREATE INDEX session_by_booker ON session (booked_by, kind, ends_s);

CREATE TABLE participant (
    session_id TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    person_id  TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    role       TEXT COLLATE "C" NOT NULL
               CHECK (role IN ('specialist', 'village_doctor', 'lead_teacher', 'classroom', 'observer')),
    position   BIGINT NOT NULL,
    PRIMARY KEY (session_id, person_id)
);
CREATE INDEX participant_by_person ON participant (person_id, session_id);

CREATE TABLE claim (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id    TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    resource_kind TEXT COLLATE "C" NOT NULL CHECK (resource_kind IN ('person', 'room')),
    resource_id   TEXT COLLATE "C" NOT NULL,
    starts_s      BIGINT NOT NULL,
    ends_s        BIGINT NOT NULL,
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('confirmed', 'released')),
    UNIQUE (session_id, resource_kind, resource_id),
    CHECK (starts_s < ends_s AND ends_s - starts_s <= 43200),
    -- The no-overlap rule stands here and nowhere else: whoever writes, by whatever program, two confirmed claims on one
    -- resource never overlap.
    CONSTRAINT claim_no_overlap EXCLUDE USING gist
        (resource_kind WITH =, resource_id WITH =, int8range(starts_s, ends_s) WITH &&) WHERE (state = 'confirmed')
);
CREATE INDEX claim_by_resource ON claim (resource_kind, resource_id, state, starts_s);

-- Answers to requests that carried an Idempotency-Key, kept for a day.
CREATE TABLE idempotency (
    id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id      TEXT COLLATE "C" NOT NULL,
    key            TEXT COLLATE "C" NOT NULL,
    request_sha256 BYTEA NOT NULL,
    session_id     TEXT COLLATE "C" NOT NULL,
    answer         TEXT COLLATE "C" NOT NULL,
    kept_s         BIGINT NOT NULL,
    UNIQUE (person_id, key)
);
CREATE INDEX idempotency_by_age ON idempotency (kept_s);
