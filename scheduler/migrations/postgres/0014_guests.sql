-- Guests: who takes part in one session without a login, by a ticket that works once. Of the ticket's link the SHA-256 stands
-- here, of its six digits a MAC whose key is not in the store, of the browser that came in by it the SHA-256 of its cookie.

CREATE TABLE guest (
    id              TEXT COLLATE "C" PRIMARY KEY,
    session_id      TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    -- At which site the guest takes part.
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    name            TEXT COLLATE "C" NOT NULL,
    role            TEXT COLLATE "C" NOT NULL CHECK (role IN ('patient', 'pupil')),
    made_by         TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    made_s          BIGINT NOT NULL,
    link_sha256     TEXT COLLATE "C" NOT NULL UNIQUE,
    -- None once the session is over.
    digits_mac      TEXT COLLATE "C" UNIQUE,
    browser_sha256  TEXT COLLATE "C",
    used_s          BIGINT,
    revoked_s       BIGINT,
    CHECK ((browser_sha256 IS NULL) = (used_s IS NULL))
);
CREATE INDEX guest_by_session ON guest (session_id, made_s);
CREATE INDEX guest_by_browser ON guest (browser_sha256);
