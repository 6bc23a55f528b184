-- Cases of consultations: the request, who is invited, what is signed and what the inviting side decides.
-- Which step may be taken when is a rule of the package `consultation`; what is signed and what happened is never changed.

CREATE TABLE care_case (
    id              TEXT COLLATE "C" PRIMARY KEY,
    -- Grows by one with each step; the ETag of the case.
    version         BIGINT NOT NULL,
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('requested', 'triaged', 'accepted', 'declined', 'redirected',
                                                   'scheduled', 'documented', 'closed', 'cancelled')),
    inviting_id     TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    urgency         TEXT COLLATE "C" NOT NULL,
    specialty       TEXT COLLATE "C" NOT NULL,
    title           TEXT COLLATE "C" NOT NULL,
    wished_s        BIGINT NOT NULL,
    session_id      TEXT COLLATE "C" REFERENCES session (id),
    -- How many opinions are signed, and which of them the verdict is of.
    opinions        BIGINT NOT NULL,
    verdict         TEXT COLLATE "C" CHECK (verdict IN ('adopted', 'partly', 'not')),
    decided_opinion BIGINT,
    requested_s     BIGINT NOT NULL,
    changed_s       BIGINT NOT NULL,
    CHECK ((verdict IS NULL) = (decided_opinion IS NULL)),
    CHECK (state <> 'closed' OR (opinions > 0 AND decided_opinion IS NOT NULL AND decided_opinion = opinions))
);
CREATE INDEX care_case_by_inviting ON care_case (inviting_id, id);
CREATE INDEX care_case_by_session ON care_case (session_id) WHERE session_id IS NOT NULL;

-- What is of the patient: read by who cares for the patient, after that was written down.
CREATE TABLE care_case_text (
    case_id        TEXT COLLATE "C" PRIMARY KEY REFERENCES care_case (id),
    reason         TEXT COLLATE "C" NOT NULL,
    purpose        TEXT COLLATE "C" NOT NULL,
    summary        TEXT COLLATE "C" NOT NULL,
    patient_name   TEXT COLLATE "C" NOT NULL,
    patient_sex    TEXT COLLATE "C" NOT NULL,
    patient_born   BIGINT NOT NULL,
    -- The number of the card is not here: a MAC under a key of the house, and its last four signs.
    card_mac       TEXT COLLATE "C" NOT NULL,
    card_last_four TEXT COLLATE "C" NOT NULL
);

-- Who is invited now.
CREATE TABLE care_case_doctor (
    case_id         TEXT COLLATE "C" NOT NULL REFERENCES care_case (id),
    person_id       TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    position        BIGINT NOT NULL,
    invitation      TEXT COLLATE "C" NOT NULL CHECK (invitation IN ('open', 'accepted', 'declined')),
    PRIMARY KEY (case_id, person_id)
);
CREATE INDEX care_case_doctor_by_person ON care_case_doctor (person_id, case_id);

-- Append-only. The reason is of the patient as well.
CREATE TABLE care_case_event (
    case_id TEXT COLLATE "C" NOT NULL REFERENCES care_case (id),
    number  BIGINT NOT NULL,
    kind    TEXT COLLATE "C" NOT NULL,
    at_s    BIGINT NOT NULL,
    by_id   TEXT COLLATE "C" NOT NULL,
    -- Who was invited, which session, which verdict: ids and words.
    about   TEXT COLLATE "C" NOT NULL,
    reason  TEXT COLLATE "C",
    PRIMARY KEY (case_id, number)
);

-- Append-only: the text that was signed, byte by byte, and the signature.
CREATE TABLE care_case_opinion (
    case_id    TEXT COLLATE "C" NOT NULL REFERENCES care_case (id),
    version    BIGINT NOT NULL,
    statement  TEXT COLLATE "C" NOT NULL,
    algorithm  TEXT COLLATE "C" NOT NULL,
    key_id     TEXT COLLATE "C" NOT NULL,
    public_key TEXT COLLATE "C" NOT NULL,
    signature  TEXT COLLATE "C" NOT NULL,
    signed_by  TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    signed_s   BIGINT NOT NULL,
    PRIMARY KEY (case_id, version)
);

CREATE TRIGGER care_case_text_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON care_case_text
FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();
CREATE TRIGGER care_case_event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON care_case_event
FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();
CREATE TRIGGER care_case_opinion_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON care_case_opinion
FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();
