-- Materials of cases: photos, sheets, images. What they show is of the patient; their bytes are read one piece at a time.

CREATE TABLE care_case_material (
    id        TEXT COLLATE "C" PRIMARY KEY,
    case_id   TEXT COLLATE "C" NOT NULL REFERENCES care_case (id),
    kind      TEXT COLLATE "C" NOT NULL,
    title     TEXT COLLATE "C" NOT NULL,
    -- Of the original, hexadecimal: the same file is one material of a case.
    sha256    TEXT COLLATE "C" NOT NULL,
    added_by  TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    added_s   BIGINT NOT NULL,
    -- Taken out again: its bytes are gone then.
    removed_s BIGINT
);
CREATE UNIQUE INDEX care_case_material_once ON care_case_material (case_id, sha256) WHERE removed_s IS NULL;

CREATE TABLE care_case_file (
    material_id TEXT COLLATE "C" NOT NULL REFERENCES care_case_material (id),
    part        TEXT COLLATE "C" NOT NULL CHECK (part IN ('preview', 'original')),
    media_type  TEXT COLLATE "C" NOT NULL,
    bytes       BIGINT NOT NULL CHECK (bytes > 0),
    sha256      TEXT COLLATE "C" NOT NULL,
    -- How many of its bytes are here; all of them only after the hash of all was found to be that one.
    received    BIGINT NOT NULL CHECK (received BETWEEN 0 AND bytes),
    PRIMARY KEY (material_id, part)
);

CREATE TABLE care_case_piece (
    material_id TEXT COLLATE "C" NOT NULL,
    part        TEXT COLLATE "C" NOT NULL,
    start       BIGINT NOT NULL,
    content     BYTEA NOT NULL,
    PRIMARY KEY (material_id, part, start),
    FOREIGN KEY (material_id, part) REFERENCES care_case_file (material_id, part)
);

-- Which files were handed out to whom: an opinion says what its doctor was shown.
CREATE TABLE care_case_shown (
    material_id TEXT COLLATE "C" NOT NULL,
    part        TEXT COLLATE "C" NOT NULL,
    person_id   TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    at_s        BIGINT NOT NULL,
    PRIMARY KEY (material_id, part, person_id),
    FOREIGN KEY (material_id, part) REFERENCES care_case_file (material_id, part)
);
