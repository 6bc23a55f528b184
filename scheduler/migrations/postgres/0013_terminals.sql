-- The devices that stand in rooms, and the area that an organization lies in. An area need not be in the list that is loaded: the
-- list may be replaced, and the organization stays where it is.

ALTER TABLE organization ADD COLUMN area_code TEXT COLLATE "C";

CREATE TABLE terminal (
    id        TEXT COLLATE "C" PRIMARY KEY,
    name      TEXT COLLATE "C" NOT NULL,
    name_en   TEXT COLLATE "C" NOT NULL,
    room_id   TEXT COLLATE "C" NOT NULL REFERENCES room (id),
    kind      TEXT COLLATE "C" NOT NULL CHECK (kind IN ('screen', 'computer', 'tablet', 'phone')),
    retired_s BIGINT
);
CREATE INDEX terminal_by_room ON terminal (room_id);
