-- Who the patient of a case is, what the patient has consented to, and what the sessions of cases may do.

-- The session for which it was attested who the patient is.
ALTER TABLE care_case ADD COLUMN attested_id TEXT REFERENCES session (id);
-- The consents that are in force: words with a space between them.
ALTER TABLE care_case ADD COLUMN consents TEXT NOT NULL DEFAULT '';

-- Append-only: consents as they were given and withdrawn.
CREATE TABLE care_case_consent (
    case_id     TEXT NOT NULL REFERENCES care_case (id),
    -- The version of the case that it made.
    version     INTEGER NOT NULL,
    purpose     TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('given', 'withdrawn')),
    -- Of one that is given: who, how, in which language it was read, which text, what it costs.
    giver       TEXT,
    giver_name  TEXT,
    form        TEXT,
    witness     TEXT,
    language    TEXT,
    text_id     TEXT,
    fee         TEXT,
    at_s        INTEGER NOT NULL,
    by_id       TEXT NOT NULL REFERENCES person (id),
    PRIMARY KEY (case_id, version),
    CHECK (state = 'withdrawn' OR (giver IS NOT NULL AND giver_name IS NOT NULL AND form IS NOT NULL AND witness IS NOT NULL
           AND language IS NOT NULL AND text_id IS NOT NULL AND fee IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER care_case_consent_is_never_changed BEFORE UPDATE ON care_case_consent
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER care_case_consent_is_never_deleted BEFORE DELETE ON care_case_consent
BEGIN SELECT RAISE(ABORT, 'append-only'); END;

-- What a session may do that has, or had, a case; one that never had any may do everything.
CREATE TABLE session_clearance (
    session_id TEXT PRIMARY KEY REFERENCES session (id),
    -- Grows by one with each change.
    version    INTEGER NOT NULL,
    media      INTEGER NOT NULL CHECK (media IN (0, 1)),
    recording  INTEGER NOT NULL CHECK (recording IN (0, 1))
) STRICT;
INSERT INTO session_clearance (session_id, version, media, recording)
SELECT DISTINCT session_id, 1, 0, 0 FROM care_case WHERE session_id IS NOT NULL AND state NOT IN ('closed', 'cancelled');
-- Which cases ever had a session.
CREATE INDEX care_case_event_by_session ON care_case_event (about) WHERE kind = 'schedule';

-- Until when a case is kept: fifteen years of 366 days from the last step on. It only grows.
ALTER TABLE care_case ADD COLUMN retain_until_s INTEGER NOT NULL DEFAULT 0;
UPDATE care_case SET retain_until_s = changed_s + 474336000;
CREATE TRIGGER care_case_is_kept_ever_longer BEFORE UPDATE ON care_case WHEN NEW.retain_until_s < OLD.retain_until_s
BEGIN SELECT RAISE(ABORT, 'kept ever longer'); END;
