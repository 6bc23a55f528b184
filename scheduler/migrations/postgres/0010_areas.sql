-- The areas of China on five levels, and the words by which they are found: names, as they are spoken, first letters.

CREATE TABLE area (
    code TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL
);

CREATE TABLE area_word (
    level BIGINT NOT NULL CHECK (level BETWEEN 1 AND 5),
    word  TEXT COLLATE "C" NOT NULL,
    code  TEXT COLLATE "C" NOT NULL REFERENCES area (code),
    PRIMARY KEY (level, word, code)
);
