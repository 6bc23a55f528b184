-- Bookings against the hours of somebody or something: why, and against what (JSON). The event of the same version says who
-- and when.
CREATE TABLE session_override (
    session_id TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    version    BIGINT NOT NULL,
    reason     TEXT COLLATE "C" NOT NULL,
    against    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (session_id, version)
);
CREATE TRIGGER session_override_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON session_override
FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();
