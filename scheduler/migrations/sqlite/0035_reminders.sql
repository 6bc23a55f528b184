-- Who is booked is reminded: by what each person is reached, the steps of each ladder, and who has answered.

-- One row, written at the start: the zone whose nights are quiet, which channels this county has, and whether sessions that were
-- booked before have their ladders.
CREATE TABLE reminder_rules (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    zone TEXT NOT NULL DEFAULT 'Asia/Shanghai',
    mail INTEGER NOT NULL DEFAULT 0,
    sms INTEGER NOT NULL DEFAULT 0,
    voice INTEGER NOT NULL DEFAULT 0,
    filled INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO reminder_rules (id) VALUES (1);

-- By what a person is reached; who is not in it reads the own page and has no phone.
CREATE TABLE reminder_wish (
    person_id TEXT PRIMARY KEY REFERENCES person (id),
    app INTEGER NOT NULL,
    phone TEXT,
    sms INTEGER NOT NULL,
    voice INTEGER NOT NULL,
    by_id TEXT NOT NULL,
    at_s INTEGER NOT NULL
) STRICT;

-- One step of the ladder of one person, or of one guest by the name in the room. A session that is moved has a new generation of
-- ladders. `id` is the key under which a message is handed over: twice the same key is one message.
CREATE TABLE reminder (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES session (id),
    generation INTEGER NOT NULL,
    starts_s INTEGER NOT NULL,
    person_id TEXT NOT NULL,
    site_id TEXT NOT NULL,
    rung INTEGER NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('app', 'mail', 'sms', 'voice', 'paper', 'booker')),
    due_s INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'handed', 'acknowledged', 'dropped')),
    -- Why it was dropped, or why its person is not in the session any more.
    why TEXT CHECK (why IN ('moved', 'cancelled', 'left', 'refused', 'too_late')),
    at_s INTEGER
) STRICT;
CREATE UNIQUE INDEX reminder_once ON reminder (session_id, generation, person_id, rung);
CREATE INDEX reminder_due ON reminder (due_s) WHERE state = 'waiting';
CREATE INDEX reminder_site ON reminder (site_id, starts_s);
CREATE INDEX reminder_person ON reminder (person_id, starts_s);
CREATE INDEX reminder_starts ON reminder (starts_s);

-- Who has answered, or was told by somebody.
CREATE TABLE reminder_answer (
    session_id TEXT NOT NULL REFERENCES session (id),
    generation INTEGER NOT NULL,
    person_id TEXT NOT NULL,
    at_s INTEGER NOT NULL,
    by_id TEXT NOT NULL,
    how TEXT NOT NULL CHECK (how IN ('self', 'in_person', 'by_phone')),
    PRIMARY KEY (session_id, generation, person_id)
) STRICT;
