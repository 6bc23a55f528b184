-- The access lines of sites, and what sessions have booked of them. A site without a row in `line` is not bounded.

CREATE TABLE line (
    organization_id TEXT PRIMARY KEY REFERENCES organization (id),
    -- Kilobits a second that may be booked at once, to the site and from it; NULL = no bound that way.
    down_kbps       INTEGER CHECK (down_kbps BETWEEN 1 AND 10000000),
    up_kbps         INTEGER CHECK (up_kbps BETWEEN 1 AND 10000000),
    -- What was over before this is not held to these bounds.
    since_s         INTEGER NOT NULL
) STRICT;

-- From this minute of the local day on a megabyte (10^6 bytes) costs so many hundredths of a fen, until the next one.
CREATE TABLE line_tariff (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    from_minute     INTEGER NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
    price           INTEGER NOT NULL CHECK (price BETWEEN 0 AND 1000000),
    PRIMARY KEY (organization_id, from_minute)
) STRICT, WITHOUT ROWID;

-- What the people of a site take in a session together: at once, and megabytes in all.
CREATE TABLE line_claim (
    session_id      TEXT NOT NULL REFERENCES session (id),
    organization_id TEXT NOT NULL REFERENCES organization (id),
    starts_s        INTEGER NOT NULL,
    ends_s          INTEGER NOT NULL,
    mode            TEXT NOT NULL CHECK (mode IN ('full', 'small', 'slides', 'voice', 'stills')),
    down_kbps       INTEGER NOT NULL CHECK (down_kbps >= 0),
    up_kbps         INTEGER NOT NULL CHECK (up_kbps >= 0),
    megabytes       INTEGER NOT NULL CHECK (megabytes >= 0),
    state           TEXT NOT NULL CHECK (state IN ('confirmed', 'released')),
    PRIMARY KEY (session_id, organization_id),
    CHECK (starts_s < ends_s AND ends_s - starts_s <= 43200)
) STRICT, WITHOUT ROWID;
CREATE INDEX line_claim_by_line ON line_claim (organization_id, state, starts_s);

-- Where a line would carry more than it can. What is taken at once is greatest at the start of a claim, so only these
-- seconds are looked at; no claim is longer than 12 hours.
CREATE VIEW line_over AS
SELECT line.organization_id, begun.starts_s, begun.ends_s
FROM line JOIN line_claim AS begun ON begun.organization_id = line.organization_id AND begun.state = 'confirmed'
WHERE (SELECT sum(down_kbps) FROM line_claim AS beside
       WHERE beside.organization_id = line.organization_id AND beside.state = 'confirmed'
         AND beside.starts_s > begun.starts_s - 43200 AND beside.starts_s <= begun.starts_s
         AND beside.ends_s > begun.starts_s) > line.down_kbps
   OR (SELECT sum(up_kbps) FROM line_claim AS beside
       WHERE beside.organization_id = line.organization_id AND beside.state = 'confirmed'
         AND beside.starts_s > begun.starts_s - 43200 AND beside.starts_s <= begun.starts_s
         AND beside.ends_s > begun.starts_s) > line.up_kbps;

-- The capacity stands here and nowhere else: whoever writes, by whatever program, what is booked on a line at once is
-- within it.
CREATE TRIGGER line_claim_insert_within AFTER INSERT ON line_claim
WHEN NEW.state = 'confirmed' AND EXISTS (
    SELECT 1 FROM line_over WHERE organization_id = NEW.organization_id AND starts_s >= NEW.starts_s AND starts_s < NEW.ends_s
)
BEGIN
    SELECT RAISE(ABORT, 'line-full');
END;

CREATE TRIGGER line_claim_update_within AFTER UPDATE ON line_claim
WHEN NEW.state = 'confirmed' AND EXISTS (
    SELECT 1 FROM line_over WHERE organization_id = NEW.organization_id AND starts_s >= NEW.starts_s AND starts_s < NEW.ends_s
)
BEGIN
    SELECT RAISE(ABORT, 'line-full');
END;

CREATE TRIGGER line_insert_within AFTER INSERT ON line
WHEN EXISTS (SELECT 1 FROM line_over WHERE organization_id = NEW.organization_id AND ends_s > NEW.since_s)
BEGIN
    SELECT RAISE(ABORT, 'line-full');
END;

CREATE TRIGGER line_update_within AFTER UPDATE ON line
WHEN EXISTS (SELECT 1 FROM line_over WHERE organization_id = NEW.organization_id AND ends_s > NEW.since_s)
BEGIN
    SELECT RAISE(ABORT, 'line-full');
END;
