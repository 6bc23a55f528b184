-- The devices that stand in rooms, and the area that an organization lies in. An area need not be in the list that is loaded: the
-- list may be replaced, and the organization stays where it is.

ALTER TABLE organization ADD COLUMN area_code TEXT;

CREATE TABLE terminal (
    id        TEXT PRIMARY KEY,
    name      TEXT NOT NULL,
    name_en   TEXT NOT NULL,
    room_id   TEXT NOT NULL REFERENCES room (id),
    kind      TEXT NOT NULL CHECK (kind IN ('screen', 'computer', 'tablet', 'phone')),
    retired_s INTEGER
) STRICT;
CREATE INDEX terminal_by_room ON terminal (room_id);
