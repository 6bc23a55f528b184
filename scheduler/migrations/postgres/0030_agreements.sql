-- Who may consult whom: agreements between an inviting side and an invited organization.

CREATE TABLE agreement (
    id            TEXT COLLATE "C" PRIMARY KEY,
    -- Grows by one with each change; the ETag of the agreement.
    version       BIGINT NOT NULL,
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'signed', 'suspended', 'ended')),
    -- An organization, all of an area by its code, or all of the county.
    inviting_kind TEXT COLLATE "C" NOT NULL CHECK (inviting_kind IN ('site', 'area', 'county')),
    inviting_id   TEXT COLLATE "C" NOT NULL,
    invited_id    TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    -- Days since 1970-01-01, both within it.
    from_day      BIGINT NOT NULL,
    until_day     BIGINT NOT NULL CHECK (until_day >= from_day),
    -- Consultations in a calendar month; none: as many as are asked for.
    month_max     BIGINT,
    -- Number of the paper that both have signed.
    paper         TEXT COLLATE "C" NOT NULL,
    changed_s     BIGINT NOT NULL
);
CREATE INDEX agreement_by_invited ON agreement (invited_id, state);

-- Append-only.
CREATE TABLE agreement_event (
    agreement_id TEXT COLLATE "C" NOT NULL REFERENCES agreement (id),
    number       BIGINT NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    at_s         BIGINT NOT NULL,
    by_id        TEXT COLLATE "C" NOT NULL,
    reason       TEXT COLLATE "C",
    PRIMARY KEY (agreement_id, number)
);

CREATE TRIGGER agreement_event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agreement_event
FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();
