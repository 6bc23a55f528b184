-- When whoever led a session ended it for all, seconds since 1970: nobody joins it any more.

ALTER TABLE session ADD COLUMN ended_s INTEGER;
