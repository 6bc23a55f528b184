-- Guests: who takes part in one session without a login, by a ticket that works once. Of the ticket's link the SHA-256 stands
-- here, of its six digits a MAC whose key is not in the store, of the browser that came in by it the SHA-256 of its cookie.

CREATE TABLE guest (
    id              TEXT PRIMARY KEY,
    session_id      TEXT NOT NULL REFERENCES session (id),
    -- At which site the guest takes part.
    organization_id TEXT NOT NULL REFERENCES organization (id),
    name            TEXT NOT NULL,
    role            TEXT NOT NULL CHECK (role IN ('patient', 'pupil')),
    made_by         TEXT NOT NULL REFERENCES person (id),
    made_s          INTEGER NOT NULL,
    link_sha256     TEXT NOT NULL UNIQUE,
    -- None once the session is over.
    digits_mac      TEXT UNIQUE,
    browser_sha256  TEXT,
    used_s          INTEGER,
    revoked_s       INTEGER,
    CHECK ((browser_sha256 IS NULL) = (used_s IS NULL))
) STRICT;
CREATE INDEX guest_by_session ON guest (session_id, made_s);
CREATE INDEX guest_by_browser ON guest (browser_sha256);
