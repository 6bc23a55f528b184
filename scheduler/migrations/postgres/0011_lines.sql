-- The access lines of sites, and what sessions have booked of them. A site without a row in `line` is not bounded.

CREATE TABLE line (
    organization_id TEXT COLLATE "C" PRIMARY KEY REFERENCES organization (id),
    -- Kilobits a second that may be booked at once, to the site and from it; NULL = no bound that way.
    down_kbps       BIGINT CHECK (down_kbps BETWEEN 1 AND 10000000),
    up_kbps         BIGINT CHECK (up_kbps BETWEEN 1 AND 10000000),
    -- What was over before this is not held to these bounds.
    since_s         BIGINT NOT NULL
);

-- From this minute of the local day on a megabyte (10^6 bytes) costs so many hundredths of a fen, until the next one.
CREATE TABLE line_tariff (
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    from_minute     BIGINT NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
    price           BIGINT NOT NULL CHECK (price BETWEEN 0 AND 1000000),
    PRIMARY KEY (organization_id, from_minute)
);

-- What the people of a site take in a session together: at once, and megabytes in all.
CREATE TABLE line_claim (
    session_id      TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    starts_s        BIGINT NOT NULL,
    ends_s          BIGINT NOT NULL,
    mode            TEXT COLLATE "C" NOT NULL CHECK (mode IN ('full', 'small', 'slides', 'voice', 'stills')),
    down_kbps       BIGINT NOT NULL CHECK (down_kbps >= 0),
    up_kbps         BIGINT NOT NULL CHECK (up_kbps >= 0),
    megabytes       BIGINT NOT NULL CHECK (megabytes >= 0),
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('confirmed', 'released')),
    PRIMARY KEY (session_id, organization_id),
    CHECK (starts_s < ends_s AND ends_s - starts_s <= 43200)
);
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
-- within it. The row of the line is locked first: of two who claim at once the second sees what the first has claimed.
CREATE FUNCTION line_claim_is_within() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM line WHERE organization_id = NEW.organization_id FOR UPDATE;
    IF NEW.state = 'confirmed' AND EXISTS (
        SELECT 1 FROM line_over WHERE organization_id = NEW.organization_id AND starts_s >= NEW.starts_s AND starts_s < NEW.ends_s
    ) THEN
        RAISE EXCEPTION 'line-full';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER line_claim_within AFTER INSERT OR UPDATE ON line_claim
FOR EACH ROW EXECUTE FUNCTION line_claim_is_within();

CREATE FUNCTION line_is_within() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM line_over WHERE organization_id = NEW.organization_id AND ends_s > NEW.since_s) THEN
        RAISE EXCEPTION 'line-full';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER line_within AFTER INSERT OR UPDATE ON line
FOR EACH ROW EXECUTE FUNCTION line_is_within();
