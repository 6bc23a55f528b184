-- Classes: which groups of pupils attend at which place, how many were counted there, and what came of it.

-- A group of pupils at a site, as it is now.
CREATE TABLE learning_group (
    id         TEXT PRIMARY KEY,
    site_id    TEXT NOT NULL REFERENCES organization (id),
    name       TEXT NOT NULL,
    pupils     INTEGER NOT NULL CHECK (pupils BETWEEN 1 AND 200),
    teacher_id TEXT NOT NULL REFERENCES person (id),
    -- Grows by one with each change.
    version    INTEGER NOT NULL,
    changed_s  INTEGER NOT NULL,
    changed_by TEXT NOT NULL REFERENCES person (id),
    retired_s  INTEGER
) STRICT;
CREATE INDEX learning_group_by_site ON learning_group (site_id, id);

-- Which groups attend a class: follows the group until the class begins, and stays as it was from then on.
CREATE TABLE session_group (
    session_id TEXT NOT NULL REFERENCES session (id),
    group_id   TEXT NOT NULL REFERENCES learning_group (id),
    site_id    TEXT NOT NULL REFERENCES organization (id),
    name       TEXT NOT NULL,
    pupils     INTEGER NOT NULL,
    teacher_id TEXT NOT NULL REFERENCES person (id),
    PRIMARY KEY (session_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_group_by_group ON session_group (group_id, session_id);

-- Append-only: how many pupils somebody counted at a place; the last one counts.
CREATE TABLE headcount (
    id         INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES session (id),
    site_id    TEXT NOT NULL REFERENCES organization (id),
    pupils     INTEGER NOT NULL CHECK (pupils BETWEEN 0 AND 200),
    at_s       INTEGER NOT NULL,
    by_id      TEXT NOT NULL REFERENCES person (id)
) STRICT;
CREATE INDEX headcount_by_place ON headcount (session_id, site_id, id);
CREATE TRIGGER headcount_is_never_changed BEFORE UPDATE ON headcount
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER headcount_is_never_deleted BEFORE DELETE ON headcount
BEGIN SELECT RAISE(ABORT, 'append-only'); END;

-- What each place was in a class, written once, before the receipts go by which it was told.
CREATE TABLE class_attendance (
    session_id  TEXT NOT NULL REFERENCES session (id),
    site_id     TEXT NOT NULL REFERENCES organization (id),
    attendance  TEXT NOT NULL CHECK (attendance IN ('present', 'partial', 'absent', 'unknown')),
    received_ms INTEGER NOT NULL,
    unknown_ms  INTEGER NOT NULL,
    planned_ms  INTEGER NOT NULL,
    settled_s   INTEGER NOT NULL,
    PRIMARY KEY (session_id, site_id)
) STRICT, WITHOUT ROWID;

-- From when until when the gateway was seen to hand over its receipts: who has none of such a time received nothing.
CREATE TABLE receipt_watch (
    id      INTEGER PRIMARY KEY,
    from_s  INTEGER NOT NULL,
    until_s INTEGER NOT NULL
) STRICT;

-- Where people sat in classes that had begun when they moved to another site; of all others that is their site.
CREATE TABLE class_seat (
    session_id TEXT NOT NULL REFERENCES session (id),
    person_id  TEXT NOT NULL REFERENCES person (id),
    site_id    TEXT NOT NULL REFERENCES organization (id),
    PRIMARY KEY (session_id, person_id)
) STRICT, WITHOUT ROWID;
