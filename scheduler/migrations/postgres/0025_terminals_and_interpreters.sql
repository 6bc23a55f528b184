-- Terminals are claimed as rooms are, and people interpret: between which languages, and as that in a session.

ALTER TABLE claim DROP CONSTRAINT claim_resource_kind_check;
ALTER TABLE claim ADD CONSTRAINT claim_resource_kind_check CHECK (resource_kind IN ('person', 'room', 'terminal'));

ALTER TABLE participant DROP CONSTRAINT participant_role_check;
ALTER TABLE participant ADD CONSTRAINT participant_role_check CHECK
    (role IN ('specialist', 'village_doctor', 'lead_teacher', 'classroom', 'observer', 'interpreter'));

-- Two languages by their codes of ISO 639 in alphabetical order, such as 'bo-zh'.
CREATE TABLE person_language (
    person_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    pair      TEXT COLLATE "C" NOT NULL CHECK (length(pair) BETWEEN 5 AND 7),
    PRIMARY KEY (person_id, pair)
);
CREATE INDEX person_language_by_pair ON person_language (pair, person_id);
