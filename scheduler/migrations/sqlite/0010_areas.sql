-- The areas of China on five levels, and the words by which they are found: names, as they are spoken, first letters.

CREATE TABLE area (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE area_word (
    level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 5),
    word  TEXT NOT NULL,
    code  TEXT NOT NULL REFERENCES area (code),
    PRIMARY KEY (level, word, code)
) STRICT, WITHOUT ROWID;
