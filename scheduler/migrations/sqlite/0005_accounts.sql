-- The county, and who may come in by what. Times are whole seconds since 1970, UTC. No secret stands here: of links and
-- logins the SHA-256 (hexadecimal), of passwords what argon2id makes of them.

CREATE TABLE county (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    name    TEXT NOT NULL,
    name_en TEXT NOT NULL
) STRICT;

-- The standing role of who sets the county up stands beside the others: the list is made anew.
CREATE TABLE role_of_person (
    person_id TEXT NOT NULL REFERENCES person (id),
    role      TEXT NOT NULL CHECK (role IN
        ('administrator', 'scheduler', 'specialist', 'village_doctor', 'lead_teacher', 'classroom')),
    PRIMARY KEY (person_id, role)
) STRICT, WITHOUT ROWID;
INSERT INTO role_of_person (person_id, role) SELECT person_id, role FROM person_role;
DROP TABLE person_role;
ALTER TABLE role_of_person RENAME TO person_role;

-- A person who comes in by login name.
CREATE TABLE account (
    person_id  TEXT PRIMARY KEY REFERENCES person (id),
    login_name TEXT NOT NULL UNIQUE,
    enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    made_s     INTEGER NOT NULL
) STRICT;

-- What shows that it is the person: rows of a kind, so that others can come beside passwords. Of a password `proof` is the
-- PHC string of argon2id.
CREATE TABLE credential (
    id        TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES account (person_id),
    kind      TEXT NOT NULL,
    proof     TEXT NOT NULL,
    made_s    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX credential_one_password ON credential (person_id) WHERE kind = 'password';

-- Links that work once. One to set the county up is nobody's; one to set a password is a person's.
CREATE TABLE one_time_link (
    sha256    TEXT PRIMARY KEY,
    purpose   TEXT NOT NULL CHECK (purpose IN ('setup', 'password')),
    person_id TEXT REFERENCES account (person_id),
    made_s    INTEGER NOT NULL,
    ends_s    INTEGER NOT NULL,
    used_s    INTEGER,
    CHECK ((purpose = 'setup') = (person_id IS NULL))
) STRICT;
CREATE INDEX one_time_link_by_person ON one_time_link (person_id);

-- A browser in which a person has come in.
CREATE TABLE login (
    sha256    TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES account (person_id),
    began_s   INTEGER NOT NULL,
    seen_s    INTEGER NOT NULL,
    ends_s    INTEGER NOT NULL
) STRICT;
CREATE INDEX login_by_person ON login (person_id, seen_s);
CREATE INDEX login_by_end ON login (ends_s);
