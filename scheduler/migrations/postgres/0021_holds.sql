-- Holds: the people, rooms and lines of one time, kept for somebody who is about to book it, until a second that is told.

CREATE TABLE hold (
    id       TEXT COLLATE "C" PRIMARY KEY,
    held_by  TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    starts_s BIGINT NOT NULL,
    ends_s   BIGINT NOT NULL,
    made_s   BIGINT NOT NULL,
    -- From this second on it is in nobody's way. Whoever reads looks at this; whoever claims first takes away the holds that
    -- have run out, as the rules of the store know no clock.
    until_s  BIGINT NOT NULL,
    CHECK (starts_s < ends_s AND ends_s - starts_s <= 43200),
    CHECK (made_s < until_s)
);
CREATE INDEX hold_by_end ON hold (until_s);
CREATE INDEX hold_by_person ON hold (held_by);

-- A claim is of a session or of a hold.
ALTER TABLE claim ALTER COLUMN session_id DROP NOT NULL;
ALTER TABLE claim ADD COLUMN hold_id TEXT COLLATE "C" REFERENCES hold (id) ON DELETE CASCADE;
ALTER TABLE claim DROP CONSTRAINT claim_state_check;
ALTER TABLE claim ADD CONSTRAINT claim_state_check CHECK (state IN ('confirmed', 'released', 'held'));
ALTER TABLE claim ADD CONSTRAINT claim_of_either CHECK ((session_id IS NULL) <> (hold_id IS NULL));
ALTER TABLE claim ADD CONSTRAINT claim_held CHECK ((state = 'held') = (hold_id IS NOT NULL));
ALTER TABLE claim ADD CONSTRAINT claim_of_hold UNIQUE (hold_id, resource_kind, resource_id);

-- The no-overlap rule stands here and nowhere else: whoever writes, by whatever program, two claims on one resource that are
-- not released never overlap.
ALTER TABLE claim DROP CONSTRAINT claim_no_overlap;
ALTER TABLE claim ADD CONSTRAINT claim_no_overlap EXCLUDE USING gist
    (resource_kind WITH =, resource_id WITH =, int8range(starts_s, ends_s) WITH &&) WHERE (state <> 'released');

-- What the people of a site would take of its line in the session that a hold is for.
CREATE TABLE line_hold (
    hold_id         TEXT COLLATE "C" NOT NULL REFERENCES hold (id) ON DELETE CASCADE,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    starts_s        BIGINT NOT NULL,
    ends_s          BIGINT NOT NULL,
    down_kbps       BIGINT NOT NULL CHECK (down_kbps >= 0),
    up_kbps         BIGINT NOT NULL CHECK (up_kbps >= 0),
    megabytes       BIGINT NOT NULL CHECK (megabytes >= 0),
    PRIMARY KEY (hold_id, organization_id),
    CHECK (starts_s < ends_s AND ends_s - starts_s <= 43200)
);
CREATE INDEX line_hold_by_line ON line_hold (organization_id, starts_s);

-- Where a line would carry more than it can, by sessions and holds together. What is taken at once is greatest at the start of
-- one of them, so only these seconds are looked at.
CREATE OR REPLACE VIEW line_over AS
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

CREATE FUNCTION line_hold_is_within() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM line WHERE organization_id = NEW.organization_id FOR UPDATE;
    IF EXISTS (
        SELECT 1 FROM line_over WHERE organization_id = NEW.organization_id AND starts_s >= NEW.starts_s AND starts_s < NEW.ends_s
    ) THEN
        RAISE EXCEPTION 'line-full';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER line_hold_within AFTER INSERT ON line_hold
FOR EACH ROW EXECUTE FUNCTION line_hold_is_within();
