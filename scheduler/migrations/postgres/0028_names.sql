-- Names in several languages are one column: JSON by codes of languages, compact, Chinese first, such as
-- {"zh":"县医院","en":"County hospital"}. A name in English that is empty or the Chinese one is no name of its own.

ALTER TABLE organization RENAME COLUMN name TO names;
UPDATE organization SET names = '{"zh":' || to_json(names)::text
    || CASE WHEN name_en IN ('', names) THEN '' ELSE ',"en":' || to_json(name_en)::text END || '}';
ALTER TABLE organization DROP COLUMN name_en;

ALTER TABLE person RENAME COLUMN name TO names;
UPDATE person SET names = '{"zh":' || to_json(names)::text
    || CASE WHEN name_en IN ('', names) THEN '' ELSE ',"en":' || to_json(name_en)::text END || '}';
ALTER TABLE person DROP COLUMN name_en;

ALTER TABLE room RENAME COLUMN name TO names;
UPDATE room SET names = '{"zh":' || to_json(names)::text
    || CASE WHEN name_en IN ('', names) THEN '' ELSE ',"en":' || to_json(name_en)::text END || '}';
ALTER TABLE room DROP COLUMN name_en;

ALTER TABLE terminal RENAME COLUMN name TO names;
UPDATE terminal SET names = '{"zh":' || to_json(names)::text
    || CASE WHEN name_en IN ('', names) THEN '' ELSE ',"en":' || to_json(name_en)::text END || '}';
ALTER TABLE terminal DROP COLUMN name_en;

ALTER TABLE county RENAME COLUMN name TO names;
UPDATE county SET names = '{"zh":' || to_json(names)::text
    || CASE WHEN name_en IN ('', names) THEN '' ELSE ',"en":' || to_json(name_en)::text END || '}';
ALTER TABLE county DROP COLUMN name_en;
