-- Who is what, and where; minors and their guardians; who read what of patients, a chain of which no link can be changed.

-- A standing role and where it is held: in all of the county, at the person's own site, in an area by its code, at a site.
CREATE TABLE assignment (
    person_id  TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    role       TEXT COLLATE "C" NOT NULL CHECK (role IN
        ('administrator', 'security_administrator', 'auditor', 'health_supervisor', 'education_supervisor', 'scheduler',
         'specialist', 'village_doctor', 'lead_teacher', 'classroom', 'village_leader', 'villager', 'interpreter', 'volunteer')),
    scope_kind TEXT COLLATE "C" NOT NULL CHECK (scope_kind IN ('county', 'home', 'area', 'site')),
    scope_id   TEXT COLLATE "C" NOT NULL,
    -- A person's id, or the name of a part of the scheduler.
    given_by   TEXT COLLATE "C" NOT NULL,
    given_s    BIGINT NOT NULL,
    PRIMARY KEY (person_id, role, scope_kind, scope_id),
    CHECK ((scope_id = '') = (scope_kind IN ('county', 'home')))
);
CREATE INDEX assignment_by_role ON assignment (role, person_id);

-- Everybody keeps what they could do. Who administered kept the accounts as well.
INSERT INTO assignment (person_id, role, scope_kind, scope_id, given_by, given_s)
SELECT person_id, role, CASE WHEN role IN ('administrator', 'scheduler') THEN 'county' ELSE 'home' END, '', 'upgrade', 0
FROM person_role;
INSERT INTO assignment (person_id, role, scope_kind, scope_id, given_by, given_s)
SELECT person_id, 'security_administrator', 'county', '', 'upgrade', 0 FROM person_role WHERE role = 'administrator';
DROP TABLE person_role;
CREATE VIEW person_role AS SELECT person_id, role FROM assignment;

-- What was done to the register and to access, when, by whom and why. Append-only.
CREATE TABLE register_event (
    number     BIGINT PRIMARY KEY,
    at_s       BIGINT NOT NULL,
    -- A person's id, or the name of a part of the scheduler.
    by_id      TEXT COLLATE "C" NOT NULL,
    -- Of what it is told: role, account, minor, or a table of the register.
    kind       TEXT COLLATE "C" NOT NULL,
    act        TEXT COLLATE "C" NOT NULL,
    -- Id of the person or the entry.
    subject_id TEXT COLLATE "C" NOT NULL,
    -- JSON.
    details    TEXT COLLATE "C" NOT NULL,
    reason     TEXT COLLATE "C"
);
CREATE INDEX register_event_by_subject ON register_event (subject_id, number);
CREATE TRIGGER register_event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON register_event
FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();

-- People who are no adults before `adult_s`, and who answers for them.
CREATE TABLE minor (
    person_id TEXT COLLATE "C" PRIMARY KEY REFERENCES person (id),
    -- YYYY-MM-DD
    born_on   TEXT COLLATE "C" NOT NULL,
    adult_s   BIGINT NOT NULL,
    said_by   TEXT COLLATE "C" NOT NULL,
    said_s    BIGINT NOT NULL
);
CREATE TABLE guardian (
    minor_id    TEXT COLLATE "C" NOT NULL REFERENCES minor (person_id),
    guardian_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    PRIMARY KEY (minor_id, guardian_id)
);

-- Each entry is sealed with the one before it; the head says where the chain ends, and where it begins after the oldest
-- entries were moved into a file.
CREATE TABLE audit_head (
    id           BIGINT PRIMARY KEY CHECK (id = 1),
    latest       BIGINT NOT NULL,
    latest_seal  TEXT COLLATE "C" NOT NULL,
    -- The first entry that is here, and the seal of the one before it.
    first        BIGINT NOT NULL,
    seal_before  TEXT COLLATE "C" NOT NULL
);
INSERT INTO audit_head (id, latest, latest_seal, first, seal_before) VALUES (1, 0, '', 1, '');

CREATE TABLE audit_entry (
    number    BIGINT PRIMARY KEY,
    at_s      BIGINT NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    act       TEXT COLLATE "C" NOT NULL,
    -- Id of what was read.
    object    TEXT COLLATE "C" NOT NULL,
    address   TEXT COLLATE "C" NOT NULL,
    reason    TEXT COLLATE "C" NOT NULL,
    -- SHA-256, hexadecimal, of the seal before it and of all of the above.
    seal      TEXT COLLATE "C" NOT NULL
);
CREATE TRIGGER audit_entry_is_never_changed BEFORE UPDATE OR TRUNCATE ON audit_entry
FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();
CREATE FUNCTION leaves_by_the_head_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.number >= (SELECT first FROM audit_head) THEN RAISE EXCEPTION 'append-only'; END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER audit_entry_leaves_by_the_head_alone BEFORE DELETE ON audit_entry
FOR EACH ROW EXECUTE FUNCTION leaves_by_the_head_alone();
