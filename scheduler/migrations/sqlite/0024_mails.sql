-- Invitations by mail: where a person is written to, what waits to be sent, and what each person was last told.

-- Empty: no address. Whether mails are wanted and in which language is the person's own choice.
ALTER TABLE person ADD COLUMN mail TEXT;
ALTER TABLE person ADD COLUMN mail_wanted INTEGER NOT NULL DEFAULT 1;
ALTER TABLE person ADD COLUMN mail_language TEXT NOT NULL DEFAULT 'zh' CHECK (mail_language IN ('zh', 'en'));

-- One row: whether mails are sent, after how long, how many may wait, how many did not find room; and which of several
-- schedulers sends, until when.
CREATE TABLE mail_sender (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    enabled INTEGER NOT NULL DEFAULT 0,
    delay_s INTEGER NOT NULL DEFAULT 0,
    waiting_max INTEGER NOT NULL DEFAULT 0,
    dropped INTEGER NOT NULL DEFAULT 0,
    holder TEXT NOT NULL DEFAULT '',
    until_s INTEGER NOT NULL DEFAULT 0
);
INSERT INTO mail_sender (id) VALUES (1);

-- A person is to be told of a session or a series. While `message` is empty further changes join the entry; then it is
-- what is being sent, byte by byte, and stays so until the server has said what becomes of it.
CREATE TABLE mail_outbox (
    id TEXT PRIMARY KEY,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('session', 'series')),
    subject_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    reason TEXT,
    queued_s INTEGER NOT NULL,
    due_s INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    changes INTEGER NOT NULL DEFAULT 1,
    recipient TEXT,
    message TEXT,
    method TEXT CHECK (method IN ('request', 'cancel')),
    sequence INTEGER,
    terms TEXT
);
CREATE UNIQUE INDEX mail_outbox_joined ON mail_outbox (subject_id, person_id) WHERE message IS NULL;
CREATE UNIQUE INDEX mail_outbox_sending ON mail_outbox (subject_id, person_id) WHERE message IS NOT NULL;
CREATE INDEX mail_outbox_due ON mail_outbox (due_s);

-- What the server took last for a person, and what became of the latest mail.
CREATE TABLE mail_told (
    subject_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    method TEXT CHECK (method IN ('request', 'cancel')),
    sequence INTEGER,
    terms TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('sent', 'refused', 'given_up')),
    at_s INTEGER NOT NULL,
    reply TEXT,
    PRIMARY KEY (subject_id, person_id)
);
