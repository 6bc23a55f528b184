-- Cases of consultations: the request, who is invited, what is signed and what the inviting side decides.
-- Which step may be taken when is a rule of the package `consultation`; what is signed and what happened is never changed.

CREATE TABLE care_case (
    id              TEXT PRIMARY KEY,
    -- Grows by one with each step; the ETag of the case.
    version         INTEGER NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('requested', 'triaged', 'accepted', 'declined', 'redirected',
                                                   'scheduled', 'documented', 'closed', 'cancelled')),
    inviting_id     TEXT NOT NULL REFERENCES person (id),
    organization_id TEXT NOT NULL REFERENCES organization (id),
    urgency         TEXT NOT NULL,
    specialty       TEXT NOT NULL,
    title           TEXT NOT NULL,
    wished_s        INTEGER NOT NULL,
    session_id      TEXT REFERENCES session (id),
    -- How many opinions are signed, and which of them the verdict is of.
    opinions        INTEGER NOT NULL,
    verdict         TEXT CHECK (verdict IN ('adopted', 'partly', 'not')),
    decided_opinion INTEGER,
    requested_s     INTEGER NOT NULL,
    changed_s       INTEGER NOT NULL,
    CHECK ((verdict IS NULL) = (decided_opinion IS NULL)),
    CHECK (state <> 'closed' OR (opinions > 0 AND decided_opinion IS NOT NULL AND decided_opinion = opinions))
) STRICT;
CREATE INDEX care_case_by_inviting ON care_case (inviting_id, id);
CREATE INDEX care_case_by_session ON care_case (session_id) WHERE session_id IS NOT NULL;

-- What is of the patient: read by who cares for the patient, after that was written down.
CREATE TABLE care_case_text (
    case_id        TEXT PRIMARY KEY REFERENCES care_case (id),
    reason         TEXT NOT NULL,
    purpose        TEXT NOT NULL,
    summary        TEXT NOT NULL,
    patient_name   TEXT NOT NULL,
    patient_sex    TEXT NOT NULL,
    patient_born   INTEGER NOT NULL,
    -- The number of the card is not here: a MAC under a key of the house, and its last four signs.
    card_mac       TEXT NOT NULL,
    card_last_four TEXT NOT NULL
) STRICT;

-- Who is invited now.
CREATE TABLE care_case_doctor (
    case_id         TEXT NOT NULL REFERENCES care_case (id),
    person_id       TEXT NOT NULL REFERENCES person (id),
    organization_id TEXT NOT NULL REFERENCES organization (id),
    position        INTEGER NOT NULL,
    invitation      TEXT NOT NULL CHECK (invitation IN ('open', 'accepted', 'declined')),
    PRIMARY KEY (case_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX care_case_doctor_by_person ON care_case_doctor (person_id, case_id);

-- Append-only. The reason is of the patient as well.
CREATE TABLE care_case_event (
    case_id TEXT NOT NULL REFERENCES care_case (id),
    number  INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    at_s    INTEGER NOT NULL,
    by_id   TEXT NOT NULL,
    -- Who was invited, which session, which verdict: ids and words.
    about   TEXT NOT NULL,
    reason  TEXT,
    PRIMARY KEY (case_id, number)
) STRICT, WITHOUT ROWID;

-- Append-only: the text that was signed, byte by byte, and the signature.
CREATE TABLE care_case_opinion (
    case_id    TEXT NOT NULL REFERENCES care_case (id),
    version    INTEGER NOT NULL,
    statement  TEXT NOT NULL,
    algorithm  TEXT NOT NULL,
    key_id     TEXT NOT NULL,
    public_key TEXT NOT NULL,
    signature  TEXT NOT NULL,
    signed_by  TEXT NOT NULL REFERENCES person (id),
    signed_s   INTEGER NOT NULL,
    PRIMARY KEY (case_id, version)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER care_case_text_is_never_changed BEFORE UPDATE ON care_case_text
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER care_case_text_is_never_deleted BEFORE DELETE ON care_case_text
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER care_case_event_is_never_changed BEFORE UPDATE ON care_case_event
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER care_case_event_is_never_deleted BEFORE DELETE ON care_case_event
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER care_case_opinion_is_never_changed BEFORE UPDATE ON care_case_opinion
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER care_case_opinion_is_never_deleted BEFORE DELETE ON care_case_opinion
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
