-- The secret addresses of calendar feeds, by their SHA-256: who reads the store cannot ask for a feed.

CREATE TABLE calendar_feed (
    owner_kind   TEXT COLLATE "C" NOT NULL CHECK (owner_kind IN ('person', 'organization')),
    owner_id     TEXT COLLATE "C" NOT NULL,
    token_sha256 TEXT COLLATE "C" NOT NULL UNIQUE,
    made_by      TEXT COLLATE "C" NOT NULL,
    made_s       BIGINT NOT NULL,
    PRIMARY KEY (owner_kind, owner_id)
);
