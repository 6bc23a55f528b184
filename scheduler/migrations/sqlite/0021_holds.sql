-- Holds: the people, rooms and lines of one time, kept for somebody who is about to book it, until a second that is told.

CREATE TABLE hold (
    id       TEXT PRIMARY KEY,
    held_by  TEXT NOT NULL REFERENCES person (id),
    starts_s INTEGER NOT NULL,
    ends_s   INTEGER NOT NULL,
    made_s   INTEGER NOT NULL,
    -- From this second on it is in nobody's way. Whoever reads looks at this; whoever claims first takes away the holds that
    -- have run out, as the rules of the store know no clock.
    until_s  INTEGER NOT NULL,
    CHECK (starts_s < ends_s AND ends_s - starts_s <= 43200),
    CHECK (made_s < until_s)
) STRICT;
CREATE INDEX hold_by_end ON hold (until_s);
CREATE INDEX hold_by_person ON hold (held_by);

-- A claim is of a session or of a hold. (A column that may be empty and another check make it a new table in SQLite.)
CREATE TABLE claim_of_either (
    id            INTEGER PRIMARY KEY,
    session_id    TEXT REFERENCES session (id),
    hold_id       TEXT REFERENCES hold (id) ON DELETE CASCADE,
    resource_kind TEXT NOT NULL CHECK (resource_kind IN ('person', 'room')),
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
INSERT INTO claim_of_either (id, session_id, resource_kind, resource_id, starts_s, ends_s, state)
SELECT id, session_id, resource_kind, resource_id, starts_s, ends_s, state FROM claim;
DROP TABLE claim;
ALTER TABLE claim_of_either RENAME TO claim;
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

-- What the people of a site would take of its line in the session that a hold is for.
CREATE TABLE line_hold (
    hold_id         TEXT NOT NULL REFERENCES hold (id) ON DELETE CASCADE,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    starts_s        INTEGER NOT NULL,
    ends_s          INTEGER NOT NULL,
    down_kbps       INTEGER NOT NULL CHECK (down_kbps >= 0),
    up_kbps         INTEGER NOT NULL CHECK (up_kbps >= 0),
    megabytes       INTEGER NOT NULL CHECK (megabytes >= 0),
    PRIMARY KEY (hold_id, organization_id),
    CHECK (starts_s < ends_s AND ends_s - starts_s <= 43200)
) STRICT, WITHOUT ROWID;
CREATE INDEX line_hold_by_line ON line_hold (organization_id, starts_s);

-- Where a line would carry more than it can, by sessions and holds together. What is taken at once is greatest at the start of
-- one of them, so only these seconds are looked at.
DROP VIEW line_over;
CREATE VIEW line_over AS
SELECT line.organization_id, begun.starts_s, begun.ends_s
FROM line JOIN line_claim AS begun ON begun.organization_id = line.organization_id AND begun.state = 'confirmed'
WHERE (SELECT coalesce(sum(down_kbps), 0) FROM line_claim AS beside
       WHERE beside.organization_id = line.organization_id AND beside.state = 'confirmed'
         AND beside.starts_s > begun.starts_s - 43200 AND beside.starts_s <= begun.starts_s
         AND beside.ends_s > begun.starts_s)
    + (SELECT coalesce(sum(down_kbps), 0) FROM line_hold AS held
       WHERE held.organization_id = line.organization_id AND held.starts_s > begun.starts_s - 43200
         AND held.starts_s <= begun.starts_s AND held.ends_s > begun.starts_s) > line.down_kbps
   OR (SELECT coalesce(sum(up_kbps), 0) FROM line_claim AS beside
       WHERE beside.organization_id = line.organization_id AND beside.state = 'confirmed'
         AND beside.starts_s > begun.starts_s - 43200 AND beside.starts_s <= begun.starts_s
         AND beside.ends_s > begun.starts_s)
    + (SELECT coalesce(sum(up_kbps), 0) FROM line_hold AS held
       WHERE held.organization_id = line.organization_id AND held.starts_s > begun.starts_s - 43200
         AND held.starts_s <= begun.starts_s AND held.ends_s > begun.starts_s) > line.up_kbps
UNION ALL
SELECT line.organization_id, begun.starts_s, begun.ends_s
FROM line JOIN line_hold AS begun ON begun.organization_id = line.organization_id
WHERE (SELECT coalesce(sum(down_kbps), 0) FROM line_claim AS beside
       WHERE beside.organization_id = line.organization_id AND beside.state = 'confirmed'
         AND beside.starts_s > begun.starts_s - 43200 AND beside.starts_s <= begun.starts_s
         AND beside.ends_s > begun.starts_s)
    + (SELECT coalesce(sum(down_kbps), 0) FROM line_hold AS held
       WHERE held.organization_id = line.organization_id AND held.starts_s > begun.starts_s - 43200
         AND held.starts_s <= begun.starts_s AND held.ends_s > begun.starts_s) > line.down_kbps
   OR (SELECT coalesce(sum(up_kbps), 0) FROM line_claim AS beside
       WHERE beside.organization_id = line.organization_id AND beside.state = 'confirmed'
         AND beside.starts_s > begun.starts_s - 43200 AND beside.starts_s <= begun.starts_s
         AND beside.ends_s > begun.starts_s)
    + (SELECT coalesce(sum(up_kbps), 0) FROM line_hold AS held
       WHERE held.organization_id = line.organization_id AND held.starts_s > begun.starts_s - 43200
         AND held.starts_s <= begun.starts_s AND held.ends_s > begun.starts_s) > line.up_kbps;

CREATE TRIGGER line_hold_insert_within AFTER INSERT ON line_hold
WHEN EXISTS (
    SELECT 1 FROM line_over WHERE organization_id = NEW.organization_id AND starts_s >= NEW.starts_s AND starts_s < NEW.ends_s
)
BEGIN
    SELECT RAISE(ABORT, 'line-full');
END;
