-- Who may consult whom: agreements between an inviting side and an invited organization.

CREATE TABLE agreement (
    id            TEXT PRIMARY KEY,
    -- Grows by one with each change; the ETag of the agreement.
    version       INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('draft', 'signed', 'suspended', 'ended')),
    -- An organization, all of an area by its code, or all of the county.
    inviting_kind TEXT NOT NULL CHECK (inviting_kind IN ('site', 'area', 'county')),
    inviting_id   TEXT NOT NULL,
    invited_id    TEXT NOT NULL REFERENCES organization (id),
    -- Days since 1970-01-01, both within it.
    from_day      INTEGER NOT NULL,
    until_day     INTEGER NOT NULL CHECK (until_day >= from_day),
    -- Consultations in a calendar month; none: as many as are asked for.
    month_max     INTEGER,
    -- Number of the paper that both have signed.
    paper         TEXT NOT NULL,
    changed_s     INTEGER NOT NULL
) STRICT;
CREATE INDEX agreement_by_invited ON agreement (invited_id, state);

-- Append-only.
CREATE TABLE agreement_event (
    agreement_id TEXT NOT NULL REFERENCES agreement (id),
    number       INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    at_s         INTEGER NOT NULL,
    by_id        TEXT NOT NULL,
    reason       TEXT,
    PRIMARY KEY (agreement_id, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER agreement_event_is_never_changed BEFORE UPDATE ON agreement_event
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER agreement_event_is_never_deleted BEFORE DELETE ON agreement_event
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
