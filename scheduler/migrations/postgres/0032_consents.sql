-- Who the patient of a case is, what the patient has consented to, and what the sessions of cases may do.

-- The session for which it was attested who the patient is.
ALTER TABLE care_case ADD COLUMN attested_id TEXT COLLATE "C" REFERENCES session (id);
-- The consents that are in force: words with a space between them.
ALTER TABLE care_case ADD COLUMN consents TEXT COLLATE "C" NOT NULL DEFAULT '';

-- Append-only: consents as they were given and withdrawn.
CREATE TABLE care_case_consent (
    case_id     TEXT COLLATE "C" NOT NULL REFERENCES care_case (id),
    -- The version of the case that it made.
    version     BIGINT NOT NULL,
    purpose     TEXT COLLATE "C" NOT NULL,
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('given', 'withdrawn')),
    -- Of one that is given: who, how, in which language it was read, which text, what it costs.
    giver       TEXT COLLATE "C",
    giver_name  TEXT COLLATE "C",
    form        TEXT COLLATE "C",
    witness     TEXT COLLATE "C",
    language    TEXT COLLATE "C",
    text_id     TEXT COLLATE "C",
    fee         TEXT COLLATE "C",
    at_s        BIGINT NOT NULL,
    by_id       TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    PRIMARY KEY (case_id, version),
    CHECK (state = 'withdrawn' OR (giver IS NOT NULL AND giver_name IS NOT NULL AND form IS NOT NULL AND witness IS NOT NULL
           AND language IS NOT NULL AND text_id IS NOT NULL AND fee IS NOT NULL))
);

CREATE TRIGGER care_case_consent_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON care_case_consent
FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();

-- What a session may do that has, or had, a case; one that never had any may do everything.
CREATE TABLE session_clearance (
    session_id TEXT COLLATE "C" PRIMARY KEY REFERENCES session (id),
    -- Grows by one with each change.
    version    BIGINT NOT NULL,
    media      BIGINT NOT NULL CHECK (media IN (0, 1)),
    recording  BIGINT NOT NULL CHECK (recording IN (0, 1))
);
INSERT INTO session_clearance (session_id, version, media, recording)
SELECT DISTINCT session_id, 1, 0, 0 FROM care_case WHERE session_id IS NOT NULL AND state NOT IN ('closed', 'cancelled');
-- Which cases ever had a session.
CREATE INDEX care_case_event_by_session ON care_case_event (about) WHERE kind = 'schedule';

-- Until when a case is kept: fifteen years of 366 days from the last step on. It only grows.
ALTER TABLE care_case ADD COLUMN retain_until_s BIGINT NOT NULL DEFAULT 0;
UPDATE care_case SET retain_until_s = changed_s + 474336000;
CREATE FUNCTION is_kept_ever_longer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'kept ever longer';
END $$;
CREATE TRIGGER care_case_is_kept_ever_longer BEFORE UPDATE ON care_case
FOR EACH ROW WHEN (NEW.retain_until_s < OLD.retain_until_s) EXECUTE FUNCTION is_kept_ever_longer();
