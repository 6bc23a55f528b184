-- Who is booked is reminded: by what each person is reached, the steps of each ladder, and who has answered.

-- One row, written at the start: the zone whose nights are quiet, which channels this county has, and whether sessions that were
-- booked before have their ladders.
CREATE TABLE reminder_rules (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    zone TEXT COLLATE "C" NOT NULL DEFAULT 'Asia/Shanghai',
    mail BIGINT NOT NULL DEFAULT 0,
    sms BIGINT NOT NULL DEFAULT 0,
    voice BIGINT NOT NULL DEFAULT 0,
    filled BIGINT NOT NULL DEFAULT 0
);
INSERT INTO reminder_rules (id) VALUES (1);

-- By what a person is reached; who is not in it reads the own page and has no phone.
CREATE TABLE reminder_wish (
    person_id TEXT COLLATE "C" PRIMARY KEY REFERENCES person (id),
    app BIGINT NOT NULL,
    phone TEXT COLLATE "C",
    sms BIGINT NOT NULL,
    voice BIGINT NOT NULL,
    by_id TEXT COLLATE "C" NOT NULL,
    at_s BIGINT NOT NULL
);

-- One step of the ladder of one person, or of one guest by the name in the room. A session that is moved has a new generation of
-- ladders. `id` is the key under which a message is handed over: twice the same key is one message.
CREATE TABLE reminder (
    id TEXT COLLATE "C" PRIMARY KEY,
    session_id TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    generation BIGINT NOT NULL,
    starts_s BIGINT NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    site_id TEXT COLLATE "C" NOT NULL,
    rung BIGINT NOT NULL,
    channel TEXT COLLATE "C" NOT NULL CHECK (channel IN ('app', 'mail', 'sms', 'voice', 'paper', 'booker')),
    due_s BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'handed', 'acknowledged', 'dropped')),
    -- Why it was dropped, or why its person is not in the session any more.
    why TEXT COLLATE "C" CHECK (why IN ('moved', 'cancelled', 'left', 'refused', 'too_late')),
    at_s BIGINT
);
CREATE UNIQUE INDEX reminder_once ON reminder (session_id, generation, person_id, rung);
CREATE INDEX reminder_due ON reminder (due_s) WHERE state = 'waiting';
CREATE INDEX reminder_site ON reminder (site_id, starts_s);
CREATE INDEX reminder_person ON reminder (person_id, starts_s);
CREATE INDEX reminder_starts ON reminder (starts_s);

-- Who has answered, or was told by somebody.
CREATE TABLE reminder_answer (
    session_id TEXT COLLATE "C" NOT NULL REFERENCES session (id),
    generation BIGINT NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    at_s BIGINT NOT NULL,
    by_id TEXT COLLATE "C" NOT NULL,
    how TEXT COLLATE "C" NOT NULL CHECK (how IN ('self', 'in_person', 'by_phone')),
    PRIMARY KEY (session_id, generation, person_id)
);
