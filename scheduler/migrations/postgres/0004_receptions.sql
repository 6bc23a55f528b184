-- What the people of a site are sent, and how many megabytes (10^6 bytes) that may take. A site without a row is sent
-- everything, and an amount that is NULL has no bound.

CREATE TABLE reception (
    organization_id TEXT COLLATE "C" PRIMARY KEY REFERENCES organization (id),
    mode            TEXT COLLATE "C" NOT NULL CHECK (mode IN ('full', 'small', 'slides', 'voice', 'stills')),
    mode_most       TEXT COLLATE "C" NOT NULL CHECK (mode_most IN ('full', 'small', 'slides', 'voice', 'stills')),
    session_mb      BIGINT CHECK (session_mb BETWEEN 0 AND 1000000),
    month_mb        BIGINT CHECK (month_mb BETWEEN 0 AND 1000000)
);
