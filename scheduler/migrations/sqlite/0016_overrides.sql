-- Bookings against the hours of somebody or something: why, and against what (JSON). The event of the same version says who
-- and when.
CREATE TABLE session_override (
    session_id TEXT NOT NULL REFERENCES session (id),
    version    INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    against    TEXT NOT NULL,
    PRIMARY KEY (session_id, version)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER session_override_is_never_changed BEFORE UPDATE ON session_override
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER session_override_is_never_deleted BEFORE DELETE ON session_override
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
