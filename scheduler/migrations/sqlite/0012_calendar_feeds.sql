-- The secret addresses of calendar feeds, by their SHA-256: who reads the store cannot ask for a feed.

CREATE TABLE calendar_feed (
    owner_kind   TEXT NOT NULL CHECK (owner_kind IN ('person', 'organization')),
    owner_id     TEXT NOT NULL,
    token_sha256 TEXT NOT NULL UNIQUE,
    made_by      TEXT NOT NULL,
    made_s       INTEGER NOT NULL,
    PRIMARY KEY (owner_kind, owner_id)
) STRICT, WITHOUT ROWID;
