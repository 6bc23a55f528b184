-- Devices of terminals: each has a key of its own, of which the public half stands here. A pairing code brings one in: of its
-- link the SHA-256 stands here, of its six digits a MAC whose key is not in the store.

CREATE TABLE terminal_pairing (
    -- A terminal has one code at a time.
    terminal_id   TEXT COLLATE "C" PRIMARY KEY REFERENCES terminal (id),
    -- What the device is to be called.
    name          TEXT COLLATE "C" NOT NULL,
    made_by       TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    made_s        BIGINT NOT NULL,
    link_sha256   TEXT COLLATE "C" NOT NULL UNIQUE,
    link_ends_s   BIGINT NOT NULL,
    digits_mac    TEXT COLLATE "C" NOT NULL UNIQUE,
    digits_ends_s BIGINT NOT NULL
);

CREATE TABLE device (
    id           TEXT COLLATE "C" PRIMARY KEY,
    terminal_id  TEXT COLLATE "C" NOT NULL REFERENCES terminal (id),
    name         TEXT COLLATE "C" NOT NULL,
    -- A point of P-256, uncompressed, base64url; and its SHA-256, base64url.
    public_key   TEXT COLLATE "C" NOT NULL,
    key_sha256   TEXT COLLATE "C" NOT NULL UNIQUE,
    paired_by    TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    paired_s     BIGINT NOT NULL,
    seen_s       BIGINT NOT NULL,
    -- The SHA-256 of the cookie that it has now, and until when that works.
    login_sha256 TEXT COLLATE "C" UNIQUE,
    login_ends_s BIGINT,
    revoked_s    BIGINT
);
CREATE INDEX device_by_terminal ON device (terminal_id, paired_s);

-- Challenges that were signed, until their time is over: none is taken twice.
CREATE TABLE device_challenge (
    nonce     TEXT COLLATE "C" PRIMARY KEY,
    device_id TEXT COLLATE "C" NOT NULL REFERENCES device (id),
    ends_s    BIGINT NOT NULL
);
CREATE INDEX device_challenge_by_device ON device_challenge (device_id);

-- Into which sessions a device came, and when last.
CREATE TABLE device_entry (
    device_id  TEXT COLLATE "C" NOT NULL REFERENCES device (id),
    session_id TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    at_s       BIGINT NOT NULL,
    PRIMARY KEY (device_id, session_id)
);
CREATE INDEX device_entry_by_session ON device_entry (session_id);
