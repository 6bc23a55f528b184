-- Classes: which groups of pupils attend at which place, how many were counted there, and what came of it.

-- A group of pupils at a site, as it is now.
CREATE TABLE learning_group (
    id         TEXT COLLATE "C" PRIMARY KEY,
    site_id    TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    name       TEXT COLLATE "C" NOT NULL,
    pupils     BIGINT NOT NULL CHECK (pupils BETWEEN 1 AND 200),
    teacher_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    -- Grows by one with each change.
    version    BIGINT NOT NULL,
    changed_s  BIGINT NOT NULL,
    changed_by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    retired_s  BIGINT
);
CREATE INDEX learning_group_by_site ON learning_group (site_id, id);

-- Which groups attend a class: follows the group until the class begins, and stays as it was from then on.
CREATE TABLE session_group (
    session_id TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    group_id   TEXT COLLATE "C" NOT NULL REFERENCES learning_group (id),
    site_id    TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    name       TEXT COLLATE "C" NOT NULL,
    pupils     BIGINT NOT NULL,
    teacher_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    PRIMARY KEY (session_id, group_id)
);
CREATE INDEX session_group_by_group ON session_group (group_id, session_id);

-- Append-only: how many pupils somebody counted at a place; the last one counts.
CREATE TABLE headcount (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    site_id    TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    pupils     BIGINT NOT NULL CHECK (pupils BETWEEN 0 AND 200),
    at_s       BIGINT NOT NULL,
    by_id      TEXT COLLATE "C" NOT NULL REFERENCES person (id)
);
CREATE INDEX headcount_by_place ON headcount (session_id, site_id, id);
CREATE TRIGGER headcount_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON headcount
FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();

-- What each place was in a class, written once, before the receipts go by which it was told.
CREATE TABLE class_attendance (
    session_id  TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    site_id     TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    attendance  TEXT COLLATE "C" NOT NULL CHECK (attendance IN ('present', 'partial', 'absent', 'unknown')),
    received_ms BIGINT NOT NULL,
    unknown_ms  BIGINT NOT NULL,
    planned_ms  BIGINT NOT NULL,
    settled_s   BIGINT NOT NULL,
    PRIMARY KEY (session_id, site_id)
);

-- From when until when the gateway was seen to hand over its receipts: who has none of such a time received nothing.
CREATE TABLE receipt_watch (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_s  BIGINT NOT NULL,
    until_s BIGINT NOT NULL
);

-- Where people sat in classes that had begun when they moved to another site; of all others that is their site.
CREATE TABLE class_seat (
    session_id TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    person_id  TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    site_id    TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    PRIMARY KEY (session_id, person_id)
);
