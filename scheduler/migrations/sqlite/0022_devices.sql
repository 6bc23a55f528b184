-- Devices of terminals: each has a key of its own, of which the public half stands here. A pairing code brings one in: of its
-- link the SHA-256 stands here, of its six digits a MAC whose key is not in the store.

CREATE TABLE terminal_pairing (
    -- A terminal has one code at a time.
    terminal_id   TEXT PRIMARY KEY REFERENCES terminal (id),
    -- What the device is to be called.
    name          TEXT NOT NULL,
    made_by       TEXT NOT NULL REFERENCES person (id),
    made_s        INTEGER NOT NULL,
    link_sha256   TEXT NOT NULL UNIQUE,
    link_ends_s   INTEGER NOT NULL,
    digits_mac    TEXT NOT NULL UNIQUE,
    digits_ends_s INTEGER NOT NULL
) STRICT;

CREATE TABLE device (
    id           TEXT PRIMARY KEY,
    terminal_id  TEXT NOT NULL REFERENCES terminal (id),
    name         TEXT NOT NULL,
    -- A point of P-256, uncompressed, base64url; and its SHA-256, base64url.
    public_key   TEXT NOT NULL,
    key_sha256   TEXT NOT NULL UNIQUE,
    paired_by    TEXT NOT NULL REFERENCES person (id),
    paired_s     INTEGER NOT NULL,
    seen_s       INTEGER NOT NULL,
    -- The SHA-256 of the cookie that it has now, and until when that works.
    login_sha256 TEXT UNIQUE,
    login_ends_s INTEGER,
    revoked_s    INTEGER
) STRICT;
CREATE INDEX device_by_terminal ON device (terminal_id, paired_s);

-- Challenges that were signed, until their time is over: none is taken twice.
CREATE TABLE device_challenge (
    nonce     TEXT PRIMARY KEY,
    device_id TEXT NOT NULL REFERENCES device (id),
    ends_s    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX device_challenge_by_device ON device_challenge (device_id);

-- Into which sessions a device came, and when last.
CREATE TABLE device_entry (
    device_id  TEXT NOT NULL REFERENCES device (id),
    session_id TEXT NOT NULL REFERENCES session (id),
    at_s       INTEGER NOT NULL,
    PRIMARY KEY (device_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_entry_by_session ON device_entry (session_id);
